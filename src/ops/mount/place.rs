//! Whether a file system can be mounted at a place, found out before anything else is done; and what to do if not.
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The device by which the kernel talks to file systems.
const DEVICE: &str = "/dev/fuse";
/// Mounts for those who are not root. `folders` of the variable PATH, and where distributions put it.
const HELPERS: [&str; 2] = ["fusermount3", "fusermount"];
const HELPER_FOLDERS: [&str; 3] = ["/usr/bin", "/bin", "/sbin"];

/// Refuses a mount point that is not an empty directory, and a machine on which nothing can be mounted. `search` has the folders in which
/// programs are found.
pub fn refuse_bad_place(mountpoint: &Path, search: &[PathBuf]) -> Result<()> {
    refuse_bad_mountpoint(mountpoint)?;
    refuse_without_fuse(Path::new(DEVICE))?;
    let is_root = rustix::process::geteuid().is_root();
    if !is_root && !has_helper(search) {
        return Err(Error::Invalid(
            "Only root can mount without the program fusermount3, and it is missing: install the package fuse3"
                .to_owned(),
        ));
    }
    Ok(())
}

fn refuse_bad_mountpoint(mountpoint: &Path) -> Result<()> {
    let refuse = |what: &str| Err(Error::Invalid(format!("The mount point {} {what}", mountpoint.display())));
    let found = match mountpoint.metadata() {
        Ok(found) => found,
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound => refuse("does not exist; make an empty directory first"),
                ErrorKind::NotADirectory => refuse("is beneath something that is no directory"),
                _ if error.raw_os_error() == Some(rustix::io::Errno::NOTCONN.raw_os_error()) => refuse(
                    "was left behind by a mount whose program has ended; `fusermount3 -u` or `umount` with it makes it free",
                ),
                _ => Err(Error::local("look at", mountpoint, error)),
            };
        }
    };
    if !found.is_dir() {
        return refuse("is not a directory");
    }
    match std::fs::read_dir(mountpoint).map(|mut entries| entries.next().is_some()) {
        Ok(true) => refuse("is not empty; what is in it could not be seen any more. Choose an empty directory"),
        Ok(false) => Ok(()),
        Err(error) => Err(Error::local("list", mountpoint, error)),
    }
}

fn refuse_without_fuse(device: &Path) -> Result<()> {
    let refuse = |what: &str| Err(Error::Invalid(format!("{} {what}", device.display())));
    match std::fs::OpenOptions::new().read(true).write(true).open(device) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            _ if error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error()) => {
                refuse("may not be opened here; containers need --device /dev/fuse --cap-add SYS_ADMIN")
            }
            ErrorKind::PermissionDenied => {
                refuse("may not be opened by this user; root can allow that (chmod 666), or mount instead")
            }
            ErrorKind::NotFound => refuse(
                "is missing: load the kernel module (modprobe fuse), or start the container with --device /dev/fuse --cap-add SYS_ADMIN",
            ),
            _ => Err(Error::local("open", device, error)),
        },
    }
}

fn has_helper(search: &[PathBuf]) -> bool {
    let fixed = HELPER_FOLDERS.iter().map(Path::new);
    let mut folders = search.iter().map(PathBuf::as_path).chain(fixed);
    folders.any(|folder| HELPERS.iter().any(|name| folder.join(name).is_file()))
}

/// What the kernel, or fusermount3, says when it does not mount, with what to do about it.
pub(super) fn explain(error: std::io::Error, mountpoint: &Path) -> Error {
    let text = error.to_string();
    let advice = if text.contains("user_allow_other") {
        "root has to write the line user_allow_other into /etc/fuse.conf first"
    } else if error.kind() == ErrorKind::NotFound {
        "the program fusermount3 may be missing: install the package fuse3"
    } else if error.kind() == ErrorKind::PermissionDenied || text.contains("EPERM") || text.contains("not permitted") {
        "this user may not mount here; containers need --device /dev/fuse --cap-add SYS_ADMIN"
    } else {
        ""
    };
    let text = text.trim().trim_start_matches("fusermount3: ").trim_start_matches("fusermount: ");
    let because = if text.is_empty() { String::new() } else { format!(": {text}") };
    let advice = if advice.is_empty() { String::new() } else { format!("; {advice}") };
    Error::Invalid(format!("Could not mount at {}{because}{advice}", mountpoint.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_places_are_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::fs::create_dir_all(at("full/x")).unwrap();
        std::fs::create_dir(at("empty")).unwrap();
        let refused = |name: &str| refuse_bad_mountpoint(&at(name)).unwrap_err().to_string();
        assert!(refused("missing").contains("make an empty directory"));
        assert!(refused("file").contains("is not a directory"));
        assert!(refused("file/x").contains("no directory"));
        assert!(refused("full").contains("is not empty"));
        refuse_bad_mountpoint(&at("empty")).unwrap();
        let device = refuse_without_fuse(&at("missing")).unwrap_err().to_string();
        assert!(device.contains("modprobe fuse"), "{device}");
        refuse_without_fuse(&at("file")).unwrap();
        std::fs::write(at("full/fusermount3"), "x").unwrap();
        assert!(has_helper(&[at("full")]));
    }

    #[test]
    fn refusals_of_others_come_with_advice() {
        let told = |error| explain(error, Path::new("/mnt")).to_string();
        let text = told(std::io::Error::other(
            "fusermount3: option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf\n",
        ));
        assert!(text.starts_with("Could not mount at /mnt: option allow_other") && text.contains("write the line"));
        assert!(told(ErrorKind::NotFound.into()).contains("package fuse3"));
        assert!(told(ErrorKind::PermissionDenied.into()).contains("may not mount"));
        assert_eq!(told(std::io::Error::other("")), "Could not mount at /mnt");
    }
}
