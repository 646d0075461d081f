//! Who and where we are: host and user.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_user_have_names() {
        assert!(!host().is_empty() && !user().is_empty());
        assert!(!host().contains('\0'));
    }
}
