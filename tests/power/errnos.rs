//! Any system call fails, once or from then on: the run ends with an error that says so, and the next run just works.
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use caddis::backend::ErrorKind;
use caddis::error::{Error, Result};
use rustix::io::Errno;

use crate::cuts::Dice;
use crate::disk::{Call, Fault, Kind, TestDisk};
use crate::scene::{Scene, folder};
use crate::setting;

/// Calls that a fault may hit.
type Calls = fn(Call) -> bool;

/// What the system says, which calls can say it, and what the caller is told.
const ERRNOS: [(Errno, Calls, ErrorKind); 4] = [
    (Errno::NOSPC, needs_space, ErrorKind::OutOfSpace),
    (Errno::IO, |_| true, ErrorKind::Other),
    (Errno::ACCESS, needs_rights, ErrorKind::PermissionDenied),
    (Errno::MFILE, |call| matches!(call, Call::Open | Call::Create | Call::List), ErrorKind::Other),
];

fn needs_space(call: Call) -> bool {
    use Call::*;
    matches!(call, Create | Mkdir | Write | Fsync | Syncfs | Rename | Link)
}

fn needs_rights(call: Call) -> bool {
    use Call::*;
    matches!(call, Open | Create | Mkdir | List | Rename | Link | Unlink)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Runs `act` on copies of a repository, each time with another failing call: `runs` of them for every errno, all if `CADDIS_TEST_POWER` is set.
fn at_any_call(runs: usize, prepare: impl Fn(&mut Scene), act: impl Fn(&mut Scene) -> Result<()>) {
    let seed = setting("CADDIS_TEST_SEED").unwrap_or(1);
    let mut dice = Dice::new(seed);
    let mut scene = Scene::new(Kind::Ext4);
    prepare(&mut scene);
    let (base, promises) = (scene.repo.parent().unwrap().to_owned(), scene.promises.clone());
    let mut run = |fault: Fault| {
        let place = folder();
        copy(&base, place.path());
        scene.repo = place.path().join("repo");
        scene.disk = TestDisk::new(Kind::Ext4);
        scene.promises.clone_from(&promises);
        scene.disk.set(Some(fault));
        let result = act(&mut scene);
        let (seen, fired) = (scene.disk.seen(), scene.disk.fired());
        scene.disk.set(None);
        let judged = catch_unwind(AssertUnwindSafe(|| {
            if let Err(error) = &result {
                let (_, _, kind) = ERRNOS.iter().find(|(errno, ..)| *errno == fault.errno).unwrap();
                assert!(matches!(error, Error::Backend(error) if error.kind == *kind), "{error:?}");
                assert!(fired.is_some());
            }
            if scene.open().is_ok() {
                scene.look();
            }
            scene.judge(&scene.repo, usize::MAX);
        }));
        if let Err(panic) = judged {
            eprintln!("{fault:?}: failed at {fired:?} with {result:?}, seed {seed}");
            resume_unwind(panic);
        }
        seen
    };
    for (errno, concerns, _) in ERRNOS {
        for lasting in [false, true] {
            let calls = run(Fault { nth: usize::MAX - 1, errno, concerns, lasting });
            assert!(calls > 3, "{errno}: {calls} calls");
            let all = setting("CADDIS_TEST_POWER").is_some();
            let stride = if all { 1 } else { calls.div_ceil(runs) };
            let chosen = (dice.below(stride)..calls).step_by(stride);
            println!("REPORT power.failing_calls {}", chosen.len());
            for nth in chosen {
                run(Fault { nth, errno, concerns, lasting });
            }
        }
    }
}

fn with_snapshot(scene: &mut Scene) {
    scene.init().unwrap();
    scene.back_up().unwrap();
    scene.look();
    scene.second_files();
}

#[test]
fn init() {
    at_any_call(6, |_| {}, |scene| scene.init());
}

#[test]
fn first_backup() {
    at_any_call(6, |scene| scene.init().unwrap(), |scene| scene.back_up().map(drop));
}

#[test]
fn second_backup() {
    at_any_call(8, with_snapshot, |scene| scene.back_up().map(drop));
}

#[test]
fn forget() {
    at_any_call(4, with_snapshot, Scene::forget_first);
}

#[test]
fn prune() {
    let prepare = |scene: &mut Scene| {
        with_snapshot(scene);
        scene.back_up().unwrap();
        scene.forget_first().unwrap();
        scene.look();
    };
    at_any_call(10, prepare, |scene| scene.prune().map(drop));
}
