//! Real storage servers on this machine: installed once from the package registries, started on free ports, stopped when the test program ends.
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use caddis::backend::RemotePlace;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// SeaweedFS.
    S3,
    /// Azurite.
    Azure,
    /// fake-gcs-server, which ignores the precondition of create-if-absent.
    Gcs,
    /// wsgidav.
    WebDav,
    /// OpenSSH.
    Sftp,
}

impl Service {
    /// What `serve` calls it.
    fn kind(self) -> &'static str {
        match self {
            Service::S3 => "s3",
            Service::Azure => "azure",
            Service::Gcs => "gcs",
            Service::WebDav => "webdav",
            Service::Sftp => "sftp",
        }
    }

    /// What caddis calls it.
    fn name(self) -> &'static str {
        match self {
            Service::Azure => "azblob",
            other => other.kind(),
        }
    }
}

const BUCKET: &str = "test";
/// Published by Microsoft for its emulators.
pub const AZURE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A running server with one bucket. Ends when its standard input does, whatever becomes of us.
pub struct Server {
    service: Service,
    /// Of the service.
    pub port: u16,
    /// The first of its ports.
    first: u16,
    child: Child,
    data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// The first of ten ports that nobody listens on now, nor those 10,000 above it, which SeaweedFS takes too. All lie below the range from which
/// systems take the ports of outgoing connections (32,768 on Linux), so that no connection takes one before the server does.
fn free_ports() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let first = 11_000 + ((std::process::id().wrapping_mul(131).wrapping_add(step)) % 900) as u16 * 10;
        let all = (0..10).flat_map(|n| [first + n, first + n + 10_000]);
        if all.map(|port| TcpListener::bind(("127.0.0.1", port))).all(|held| held.is_ok()) {
            return first;
        }
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
}

impl Server {
    /// A server of its own.
    pub fn start(service: Service) -> Server {
        let mut logs = Vec::new();
        for _ in 0..5 {
            match Server::start_at(service, free_ports()) {
                Ok(server) => return server,
                // Another program may have taken a port in between.
                Err(log) => logs.push(log),
            }
        }
        panic!("{service:?} does not run: {}", logs.join("\n"));
    }

    /// With its ports from `first` on; or what the server printed.
    fn start_at(service: Service, first: u16) -> Result<Server, String> {
        let data = tempfile::tempdir().expect("a folder");
        let child = Server::serve(service, data.path(), first);
        let port = if service == Service::S3 { first + 3 } else { first };
        let server = Server { service, port, first, child, data };
        if server.answers() {
            return Ok(server);
        }
        Err(std::fs::read_to_string(server.data.path().join("log")).unwrap_or_default())
    }

    fn serve(service: Service, data: &Path, first: u16) -> Child {
        let tools = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("servers");
        let mut serve = Command::new("bash");
        serve.arg(sources().join("serve")).arg(service.kind()).args([&tools, data]).arg(first.to_string());
        serve.stdin(Stdio::piped()).spawn().expect("bash runs")
    }

    /// Waits until it does; makes the bucket if there is none.
    fn answers(&self) -> bool {
        let mut bucket = Command::new("python3");
        bucket.arg(sources().join("bucket.py")).args([self.service.kind(), &self.first.to_string(), BUCKET]);
        bucket.status().expect("python3 runs").success()
    }

    /// Kills it, and starts it again with its data after a while.
    pub fn restart(&mut self, pause: Duration) {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends");
        std::thread::sleep(pause);
        self.child = Server::serve(self.service, self.data.path(), self.first);
        assert!(self.answers(), "{:?} is there again", self.service);
    }

    /// A new bucket of SeaweedFS in which every object is locked for 30 days. The server has room for a few.
    pub fn locked_bucket(&self) -> String {
        static BUCKETS: AtomicU32 = AtomicU32::new(0);
        let bucket = format!("locked-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        self.in_locked_bucket(&bucket, "make");
        bucket
    }

    /// The one in which objects are locked that ask for it.
    pub fn lockable_bucket(&self) -> String {
        static BUCKET: OnceLock<String> = OnceLock::new();
        let make = || {
            self.in_locked_bucket("lockable", "lockable");
            "lockable".to_owned()
        };
        BUCKET.get_or_init(make).clone()
    }

    /// Asks about a place in such a bucket, or does something there; returns what was printed.
    pub fn in_locked_place(&self, place: &RemotePlace, what: &str) -> String {
        let (bucket, root) = (&place.settings["bucket"], place.settings["root"].trim_matches('/'));
        let mut python = Command::new("python3");
        python.arg(sources().join("locked.py")).args([&self.port.to_string(), bucket, what, &format!("{root}/")]);
        let output = python.output().expect("python3 runs");
        assert!(output.status.success(), "{what} {bucket}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Makes one, wipes it as far as its locks let anybody, or undoes that.
    pub fn in_locked_bucket(&self, bucket: &str, what: &str) {
        let mut python = Command::new("python3");
        python.arg(sources().join("locked.py")).args([&self.port.to_string(), bucket, what]);
        assert!(python.status().expect("python3 runs").success(), "{what} {bucket}");
    }

    /// One for all tests of a program.
    pub fn shared(service: Service) -> &'static Server {
        static SERVERS: [OnceLock<Server>; 5] = [const { OnceLock::new() }; 5];
        SERVERS[service as usize].get_or_init(|| Server::start(service))
    }

    /// A place in the bucket that nobody else uses, reached through `port`, which may be that of a proxy.
    pub fn place(&self, port: u16) -> RemotePlace {
        static PLACES: AtomicU32 = AtomicU32::new(0);
        let root = format!("/place-{}", PLACES.fetch_add(1, Ordering::Relaxed));
        let endpoint = match self.service {
            Service::Azure => format!("http://127.0.0.1:{port}/devstoreaccount1"),
            _ => format!("http://127.0.0.1:{port}"),
        };
        let mut settings: Vec<(&str, String)> = match self.service {
            Service::S3 => vec![
                ("bucket", BUCKET.into()),
                ("region", "us-east-1".into()),
                ("access_key_id", "testkey".into()),
                ("secret_access_key", "testsecret".into()),
            ],
            Service::Azure => vec![
                ("container", BUCKET.into()),
                ("account_name", "devstoreaccount1".into()),
                ("account_key", AZURE_KEY.into()),
            ],
            Service::Gcs => vec![
                ("bucket", BUCKET.into()),
                ("allow_anonymous", "true".into()),
                ("disable_vm_metadata", "true".into()),
                ("disable_config_load", "true".into()),
            ],
            Service::WebDav => vec![("username", "tester".into()), ("password", "davsecret".into())],
            Service::Sftp => {
                let file = |name: &str| self.data.path().join(name).display().to_string();
                vec![
                    ("host", "127.0.0.1".into()),
                    ("port", port.to_string()),
                    ("key", file("user")),
                    // Nothing of whoever runs the tests.
                    ("args", format!("-F none -o IdentitiesOnly=yes -o UserKnownHostsFile={}", file("known"))),
                    ("root", file("files") + &root),
                ]
            }
        };
        if self.service != Service::Sftp {
            settings.extend([("endpoint", endpoint), ("root", root.clone())]);
        }
        let service = self.service.name();
        RemotePlace {
            service: service.to_owned(),
            shown: format!("{service}://{BUCKET}{root}"),
            settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            limit_upload: None,
            limit_download: None,
        }
    }
}
