//! Where the repository is: a path, or a URL whose scheme says what it is.
use std::path::PathBuf;
use std::str::FromStr;

/// A storage place as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder on a mounted file system.
    Local(PathBuf),
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("The repository location is empty".to_owned());
        }
        let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
            return Ok(Location::Local(PathBuf::from(text)));
        };
        match (scheme, rest.strip_prefix("//")) {
            // As in RFC 8089 the host may be absent or localhost.
            ("file", Some(path)) => {
                let path = path.strip_prefix("localhost").unwrap_or(path);
                if !path.starts_with('/') {
                    return Err(format!("{text} names another host; mount it and give its path"));
                }
                Ok(Location::Local(PathBuf::from(path)))
            }
            ("local" | "file", None) if !rest.is_empty() => Ok(Location::Local(PathBuf::from(rest))),
            _ => Err(format!(
                "Storage of the kind {scheme}: is not supported; a repository is a path on a mounted file system \
                 (/srv/backup, local:backup, file:///srv/backup). For a folder whose name has a colon write ./{text}"
            )),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_paths_and_unknown_schemes_are_refused() {
        for (text, path) in [
            ("/srv/backup", "/srv/backup"),
            ("backup", "backup"),
            ("./a:b", "./a:b"),
            ("/mnt/x:y", "/mnt/x:y"),
            ("local:a/b", "a/b"),
            ("file:///srv/x", "/srv/x"),
            ("file://localhost/srv/x", "/srv/x"),
        ] {
            assert_eq!(text.parse(), Ok(Location::Local(path.into())), "{text}");
        }
        for bad in ["", "s3://bucket/prefix", "s3:bucket", "sftp:host:/x", "rest:http://h/", "file://other/x", "local:"]
        {
            assert!(bad.parse::<Location>().is_err(), "{bad}");
        }
        let message = "s3://bucket".parse::<Location>().unwrap_err();
        assert!(message.contains("s3:") && message.contains("a path"), "{message}");
    }
}
