//! Which extended attributes a restore is about.
use std::collections::BTreeSet;

use crate::fs::source::Rules;
use crate::model::NodeType;

/// Attributes that were not set because this process may not: they are for root alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LeftOutXattrs {
    pub count: u64,
    /// The first few.
    pub names: BTreeSet<Vec<u8>>,
}

impl LeftOutXattrs {
    const MAX_NAMES: usize = 8;

    pub(super) fn add(&mut self, name: &[u8]) {
        self.count += 1;
        if self.names.len() < Self::MAX_NAMES {
            self.names.insert(name.to_vec());
        }
    }
}

/// By patterns for their names, as for paths. What is not taken is neither set nor removed.
#[derive(Clone, Debug, Default)]
pub struct XattrSelection {
    /// If there are any, only attributes that match.
    pub only: Option<Rules>,
    /// All but those that match.
    pub except: Rules,
}

impl XattrSelection {
    /// Whether an attribute of this name is restored.
    pub fn takes(&self, name: &[u8]) -> bool {
        let matches = |rules: &Rules| rules.decide(name, NodeType::Symlink, 0).is_some();
        self.only.as_ref().is_none_or(matches) && !matches(&self.except)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(patterns: &[&str]) -> Rules {
        let mut rules = Rules::default();
        patterns.iter().for_each(|pattern| rules.exclude(pattern).unwrap());
        rules
    }

    #[test]
    fn patterns_choose_names() {
        let taken = |selection: &XattrSelection| {
            let names = ["user.a", "user.b", "security.capability", "system.posix_acl_access"];
            names.into_iter().filter(|name| selection.takes(name.as_bytes())).collect::<Vec<_>>()
        };
        assert_eq!(taken(&XattrSelection::default()).len(), 4);
        let only = XattrSelection { only: Some(rules(&["user.*"])), ..XattrSelection::default() };
        assert_eq!(taken(&only), ["user.a", "user.b"]);
        assert_eq!(taken(&XattrSelection { except: rules(&["*.b"]), ..only }), ["user.a"]);
        assert!(taken(&XattrSelection { except: rules(&["*"]), ..XattrSelection::default() }).is_empty());
    }
}
