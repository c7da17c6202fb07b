//! Signatures of the sample webhooks: made by the sender, checked by the sample server, each by
//! its provider's scheme over the exact bytes of the body.

use aws_lc_rs::hmac;

/// How old a signed time may be, in seconds, as these providers advise.
const TOLERANCE: u64 = 300;

/// Whose scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `X-Hub-Signature-256: sha256=HEX`, over the body.
    GitHub,
    /// `Stripe-Signature: t=SECONDS,v1=HEX`, over `SECONDS.body`.
    Stripe,
    /// `X-Slack-Signature: v0=HEX`, over `v0:SECONDS:body`; the seconds in a field of their own.
    Slack,
}

/// Why a signature is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// It is not there, or not in its form.
    Missing,
    /// It was made of something else, or with another secret.
    Wrong,
    /// The time in it is too long ago.
    Old,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::GitHub, Self::Stripe, Self::Slack];

    /// The provider's row.
    pub fn provider(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Stripe => "stripe",
            Self::Slack => "slack",
        }
    }

    /// The secret that the demo's sender and server share.
    pub fn secret(self) -> &'static str {
        match self {
            Self::GitHub => "github-demo-secret",
            Self::Stripe => "whsec_demo_secret",
            Self::Slack => "slack-demo-secret",
        }
    }

    /// The fields that sign a body at this time, in seconds since the epoch.
    pub fn sign(self, secret: &str, body: &[u8], at: u64) -> Vec<(&'static str, String)> {
        let hex = hex::encode(hmac::sign(&key(secret), &self.signed(at, body)));
        match self {
            Self::GitHub => vec![("X-Hub-Signature-256", format!("sha256={hex}"))],
            Self::Stripe => vec![("Stripe-Signature", format!("t={at},v1={hex}"))],
            Self::Slack => vec![
                ("X-Slack-Request-Timestamp", at.to_string()),
                ("X-Slack-Signature", format!("v0={hex}")),
            ],
        }
    }

    /// Checks a body at `now`; `field` looks a field up.
    pub fn check<'a>(
        self,
        field: impl Fn(&str) -> Option<&'a str>,
        body: &[u8],
        now: u64,
    ) -> Result<(), Bad> {
        let (hex, at) = self.read(field).ok_or(Bad::Missing)?;
        let tag = hex::decode(hex).map_err(|_| Bad::Missing)?;
        let signed = self.signed(at.unwrap_or_default(), body);
        hmac::verify(&key(self.secret()), &signed, &tag).map_err(|_| Bad::Wrong)?;
        match at {
            Some(at) if now.saturating_sub(at) > TOLERANCE => Err(Bad::Old),
            _ => Ok(()),
        }
    }

    /// The signature in hex, and the time in it.
    fn read<'a>(self, field: impl Fn(&str) -> Option<&'a str>) -> Option<(&'a str, Option<u64>)> {
        match self {
            Self::GitHub => {
                let hex = field("X-Hub-Signature-256")?.strip_prefix("sha256=")?;
                Some((hex, None))
            }
            Self::Stripe => {
                let parts = field("Stripe-Signature")?.split(',');
                let part = |key| parts.clone().find_map(|part| part.strip_prefix(key));
                Some((part("v1=")?, Some(part("t=")?.parse().ok()?)))
            }
            Self::Slack => {
                let at = field("X-Slack-Request-Timestamp")?.parse().ok()?;
                Some((field("X-Slack-Signature")?.strip_prefix("v0=")?, Some(at)))
            }
        }
    }

    fn signed(self, at: u64, body: &[u8]) -> Vec<u8> {
        let before = match self {
            Self::GitHub => String::new(),
            Self::Stripe => format!("{at}."),
            Self::Slack => format!("v0:{at}:"),
        };
        [before.as_bytes(), body].concat()
    }
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scheme: Scheme, fields: &[(&str, String)], body: &[u8], now: u64) -> Result<(), Bad> {
        let find = |name: &str| {
            let own = fields
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name));
            own.map(|(_, value)| value.as_str())
        };
        scheme.check(find, body, now)
    }

    /// Made by the providers' own libraries, or taken from their documentation.
    #[test]
    fn signatures_are_those_of_the_providers() {
        let github = Scheme::GitHub.sign("It's a Secret to Everybody", b"Hello, World!", 0);
        let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(github[0].1, expected);
        let body = br#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;
        let stripe = Scheme::Stripe.sign("whsec_test_secret", body, 1_764_000_000);
        let expected =
            "t=1764000000,v1=0c542e72b4984b7a1a9737c6bacdcb24a23c1baec31f78f0e83e6a972979fe9c";
        assert_eq!(stripe[0].1, expected);
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
            &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
            &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F\
            commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
            &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let slack = Scheme::Slack.sign("8f742231b10e8888abcd99yyyzzz85a5", body, 1_531_420_618);
        let expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(slack[1].1, expected);
    }

    #[test]
    fn what_is_signed_passes_and_what_was_changed_does_not() {
        for scheme in Scheme::ALL {
            let fields = scheme.sign(scheme.secret(), b"{}", 1000);
            assert_eq!(check(scheme, &fields, b"{}", 1000), Ok(()));
            assert_eq!(check(scheme, &fields, b"{ }", 1000), Err(Bad::Wrong));
            assert_eq!(check(scheme, &[], b"{}", 1000), Err(Bad::Missing));
            let other = scheme.sign("another secret", b"{}", 1000);
            assert_eq!(check(scheme, &other, b"{}", 1000), Err(Bad::Wrong));
        }
    }

    #[test]
    fn a_signed_time_gets_old_where_there_is_one() {
        for (scheme, late) in [
            (Scheme::GitHub, Ok(())),
            (Scheme::Stripe, Err(Bad::Old)),
            (Scheme::Slack, Err(Bad::Old)),
        ] {
            let fields = scheme.sign(scheme.secret(), b"{}", 1000);
            assert_eq!(check(scheme, &fields, b"{}", 1300), Ok(()));
            assert_eq!(check(scheme, &fields, b"{}", 1301), late);
        }
    }
}
