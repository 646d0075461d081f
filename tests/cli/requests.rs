//! What is said to servers, and what is believed of them: seen by servers that answer nothing useful.
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::testenv::{Run, TestEnv};

/// A server that refuses everything, and keeps the heads of the requests.
struct Deaf {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Deaf {
    fn start() -> Deaf {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let lines = BufReader::new(client.try_clone().expect("a socket")).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                seen.lock().expect("no panic").push(head.join("\n"));
                let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Deaf { port, heads }
    }

    /// The head of the first request of a command.
    fn head(&self, place: &str, options: &[&str], variables: &[(&str, &str)]) -> String {
        self.heads.lock().expect("no panic").clear();
        let env = TestEnv::new();
        let endpoint = format!("endpoint=http://127.0.0.1:{}", self.port);
        let mut command = env.command(["-r", place, "-o", &endpoint, "-o", "retries=0", "snapshots"]);
        command.args(options).envs(variables.iter().copied());
        let output = command.output().expect("runs");
        assert_ne!(output.status.code(), Some(0));
        let heads = self.heads.lock().expect("no panic");
        heads.first().unwrap_or_else(|| panic!("no request: {output:?}")).clone()
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "testkey"), ("AWS_SECRET_ACCESS_KEY", "testsecret")];

#[test]
fn servers_are_told_who_asks() {
    let server = Deaf::start();
    let head = server.head("s3://bucket/p", &[], &KEYS);
    assert!(head.contains("user-agent: caddis/") && head.contains("Credential=testkey/"), "{head}");
    assert!(head.contains("/us-east-1/s3/"), "{head}");
    let head = server.head(
        "s3://bucket/p",
        &["--http-user-agent", "probe/7"],
        &[&KEYS[..], &[("AWS_REGION", "eu-test-9")]].concat(),
    );
    assert!(head.contains("user-agent: probe/7") && head.contains("/eu-test-9/s3/"), "{head}");
    let head = server.head("s3://bucket/p", &[], &[&KEYS[..], &[("CADDIS_HTTP_USER_AGENT", "probe/8")]].concat());
    assert!(head.contains("user-agent: probe/8"), "{head}");
}

#[test]
fn missing_credentials_are_told_by_name() {
    let env = TestEnv::new();
    let mut command =
        env.command(["-r", "s3://bucket/p", "-o", "endpoint=http://127.0.0.1:9", "-o", "retries=0", "snapshots"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env_remove("AWS_PROFILE");
    let output = command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", env.path("")).output().expect("runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{text}");
}

#[test]
fn credentials_come_from_the_variables_of_each_service() {
    let server = Deaf::start();
    let account = ("AZURE_STORAGE_ACCOUNT", "me");
    let head = server.head("azblob://container/p", &[], &[account, ("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=geheim")]);
    assert!(head.contains("/container") && head.contains("sig=geheim"), "{head}");
    let head = server.head("azblob://container/p", &[], &[account, ("AZURE_STORAGE_KEY", "c2VjcmV0")]);
    assert!(head.contains("authorization: SharedKey me:"), "{head}");
    let head = server.head("gcs://bucket/p", &[], &[("GOOGLE_ACCESS_TOKEN", "geheim")]);
    assert!(head.contains("authorization: Bearer geheim"), "{head}");
    let user = [("WEBDAV_USERNAME", "me"), ("WEBDAV_PASSWORD", "geheim")];
    let head = server.head(&format!("webdav:http://127.0.0.1:{}/p", server.port), &[], &user);
    // me:geheim
    assert!(head.contains("authorization: Basic bWU6Z2VoZWlt"), "{head}");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let env = TestEnv::new();
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let place = format!("s3:http://{}/bucket", silent.local_addr().expect("bound"));
    let mut command = env.command(["-r", &place, "-o", "retries=0", "snapshots", "--stuck-request-timeout", "1s"]);
    let started = Instant::now();
    let output = command.envs(KEYS).output().expect("runs");
    assert!(output.status.code() == Some(1) && started.elapsed() < Duration::from_secs(30), "{output:?}");
    // In a folder nobody is silent.
    TestEnv::ready().run(["snapshots", "--stuck-request-timeout", "1s"]).expect(2).complains("timeout");
}

/// An HTTPS server with a certificate of an authority that nobody knows. It ends with this value.
struct Tls {
    child: Child,
    port: u16,
}

impl Drop for Tls {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Tls {
    fn start(env: &TestEnv, options: &[&str]) -> Tls {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|held| held.local_addr()).expect("a port").port();
        let mut server = Command::new("openssl");
        server
            .args(["s_server", "-WWW", "-cert", "cert.pem", "-key", "key.pem", "-accept", &port.to_string()])
            .args(options);
        server.current_dir(env.path("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let tls = Tls { child: server.spawn().expect("openssl runs"), port };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "openssl does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        tls
    }

    /// What a command says that asks it; it never succeeds.
    fn ask(&self, env: &TestEnv, options: &[&str]) -> String {
        let place = format!("s3:https://127.0.0.1:{}/bucket", self.port);
        let mut command = env.command(["-r", &place, "-o", "retries=0", "-o", "timeout=5", "snapshots"]);
        let output = command.args(options).envs(KEYS).output().expect("runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let run = Run { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) };
        run.expect(1).stderr
    }
}

#[test]
fn certificates_are_verified_unless_somebody_insists() {
    let env = TestEnv::new();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let made = env.shell(&format!(
        "command -v openssl > /dev/null || exit 77
         set -e; echo subjectAltName=IP:127.0.0.1 > names
         openssl req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=authority
         openssl req {key} -keyout key.pem -out request.pem -subj /CN=server
         openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out cert.pem
         cat cert.pem key.pem > client.pem"
    ));
    if made.code == Some(77) {
        return eprintln!("skipped: there is no openssl on this machine");
    }
    made.ok();
    let is_distrusted = |said: &str| said.to_lowercase().contains("certificate");
    let server = Tls::start(&env, &[]);
    let said = server.ask(&env, &[]);
    assert!(is_distrusted(&said), "{said}");
    let began = Instant::now();
    for options in [&["--insecure-tls"][..], &["--cacert", "ca.pem"], &["-o", "insecure_tls=true"]] {
        let said = server.ask(&env, options);
        assert!(!is_distrusted(&said), "{options:?}: {said}");
    }
    // The -o retries=0 before the command counts beside the -o behind it: with nine retries it would take minutes.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let said = server.ask(&env, &["-o", "insecure_tls=perhaps"]);
    assert!(said.contains("neither true nor false"), "{said}");
    // One that wants to know who asks.
    let server = Tls::start(&env, &["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"]);
    let (stranger, known) =
        (server.ask(&env, &["--cacert", "ca.pem"]), ["--cacert", "ca.pem", "--tls-client-cert", "client.pem"]);
    let said = server.ask(&env, &known);
    // A stranger may learn of it before or after he has asked; he gets no answer, which is none that S3 gives.
    let is_answer = |said: &str| said.contains("xml");
    assert!(!is_answer(&stranger) && is_answer(&said), "{stranger} {said}");
    let said = server.ask(&env, &["--tls-client-cert", "missing.pem"]);
    assert!(said.contains("missing.pem"), "{said}");
}

#[test]
fn a_place_that_does_not_answer_is_waited_for_but_not_in_silence() {
    let env = TestEnv::new();
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a port");
    let endpoint = format!("endpoint=http://{free}");
    let keys = ["access_key_id=testkey", "secret_access_key=testsecret"];
    let ask = |more: &[&str]| {
        let options = [&*endpoint, keys[0], keys[1], "retries=4"].into_iter().flat_map(|option| ["-o", option]);
        env.run(["-r", "s3://bucket/p", "snapshots"].into_iter().chain(options).chain(more.iter().copied())).expect(1)
    };
    let run = ask(&[]).complains("caddis: s3://bucket/p at http://").complains("; trying again");
    assert_eq!(run.stderr.matches("trying again").count(), 1, "{}", run.stderr);
    assert!(!ask(&["-q"]).stderr.contains("trying again"));
}
