//! Signatures that a change of a request leaves behind: the origin will refuse what it checks.

use hookreel_shared::model::{Exchange, Headers};

use crate::command::Edited;

/// A field that signs, and what it signs.
struct Signature {
    field: &'static str,
    /// Fields that are signed along with the body.
    with: &'static [&'static str],
    /// The address is signed too.
    target: bool,
}

const fn over(field: &'static str, with: &'static [&'static str]) -> Signature {
    Signature {
        field,
        with,
        target: false,
    }
}

const SIGNATURES: &[Signature] = &[
    over("X-Hub-Signature-256", &[]),
    over("X-Hub-Signature", &[]),
    over("Stripe-Signature", &[]),
    over("X-Slack-Signature", &["X-Slack-Request-Timestamp"]),
    over("X-Shopify-Hmac-Sha256", &[]),
    over("Webhook-Signature", &["Webhook-Id", "Webhook-Timestamp"]),
    over("Svix-Signature", &["Svix-Id", "Svix-Timestamp"]),
    over("X-Gitea-Signature", &[]),
    over("Linear-Signature", &[]),
    over("Paddle-Signature", &[]),
    Signature {
        field: "X-Twilio-Signature",
        with: &[],
        target: true,
    },
];

/// A line for each signature that came with the original, is still there, and no longer fits.
#[must_use]
pub fn warnings(original: &Exchange, edited: &Edited) -> Vec<String> {
    let before = &original.request.headers;
    let body = original.request_body.kept != edited.body;
    let target = original.request.target != edited.target;
    let stale = |signature: &&Signature| {
        let same = same(before, &edited.headers, signature.field);
        let signed = signature.with.iter();
        let moved = signed
            .filter(|field| !self::same(before, &edited.headers, field))
            .count();
        before.contains(signature.field)
            && same
            && (body || moved > 0 || (target && signature.target))
    };
    SIGNATURES
        .iter()
        .filter(stale)
        .map(|signature| {
            let field = signature.field;
            format!(
                "{field} is still that of the original: an origin that checks it will refuse this"
            )
        })
        .collect()
}

fn same(before: &Headers, after: &Headers, field: &str) -> bool {
    before.all(field).eq(after.all(field))
}

#[cfg(test)]
mod tests {
    use super::super::testing::exchange;
    use super::*;

    fn edited(original: &Exchange) -> Edited {
        Edited {
            method: original.request.method.clone(),
            target: original.request.target.clone(),
            headers: original.request.headers.clone(),
            body: original.request_body.kept.clone(),
        }
    }

    #[test]
    fn a_signature_that_still_fits_or_is_gone_or_new_is_no_matter() {
        let original = exchange("/", &[("X-Hub-Signature-256", b"sha256=00")], b"{}");
        let mut after = edited(&original);
        after.target = "/elsewhere".into();
        after.headers.push("X-More", "1");
        assert_eq!(warnings(&original, &after), [""; 0]);
        after.body = "{ }".into();
        assert_eq!(warnings(&original, &after).len(), 1);
        after.headers.remove("x-hub-signature-256");
        assert_eq!(warnings(&original, &after), [""; 0]);
        after.headers.push("X-Hub-Signature-256", "sha256=11");
        assert_eq!(warnings(&original, &after), [""; 0]);
    }

    #[test]
    fn a_signed_field_or_address_counts_as_the_body_does() {
        let fields: [(&str, &[u8]); 2] = [
            ("x-slack-signature", b"v0=00"),
            ("X-Slack-Request-Timestamp", b"1"),
        ];
        let original = exchange("/", &fields, b"{}");
        let mut after = edited(&original);
        after.headers.remove("X-Slack-Request-Timestamp");
        let said = warnings(&original, &after);
        assert!(
            said[0].starts_with("X-Slack-Signature is still"),
            "{said:?}"
        );

        let original = exchange("/a", &[("X-Twilio-Signature", b"x=")], b"");
        let mut after = edited(&original);
        assert_eq!(warnings(&original, &after), [""; 0]);
        after.target = "/b".into();
        assert_eq!(warnings(&original, &after).len(), 1);
    }
}
