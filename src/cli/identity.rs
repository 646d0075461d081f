//! Who and where we are: host, user, and what tells this process from others.
use std::fs;

use caddis::repo::ProcessIdentity;

/// The machine's name, as `uname -n` prints it.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The user who runs the program; by number if it has no name.
pub fn user() -> String {
    match uzers::get_current_username() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => uid().to_string(),
    }
}

/// Real user id.
pub fn uid() -> u32 {
    uzers::get_current_uid()
}

/// Real group id.
pub fn gid() -> u32 {
    uzers::get_current_gid()
}

/// Where /proc does not tell, parts are empty or 0: then no run is ever taken for this one.
pub fn process() -> ProcessIdentity {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let stat = fs::read("/proc/self/stat").unwrap_or_default();
    ProcessIdentity {
        boot: boot.trim_end().as_bytes().to_vec(),
        pid: std::process::id(),
        start: start_ticks(&String::from_utf8_lossy(&stat)).unwrap_or(0),
    }
}

/// Field 22 of proc_pid_stat(5). The second field is the program's name and may hold spaces and parentheses.
fn start_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        assert_eq!(start_ticks(&format!("99 (evil ) name) {fields}")), Some(4711));
        assert_eq!(start_ticks("99"), None);
        assert_eq!(start_ticks("99 (x) S 1"), None);
    }

    #[test]
    fn this_process_has_an_identity() {
        let process = process();
        assert_eq!(process.pid, std::process::id());
        assert!(process.start > 0 && process.boot.len() == 36, "{process:?}");
        assert!(!host().is_empty() && !user().is_empty());
    }
}
