//! One entry of a snapshot as `ls -l` shows it.
use caddis::model::{Node, NodeType};

use super::names;
use super::units::size;
use super::when;

/// Mode, owner, size, time and path; of a link also where it leads.
pub fn long_line(path: &[u8], node: &Node, human_readable: bool) -> String {
    let bytes = if human_readable { size(node.size) } else { node.size.to_string() };
    let mut line = format!(
        "{} {:>5} {:>5} {bytes:>10} {} {}",
        names::permissions(node),
        node.uid,
        node.gid,
        when::human(node.mtime),
        names::display(path)
    );
    if node.kind == NodeType::Symlink {
        line.push_str(" -> ");
        line.push_str(&names::display(&node.target));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_show_metadata_and_targets() {
        let node =
            Node { kind: NodeType::Symlink, mode: 0o777, uid: 1000, target: b"../x".to_vec(), ..Node::default() };
        let line = long_line(b"/d/l", &node, false);
        assert!(line.starts_with("lrwxrwxrwx  1000     0          0 "), "{line}");
        assert!(line.ends_with(" /d/l -> ../x"), "{line}");
        let file = Node { size: 3 << 20, ..Node::default() };
        assert!(long_line(b"/f", &file, true).contains("  3.000 MiB "), "{}", long_line(b"/f", &file, true));
    }
}
