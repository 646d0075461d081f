//! What was seen before at a place: which repository, and its decisions and tombstones. These never go, so that one that is missing means
//! that storage was rolled back, or lost something (repo-format.md, section 12).
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{cache_file, lock};
use crate::error::{Error, Result};
use crate::id::{RepoId, SessionId};
use crate::monitor::{Event, Monitor};

const MAGIC: &[u8; 8] = b"CADDISN1";
/// Four million objects; a longer file is none of ours.
const MAX_LEN: u64 = 64 << 20;
/// So many missing objects are named.
const NAMED: usize = 3;

/// Names of decisions and of tombstones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub decisions: BTreeSet<SessionId>,
    pub tombs: BTreeSet<SessionId>,
}

/// The memory of one place. Local and disposable; not keyed, because it must make sense to whatever repository is found there.
#[derive(Debug, Default)]
pub(super) struct Seen {
    path: Option<PathBuf>,
    location: String,
    repo: Option<RepoId>,
    names: Mutex<Names>,
}

fn file(cache: &Path, location: &str) -> PathBuf {
    let hash = blake3::derive_key("caddis v1 place that was seen", location.as_bytes());
    cache.join("seen").join(RepoId(hash).to_string())
}

/// The repository that was last seen at a place, by its public id.
pub fn seen_at(cache: &Path, location: &str) -> Option<RepoId> {
    read(&file(cache, location)).map(|(repo, _)| repo)
}

/// The files in which it is remembered what was seen, and of which repository.
pub(super) fn all(cache: &Path) -> Vec<(RepoId, PathBuf)> {
    let entries = std::fs::read_dir(cache.join("seen")).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((read(&entry.path())?.0, entry.path()))).collect()
}

/// Forgets what was seen at a place: what is there when a repository is opened next is taken for what has to be.
pub fn forget_seen(cache: &Path, location: &str) -> Result<()> {
    let path = file(cache, location);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::local("remove", path, error)),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Option<(RepoId, Names)> {
    let content = cache_file::read(path, MAGIC, None, MAX_LEN)?;
    let (repo, rest) = content.split_first_chunk::<32>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let decisions = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    let (ids, odd) = rest.as_chunks::<16>();
    let (decisions, tombs) = ids.split_at_checked(decisions)?;
    let set = |ids: &[[u8; 16]]| ids.iter().map(|id| SessionId(*id)).collect();
    odd.is_empty().then(|| (RepoId(*repo), Names { decisions: set(decisions), tombs: set(tombs) }))
}

fn write(path: &Path, repo: &RepoId, names: &Names) -> std::io::Result<()> {
    let mut content = repo.0.to_vec();
    content.extend_from_slice(&(names.decisions.len() as u32).to_le_bytes());
    for id in names.decisions.iter().chain(&names.tombs) {
        content.extend_from_slice(id.as_bytes());
    }
    cache_file::write(path, MAGIC, None, &content)
}

impl Seen {
    /// Reads what is remembered of `location` and compares the repository that is there with it. A memory that does not read is told, and
    /// begins anew.
    ///
    /// Errors: another repository was there before.
    pub(super) fn open(cache: Option<&Path>, location: &str, repo: &RepoId, monitor: &dyn Monitor) -> Result<Seen> {
        let Some(cache) = cache else { return Ok(Seen::default()) };
        let path = file(cache, location);
        let mut names = Names::default();
        match read(&path) {
            Some((before, _)) if before != *repo => {
                return Err(Error::RolledBack {
                    location: location.to_owned(),
                    what: format!("repository {} is here now, and {} was here before", repo.short(), before.short()),
                });
            }
            Some((_, known)) => names = known,
            None => {
                if path.exists() {
                    monitor.event(Event::Note(
                        "What this machine remembered of the repository is damaged; it cannot be told whether storage was rolled back",
                    ));
                }
                // A cache is never needed; that there is none is told when the index cannot be kept either.
                drop(write(&path, repo, &names));
            }
        }
        let (path, repo, names) = (Some(path), Some(*repo), Mutex::new(names));
        Ok(Seen { path, location: location.to_owned(), repo, names })
    }

    /// What is remembered and not among what was listed, in words; `None` if nothing is missing.
    pub(super) fn missing(
        &self,
        is_decided: &dyn Fn(&SessionId) -> bool,
        listed_tombs: &BTreeSet<SessionId>,
    ) -> Option<Error> {
        let known = lock(&self.names);
        // A forgotten snapshot whose decision is away too is lost without harm, but what forgot it must be there.
        let away = |sid: &&SessionId| !is_decided(sid) && !listed_tombs.contains(sid);
        let decisions: Vec<_> = known.decisions.iter().filter(away).collect();
        let tombs: Vec<_> = known.tombs.difference(listed_tombs).collect();
        let named = |ids: &[&SessionId]| {
            let mut text = ids.iter().take(NAMED).map(|id| id.short()).collect::<Vec<_>>().join(", ");
            if ids.len() > NAMED {
                text.push_str(&format!(" and {} more", ids.len() - NAMED));
            }
            text
        };
        let what = match (decisions.is_empty(), tombs.is_empty()) {
            (true, true) => return None,
            (false, _) => format!(
                "snapshots or other results that were here before are gone, and nothing says that they were forgotten: {}",
                named(&decisions)
            ),
            (true, false) => format!("snapshots that were forgotten are back: {}", named(&tombs)),
        };
        Some(Error::RolledBack { location: self.location.clone(), what })
    }

