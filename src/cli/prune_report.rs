//! What a prune did, told after the result of another command.
use caddis::ops::prune::PruneReport;
use serde_json::json;

use super::output::Output;
use super::units::{count, size};

/// In text below the result, in JSON on standard error: standard output has the one value of the other command.
pub fn beside(report: &PruneReport, out: &Output) {
    if out.style.json {
        return out.stderr(json!({
            "message_type": "prune",
            "bytes_freed": report.freed,
            "bytes_written": report.written,
            "packs_removed": report.packs_removed,
            "waiting": report.waiting.len(),
        }));
    }
    if report.waiting.is_empty() {
        let removed = count(report.packs_removed as usize, "pack");
        out.say(format_args!("prune: removed {removed}, freed {}, wrote {}", size(report.freed), size(report.written)));
    } else {
        let runs = count(report.waiting.len(), "other run");
        out.note(&format!("prune: nothing is freed while {runs} may refer to it; run `caddis prune` later"));
    }
}
