//! The webhooks of the demo: events of our own making in the shape of three providers, signed as
//! these sign.

use std::fmt::Write;

use super::sign::Scheme;

/// A webhook to send.
pub struct Sample {
    pub path: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// How many a round has.
pub const ROUND: u64 = 5;

/// The webhook of this number, the first being 0, as sent at this time, in seconds since the
/// epoch. A round has each kind once; the last of it is the one that fails at first.
pub fn sample(number: u64, at: u64) -> Sample {
    let round = number / ROUND + 1;
    match number % ROUND {
        0 => push(round, at),
        1 => charge(round, at),
        2 => mention(round, at),
        3 => forged(round, at),
        _ => invoice(round, at),
    }
}

fn push(round: u64, at: u64) -> Sample {
    let (before, after) = (digits(round, 40), digits(round + 1, 40));
    let body = format!(
        r#"{{"ref":"refs/heads/main","before":"{before}","after":"{after}","repository":{{"id":4711,"full_name":"acme/shop","private":true}},"pusher":{{"name":"mona"}},"commits":[{{"id":"{after}","message":"Count a refund once","author":{{"name":"Mona"}},"modified":["src/refund.rs"]}}]}}"#
    );
    github("push", round, Scheme::GitHub.secret(), body, at)
}

/// Not from who it says: the secret is another one.
fn forged(round: u64, at: u64) -> Sample {
    let number = 40 + round;
    let body = format!(
        r#"{{"action":"opened","issue":{{"number":{number},"title":"Click here","user":{{"login":"mallory"}}}},"repository":{{"id":4711,"full_name":"acme/shop"}}}}"#
    );
    github("issues", round, "not-the-secret", body, at)
}

fn github(event: &str, round: u64, secret: &str, body: String, at: u64) -> Sample {
    let delivery = digits(round * 31 + event.len() as u64, 32);
    let (a, b, c) = (&delivery[..8], &delivery[8..12], &delivery[13..16]);
    let (d, e) = (&delivery[17..20], &delivery[20..]);
    let headers = vec![
        ("User-Agent", "GitHub-Hookshot/demo".to_owned()),
        ("X-GitHub-Event", event.to_owned()),
        ("X-GitHub-Delivery", format!("{a}-{b}-4{c}-8{d}-{e}")),
        ("X-GitHub-Hook-ID", "1001".to_owned()),
    ];
    signed(
        "/webhooks/github",
        Scheme::GitHub,
        secret,
        headers,
        body,
        at,
    )
}

fn charge(round: u64, at: u64) -> Sample {
    let object = format!(
        r#"{{"id":"ch_demo{round:04}","object":"charge","amount":4250,"currency":"eur","paid":true,"status":"succeeded"}}"#
    );
    stripe("charge.succeeded", "c", round, &object, at)
}

fn invoice(round: u64, at: u64) -> Sample {
    let object = format!(
        r#"{{"id":"in_demo{round:04}","object":"invoice","amount_due":990,"currency":"eur","attempt_count":1,"status":"open"}}"#
    );
    stripe("invoice.payment_failed", "i", round, &object, at)
}

fn stripe(kind: &str, letter: &str, round: u64, object: &str, at: u64) -> Sample {
    let body = format!(
        r#"{{"id":"evt_demo{letter}{round:04}","object":"event","type":"{kind}","created":{at},"livemode":false,"data":{{"object":{object}}}}}"#
    );
    let headers = vec![("User-Agent", "Stripe/1.0 (demo)".to_owned())];
    let secret = Scheme::Stripe.secret();
    signed(
        "/webhooks/stripe",
        Scheme::Stripe,
        secret,
        headers,
        body,
        at,
    )
}

fn mention(round: u64, at: u64) -> Sample {
    let body = format!(
        r#"{{"type":"event_callback","team_id":"T0DEMO","api_app_id":"A0DEMO","event_id":"Ev0DEMO{round:04}","event_time":{at},"event":{{"type":"app_mention","user":"U0MONA","channel":"C0SHIP","ts":"{at}.000100","text":"<@U0BOT> ship it 🚀"}}}}"#
    );
    let headers = vec![("User-Agent", "Slackbot 1.0 (demo)".to_owned())];
    let secret = Scheme::Slack.secret();
    signed("/webhooks/slack", Scheme::Slack, secret, headers, body, at)
}

fn signed(
    path: &'static str,
    scheme: Scheme,
    secret: &str,
    mut headers: Vec<(&'static str, String)>,
    body: String,
    at: u64,
) -> Sample {
    headers.push(("Content-Type", "application/json".to_owned()));
    headers.extend(scheme.sign(secret, body.as_bytes(), at));
    Sample {
        path,
        headers,
        body,
    }
}

/// Hex digits that look like those of a hash, always the same for a number.
fn digits(number: u64, count: usize) -> String {
    let mut text = String::with_capacity(count + 16);
    let mut state = number;
    while text.len() < count {
        state = state
            .wrapping_add(0x9e37_79b9_7f4a_7c15)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        // Writing to a String cannot fail.
        let _ = write!(text, "{:016x}", state ^ (state >> 31));
    }
    text.truncate(count);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_sample_is_json_and_no_two_are_the_same() {
        let bodies: HashSet<_> = (0..ROUND * 3)
            .map(|number| {
                let sample = sample(number, 1_700_000_000);
                let value: Result<serde_json::Value, _> = serde_json::from_str(&sample.body);
                assert!(
                    value.is_ok_and(|value| value.is_object()),
                    "{}",
                    sample.body
                );
                sample.body
            })
            .collect();
        assert_eq!(bodies.len() as u64, ROUND * 3);
    }
}