    /// Remembers names. One small write if there are new ones, none otherwise; a failure costs memory only.
    pub(super) fn note(
        &self,
        decisions: impl IntoIterator<Item = SessionId>,
        tombs: impl IntoIterator<Item = SessionId>,
    ) {
        let (Some(path), Some(repo)) = (&self.path, &self.repo) else { return };
        let mut known = lock(&self.names);
        let mut new = Names::default();
        new.decisions.extend(decisions.into_iter().filter(|sid| !known.decisions.contains(sid)));
        new.tombs.extend(tombs.into_iter().filter(|sid| !known.tombs.contains(sid)));
        if new == Names::default() {
            return;
        }
        // Another process may have noted more meanwhile, or thrown everything away to accept a rollback.
        let mut names = match read(path) {
            Some((before, names)) if before == *repo => names,
            _ => Names::default(),
        };
        for names in [&mut names, &mut known] {
            names.decisions.extend(&new.decisions);
            names.tombs.extend(&new.tombs);
        }
        drop(write(path, repo, &names));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Recorder, Silent};

    const REPO: RepoId = RepoId([1; 32]);

    fn names(decisions: &[u8], tombs: &[u8]) -> Names {
        let set = |ids: &[u8]| ids.iter().map(|id| SessionId([*id; 16])).collect();
        Names { decisions: set(decisions), tombs: set(tombs) }
    }

    fn open(cache: &Path, repo: RepoId) -> Result<Seen> {
        Seen::open(Some(cache), "/srv/backup", &repo, &Silent)
    }

    fn missing(seen: &Seen, decisions: &[u8], tombs: &[u8]) -> Option<String> {
        let listed = names(decisions, tombs);
        seen.missing(&|sid| listed.decisions.contains(sid), &listed.tombs).map(|error| error.to_string())
    }

    fn note(seen: &Seen, decisions: &[u8], tombs: &[u8]) {
        let listed = names(decisions, tombs);
        seen.note(listed.decisions, listed.tombs);
    }

    #[test]
    fn what_vanishes_is_told_and_what_is_new_is_remembered() {
        let cache = tempfile::tempdir().unwrap();
        let seen = open(cache.path(), REPO).unwrap();
        assert!(missing(&seen, &[], &[]).is_none());
        note(&seen, &[1, 2], &[]);
        let seen = open(cache.path(), REPO).unwrap();
        assert!(missing(&seen, &[1, 2, 3], &[1]).is_none());
        let text = missing(&seen, &[1], &[]).unwrap();
        assert!(text.contains("02020202") && text.contains("--accept-rollback"), "{text}");
        assert!(missing(&seen, &[1], &[2]).is_none(), "forgotten, and gone");
        note(&seen, &[1, 2], &[1]);
        let text = missing(&open(cache.path(), REPO).unwrap(), &[1, 2], &[]).unwrap();
        assert!(text.contains("forgotten are back: 01010101"), "{text}");
        forget_seen(cache.path(), "/srv/backup").unwrap();
        assert!(missing(&open(cache.path(), REPO).unwrap(), &[], &[]).is_none());
    }

    #[test]
    fn another_repository_in_the_same_place_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        open(cache.path(), REPO).unwrap();
        assert_eq!(seen_at(cache.path(), "/srv/backup"), Some(REPO));
        let error = open(cache.path(), RepoId([2; 32])).unwrap_err();
        assert!(matches!(&error, Error::RolledBack { .. }), "{error}");
        Seen::open(Some(cache.path()), "/another/place", &RepoId([2; 32]), &Silent).unwrap();
        forget_seen(cache.path(), "/srv/backup").unwrap();
        forget_seen(cache.path(), "/srv/backup").unwrap();
        assert_eq!(seen_at(cache.path(), "/srv/backup"), None);
        open(cache.path(), RepoId([2; 32])).unwrap();
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let cache = tempfile::tempdir().unwrap();
        note(&open(cache.path(), REPO).unwrap(), &[1, 2], &[1]);
        let path = file(cache.path(), "/srv/backup");
        let bytes = std::fs::read(&path).unwrap();
        assert!(read(&path).is_some());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(read(&path).is_none());
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert!(read(&path).is_none());
        }
        let recorder = Recorder::default();
        let other = Seen::open(Some(cache.path()), "/srv/backup", &RepoId([2; 32]), &recorder).unwrap();
        assert_eq!(recorder.notes().len(), 1);
        assert!(missing(&other, &[], &[]).is_none());
    }

    #[test]
    fn what_another_process_noted_stays() {
        let cache = tempfile::tempdir().unwrap();
        let (one, two) = (open(cache.path(), REPO).unwrap(), open(cache.path(), REPO).unwrap());
        note(&one, &[1], &[]);
        note(&two, &[2], &[]);
        assert_eq!(read(&file(cache.path(), "/srv/backup")).unwrap().1, names(&[1, 2], &[]));
    }
}
