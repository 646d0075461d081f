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

/// A client that trusts the certificates of the system and, where given, those in `authorities` (PEM). Proxies are taken from the environment.
pub(super) fn transport(authorities: Option<&[u8]>, meter: &Arc<Meter>) -> reqwest::Result<HttpTransporter> {
    let mut client =
        reqwest::Client::builder().connect_timeout(CONNECT).user_agent(concat!("caddis/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = authorities {
        client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    let inner = ReqwestTransport::new(client.build()?);
    Ok(HttpTransporter::new(Counted { inner, meter: Arc::clone(meter) }))
}
