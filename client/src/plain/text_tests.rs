use std::sync::Arc;

use super::super::tests_support::{answered, arrived, failed, ready};
use super::*;

/// Answered, from this sender, with this verdict.
fn from(provider: &str, event: &str, verdict: &str) -> Notice {
    let mut summary = answered(200);
    summary.provider = Some(provider.into());
    summary.event = Some(event.into());
    summary.verdict = Some(verdict.into());
    Notice::Exchange(Arc::new(summary))
}

fn shown(notice: Notice) -> String {
    let (out, err) = Text::new(jiff::tz::TimeZone::UTC).lines(&Seen::Notice(notice));
    anstream::adapter::strip_str(&(out + &err)).to_string()
}

#[test]
fn an_exchange_is_two_lines_one_each_way() {
    insta::assert_snapshot!(
        [
            shown(ready()),
            shown(Notice::Exchange(Arc::new(arrived("/webhooks/stripe?x=1")))),
            shown(Notice::Exchange(Arc::new(answered(200)))),
            shown(Notice::Exchange(Arc::new(failed()))),
            shown(from("stripe", "charge.succeeded", "good")),
            shown(from("stripe", "charge.succeeded", "bad")),
            shown(from("github", "push", "unsigned")),
            shown(from("slack", "app_mention", "no-secret")),
            shown(Notice::Status {
                state: State::Reconnecting,
                reason: "lost: timed out".into()
            }),
            shown(Notice::Hint {
                of: None,
                text: "try this".into()
            }),
        ]
        .concat()
    );
}

#[test]
fn what_came_from_outside_cannot_touch_the_terminal() {
    let line = shown(Notice::Exchange(Arc::new(arrived(
        "/\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}",
    ))));
    assert!(
        !line.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
        "{line:?}"
    );
    assert!(line.contains("␛]0;owned␇⟨U+009B⟩31m⟨U+202E⟩"), "{line:?}");
    let line = shown(from("stripe", "\u{1b}[2J\u{202e}", "good"));
    assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
}
