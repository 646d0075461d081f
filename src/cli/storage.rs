//! The way to the storage: settings from the place's name, `-o` options and the environment, in this order, and what opens it.
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use caddis::backend::{
    Backend, BackendError, ErrorKind, LocalBackend, LockTrial, ObjectLock, RemoteBackend, RemotePlace,
};
use caddis::ops::status::Place;

use super::exit::usage;
use super::globals::GlobalArgs;
use super::identity;
use super::location::Location;

/// `CADDIS_REPO_OPT_<NAME>` sets the option `name`.
const OPTION: &str = "CADDIS_REPO_OPT_";

/// Variables that other programs for a service use, for its settings. Where a service finds its credentials itself it is not here.
const VARIABLES: &[(&str, &str, &[&str])] = &[
    ("s3", "region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
    ("azblob", "account_name", &["AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_ACCOUNT_NAME"]),
    ("azblob", "account_key", &["AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_ACCOUNT_KEY"]),
    ("azblob", "sas_token", &["AZURE_STORAGE_SAS_TOKEN", "AZURE_ACCOUNT_SAS"]),
    ("gcs", "token", &["GOOGLE_ACCESS_TOKEN"]),
    ("webdav", "username", &["WEBDAV_USERNAME"]),
    ("webdav", "password", &["WEBDAV_PASSWORD"]),
];

/// Settings that a config keeps of a location.
const RECORDED: &[&str] =
    &["endpoint", "region", "storage_class", "account_name", "enable_virtual_host_style", ObjectLock::SETTING];

/// Where a repository is, or shall be.
pub enum Storage {
    /// A folder, which may not be there yet.
    Local(std::path::PathBuf),
    /// Anything else.
    Remote(Arc<RemoteBackend>),
}

impl Storage {
    /// Nothing is made or asked for yet.
    pub fn find(globals: &GlobalArgs) -> anyhow::Result<Storage> {
        Storage::alone(globals.location()?, globals)
    }

    /// A place of its own that is named elsewhere than with --repo.
    pub fn alone(location: Location, globals: &GlobalArgs) -> anyhow::Result<Storage> {
        Storage::at(location, &BTreeMap::new(), None, globals)
    }

    /// A place by itself, or as one of several: with settings that its repository has recorded, and its number.
    pub fn at(
        location: Location,
        recorded: &BTreeMap<String, String>,
        number: Option<u8>,
        globals: &GlobalArgs,
    ) -> anyhow::Result<Storage> {
        Ok(match Storage::settled(location, recorded, number, globals) {
            Location::Local(path) => Storage::Local(path),
            Location::Remote(place) => Storage::Remote(Arc::new(RemoteBackend::open(place)?)),
        })
    }

    /// The place with all its settings.
    pub fn settled(
        location: Location,
        recorded: &BTreeMap<String, String>,
        number: Option<u8>,
        globals: &GlobalArgs,
    ) -> Location {
        let Location::Remote(mut place) = location else { return location };
        for (name, value) in recorded {
            place.settings.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok().filter(|value| !value.is_empty())?))
        });
        let options: Vec<(String, String)> = (globals.option.iter())
            .filter(|option| option.is_for(&place.service, number))
            .map(|option| (option.name.clone(), option.value.clone()))
            .collect();
        let mut place = complete(place, &options, &environment.collect());
        if number.is_some() {
            // Others can do without this place: they had better not wait for it for minutes.
            place.settings.entry("retries".to_owned()).or_insert_with(|| "4".to_owned());
            place.settings.entry("timeout".to_owned()).or_insert_with(|| "30".to_owned());
        }
        (place.limit_upload, place.limit_download) = (globals.limit_upload, globals.limit_download);
        Location::Remote(place)
    }

    /// Refuses options that do nothing for a repository that is in folders only.
    pub fn refuse_useless_options(globals: &GlobalArgs) -> anyhow::Result<()> {
        if let Some(option) = globals.option.iter().find(|option| option.name == ObjectLock::SETTING) {
            return Err(usage(format!(
                "A folder has no locks for single objects: {:?} is for S3. A snapshot of the file system, or another machine that pulls copies, protects a folder",
                option.name
            )));
        }
        if let Some(option) = globals.option.first() {
            return Err(usage(format!("A repository in a folder has no option {:?}", option.name)));
        }
        if globals.limit_upload.or(globals.limit_download).is_some() {
            return Err(usage("--limit-upload and --limit-download are for object stores, not for folders"));
        }
        Ok(())
    }

    /// The settings of a place that a config names, so that it is found again: none that are secret.
    pub fn recorded(place: &RemotePlace) -> BTreeMap<String, String> {
        let recorded = place.settings.iter().filter(|(name, _)| RECORDED.contains(&&***name));
        recorded.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The storage of an existing repository.
    pub fn open(&self) -> Result<Arc<dyn Backend>, BackendError> {
        Ok(match self {
            Storage::Local(path) => Arc::new(LocalBackend::open(path)?),
            Storage::Remote(backend) => Arc::clone(backend) as Arc<dyn Backend>,
        })
    }

    /// The same, if it is there.
    pub fn open_if_there(&self) -> Result<Option<Arc<dyn Backend>>, BackendError> {
        match self.open() {
            Err(error) if error.kind == ErrorKind::NoStore => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// The storage of a new repository: a folder is made, buckets and containers are not. A place that would overwrite objects is refused unless
    /// only a single client ever writes; `token` is a random number.
    pub fn create(&self, token: u64, single_writer: bool) -> anyhow::Result<Arc<dyn Backend>> {
        match self {
            Storage::Local(path) => Ok(Arc::new(LocalBackend::create(path)?)),
            Storage::Remote(backend) if !single_writer && !backend.refuses_what_exists(token)? => anyhow::bail!(
                "{} does not refuse to overwrite an object that exists: two backups at the same time could destroy each other. \
                 No repository was made. If only one machine at a time will ever write, use `init --single-writer`, \
                 else storage with conditional writes (S3's If-None-Match)",
                backend.describe()
            ),
            Storage::Remote(backend) => {
                refuse_without_locks(backend, token)?;
                Ok(self.open()?)
            }
        }
    }

    /// The lock that the options ask for.
    pub fn object_lock(&self) -> Option<ObjectLock> {
        match self {
            Storage::Local(_) => None,
            Storage::Remote(backend) => backend.place().settings.get(ObjectLock::SETTING)?.parse().ok(),
        }
    }

    /// What a repository in this place alone records of it: the lock of its objects.
    pub fn lasting(&self) -> BTreeMap<String, String> {
        let lock = self.object_lock().map(|lock| (ObjectLock::SETTING.to_owned(), lock.to_string()));
        lock.into_iter().collect()
    }

    /// An error unless objects can be locked here; tries it out with an object of that number.
    pub fn refuse_without_locks(&self, lock: ObjectLock, token: u64) -> anyhow::Result<()> {
        match self {
            Storage::Remote(backend) if backend.place().service == "s3" => {
                backend.lock_objects(Some(lock));
                refuse_without_locks(backend, token)
            }
            _ => Err(usage(format!(
                "{} has no locks for single objects that caddis could set; on S3 there are, elsewhere lock the whole bucket or container \
                 with a retention (docs/storage.md, Locked buckets)",
                self.place()
            ))),
        }
    }

    /// What it is for the rule of three copies.
    pub fn describe(&self) -> Place {
        let name = self.place();
        match self {
            Storage::Local(path) => {
                let disk = path.ancestors().find_map(|path| std::fs::metadata(path).ok()).map(|found| found.dev());
                let (kinds, disks) = (vec!["disk".to_owned()], disk.into_iter().collect());
                Place { name, kinds, copies: 1, disks, is_off_site: false }
            }
            Storage::Remote(backend) => {
                let kinds = vec![backend.place().service.clone()];
                let is_here =
                    backend.place().settings.get("endpoint").is_some_and(|url| is_here(url, &identity::host()));
                Place { name, kinds, copies: 1, disks: Default::default(), is_off_site: !is_here }
            }
        }
    }

    /// The name under which the backend of an existing repository would describe itself.
    pub fn place(&self) -> String {
        match self {
            Storage::Local(path) => {
                let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
                whole.unwrap_or_else(|_| path.clone()).display().to_string()
            }
            Storage::Remote(backend) => backend.describe(),
        }
    }
}

fn refuse_without_locks(backend: &RemoteBackend, token: u64) -> anyhow::Result<()> {
    match backend.try_lock(token)? {
        Some(LockTrial::Fails(cause)) => {
            anyhow::bail!("Objects cannot be locked in {}: {cause}. Nothing was changed", backend.describe())
        }
        Some(LockTrial::Works) | None => Ok(()),
    }
}

/// Whether a URL names this machine.
fn is_here(url: &str, own_name: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_lowercase();
    let is_own_address = match host.parse::<IpAddr>() {
        // Only an address of this machine can be bound.
        Ok(address) => {
            address.is_loopback() || address.is_unspecified() || std::net::UdpSocket::bind((address, 0)).is_ok()
        }
        Err(_) => false,
    };
    let own_name = own_name.to_lowercase();
    let is_own_name = host == own_name || own_name.split('.').next() == Some(host.as_str());
    is_own_address || is_own_name || host == "localhost" || host.ends_with(".localhost")
}

/// The place with all its settings.
fn complete(
    mut place: RemotePlace,
    options: &[(String, String)],
    environment: &BTreeMap<String, String>,
) -> RemotePlace {
    let named = place.settings.clone();
    for (_, setting, variables) in VARIABLES.iter().filter(|(service, ..)| *service == place.service) {
        if let Some(value) = variables.iter().find_map(|name| environment.get(*name)) {
            place.settings.insert((*setting).to_owned(), value.clone());
        }
    }
    for (name, value) in environment {
        if let Some(name) = name.strip_prefix(OPTION) {
            place.settings.insert(name.to_lowercase(), value.clone());
        }
    }
    place.settings.extend(named);
    place.settings.extend(options.iter().cloned());
    let settings = &mut place.settings;
    match &*place.service {
        // Servers of others take any region.
        "s3" => drop(settings.entry("region".to_owned()).or_insert_with(|| "us-east-1".to_owned())),
        "azblob" => {
            if let (None, Some(account)) = (settings.get("endpoint"), settings.get("account_name").cloned()) {
                settings.insert("endpoint".to_owned(), format!("https://{account}.blob.core.windows.net"));
            }
        }
        _ => {}
    }
    // Places of the same name at two servers are two places.
    if let Some(endpoint) = settings.get("endpoint")
        && place.service != "azblob"
        && !place.shown.contains(endpoint.as_str())
    {
        place.shown = format!("{} at {endpoint}", place.shown);
    }
    if let ("azblob", Some(account)) = (&*place.service, place.settings.get("account_name")) {
        place.shown = place.shown.replacen("azblob://", &format!("azblob://{account}/"), 1);
    }
    place
}

/// A setting that is given with `-o`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageOption {
    /// What stands before the point: a service, as in restic, or the number of a location.
    scope: Option<String>,
    name: String,
    value: String,
}

impl StorageOption {
    fn is_for(&self, service: &str, number: Option<u8>) -> bool {
        match self.scope.as_deref() {
            None => true,
            Some(scope) => match scope.parse::<u8>() {
                Ok(scope) => Some(scope) == number,
                Err(_) => scope == service || matches!((scope, service), ("azure", "azblob") | ("gs", "gcs")),
            },
        }
    }
}

/// `name=value`, `service.name=value` or `number.name=value`.
pub fn parse_option(text: &str) -> Result<StorageOption, String> {
    let (name, value) = text.split_once('=').ok_or("an option is NAME=VALUE")?;
    let (scope, name) = name.split_once('.').map_or((None, name), |(scope, name)| (Some(scope.to_lowercase()), name));
    Ok(StorageOption { scope, name: name.to_lowercase().replace('-', "_"), value: value.to_owned() })
}

/// Bytes per second: with a unit, or a number of KiB as in restic.
pub fn parse_rate(text: &str) -> Result<u64, String> {
    let bytes = match text.bytes().all(|c| c.is_ascii_digit()) {
        true => super::units::parse_size(text)?.checked_mul(1024).ok_or("too large")?,
        false => super::units::parse_size(text)?,
    };
    if bytes == 0 { Err("nothing would ever arrive".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, options: &[(&str, &str)], environment: &[(&str, &str)]) -> RemotePlace {
        let Ok(Location::Remote(place)) = text.parse() else { panic!("{text}") };
        let owned = |list: &[(&str, &str)]| -> Vec<_> {
            list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        complete(place, &owned(options), &owned(environment).into_iter().collect())
    }

    #[test]
    fn options_go_before_the_name_and_the_name_before_the_environment() {
        let environment =
            [("CADDIS_REPO_OPT_BUCKET", "other"), ("CADDIS_REPO_OPT_CONNECTIONS", "3"), ("AWS_REGION", "x")];
        let found = place("s3://b", &[("connections", "5")], &environment).settings;
        let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(found, [("bucket", "b"), ("connections", "5"), ("region", "x")]);
        assert_eq!(place("s3://b", &[("region", "y")], &environment).settings["region"], "y");
        assert_eq!(place("s3://b", &[], &[]).settings["region"], "us-east-1");
    }

    #[test]
    fn places_of_one_name_at_two_servers_are_told_apart() {
        let azure = place("azblob://c/p", &[], &[("AZURE_ACCOUNT_NAME", "me"), ("AZURE_ACCOUNT_KEY", "geheim")]);
        assert_eq!(
            (&*azure.shown, &*azure.settings["endpoint"]),
            ("azblob://me/c/p", "https://me.blob.core.windows.net")
        );
        assert_eq!(place("s3://b", &[("endpoint", "http://h")], &[]).shown, "s3://b at http://h");
        assert!(!format!("{azure:?}").contains("geheim"));
    }

    #[test]
    fn this_machine_is_not_elsewhere() {
        let urls = [
            "http://127.0.0.1:9000/x",
            "https://localhost",
            "[::1]:80",
            "http://me@Box.example:1/",
            "http://box",
            "http://0.0.0.0:1",
        ];
        for url in urls {
            assert!(is_here(url, "box.example"), "{url}");
        }
        // Addresses for documentation, which nobody has.
        for url in ["https://s3.example.org", "http://192.0.2.7:9000", "http://[2001:db8::7]:80/", "http://box.other"] {
            assert!(!is_here(url, "box.example"), "{url}");
        }
    }

    #[test]
    fn rates_and_options() {
        assert_eq!((parse_rate("5"), parse_rate("5MiB")), (Ok(5120), Ok(5 << 20)));
        assert!(parse_rate("0").is_err() && parse_rate("x").is_err());
        let option = parse_option("s3.storage-class=COLD").unwrap();
        assert_eq!((&*option.name, &*option.value), ("storage_class", "COLD"));
        assert!(option.is_for("s3", Some(3)) && !option.is_for("gcs", None));
        let option = parse_option("2.timeout=5").unwrap();
        assert!(option.is_for("s3", Some(2)) && !option.is_for("s3", Some(3)) && !option.is_for("s3", None));
        assert!(parse_option("x").is_err());
    }
}
