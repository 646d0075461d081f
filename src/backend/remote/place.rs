//! Which remote place, and how it is spoken to: services, their settings, and those that are our own.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opendal::{HttpTransporter, OperationContext, Operator, services};

use super::locks::{Locking, Locks};
use super::sftp;
use super::transport::{Manners, transport};
use super::usage::Meter;
use super::wire::Wire;
use crate::backend::{BackendError, ErrorKind, ObjectLock};

/// Settings of any service whose values must never be shown.
const SECRET: &[&str] = &["key", "secret", "token", "password", "credential", "sas", "passphrase"];
/// These have such a word in them and say nothing.
const NOT_SECRET: &[&str] =
    &["access_key_id", "application_key_id", "credential_path", "server_side_encryption_aws_kms_key_id"];

/// Spoken by ourselves.
const SFTP: &str = "sftp";

/// A bucket, container or folder of a service, and the settings with which it is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct RemotePlace {
    /// Name of the service as opendal has it, e.g. `s3`, `azblob`, `gcs`.
    pub service: String,
    /// Settings of the service (`bucket`, `root`, `endpoint`, …), with those of ours among them: [`RemotePlace::OWN`].
    pub settings: BTreeMap<String, String>,
    /// The place as it was given, for messages; without secrets.
    pub shown: String,
    /// Bytes per second that may be sent; no limit if absent.
    pub limit_upload: Option<u64>,
    /// Bytes per second that may be received.
    pub limit_download: Option<u64>,
}

impl std::fmt::Debug for RemotePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// What stands between us and the service.
pub(super) struct Opened {
    pub(super) wire: Wire,
    pub(super) policy: Policy,
    /// Where the service has object locks, whether or not they are used.
    pub(super) locks: Option<Arc<Locks>>,
}

/// How patient and how parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// Requests that are under way at the same time.
    pub(super) connections: usize,
    /// How long a server may be silent.
    pub(super) timeout: Duration,
    /// How often a request that failed for a passing reason is sent again.
    pub(super) retries: usize,
}

impl RemotePlace {
    /// Settings that no service has: requests at the same time, seconds without an answer, attempts after the first, files with the
    /// certificates (PEM) of authorities to trust and of this client, whether any certificate will do, the name of this client, the storage class
    /// of packs, and the lock of all objects.
    pub const OWN: [&'static str; 9] = [
        "connections",
        "timeout",
        "retries",
        "cacert",
        "tls_client_cert",
        "insecure_tls",
        "user_agent",
        "storage_class",
        ObjectLock::SETTING,
    ];

    /// Services that this program can speak to.
    pub const SERVICES: [&'static str; 8] = [
        services::S3_SCHEME,
        services::AZBLOB_SCHEME,
        services::GCS_SCHEME,
        services::OSS_SCHEME,
        services::COS_SCHEME,
        services::OBS_SCHEME,
        services::WEBDAV_SCHEME,
        SFTP,
    ];

    /// Values that must not show up anywhere.
    pub(super) fn secrets(&self) -> Vec<String> {
        let is_secret = |name: &str| SECRET.iter().any(|word| name.contains(word)) && !NOT_SECRET.contains(&name);
        let secrets = self.settings.iter().filter(|(name, value)| is_secret(name) && value.len() > 3);
        secrets.map(|(_, value)| value.clone()).collect()
    }

    fn refused(&self, cause: String) -> BackendError {
        let mut error = BackendError::new(ErrorKind::Refused, "open", &self.shown);
        error.source = Some(std::io::Error::other(cause));
        error
    }

    fn known_settings(&self) -> Result<Vec<String>, BackendError> {
        let of = |value: serde_json::Result<serde_json::Value>| match value {
            Ok(serde_json::Value::Object(map)) => map.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        };
        Ok(match &*self.service {
            services::S3_SCHEME => of(serde_json::to_value(services::S3Config::default())),
            services::AZBLOB_SCHEME => of(serde_json::to_value(services::AzblobConfig::default())),
            services::GCS_SCHEME => of(serde_json::to_value(services::GcsConfig::default())),
            services::OSS_SCHEME => of(serde_json::to_value(services::OssConfig::default())),
            services::COS_SCHEME => of(serde_json::to_value(services::CosConfig::default())),
            services::OBS_SCHEME => of(serde_json::to_value(services::ObsConfig::default())),
            services::WEBDAV_SCHEME => of(serde_json::to_value(services::WebdavConfig::default())),
            SFTP => sftp::SETTINGS.map(str::to_owned).to_vec(),
            "b2" => {
                return Err(self.refused(
                    "B2 is used by way of its S3 protocol, since its own one hides what is deleted and keeps it: \
                     s3:https://s3.REGION.backblazeb2.com/BUCKET/PREFIX, and `caddis repo probe` tells what it can do"
                        .to_owned(),
                ));
            }
            other => {
                let known = Self::SERVICES.join(", ");
                return Err(self.refused(format!("there is no service {other:?}; known are {known}")));
            }
        })
    }

    fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, BackendError> {
        let Some(text) = self.settings.get(name) else { return Ok(default) };
        text.parse().map_err(|_| self.refused(format!("the option {name}={text} is not a number")))
    }

    fn manners(&self) -> Result<Manners, BackendError> {
        let read = |name: &str| {
            let file = self.settings.get(name).map(PathBuf::from);
            let read =
                file.map(|file| std::fs::read(&file).map_err(|error| BackendError::io("read", file.display(), error)));
            read.transpose()
        };
        let trusts_anybody = match self.settings.get("insecure_tls").map(String::as_str) {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                return Err(self.refused(format!("the option insecure_tls={other} is neither true nor false")));
            }
        };
        Ok(Manners {
            authorities: read("cacert")?,
            identity: read("tls_client_cert")?,
            trusts_anybody,
            user_agent: self.settings.get("user_agent").cloned(),
        })
    }

    /// The lock that the settings ask for.
    fn object_lock(&self) -> Result<Option<ObjectLock>, BackendError> {
        let Some(text) = self.settings.get(ObjectLock::SETTING) else { return Ok(None) };
        let lock = text.parse().map_err(|cause| self.refused(cause))?;
        if self.service != services::S3_SCHEME {
            return Err(self.refused(format!(
                "{} has no locks for single objects that this program could set; lock the whole bucket or container instead, with a retention that \
                 its service puts on everything (docs/storage.md, Locked buckets). In several locations, -o 2.{}={text} is for location 2 alone",
                self.service,
                ObjectLock::SETTING
            )));
        }
        let is_set = |name: &str| self.settings.get(name).is_some_and(|value| matches!(&**value, "true" | "on"));
        if is_set("allow_anonymous") || is_set("skip_signature") {
            return Err(
                self.refused("objects can be locked only with signed requests, and these are anonymous".to_owned())
            );
        }
        Ok(Some(lock))
    }

    /// Checks all settings; does not speak to the place yet.
    pub(super) fn open(&self, meter: &Arc<Meter>) -> Result<Opened, BackendError> {
        let known = self.known_settings()?;
        if let Some(name) = self.settings.keys().find(|name| !known.contains(name) && !Self::OWN.contains(&&***name)) {
            let own = Self::OWN.join(", ");
            return Err(self.refused(format!(
                "there is no option {name:?}; there are {own} and, of the service, {}",
                known.join(", ")
            )));
        }
        let policy = Policy {
            connections: self.number("connections", 16usize)?.clamp(1, 1000),
            timeout: Duration::from_secs(self.number("timeout", 60u64)?.max(1)),
            retries: self.number("retries", 9usize)?,
        };
        let transport = transport(&self.manners()?, meter).map_err(|error| self.refused(error.to_string()))?;
        let lock = self.object_lock()?;
        let mut settings: BTreeMap<String, String> = self
            .settings
            .iter()
            .filter(|(name, _)| !Self::OWN.contains(&&***name))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        if self.service == services::S3_SCHEME {
            // What arrives damaged is refused by the server, if it understands this.
            let checksum = settings.entry("checksum_algorithm".to_owned()).or_insert_with(|| "crc32c".to_owned());
            if checksum == "none" {
                settings.remove("checksum_algorithm");
            }
        }
        opendal::init_default_registry();
        let build = |settings: &BTreeMap<String, String>, transport: &HttpTransporter| {
            let operator = Operator::via_iter(&self.service, settings.clone());
            let operator = operator.map_err(|error| self.refused(error.message().to_owned()))?;
            let context = OperationContext::new().with_http_transport(transport.clone());
            Ok::<_, BackendError>(operator.with_context(context))
        };
        if self.service == SFTP {
            let given = self.settings.iter().filter(|(name, _)| known.contains(name));
            let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
            let files = sftp::Files::new(&given, policy.timeout, meter)
                .map_err(|error| self.refused(error.message().to_owned()))?;
            return Ok(Opened { wire: Wire::Sftp(files), policy, locks: None });
        }
        let plain = build(&settings, &transport)?;
        if self.service == services::WEBDAV_SCHEME {
            return Ok(Opened { wire: Wire::named(plain), policy, locks: None });
        }
        let locks =
            (self.service == services::S3_SCHEME).then(|| Arc::new(Locks::new(&settings, lock, transport.clone())));
        let locking = match &locks {
            Some(locks) => HttpTransporter::new(Locking { locks: Arc::clone(locks) }),
            None => transport,
        };
        let objects = if locks.is_some() { build(&settings, &locking)? } else { plain.clone() };
        let packs = match self.settings.get("storage_class") {
            None => objects.clone(),
            Some(_) if !known.iter().any(|name| name == "default_storage_class") => {
                return Err(self.refused(format!("{} has no storage classes", self.service)));
            }
            Some(class) => {
                settings.insert("default_storage_class".to_owned(), class.clone());
                build(&settings, &locking)?
            }
        };
        Ok(Opened { wire: Wire::Objects { objects, packs, plain }, policy, locks })
    }
}
