//! The rule of three copies, on two kinds of storage, one of them elsewhere.
use std::collections::{BTreeMap, BTreeSet};

/// A place that a repository is in, as far as the rule is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As people know it.
    pub name: String,
    /// Kinds of storage in a word each: `disk`, or the service.
    pub kinds: Vec<String>,
    /// One, or more where it is spread over several locations: it survives the loss of all but one as that many copies would.
    pub copies: usize,
    /// The disks that its folders are on, as the system numbers them: two folders on one disk go together.
    pub disks: BTreeSet<u64>,
    /// What of it is reached over a network, and is not this machine, is enough to have everything.
    pub is_off_site: bool,
}

impl Place {
    /// A repository whose packs are spread over these places so that it survives the loss of any `survived` of them. Those on one disk are lost together.
    pub fn spread(name: String, over: &[Place], survived: usize) -> Place {
        let kinds: BTreeSet<&String> = over.iter().flat_map(|place| &place.kinds).collect();
        let here = over.iter().filter(|place| !place.is_off_site).count();
        let mut together: BTreeMap<&u64, usize> = BTreeMap::new();
        over.iter().flat_map(|place| &place.disks).for_each(|disk| *together.entry(disk).or_default() += 1);
        let alone = over.iter().filter(|place| place.disks.is_empty()).map(|_| 1);
        let mut losses: Vec<usize> = together.into_values().chain(alone).collect();
        losses.sort_unstable_by(|a, b| b.cmp(a));
        // So many losses, of the worst kind, it survives.
        let mut left = survived;
        let losses = losses.into_iter().take_while(|lost| {
            let survives = *lost <= left;
            left = left.saturating_sub(*lost);
            survives
        });
        Place {
            name,
            kinds: kinds.into_iter().cloned().collect(),
            copies: 1 + losses.count(),
            disks: over.iter().flat_map(|place| place.disks.iter().copied()).collect(),
            is_off_site: here <= survived && here < over.len(),
        }
    }
}

/// The kind of storage that originals are on.
pub(super) const DISK: &str = "disk";

/// How far the rule holds for one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The original and one in each place.
    pub copies: usize,
    /// Kinds of storage, that of the original included.
    pub kinds: BTreeSet<String>,
    /// Copies that are not on this machine.
    pub off_site: usize,
}

impl Rule {
    /// For an original on this machine and copies in these places.
    pub fn of<'p>(places: impl Iterator<Item = &'p Place>) -> Rule {
        let mut rule = Rule { copies: 1, kinds: BTreeSet::from([DISK.to_owned()]), off_site: 0 };
        let mut known: BTreeSet<u64> = BTreeSet::new();
        for place in places {
            // What is on disks that have a copy already is lost with that.
            if place.disks.is_empty() || !place.disks.is_subset(&known) {
                rule.copies += place.copies;
            }
            known.extend(&place.disks);
            rule.kinds.extend(place.kinds.iter().cloned());
            rule.off_site += usize::from(place.is_off_site);
        }
        rule
    }

    /// Three copies; two kinds of storage; one copy elsewhere.
    pub fn holds(&self) -> [bool; 3] {
        [self.copies >= 3, self.kinds.len() >= 2, self.off_site >= 1]
    }
}
