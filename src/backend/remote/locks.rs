//! Object locks of S3, of which opendal knows nothing: its requests that write get the headers of a lock and a signature that covers them, and the
//! requests about locks are our own.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use md5::{Digest, Md5};
use opendal::raw::Operation;
use opendal::{Buffer, Error, ErrorKind as Kind, HttpBody, HttpTransport, HttpTransporter, Operator, Result};
use reqsign_aws_v4::{
    AssumeRoleCredentialProvider, Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::{Context, OsEnv, ProvideCredentialChain, Signer};
use reqsign_file_read_tokio::TokioFileRead;

use crate::backend::{Held, LockMode, ObjectLock};
use crate::world::{SystemWorld, Time, World};

const MODE: HeaderName = HeaderName::from_static("x-amz-object-lock-mode");
const UNTIL: HeaderName = HeaderName::from_static("x-amz-object-lock-retain-until-date");
const LEGAL_HOLD: HeaderName = HeaderName::from_static("x-amz-object-lock-legal-hold");
const VERSION: HeaderName = HeaderName::from_static("x-amz-version-id");
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const MD5: HeaderName = HeaderName::from_static("content-md5");
/// An answer of a service that is longer says nothing more.
const MOST_TEXT: usize = 2_000;

/// The lock of a place, and the means to sign for it. The clock is that of this machine: services refuse requests that are signed with one that is off by more
/// than a quarter of an hour.
pub(super) struct Locks {
    lock: Mutex<Option<ObjectLock>>,
    signer: Signer<Credential>,
    transport: HttpTransporter,
}

/// A version of an object, and its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Absent where the bucket keeps no versions.
    pub(super) id: Option<String>,
    pub(super) held: Held,
}

pub(super) fn now() -> Time {
    SystemWorld::new().now()
}

fn stamp(time: Time) -> Result<String> {
    let time = jiff::Timestamp::from_second(time.secs);
    let time = time.map_err(|error| Error::new(Kind::ConfigInvalid, error.to_string()))?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn mode(lock: &ObjectLock) -> &'static str {
    match lock.mode {
        LockMode::Governance => "GOVERNANCE",
        LockMode::Compliance => "COMPLIANCE",
    }
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::new(Kind::Unexpected, error.to_string())
}

/// Credentials are looked for where opendal looks for them with the same settings.
fn signer(settings: &BTreeMap<String, String>, transport: &HttpTransporter) -> Signer<Credential> {
    let get = |name: &str| settings.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let is_set = |name: &str| get(name).is_some_and(|value| matches!(value, "true" | "on"));
    let region = get("region").unwrap_or("us-east-1");
    let context = Context::new().with_file_read(TokioFileRead).with_env(OsEnv).with_http_send(transport.clone());
    let mut builder = DefaultCredentialProvider::builder();
    if is_set("disable_config_load") {
        builder = builder.no_env().no_profile();
    } else if let Some(profile) = get("profile") {
        builder = builder.with_profile(profile);
    }
    if is_set("disable_ec2_metadata") {
        builder = builder.no_imds();
    }
    let mut chain = ProvideCredentialChain::new().push(builder.build());
    if let (Some(id), Some(secret)) = (get("access_key_id"), get("secret_access_key")) {
        let given = StaticCredentialProvider::new(id, secret);
        chain = chain.push_front(match get("session_token") {
            Some(token) => given.with_session_token(token),
            None => given,
        });
    }
    if let Some(role) = get("role_arn") {
        let sts = Signer::new(context.clone(), chain, RequestSigner::new("sts", region));
        let mut role = AssumeRoleCredentialProvider::new(role.to_owned(), sts)
            .with_region(region.to_owned())
            .with_regional_sts_endpoint();
        if let Some(id) = get("external_id") {
            role = role.with_external_id(id.to_owned());
        }
        if let Some(name) = get("role_session_name") {
            role = role.with_role_session_name(name.to_owned());
        }
        if let Some(seconds) = get("assume_role_duration_seconds").and_then(|text| text.parse().ok()) {
            role = role.with_duration_seconds(seconds);
        }
        chain = ProvideCredentialChain::new().push(role);
    }
    Signer::new(context, chain, RequestSigner::new("s3", region))
}

impl Locks {
    pub(super) fn new(
        settings: &BTreeMap<String, String>,
        lock: Option<ObjectLock>,
        transport: HttpTransporter,
    ) -> Self {
        Locks { lock: Mutex::new(lock), signer: signer(settings, &transport), transport }
    }

