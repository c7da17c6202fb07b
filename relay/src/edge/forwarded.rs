//! Which header fields go on to the origin, and which the edge adds (RFC 9110 §7.6, RFC 7239).

use std::net::IpAddr;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Header, Headers, HttpVersion};

use super::answer::{ERROR_HEADER, REQUEST_ID_HEADER};

/// Our pseudonym in Via (RFC 9110 §7.6.3).
const VIA: &str = "hookreel";

/// What Via gets: the version the sender spoke, and our pseudonym.
fn via(version: HttpVersion) -> &'static str {
    match version {
        HttpVersion::Http10 => "1.0 hookreel",
        HttpVersion::Http11 => "1.1 hookreel",
        HttpVersion::Http2 => "2 hookreel",
    }
}

/// A request that has passed this many relays goes round in a loop.
const MAX_HOPS: usize = 5;

/// Concern one connection only (RFC 9110 §7.6.1). `TE: trailers` and Upgrade are re-made where
/// they apply.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "proxy-authenticate",
    "proxy-authorization",
    "expect",
];

/// Said by the edge alone, whatever a sender claims; with the spellings that some servers fold
/// into the same variable.
const OURS: &[&str] = &[
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x_forwarded_for",
    "x_forwarded_host",
    "x_forwarded_proto",
    "x_forwarded_prefix",
    "x-real-ip",
    "x_real_ip",
    REQUEST_ID_HEADER,
    ERROR_HEADER,
];

/// Fields that `Connection` must not be able to remove.
const END_TO_END: &[&str] = &["host", "content-length", "authorization", "cookie", "via"];

/// What the edge knows of a request beside its head.
#[derive(Debug)]
pub struct Passage<'a> {
    /// The exchange.
    pub id: ExchangeId,
    /// The sender's address.
    pub peer: IpAddr,
    /// The host the sender asked for.
    pub host: &'a Bytes,
    /// Whether the sender came by TLS.
    pub secure: bool,
    /// What was taken off the path.
    pub prefix: Option<&'a Bytes>,
    /// The version the sender spoke.
    pub version: HttpVersion,
    /// The protocol asked for, if the connection may leave HTTP.
    pub upgrade: Option<&'a Bytes>,
}

/// Whether the request has passed too many relays already.
#[must_use]
pub fn is_loop(headers: &Headers) -> bool {
    let ours = |item: &[u8]| {
        let mut words = item
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        words.nth(1) == Some(VIA.as_bytes())
    };
    headers.list_items("via").filter(|item| ours(item)).count() >= MAX_HOPS
}

/// The fields that go on, in their order, and then ours; and how many are ours.
#[must_use]
pub fn onward(mut headers: Headers, passage: &Passage<'_>) -> (Headers, u16) {
    let trailers = headers
        .list_items("te")
        .any(|item| item.eq_ignore_ascii_case(b"trailers"));
    let connection: Vec<Bytes> = headers.all("connection").cloned().collect();
    let named: Vec<&[u8]> = connection
        .iter()
        .flat_map(|value| value.split(|&b| b == b','))
        .map(<[u8]>::trim_ascii)
        .collect();
    headers.retain(|Header { name, .. }| {
        let is = |list: &[&str]| {
            list.iter()
                .any(|item| name.eq_ignore_ascii_case(item.as_bytes()))
        };
        let named = named.iter().any(|item| name.eq_ignore_ascii_case(item));
        !is(HOP_BY_HOP) && !is(OURS) && (!named || is(END_TO_END))
    });
    let mut out = headers;
    if trailers {
        out.push("TE", "trailers");
    }
    if let Some(protocol) = passage.upgrade {
        out.push("Connection", "Upgrade");
        out.push("Upgrade", protocol.clone());
    }
    let sent = out.len();
    let proto = if passage.secure { "https" } else { "http" };
    let host = String::from_utf8_lossy(passage.host);
    let peer = Bytes::from(passage.peer.to_string());
    let peer_text = String::from_utf8_lossy(&peer);
    let forwarded = match passage.peer {
        IpAddr::V4(_) => ["for=", &peer_text, ";host=\"", &host, "\";proto=", proto].concat(),
        // RFC 7239 §6: brackets, and quotes because of the colons.
        IpAddr::V6(_) => [
            "for=\"[",
            &peer_text,
            "]\";host=\"",
            &host,
            "\";proto=",
            proto,
        ]
        .concat(),
    };
    out.push("X-Forwarded-For", peer.clone());
    out.push("X-Forwarded-Host", passage.host.clone());
    out.push("X-Forwarded-Proto", proto);
    if let Some(prefix) = passage.prefix {
        out.push("X-Forwarded-Prefix", prefix.clone());
    }
    out.push("Forwarded", forwarded);
    out.push("Via", via(passage.version));
    out.push("Hookreel-Request-Id", passage.id.to_string());
    let added = u16::try_from(out.len() - sent).unwrap_or(u16::MAX);
    (out, added)
}

