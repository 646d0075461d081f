//! Where the repository is: a path, or a URL whose scheme says what it is. Forms that restic has are understood too.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use caddis::backend::RemotePlace;

/// A storage place as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder on a mounted file system.
    Local(PathBuf),
    /// A service, with the settings that its name says.
    Remote(RemotePlace),
}

/// What can be written, for messages.
const FORMS: &str = "a path (/srv/backup, local:backup, file:///srv/backup), s3://BUCKET/PREFIX, s3:https://HOST/BUCKET/PREFIX, \
    azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, sftp://USER@HOST:PORT/PATH, webdav:https://HOST/PATH, or opendal:SERVICE \
    with options";

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
            _ => match remote(scheme, rest) {
                Some(place) => Ok(Location::Remote(place)),
                None => Err(format!(
                    "{text} is not understood; a repository is {FORMS}. For a folder whose name has a colon write ./{text}"
                )),
            },
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// `BUCKET/PREFIX`, or as restic writes it `BUCKET:/PREFIX` or `BUCKET:PREFIX`.
fn bucket(rest: &str) -> Option<(&str, &str)> {
    let (bucket, prefix) = rest.split_once([':', '/']).unwrap_or((rest, ""));
    Some((bucket, prefix.trim_matches('/'))).filter(|(bucket, _)| !bucket.is_empty())
}

fn place(service: &str, shown: String, settings: &[(&str, &str)]) -> RemotePlace {
    let settings = settings.iter().filter(|(_, value)| !value.is_empty());
    let settings: BTreeMap<_, _> = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    RemotePlace { service: service.to_owned(), settings, shown, limit_upload: None, limit_download: None }
}

fn remote(scheme: &str, rest: &str) -> Option<RemotePlace> {
    let plain = rest.strip_prefix("//");
    let address = plain.unwrap_or(rest);
    let in_bucket = |service, named: &str| {
        let (bucket, prefix) = bucket(address)?;
        let shown = format!("{service}://{}", join(bucket, prefix));
        Some(place(service, shown, &[(named, bucket), ("root", &rooted(prefix))]))
    };
    match scheme {
        "s3" if plain.is_none() => {
            // A server and then the bucket.
            let (protocol, server) = rest.split_once("://").unwrap_or(("https", rest));
            let (host, path) = server.split_once('/').filter(|_| matches!(protocol, "http" | "https"))?;
            let (bucket, prefix) = bucket(path).filter(|_| !host.is_empty() && !host.contains('@'))?;
            let shown = format!("s3:{protocol}://{host}/{}", join(bucket, prefix));
            let endpoint = format!("{protocol}://{host}");
            Some(place("s3", shown, &[("bucket", bucket), ("root", &rooted(prefix)), ("endpoint", &endpoint)]))
        }
        "s3" => in_bucket("s3", "bucket"),
        "azblob" | "azure" => in_bucket("azblob", "container"),
        "gcs" | "gs" => in_bucket("gcs", "bucket"),
        // Refused later, in words that say what to do.
        "b2" => in_bucket("b2", "bucket"),
        "sftp" => sftp(rest, plain),
        "webdav" => webdav(rest),
        "opendal" => Some(place(address, format!("opendal:{address}"), &[])).filter(|_| !address.is_empty()),
        _ => None,
    }
}

/// `sftp://USER@HOST:PORT/PATH`, or as scp writes it `USER@HOST:PATH`, where a path without a slash begins at the user's home.
fn sftp(rest: &str, plain: Option<&str>) -> Option<RemotePlace> {
    let (server, path) = match plain {
        Some(plain) => plain.split_once('/')?,
        // The colons of an address of IPv6 are in brackets.
        None => {
            let at = rest.find(']').map_or(0, |bracket| bracket + 1);
            let (host, path) = rest[at..].split_once(':')?;
            (&rest[..at + host.len()], path)
        }
    };
    let (user, host) = server.rsplit_once('@').unwrap_or(("", server));
    let (host, port) = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':').unwrap_or_default()),
        None if plain.is_some() => host.split_once(':').unwrap_or((host, "")),
        None => (host, ""),
    };
    let path = if plain.is_some() { format!("/{}", path.trim_matches('/')) } else { path.to_owned() };
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { &path };
    if host.is_empty() || path.is_empty() || path == "/" || user.contains(':') {
        return None;
    }
    let server = if user.is_empty() { host.to_owned() } else { format!("{user}@{host}") };
    let server = if port.is_empty() { server } else { format!("{server}:{port}") };
    let settings = [("host", host), ("port", port), ("user", user), ("root", path)];
    Some(place("sftp", format!("sftp:{server}:{path}"), &settings))
}