    pub(super) fn current(&self) -> Option<ObjectLock> {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, lock: Option<ObjectLock>) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = lock;
    }

    async fn sign(&self, request: Request<Buffer>) -> Result<Request<Buffer>> {
        let (mut parts, body) = request.into_parts();
        parts.headers.remove(AUTHORIZATION);
        parts.headers.remove(DATE);
        self.signer.sign(&mut parts, None).await.map_err(|error| {
            let passes = error.is_retryable();
            Error::new(Kind::PermissionDenied, format!("the request could not be signed: {error}"))
                .with_temporary(passes)
        })?;
        // HTTP says it in its own way.
        parts.headers.remove(HOST);
        Ok(Request::from_parts(parts, body))
    }

    async fn locked(&self, mut request: Request<Buffer>, lock: &ObjectLock) -> Result<Request<Buffer>> {
        // A lock needs a checksum; this one is known everywhere.
        let is_sum = |name: &HeaderName| *name == MD5 || name.as_str().starts_with("x-amz-checksum-");
        if !request.headers().keys().any(is_sum) {
            let mut sum = Md5::new();
            request.body().clone().for_each(|part| sum.update(&part));
            let sum = BASE64_STANDARD.encode(sum.finalize());
            request.headers_mut().insert(MD5, HeaderValue::try_from(sum).map_err(unusable)?);
        }
        let headers = request.headers_mut();
        headers.insert(MODE, HeaderValue::from_static(mode(lock)));
        headers.insert(UNTIL, HeaderValue::try_from(stamp(lock.end(now()))?).map_err(unusable)?);
        self.sign(request).await
    }

    /// Where an object is; `operator` knows how the service wants to be addressed.
    async fn address(operator: &Operator, path: &str, query: &str) -> Result<(Uri, http::HeaderMap)> {
        let signed = operator.presign_stat(path, Duration::from_secs(60)).await?;
        let mut parts = signed.uri().clone().into_parts();
        let plain = parts.path_and_query.as_ref().map_or("/", |both| both.path());
        parts.path_and_query = Some(format!("{plain}?{query}").parse().map_err(unusable)?);
        Ok((Uri::from_parts(parts).map_err(unusable)?, signed.header().clone()))
    }

    async fn send(&self, request: Request<Buffer>) -> Result<Response<Buffer>> {
        let answer = self.transport.send(request).await?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            status => Err(refusal(status, &answer.into_body().to_vec())),
        }
    }

    /// The newest version of an object; none if it is not there, or hidden.
    pub(super) async fn newest(&self, operator: &Operator, path: &str) -> Result<Option<Version>> {
        let signed: Request<Buffer> = operator.presign_stat(path, Duration::from_secs(3600)).await?.into();
        let answer = match self.send(signed).await {
            Err(error) if error.kind() == Kind::NotFound => return Ok(None),
            answer => answer?,
        };
        let text = |name: &HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let until = text(&UNTIL).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let held = match (text(&LEGAL_HOLD), until) {
            (Some("ON"), _) => Held::Always,
            (_, Some(until)) => Held::Until(Time { secs: until.as_second(), nanos: 0 }),
            (_, None) => Held::Free,
        };
        Ok(Some(Version { id: text(&VERSION).filter(|id| *id != "null").map(str::to_owned), held }))
    }

    /// Locks the newest version of an object until then.
    pub(super) async fn extend(&self, operator: &Operator, path: &str, lock: &ObjectLock, until: Time) -> Result<()> {
        let (uri, headers) = Locks::address(operator, path, "retention=").await?;
        let body = format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{}</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>",
            mode(lock),
            stamp(until)?
        );
        let sum = BASE64_STANDARD.encode(Md5::digest(body.as_bytes()));
        let mut request = Request::builder().method(Method::PUT).uri(uri).body(Buffer::from(body)).map_err(unusable)?;
        // Who pays, if that is set.
        if let Some(payer) = headers.get("x-amz-request-payer") {
            request.headers_mut().insert("x-amz-request-payer", payer.clone());
        }
        request.headers_mut().insert(MD5, HeaderValue::try_from(sum).map_err(unusable)?);
        self.send(self.sign(request).await?).await.map(drop)
    }
}

/// The error in an answer.
fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let text = String::from_utf8_lossy(&body[..body.len().min(MOST_TEXT)]).into_owned();
    let part = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(part, _)| part.to_owned())
    };
    let told = match (part("Code"), part("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => format!("the service answered {status}"),
    };
    let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Kind::PermissionDenied,
        StatusCode::CONFLICT => Kind::Conflict,
        _ => Kind::Unexpected,
    };
    Error::new(kind, told).with_temporary(passes)
}

/// Puts the lock of the place on what opendal writes.
pub(super) struct Locking {
    pub(super) locks: std::sync::Arc<Locks>,
}

impl HttpTransport for Locking {
    async fn fetch(&self, request: Request<Buffer>) -> Result<Response<HttpBody>> {
        let writes = request.extensions().get::<Operation>() == Some(&Operation::Write);
        let request = match self.locks.current().filter(|_| writes) {
            Some(lock) => self.locks.locked(request, &lock).await?,
            None => request,
        };
        self.locks.transport.fetch(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_refuses_is_told_in_its_words() {
        let error = refusal(StatusCode::FORBIDDEN, b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>");
        assert_eq!(
            (error.kind(), error.message(), error.is_temporary()),
            (Kind::PermissionDenied, "AccessDenied: No.", false)
        );
        let error = refusal(StatusCode::SERVICE_UNAVAILABLE, &[0xff; 5_000]);
        assert!(error.is_temporary() && error.message().contains("503"), "{error}");
        assert_eq!(refusal(StatusCode::NOT_FOUND, b"").kind(), Kind::NotFound);
    }

    #[test]
    fn times_are_written_as_the_service_wants_them() {
        assert_eq!(stamp(Time { secs: 1_795_965_074, nanos: 5 }).unwrap(), "2026-11-29T15:11:14Z");
        assert!(stamp(Time { secs: i64::MAX, nanos: 0 }).is_err());
    }
}
