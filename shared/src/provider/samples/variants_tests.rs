use super::*;
use crate::provider::samples::tests::{Ring, secret_of};
use crate::provider::samples::{Fill, Sample, list, providers};
use crate::provider::{Reason, Verdict};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_123_456);

fn draft(sample: &Sample) -> Draft {
    sample.draft(&Fill {
        now: NOW,
        seed: sample.name.as_bytes(),
        base: "https://hooks.example.com",
        target: "/in",
    })
}

fn drafts(provider: &str) -> Vec<Draft> {
    let samples = list(provider).unwrap();
    let signed = samples
        .iter()
        .filter(|sample| sample.signed && sample.handshake.is_none());
    signed.map(draft).collect()
}

fn counter() -> impl FnMut() -> String {
    let mut count = 0;
    move || {
        count += 1;
        format!("msg_{count}")
    }
}

/// The series of a provider, with the verdict on each.
fn series(
    ring: &Ring,
    provider: &str,
    variant: Variant,
) -> Result<Vec<(Made, Verdict)>, VariantError> {
    let row = ring.table.get(provider).unwrap();
    let secret = secret_of(row);
    let (key, known) = ring.sign_and_check(row, &secret);
    let made = vary(
        variant,
        row,
        &drafts(provider),
        Some(key),
        NOW,
        &mut counter(),
    )?;
    let judged = made.into_iter().map(|made| {
        let verdict = ring.verdict(row, &made.draft.request(), &known);
        (made, verdict)
    });
    Ok(judged.collect())
}

#[test]
fn a_bad_signature_looks_right_and_is_not() {
    let ring = Ring::new();
    for provider in providers() {
        for (made, verdict) in series(&ring, provider, Variant::BadSignature).unwrap() {
            let mismatch = matches!(
                &verdict,
                Verdict::Bad { reason: Reason::Mismatch, near } if near.is_empty()
            );
            assert!(mismatch, "{provider}: {verdict:?} {:?}", made.draft);
        }
    }
}

#[test]
fn an_old_signature_fits_and_is_too_old_where_the_provider_signs_a_time() {
    let ring = Ring::new();
    let mut without = Vec::new();
    for provider in providers() {
        let row = ring.table.get(provider).unwrap();
        let series = match series(&ring, provider, Variant::OldTimestamp) {
            Ok(series) => series,
            Err(error) => {
                assert_eq!(error, VariantError::NoTime(row.name.clone()));
                without.push(provider);
                continue;
            }
        };
        let limited = row.scheme.iter().any(|scheme| scheme.tolerance.is_some());
        for (made, verdict) in series {
            let too_old = matches!(
                verdict,
                Verdict::Bad {
                    reason: Reason::TooOld { age: 3600, .. },
                    ..
                }
            );
            let fine = if limited {
                too_old
            } else {
                verdict == Verdict::Good
            };
            assert!(fine, "{provider}: {verdict:?} {}", made.label);
        }
    }
    for provider in ["github", "shopify", "trello"] {
        assert!(without.contains(&provider), "{without:?}");
    }
    for provider in ["stripe", "slack", "zoom", "linear", "standard-webhooks"] {
        assert!(!without.contains(&provider), "{provider}");
    }
}

#[test]
fn an_old_signature_is_older_than_what_is_allowed() {
    let ring = Ring::new();
    let mut row = ring.table.get("stripe").unwrap().clone();
    row.scheme[0].tolerance = Some(10_000);
    let secret = secret_of(&row);
    let made = vary(
        Variant::OldTimestamp,
        &row,
        &drafts("stripe")[..1],
        Some(Key::Secret(&secret)),
        NOW,
        &mut counter(),
    );
    let made = made.unwrap();
    assert_eq!(made[0].label, "signed 10001 s ago");
    let verdict = ring.verdict(&row, &made[0].draft.request(), &secret);
    assert!(matches!(
        verdict,
        Verdict::Bad {
            reason: Reason::TooOld { age: 10_001, .. },
            ..
        }
    ));
}

#[test]
fn a_duplicate_is_the_same_delivery_signed_well_both_times() {
    let ring = Ring::new();
    for provider in providers() {
        let row = ring.table.get(provider).unwrap();
        let series = series(&ring, provider, Variant::Duplicate).unwrap();
        assert_eq!(series.len(), drafts(provider).len() * 2);
        for pair in series.chunks(2) {
            let [(first, good), (again, good_too)] = pair else {
                panic!("{provider}: not a pair");
            };
            assert_eq!(
                (good, good_too),
                (&Verdict::Good, &Verdict::Good),
                "{provider}"
            );
            let delivery = |made: &Made| row.delivery(&made.draft.request());
            assert_eq!(delivery(first), delivery(again), "{provider}");
            assert_eq!(first.draft.body, again.draft.body, "{provider}");
        }
    }
}

#[test]
fn out_of_order_begins_with_the_last() {
    let ring = Ring::new();
    let table = &ring.table;
    let row = table.get("github").unwrap();
    let series = series(&ring, "github", Variant::OutOfOrder).unwrap();
    let events: Vec<_> = series
        .iter()
        .map(|(made, _)| row.event(&made.draft.request()).unwrap())
        .collect();
    let all = drafts("github");
    let mut expected: Vec<_> = all
        .iter()
        .map(|draft| row.event(&draft.request()).unwrap())
        .collect();
    expected.reverse();
    assert_eq!(events, expected);
    assert_eq!(series[0].0.label, format!("{0} of {0}", all.len()));
    assert!(series.iter().all(|(_, verdict)| *verdict == Verdict::Good));
}

#[test]
fn what_cannot_be_made_says_why() {
    let ring = Ring::new();
    let vary = |provider: &str, variant, drafts: &[Draft]| {
        let row = ring.table.get(provider).unwrap();
        vary(variant, row, drafts, None, NOW, &mut counter()).map_err(|error| error.to_string())
    };
    let github = drafts("github");
    assert_eq!(
        vary("github", Variant::BadSignature, &github).unwrap_err(),
        "this needs a secret of GitHub to sign with"
    );
    assert_eq!(
        vary("github", Variant::OutOfOrder, &github[..1]).unwrap_err(),
        "out of order needs two events or more"
    );
    // What needs no signature works without a secret.
    assert_eq!(
        vary("github", Variant::Duplicate, &github[..1])
            .unwrap()
            .len(),
        2
    );
}
