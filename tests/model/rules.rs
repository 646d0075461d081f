//! Every rule of the protocol that a run can break, and the variants; all off is the protocol.

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        /// Switches, named as in `caddis::repo::Broken` where the engine has the same.
        #[derive(Clone, Copy, Default)]
        pub struct Rules { $(pub $name: bool),* }

        /// Their names.
        pub const ALL: &[&str] = &[$(stringify!($name)),*];

        impl Rules {
            pub fn set(&mut self, name: &str) {
                match name {
                    $(stringify!($name) => self.$name = true,)*
                    _ => panic!("no rule {name}"),
                }
            }
        }
    };
}

rules! {
    // What processes believed in the first draft of the protocol, and the reading rule that went with it.
    w_counts_undecided, g_counts_undecided, replace_after_decision, read_undecided,
    // Orders of the writer.
    list_before_session, index_before_gc, snapshots_before_index, commit_before_index, index_before_stripe,
    end_session_before_commit, chain_keeps_view, commit_before_next_session, no_look,
    // What the writer believes.
    ignore_doomed, stale_cache, no_void, w_ignores_retired, timeout_is_success, unknown_ends_session, commit_overwrites,
    w_ignores_bases,
    // Changed copies of snapshots.
    tag_no_session, tag_no_check, tomb_before_commit, undelete_removes_tomb, copy_dooms_early, copy_ignores_doomed, copy_ignores_tomb,
    copy_asks_before_gc, copy_only_lists, copy_does_not_list, lift_unchecked, lift_asks_once,
    // Repair.
    repair_skips_doomed, repair_ignores_marks, repair_dooms_first, repair_keeps_nothing, repair_adopts_undecided, repair_adopts_void,
    repair_no_session,
    // Resume.
    keep_replacements, keep_unlisted,
    // Orders of prune.
    sessions_before_mark, no_fence, ignore_sessions, no_second_scan, no_index_relist, no_gc_relist, snapshots_before_tombs,
    g4_index_first, g0_index_first, decide_before_copy, decide_after_delete, marks_before_decision, marks_first, marks_before_stripes, stripes_before_index,
    // What prune believes.
    unmark, adopt_late, prune_no_session, prune_ignores_fence, no_replacement, no_retire, no_stop, candidates_undecided,
    drops_undecided_sessions, drops_fences, fence_overwrites, g_ignores_retired, fence_keeps_all, fence_keeps_listed,
    no_base_closure, fence_ignores_replica, list_ignores_replica, commit_beats_fence, replica_not_looked_at,
    // What prune believes of marks that an earlier one left, with a record of the sessions that they wait for.
    waits_nothing, waits_listed_early, waits_covers_all, overtakes_prunes,
    // Variants: close_over_kept keeps bases of every frame that stays; a prune that waits_for_all makes nothing of these records.
    close_over_kept, waits_for_all,
}
