//! A sample as a request, before it is signed.

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, ExchangeId, Headers, HttpVersion, Label, RequestHead, Timestamp,
};
use hookreel_shared::provider::samples::{Again, Fill, Sample, Variant, vary};
use hookreel_shared::provider::{Draft, Row};
use uuid::Uuid;

use super::SendError;
use super::deliver::Delivery;
use super::place::Place;
use super::signer::Signer;

/// The request of a sample, with ids that nobody has used before.
#[must_use]
pub fn draft(sample: &Sample, place: &Place, now: Timestamp) -> Draft {
    sample.draft(&Fill {
        now,
        seed: Uuid::now_v7().as_bytes(),
        base: &place.base,
        target: &place.target,
    })
}

/// A request of a provider that there are no samples of, with a body of the user's own.
#[must_use]
pub fn bare(place: &Place, body: Bytes) -> Draft {
    let mut headers = Headers::new();
    let kind = match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => "application/json",
        _ => "application/octet-stream",
    };
    headers.push("Content-Type", kind);
    Draft {
        method: "POST".into(),
        base: place.base.clone().into(),
        target: place.target.clone().into(),
        headers,
        body,
    }
}

/// The deliveries of a variant: signed already, and each what its label says.
///
/// # Errors
/// [`SendError::Variant`] if this provider has no such thing.
pub fn series(
    variant: Variant,
    row: &Row,
    drafts: &[(String, Draft)],
    signer: &Signer,
    now: Timestamp,
) -> Result<Vec<Delivery>, SendError> {
    let only: Vec<Draft> = drafts.iter().map(|(_, draft)| draft.clone()).collect();
    let made = vary(variant, row, &only, signer.key(), now, &mut fresh)?;
    let count = made.len();
    let event = |at: usize| {
        let which = match variant {
            Variant::Duplicate => at / 2,
            Variant::OutOfOrder => count - 1 - at,
            Variant::BadSignature | Variant::OldTimestamp => at,
        };
        drafts.get(which).map_or("", |(event, _)| event)
    };
    let deliveries = made.into_iter().enumerate().map(|(at, made)| Delivery {
        event: event(at).to_owned(),
        label: Some(made.label),
        draft: made.draft,
        signs: false,
        again: Again::default(),
    });
    Ok(deliveries.collect())
}

/// An id that nobody has used before.
pub(super) fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}

/// The head of a request as the relay hands it on; `origin` is the server's own host and port. Where
/// that is another than the place's, the place is told as the relay tells it: the Host may become the
/// server's own on the way.
pub(super) fn head(
    draft: &Draft,
    place: &Place,
    origin: &str,
    id: ExchangeId,
    now: Timestamp,
) -> RequestHead {
    let mut headers = Headers::with_capacity(draft.headers.len() + 5);
    if !draft.headers.contains("host") {
        headers.push("Host", place.authority().to_owned());
    }
    for header in &draft.headers {
        headers.push(header.name.clone(), header.value.clone());
    }
    if !draft.body.is_empty() && !headers.contains("content-length") {
        headers.push("Content-Length", draft.body.len().to_string());
    }
    let sent = headers.len();
    if place.scheme() != "http" || place.authority() != origin {
        headers.push("X-Forwarded-Proto", place.scheme().to_owned());
        headers.push("X-Forwarded-Host", place.authority().to_owned());
    }
    headers.push("Hookreel-Request-Id", id.to_string());
    RequestHead {
        id,
        name: place.name.clone(),
        label: Label::Sample,
        received_at: now,
        method: draft.method.clone(),
        target: draft.target.clone(),
        version: HttpVersion::Http11,
        added: u16::try_from(headers.len() - sent).unwrap_or(0),
        headers,
        peer: None,
        body: match draft.body.len() as u64 {
            0 => BodyKind::Empty,
            length => BodyKind::Length(length),
        },
        expect_continue: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(base: &str) -> Place {
        Place {
            name: "shop".parse().unwrap(),
            base: base.to_owned(),
            target: "/hooks?a=b".to_owned(),
        }
    }

    fn shown(base: &str) -> (Vec<String>, u16) {
        let place = place(base);
        let draft = bare(&place, "{}".into());
        let id = ExchangeId::from_uuid(Uuid::from_u128(1));
        let head = head(
            &draft,
            &place,
            "localhost:3000",
            id,
            Timestamp::from_micros(5),
        );
        assert_eq!(
            (head.label, &head.target[..]),
            (Label::Sample, &b"/hooks?a=b"[..])
        );
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = head.headers.iter();
        let fields = fields.map(|h| format!("{}: {}", text(&h.name), text(&h.value)));
        (fields.collect(), head.added)
    }

    #[test]
    fn a_request_names_the_host_it_is_said_to_have_come_to() {
        let id = ExchangeId::from_uuid(Uuid::from_u128(1));
        let (fields, added) = shown("http://localhost:3000");
        let last = format!("Hookreel-Request-Id: {id}");
        let expected = [
            "Host: localhost:3000",
            "Content-Type: application/json",
            "Content-Length: 2",
            &last,
        ];
        assert_eq!((fields, added), (expected.map(str::to_owned).to_vec(), 1));
    }

    #[test]
    fn a_public_address_is_told_beside_a_host_that_becomes_the_servers_own() {
        let (fields, added) = shown("http://my-app.localhost:7081");
        assert_eq!(added, 3);
        assert_eq!(fields[3], "X-Forwarded-Proto: http");
        assert_eq!(fields[4], "X-Forwarded-Host: my-app.localhost:7081");
    }

    #[test]
    fn an_address_with_tls_is_told_as_the_relay_tells_it() {
        let (fields, added) = shown("https://shop.hooks.example");
        assert_eq!(added, 3);
        assert_eq!(fields[0], "Host: shop.hooks.example");
        assert_eq!(fields[3], "X-Forwarded-Proto: https");
        assert_eq!(fields[4], "X-Forwarded-Host: shop.hooks.example");
    }
}