/// `https://USER:PASSWORD@HOST/PATH`; who logs in is better told by variables.
fn webdav(rest: &str) -> Option<RemotePlace> {
    let (protocol, server) = rest.split_once("://").filter(|(protocol, _)| matches!(*protocol, "http" | "https"))?;
    let (host, path) = server.split_once('/').unwrap_or((server, ""));
    let (login, host) = host.rsplit_once('@').unwrap_or(("", host));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let path = path.trim_matches('/');
    let shown = format!("webdav:{protocol}://{}", join(host, path));
    let endpoint = format!("{protocol}://{host}");
    let settings = [("endpoint", &*endpoint), ("root", &rooted(path)), ("username", user), ("password", password)];
    Some(place("webdav", shown, &settings)).filter(|_| !host.is_empty())
}

fn join(first: &str, rest: &str) -> String {
    if rest.is_empty() { first.to_owned() } else { format!("{first}/{rest}") }
}

fn rooted(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!("/{prefix}") }
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
        for bad in [
            "",
            "s3://",
            "s3:bucket",
            "s3:ftp://h/b",
            "sftp:host",
            "sftp:host:",
            "sftp://host",
            "sftp://host/",
            "sftp://user:password@host/a",
            "webdav:host",
            "webdav:ftp://host",
            "rest:http://h/",
            "file://other/x",
            "local:",
            "opendal:",
        ] {
            assert!(bad.parse::<Location>().is_err(), "{bad}");
        }
        let message = "swift:x".parse::<Location>().unwrap_err();
        assert!(message.contains("s3://") && message.contains("a path"), "{message}");
    }

    #[test]
    fn services_are_named_by_urls_and_as_restic_names_them() {
        type Settings<'a> = &'a [(&'a str, &'a str)];
        let cases: [(&str, &str, &str, Settings<'_>); 16] = [
            ("s3://b", "s3", "s3://b", &[("bucket", "b")]),
            ("s3://b/p/q/", "s3", "s3://b/p/q", &[("bucket", "b"), ("root", "/p/q")]),
            (
                "s3:http://h:80/b/p",
                "s3",
                "s3:http://h:80/b/p",
                &[("bucket", "b"), ("endpoint", "http://h:80"), ("root", "/p")],
            ),
            (
                "s3:s3.amazonaws.com/b",
                "s3",
                "s3:https://s3.amazonaws.com/b",
                &[("bucket", "b"), ("endpoint", "https://s3.amazonaws.com")],
            ),
            ("azblob://c/p", "azblob", "azblob://c/p", &[("container", "c"), ("root", "/p")]),
            ("azure:c:/p", "azblob", "azblob://c/p", &[("container", "c"), ("root", "/p")]),
            ("gs:b:/p", "gcs", "gcs://b/p", &[("bucket", "b"), ("root", "/p")]),
            ("gcs://b", "gcs", "gcs://b", &[("bucket", "b")]),
            ("opendal:s3", "s3", "opendal:s3", &[]),
            ("b2:b:p", "b2", "b2://b/p", &[("bucket", "b"), ("root", "/p")]),
            ("sftp:h:a/b", "sftp", "sftp:h:a/b", &[("host", "h"), ("root", "a/b")]),
            ("sftp:u@h:/a/", "sftp", "sftp:u@h:/a", &[("host", "h"), ("root", "/a"), ("user", "u")]),
            (
                "sftp://u@h:2222/a/b",
                "sftp",
                "sftp:u@h:2222:/a/b",
                &[("host", "h"), ("port", "2222"), ("root", "/a/b"), ("user", "u")],
            ),
            ("sftp://[::1]:22//a", "sftp", "sftp:::1:22:/a", &[("host", "::1"), ("port", "22"), ("root", "/a")]),
            ("webdav:https://h/a/", "webdav", "webdav:https://h/a", &[("endpoint", "https://h"), ("root", "/a")]),
            (
                "webdav:http://u:geheim@h:80",
                "webdav",
                "webdav:http://h:80",
                &[("endpoint", "http://h:80"), ("password", "geheim"), ("username", "u")],
            ),
        ];
        for (text, service, shown, settings) in cases {
            let Ok(Location::Remote(place)) = text.parse() else { panic!("{text}") };
            assert_eq!((&*place.service, &*place.shown), (service, shown), "{text}");
            let found: Vec<_> = place.settings.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(found, settings, "{text}");
        }
    }
}
