//! The SDK's HTTP client, with an eye on what it reads: an answer without an end must not take the machine's memory, and
//! half a listing must not be taken for a whole one.
//!
//! All clients share it, and so its connections.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};

/// One answer, bytes. The largest that AWS gives are a page of log events with every character escaped and a thousand
/// instances: a few megabytes.
const ONE: usize = 16 << 20;

/// All answers on their way together, bytes.
const ALL: usize = 64 << 20;

/// So much of both ends of an answer in XML is looked at, bytes.
const END: usize = 512;

/// Why an answer is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unread {
    /// No answer of AWS is so large.
    #[error("more than {} MB, which was not read", ONE >> 20)]
    One,
    /// Too much comes in at once.
    #[error("more than {} MB together with other answers, which was not read", ALL >> 20)]
    All,
    /// It ends in the middle.
    #[error("what cannot be read, XML that ends in the middle")]
    Cut,
}

/// The SDK's own HTTP client for this behavior version, as it builds it where none is given.
pub(super) fn http() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

/// The bound around a client.
#[derive(Debug)]
pub(super) struct Bounded {
    client: SharedHttpClient,
    /// How much has been read of all answers that are not read to their end.
    held: Arc<AtomicUsize>,
}

impl Bounded {
    pub(super) fn new(client: SharedHttpClient) -> Self {
        Self { client, held: Arc::default() }
    }
}

impl HttpClient for Bounded {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(BoundedConnector { connector, held: self.held.clone() })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct BoundedConnector {
    connector: SharedHttpConnector,
    held: Arc<AtomicUsize>,
}

impl HttpConnector for BoundedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, held) = (self.connector.call(request), self.held.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let is_xml = answer.headers().get("content-type").is_some_and(|kind| kind.contains("xml"));
            let is_listing = answer.status().is_success() && is_xml;
            let bounded = |body| {
                let ends = is_listing.then(Ends::default);
                SdkBody::from_body_1_x(Reading { body, read: 0, held: held.clone(), ends })
            };
            Ok(answer.map(bounded))
        })
    }
}

/// An answer that is being read.
struct Reading {
    body: SdkBody,
    read: usize,
    held: Arc<AtomicUsize>,
    /// Of XML.
    ends: Option<Ends>,
}

impl Body for Reading {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // One that says how long it is need not be read to be refused.
        if self.body.size_hint().lower() > ONE as u64 {
            return Poll::Ready(Some(Err(Unread::One.into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let more = frame.data_ref().map_or(0, Bytes::len);
            self.read += more;
            if let (Some(ends), Some(data)) = (&mut self.ends, frame.data_ref()) {
                ends.take(data);
            }
            let held = self.held.fetch_add(more, Ordering::Relaxed) + more;
            if self.read > ONE {
                return Poll::Ready(Some(Err(Unread::One.into())));
            }
            if held > ALL {
                return Poll::Ready(Some(Err(Unread::All.into())));
            }
        }
        if frame.is_none() && self.ends.take().is_some_and(|ends| !ends.meet()) {
            return Poll::Ready(Some(Err(Unread::Cut.into())));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        // Whether it ends well is seen at its end only.
        self.ends.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        Body::size_hint(&self.body)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.held.fetch_sub(self.read, Ordering::Relaxed);
    }
}

/// The first and the last bytes of an answer in XML. The SDK takes one that ends in the middle for a short one, and the
/// rest of the listing would be gone.
#[derive(Debug, Default)]
struct Ends {
    first: Vec<u8>,
    last: Vec<u8>,
}

impl Ends {
    fn take(&mut self, data: &[u8]) {
        let room = END - self.first.len();
        self.first.extend_from_slice(&data[..room.min(data.len())]);
        self.last.extend_from_slice(&data[data.len().saturating_sub(END)..]);
        self.last.drain(..self.last.len().saturating_sub(END));
    }

    /// Whether the element that it begins with is the one that it ends with. What does not begin as XML is for others to
    /// judge.
    fn meet(&self) -> bool {
        let first = String::from_utf8_lossy(&self.first);
        let mut rest = first.trim_start();
        while rest.starts_with("<?") || rest.starts_with("<!") {
            rest = rest.split_once('>').map_or("", |(_, rest)| rest.trim_start());
        }
        let Some(root) = rest.strip_prefix('<') else { return true };
        let name = root.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
        let last = String::from_utf8_lossy(&self.last);
        let last = last.trim_end();
        last.ends_with(&format!("</{name}>")) || (last.ends_with("/>") && !root.contains('<'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_that_ends_in_the_middle_is_seen_however_it_comes() {
        let long = format!("<?xml version=\"1.0\"?>\n<a xmlns=\"u\">{}</a>\n", "<b>1</b>".repeat(1000));
        for size in [1, 7, 512, 5000, 10_000] {
            let meet = |text: &str| {
                let mut ends = Ends::default();
                text.as_bytes().chunks(size).for_each(|part| ends.take(part));
                ends.meet()
            };
            for whole in [&*long, "<a/>", "<a b=\"c\"/>", "<!-- x --><a>1</a>", "", "{}"] {
                assert!(meet(whole), "{whole}");
            }
            for cut in [&long[..long.len() / 2], &long[..long.len() - 4], "<a><b/>", "<a>", "<a><b>1</b>"] {
                assert!(!meet(cut), "{cut}");
            }
        }
    }
}
