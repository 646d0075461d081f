//! HTTP as remote places see it: connections, certificates, and how much goes over the wire.
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use opendal::{Buffer, HttpBody, HttpTransport, HttpTransporter, Result};
use opendal_http_transport_reqwest::ReqwestTransport;

use super::usage::Meter;

/// How long it may take until a server accepts a connection.
const CONNECT: Duration = Duration::from_secs(15);

struct Counted {
    inner: ReqwestTransport,
    meter: Arc<Meter>,
}

impl HttpTransport for Counted {
    async fn fetch(&self, request: http::Request<Buffer>) -> Result<http::Response<HttpBody>> {
        self.meter.request(request.body().len() as u64);
        let (parts, body) = self.inner.fetch(request).await?.into_parts();
        let meter = Arc::clone(&self.meter);
        let body = body.map_inner(|stream| {
            Box::new(stream.inspect(move |part| {
                if let Ok(part) = part {
                    meter.received(part.len() as u64);
                }
            }))
        });
        Ok(http::Response::from_parts(parts, body))
    }
}

/// What is said to servers, and believed of them.
#[derive(Default)]
pub(super) struct Manners {
    /// Certificates (PEM) to trust besides those of the system.
    pub(super) authorities: Option<Vec<u8>>,
    /// Certificate and private key (PEM) by which servers know this client.
    pub(super) identity: Option<Vec<u8>>,
    /// Any certificate of a server will do.
    pub(super) trusts_anybody: bool,
    /// How the client calls itself.
    pub(super) user_agent: Option<String>,
}

/// A client. Proxies are taken from the environment.
pub(super) fn transport(manners: &Manners, meter: &Arc<Meter>) -> reqwest::Result<HttpTransporter> {
    let agent = manners.user_agent.as_deref().unwrap_or(concat!("caddis/", env!("CARGO_PKG_VERSION")));
    let mut client = reqwest::Client::builder().connect_timeout(CONNECT).user_agent(agent);
    if let Some(pem) = &manners.authorities {
        client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    if let Some(pem) = &manners.identity {
        client = client.identity(reqwest::Identity::from_pem(pem)?);
    }
    if manners.trusts_anybody {
        client = client.tls_danger_accept_invalid_certs(true);
    }
    let inner = ReqwestTransport::new(client.build()?);
    Ok(HttpTransporter::new(Counted { inner, meter: Arc::clone(meter) }))
}
