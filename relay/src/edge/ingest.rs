//! One request: from the sender's head to the head of its answer.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, ExchangeId, FailureKind, Headers, HttpVersion, Label, Name, RequestHead,
    ResponseHead, Timestamp,
};
use hookreel_shared::net::restore::is_framing;
use hookreel_shared::net::{append, from_header_map, to_header_map, wall_clock};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use uuid::Uuid;

use super::Edge;
use super::answer;
use super::body::{EdgeBody, Kind};
use super::forwarded::{self, Passage};
use super::head::{Framing, RawHead};
use super::name::{Addressed, addressed, canonical};
use super::patience::Patient;
use super::refusal::Refusal;
use super::restore::is_text;
use super::slot::{Slot, UnderWay};
use super::upgrade;
use crate::config::Limits;
use crate::dispatch::{self, Interim, Routed};
use crate::link::{Reply, TunnelHandle};
use crate::registry::Lookup;

/// How names are found in requests.
#[derive(Debug, Clone)]
pub struct Public {
    /// Names are labels below this.
    pub domain: String,
    /// Whether any other host leads to the only tunnel, if there is but one.
    pub bare: bool,
}

/// The connection a request came on.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The sender's address.
    pub peer: SocketAddr,
    /// The name in the TLS handshake, for connections with TLS.
    pub tls: Option<Option<Arc<str>>>,
    /// Where heads wait that came by HTTP/1.
    pub slot: Option<Slot>,
}