/// Takes from an answer what the origin must not say to senders.
pub fn restrict_answer(headers: &mut Headers) {
    headers.retain(|header| !header.is(ERROR_HEADER) && !header.is(REQUEST_ID_HEADER));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(fields: &[(&str, &str)], upgrade: Option<&str>) -> Vec<String> {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name.to_string(), value.to_string());
        }
        let (host, upgrade) = (
            Bytes::from_static(b"a.example:80"),
            upgrade.map(|text| Bytes::from(text.to_owned())),
        );
        let passage = Passage {
            id: ExchangeId::from_uuid(uuid::Uuid::nil()),
            peer: [192, 0, 2, 1].into(),
            host: &host,
            secure: false,
            prefix: None,
            version: HttpVersion::Http11,
            upgrade: upgrade.as_ref(),
        };
        let text = |header: &Header| {
            format!(
                "{}: {}",
                String::from_utf8_lossy(&header.name),
                String::from_utf8_lossy(&header.value)
            )
        };
        let (onward, added) = onward(headers, &passage);
        assert_eq!(usize::from(added), ADDED.len(), "ours are told apart");
        onward.iter().map(text).collect()
    }

    const ADDED: [&str; 6] = [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Host: a.example:80",
        "X-Forwarded-Proto: http",
        "Forwarded: for=192.0.2.1;host=\"a.example:80\";proto=http",
        "Via: 1.1 hookreel",
        "Hookreel-Request-Id: req_00000000000000000000000000",
    ];

    #[test]
    fn hop_by_hop_fields_go_and_those_named_in_connection_with_them() {
        let got = passed(
            &[
                ("A", "1"),
                ("Connection", "close, X-Hop"),
                ("x-hop", "1"),
                ("Keep-Alive", "5"),
                ("TE", "gzip"),
                ("A", "2"),
            ],
            None,
        );
        assert_eq!(got, [&["A: 1", "A: 2"][..], &ADDED].concat());
    }

    #[test]
    fn connection_cannot_remove_what_is_end_to_end_or_ours() {
        let got = passed(
            &[
                (
                    "Connection",
                    "Host, Content-Length, Authorization, X-Forwarded-For, Hookreel-Request-Id",
                ),
                ("Host", "a"),
                ("Content-Length", "3"),
                ("Authorization", "b"),
            ],
            None,
        );
        assert_eq!(
            got,
            [
                &["Host: a", "Content-Length: 3", "Authorization: b"][..],
                &ADDED
            ]
            .concat()
        );
    }

    #[test]
    fn what_a_sender_claims_to_be_forwarded_is_replaced() {
        let spoofed = [
            ("X-Forwarded-For", "6.6.6.6"),
            ("x-forwarded-HOST", "evil"),
            ("Forwarded", "for=6.6.6.6"),
            ("X_Forwarded_For", "6"),
            ("X-Real-IP", "6"),
            ("Hookreel-Request-Id", "req_x"),
            ("Hookreel-Error", "HR-1"),
        ];
        assert_eq!(passed(&spoofed, None), ADDED);
    }

    #[test]
    fn an_upgrade_and_trailers_are_asked_for_anew() {
        let got = passed(
            &[
                ("TE", "trailers, gzip"),
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
            ],
            Some("websocket"),
        );
        assert_eq!(
            got[..3],
            ["TE: trailers", "Connection: Upgrade", "Upgrade: websocket"]
        );
    }

    #[test]
    fn five_passages_are_a_loop_and_other_proxies_do_not_count() {
        let mut headers = Headers::new();
        headers.push("Via", "1.1 hookreel, 1.1 vegur, 2 hookreel");
        headers.push("via", "1.1 hookreel");
        headers.push("Via", "1.1 hookreel, 1.1  not-hookreel");
        assert!(!is_loop(&headers));
        headers.push("Via", "1.0 hookreel");
        assert!(is_loop(&headers));
    }
}
