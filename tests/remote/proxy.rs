//! A proxy between us and a server that does what networks and busy servers do.
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The server answers.
    Forward,
    /// It answers later.
    Delay(Duration),
    /// 503 instead.
    Busy,
    /// 403 instead.
    Refuse,
    /// The connection is reset before the server has seen it…
    ResetBefore,
    /// …or after it has done what was asked.
    ResetAfter,
    /// Nothing ever comes back; the server has done it.
    Hang,
    /// The answer ends after so many bytes.
    Truncate(usize),
}

/// A request as a proxy sees it.
pub struct Request {
    pub method: String,
    pub target: String,
    /// Request line and headers.
    pub head: String,
    /// Counts from 0.
    pub number: u64,
}

type Decide = dyn Fn(&Request) -> Action + Send + Sync;

struct Shared {
    upstream: u16,
    decide: Box<Decide>,
    requests: AtomicU64,
    preconditions: AtomicBool,
    created: Mutex<HashSet<String>>,
    is_over: AtomicBool,
}

/// Listens on a port of its own until it is dropped.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Proxy {
    pub fn start(upstream: u16, decide: impl Fn(&Request) -> Action + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let shared = Arc::new(Shared {
            upstream,
            decide: Box::new(decide),
            requests: AtomicU64::new(0),
            preconditions: AtomicBool::new(false),
            created: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let shared = Arc::clone(&serving);
                // What either side hangs up on is over.
                thread::spawn(move || drop(serve(&shared, client)));
            }
        });
        Proxy { port, shared }
    }

    /// From now on `ifGenerationMatch=0` creates an object once, which fake-gcs-server does not see to.
    pub fn honour_preconditions(&self) {
        self.shared.preconditions.store(true, Ordering::Relaxed);
    }

    /// Forwards them to whoever ignores them.
    pub fn ignore_preconditions(&self) {
        self.shared.preconditions.store(false, Ordering::Relaxed);
    }

    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

/// Reads the head of a message up to the empty line.
fn head(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            break;
        }
    }
    Ok(head)
}

fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn answer(client: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    write!(client, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: keep-alive\r\n\r\n{body}", body.len())
}

/// Reads a body that is announced by its length or comes in chunks.
fn body(reader: &mut impl BufRead, head: &str) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if value(head, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let at = body.len();
            reader.read_until(b'\n', &mut body)?;
            let line = String::from_utf8_lossy(&body[at..]).into_owned();
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
            let at = body.len();
            body.resize(at + size + 2, 0);
            reader.read_exact(&mut body[at..])?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let len = value(head, "content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
    body.resize(len, 0);
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn reset(client: &TcpStream) -> std::io::Result<()> {
    client.shutdown(Shutdown::Both)
}

/// Requests of one connection, one after the other, each with a connection of its own to the server.
fn serve(shared: &Shared, mut client: TcpStream) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    loop {
        let request = head(&mut reader)?;
        if request.is_empty() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        if value(&text, "expect").is_some() {
            client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let content = body(&mut reader, &text)?;
        let mut words = text.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let number = shared.requests.fetch_add(1, Ordering::Relaxed);
        let action = (shared.decide)(&Request {
            method: method.to_owned(),
            target: target.to_owned(),
            head: text.clone(),
            number,
        });
        match action {
            Action::Busy => {
                answer(&mut client, "503 Service Unavailable", "<Error><Code>SlowDown</Code></Error>")?;
                continue;
            }
            Action::Refuse => {
                answer(
                    &mut client,
                    "403 Forbidden",
                    "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>",
                )?;
                continue;
            }
            Action::ResetBefore => return reset(&client),
            Action::Delay(time) => thread::sleep(time),
            _ => {}
        }
        // One at a time, as a server with the precondition would have it.
        let is_watched = shared.preconditions.load(Ordering::Relaxed);
        let mut created = is_watched.then(|| shared.created.lock().expect("no panic"));
        if let Some(created) = &mut created {
            if method == "POST" && target.contains("/upload/") {
                let is_new = created.insert(object_name(target, &content));
                if !is_new && target.contains("ifGenerationMatch=0") {
                    answer(&mut client, "412 Precondition Failed", "{\"error\":{\"code\":412}}")?;
                    continue;
                }
            }
            if method == "DELETE" {
                let name = target.split("/o/").nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
                created.remove(&name.replace("%2F", "/"));
            }
        }
        let mut server = TcpStream::connect(("127.0.0.1", shared.upstream))?;
        server.set_nodelay(true)?;
        let lines = text.trim_end().lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut forwarded: String = lines.map(|line| format!("{line}\r\n")).collect();
        forwarded.push_str("Connection: close\r\n\r\n");
        server.write_all(&[forwarded.as_bytes(), &content].concat())?;
        let mut reply = Vec::new();
        server.read_to_end(&mut reply)?;
        drop(created);
        match action {
            Action::ResetAfter => return reset(&client),
            Action::Hang => {
                thread::sleep(Duration::from_secs(600));
                return Ok(());
            }
            Action::Truncate(len) => {
                client.write_all(&reply[..len.min(reply.len())])?;
                return reset(&client);
            }
            _ => client.write_all(&reply)?,
        }
        // The server said that it closes.
        return Ok(());
    }
}

/// The object that an upload creates: in the query, or in the first part of the body.
fn object_name(target: &str, content: &[u8]) -> String {
    let named =
        target.split(['?', '&']).find_map(|pair| pair.strip_prefix("name=")).map(|name| name.replace("%2F", "/"));
    named.unwrap_or_else(|| {
        let text = String::from_utf8_lossy(&content[..content.len().min(2000)]).into_owned();
        text.split("\"name\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    })
}