/// Serves one request. Never fails: what goes wrong becomes an answer.
pub async fn serve(
    edge: Arc<Edge>,
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response<EdgeBody>, Infallible> {
    let at = wall_clock();
    let under_way = connection.slot.as_ref().map(Slot::begin);
    let id = ExchangeId::from_uuid(Uuid::now_v7());
    let head = match &connection.slot {
        Some(slot) => slot.take().unwrap_or(Err(Refusal::Malformed)),
        None => of_http2(&request, &edge.limits),
    };
    let (head, wants_html) = match head {
        Ok(head) => {
            let wants_html = answer::wants_html(&head.headers);
            (head, wants_html)
        }
        Err(refusal) => return Ok(answer::refuse(refusal, id, false)),
    };
    let arrival = Arrival { id, at, head };
    let answered = take(&edge, &connection, arrival, request, under_way).await;
    Ok(answered.unwrap_or_else(|refusal| {
        tracing::debug!(%id, ?refusal, "answered by the relay");
        answer::refuse(refusal, id, wants_html)
    }))
}

struct Arrival {
    id: ExchangeId,
    at: Timestamp,
    head: RawHead,
}

async fn take(
    edge: &Edge,
    connection: &Connection,
    arrival: Arrival,
    mut request: Request<Incoming>,
    under_way: Option<UnderWay>,
) -> Result<Response<EdgeBody>, Refusal> {
    let Arrival { id, at, head } = arrival;
    if let Some(Some(sni)) = &connection.tls
        && canonical(&head.host) != canonical(sni.as_bytes())
    {
        return Err(Refusal::Misdirected);
    }
    let (name, handle, target, prefix) = match route(edge, &head)? {
        Route::Tunnel {
            name,
            handle,
            target,
            prefix,
        } => (name, handle, target, prefix),
        Route::Health => return Ok(answer::own(200, "text/plain", Bytes::from_static(b"ok\n"))),
    };
    if forwarded::is_loop(&head.headers) {
        return Err(Refusal::Failed(FailureKind::Loop));
    }
    let passage = Passage {
        id,
        peer: connection.peer.ip(),
        host: &head.host,
        secure: connection.tls.is_some(),
        prefix: prefix.as_ref(),
        version: head.version,
        upgrade: head.upgrade.as_ref(),
    };
    let body = match head.framing {
        _ if head.upgrade.is_some() => BodyKind::Upgrade,
        Framing::None => BodyKind::Empty,
        Framing::Length(n) => BodyKind::Length(n),
        Framing::Chunked => BodyKind::Chunked,
    };
    let (headers, added) = forwarded::onward(head.headers, &passage);
    let onward = RequestHead {
        id,
        name,
        label: Label::Live,
        received_at: at,
        headers,
        added,
        method: head.method,
        target,
        version: head.version,
        peer: Some(connection.peer),
        body,
        expect_continue: head.expect_continue && body != BodyKind::Empty,
    };
    let upgraded = (body == BodyKind::Upgrade).then(|| hyper::upgrade::on(&mut request));
    let mut interim = Interims {
        slot: connection.slot.as_ref(),
        version: head.version,
    };
    let routed = Routed {
        head: onward,
        body: match head.body {
            Some(whole) => Either::Left(Full::new(whole)),
            None => Either::Right(request.into_body()),
        },
    };
    let reply = dispatch::send(&handle, routed, &edge.limits, &mut interim)
        .await
        .map_err(Refusal::Failed)?;
    let Reply {
        head: answered,
        body,
        upgrade,
    } = reply;
    if let (Some(sender), Some(stream)) = (upgraded, upgrade) {
        let idle = edge.limits.idle;
        edge.tasks.spawn(upgrade::join(sender, stream, idle));
    }
    let body = match answered.status {
        304 => Kind::Silent,
        _ if connection.slot.is_none() => Kind::Patient(Patient::new(body, edge.limits.idle)),
        _ => Kind::Reply(body),
    };
    if let Some(slot) = &connection.slot {
        poll_fn(|cx| slot.poll_clear(cx)).await;
    }
    let body = EdgeBody::new(body, under_way);
    response(answered, body, connection.slot.as_ref())
}

enum Route {
    Tunnel {
        name: Name,
        handle: Arc<TunnelHandle>,
        target: Bytes,
        prefix: Option<Bytes>,
    },
    Health,
}

/// An unknown name and a foreign host answer alike: nobody learns which names exist elsewhere.
fn route(edge: &Edge, head: &RawHead) -> Result<Route, Refusal> {
    const UNKNOWN: Refusal = Refusal::Failed(FailureKind::UnknownName);
    let (name, target, prefix) = match addressed(&head.host, &head.target, &edge.public.domain) {
        Addressed::Name {
            name,
            target,
            prefix,
        } => (name, target, prefix),
        Addressed::Relay | Addressed::Foreign if edge.public.bare => {
            let sole = edge
                .registry
                .sole()
                .ok_or(Refusal::Failed(FailureKind::NotConnected))?;
            (sole.as_str().to_owned(), head.target.clone(), None)
        }
        Addressed::Relay if &head.target[..] == b"/healthz" => return Ok(Route::Health),
        Addressed::Relay | Addressed::Foreign => return Err(UNKNOWN),
    };
    let known = match edge.registry.lookup(&name) {
        Lookup::Live(handle) => handle,
        Lookup::Away => return Err(Refusal::Failed(FailureKind::NotConnected)),
        Lookup::Unknown => return Err(UNKNOWN),
    };
    let name = name.parse().map_err(|_| UNKNOWN)?;
    Ok(Route::Tunnel {
        name,
        handle: known,
        target,
        prefix,
    })
}

/// The head of an HTTP/2 request, which the library has checked already. Pieces of a cookie are
/// joined as HTTP/1 needs it (RFC 9113 §8.2.3).
fn of_http2(request: &Request<Incoming>, limits: &Limits) -> Result<RawHead, Refusal> {
    let uri = request.uri();
    // The size of all fields is the library's to check; the rest of the limits is not known to it.
    if request.headers().len() > limits.headers {
        return Err(Refusal::HeadTooLarge);
    }
    if uri
        .path_and_query()
        .is_some_and(|target| target.as_str().len() > limits.target)
    {
        return Err(Refusal::TargetTooLong);
    }
    let own = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let host = uri.authority().map_or_else(
        || {
            request
                .headers()
                .get(header::HOST)
                .map(|host| Bytes::copy_from_slice(host.as_bytes()))
        },
        |authority| Some(own(authority.as_str())),
    );
    let host = host.ok_or(Refusal::Host)?;
    if request
        .headers()
        .get_all(header::HOST)
        .iter()
        .any(|other| !other.as_bytes().eq_ignore_ascii_case(&host))
    {
        return Err(Refusal::Authority);
    }
    if [http::Method::CONNECT, http::Method::TRACE].contains(request.method()) {
        return Err(Refusal::Method);
    }
    let mut headers = Headers::new();
    headers.push("host", host.clone());
    let cookies: Vec<&[u8]> = request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let mut cookie = (!cookies.is_empty()).then(|| Bytes::from(cookies.join(&b"; "[..])));
    for field in &from_header_map(request.headers()) {
        if field.is("cookie") {
            if let Some(cookie) = cookie.take() {
                headers.push("cookie", cookie);
            }
        } else if !field.is("host") {
            headers.push(field.name.clone(), field.value.clone());
        }
    }
    // Trailers may follow even where a length is given, so the length alone does not end the body.
    let framing = if hyper::body::Body::is_end_stream(request.body()) {
        Framing::None
    } else {
        Framing::Chunked
    };
    Ok(RawHead {
        method: own(request.method().as_str()),
        target: own(uri.path_and_query().map_or("/", |target| target.as_str())),
        host,
        version: HttpVersion::Http2,
        headers,
        framing,
        // The library cannot send the 100; the origin is asked all the same, as it may refuse.
        expect_continue: expects_continue(request.headers())?,
        upgrade: None,
        body: None,
    })
}

fn expects_continue(headers: &HeaderMap) -> Result<bool, Refusal> {
    match headers.get(header::EXPECT) {
        None => Ok(false),
        Some(value) if value.as_bytes().eq_ignore_ascii_case(b"100-continue") => Ok(true),
        Some(_) => Err(Refusal::Expectation),
    }
}

/// Interim answers, which only HTTP/1.1 senders can be sent.
struct Interims<'a> {
    slot: Option<&'a Slot>,
    version: HttpVersion,
}

