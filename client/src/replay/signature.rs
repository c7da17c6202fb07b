//! Signatures that a change of a request leaves behind: the origin will refuse what it checks.

use std::sync::LazyLock;

use hookreel_shared::model::{Exchange, Headers};
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::scheme::Scheme;
use hookreel_shared::provider::text::Source;
use hookreel_shared::provider::{Request, Table};

use crate::command::Edited;

/// All that is known of providers without the user's own rows. A test sees to it that it can be read.
static TABLE: LazyLock<Option<Table>> = LazyLock::new(|| Table::builtin().ok());

/// A line for each signature that came with the original, is still there, and no longer fits.
#[must_use]
pub fn warnings(original: &Exchange, edited: &Edited) -> Vec<String> {
    let before = &original.request.headers;
    let body = original.request_body.kept != edited.body;
    let target = original.request.target != edited.target;
    let method = original.request.method != edited.method;
    let came = Request::of(original);
    let is_stale = |(name, scheme): &(&str, &Scheme)| {
        let signed = &scheme.signed;
        let time = scheme.time.as_ref().map(|time| &time.at);
        let id = scheme.id.as_ref().map(|id| &id.at);
        let mut beside = [time, id].into_iter().flatten().filter_map(field);
        let moved = beside.any(|field| !same(before, &edited.headers, field));
        same(before, &edited.headers, name)
            && (body || moved || (target && signed.has_url()) || (method && signed.has_method()))
    };
    let rows = TABLE.iter().flat_map(Table::rows);
    let there = rows.flat_map(|row| &row.scheme).filter_map(|scheme| {
        let name = field(&scheme.signature.at)?;
        let signs = scheme.algorithm != Algorithm::Token && scheme.is_there(&came);
        signs.then_some((name, scheme))
    });
    let mut stale: Vec<&str> = there.filter(is_stale).map(|(name, _)| name).collect();
    // Several providers have fields of the same name.
    let mut told: Vec<String> = Vec::new();
    stale.retain(|name| {
        let low = name.to_ascii_lowercase();
        let is_new = !told.contains(&low);
        told.push(low);
        is_new
    });
    let line = |name: &&str| {
        format!("{name} is still that of the original: an origin that checks it will refuse this")
    };
    stale.iter().map(line).collect()
}

/// The name of a field of the head.
fn field(at: &Source) -> Option<&str> {
    match at {
        Source::Header(name) => Some(name),
        _ => None,
    }
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
    #[test]
    fn all_providers_are_known_and_each_field_is_named_once() {
        let table = TABLE.as_ref().expect("all rows can be used");
        for scheme in table.rows().flat_map(|row| &row.scheme) {
            let Some(name) = field(&scheme.signature.at) else {
                continue;
            };
            let with: Vec<_> = scheme
                .with
                .iter()
                .filter_map(|value| {
                    Some((
                        field(value.at())?.to_owned(),
                        value.first().unwrap_or("x").to_owned(),
                    ))
                })
                .collect();
            let mut fields: Vec<(&str, &[u8])> = vec![(name, b"x=")];
            fields.extend(
                with.iter()
                    .map(|(name, value)| (&name[..], value.as_bytes())),
            );
            let original = exchange("/a", &fields, b"{}");
            let mut after = edited(&original);
            after.body = "{ }".into();
            let said = warnings(&original, &after);
            let is_named = |line: &&String| {
                let named = line.split(' ').next().unwrap_or_default();
                named.eq_ignore_ascii_case(name)
            };
            let count = said.iter().filter(is_named).count();
            let is_token = scheme.algorithm == Algorithm::Token;
            assert_eq!(count, usize::from(!is_token), "{name}: {said:?}");
            let mut after = edited(&original);
            after.target = "/b".into();
            let counts = warnings(&original, &after)
                .iter()
                .any(|line| is_named(&line));
            let signs =
                |other: &Scheme| field(&other.signature.at) == Some(name) && other.signed.has_url();
            let expected = signs(scheme);
            assert_eq!(counts, expected, "{name} {}", scheme.name);
        }
    }
}