impl Interim for Interims<'_> {
    fn interim(&mut self, head: ResponseHead) {
        let (Some(slot), HttpVersion::Http11) = (self.slot, self.version) else {
            return;
        };
        let reason = StatusCode::from_u16(head.status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut text = format!(
            "HTTP/1.1 {} {}\r\n",
            head.status,
            reason.unwrap_or_default()
        )
        .into_bytes();
        for field in &head.headers {
            text.extend_from_slice(&field.name);
            text.extend_from_slice(b": ");
            text.extend_from_slice(&field.value);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        slot.interim(&text);
    }
}

/// The answer as the library gets it: for HTTP/2 whole. For HTTP/1 only what it has to decide on,
/// and the rest goes straight to the gate.
fn response(
    mut head: ResponseHead,
    body: EdgeBody,
    slot: Option<&Slot>,
) -> Result<Response<EdgeBody>, Refusal> {
    const BROKEN: Refusal = Refusal::Failed(FailureKind::OriginBroken);
    forwarded::restrict_answer(&mut head.headers);
    let status = StatusCode::from_u16(head.status).map_err(|_| BROKEN)?;
    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(BROKEN);
    }
    let body_length = hyper::body::Body::size_hint(&body).exact();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let Some(slot) = slot else {
        *response.headers_mut() = to_header_map(&head.headers).map_err(|_| BROKEN)?;
        return Ok(response);
    };
    // A length that the library sees for itself need not be told: the map for it would stay with
    // the connection, and take up a twentieth of what an idle one has.
    let is_seen = body_length.is_some_and(|length| length > 0);
    let mut framing = HeaderMap::new();
    for field in &head.headers {
        if is_seen && field.is("content-length") {
            continue;
        }
        if is_framing(&field.name) {
            append(&mut framing, &field.name, field.value.clone()).map_err(|_| BROKEN)?;
        } else if !is_text(&field.value) {
            return Err(BROKEN);
        }
    }
    if !head.reason.as_deref().is_none_or(is_text) {
        return Err(BROKEN);
    }
    *response.headers_mut() = framing;
    slot.answer(head);
    Ok(response)
}
