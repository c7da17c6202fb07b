//! Senders that are known, and what can be signed.

use super::*;

/// The newest is from Stripe, with a bad signature.
fn from_stripe() -> State {
    let mut state = various();
    let mut newest = row(10, "POST", "/webhooks/8", Some(200));
    newest.summary.provider = Some("stripe".into());
    newest.summary.event = Some("charge.succeeded".into());
    newest.summary.verdict = Some("bad".into());
    tell(&mut state, Msg::Found(Found::News(vec![(newest, true)])));
    let whole = Found::Whole {
        id: id(10),
        exchange: Some(Arc::new(exchange(10, "POST", "/webhooks/8", b"{\"a\":1}"))),
        about: Some(Arc::new(bad_charge())),
        original: None,
        attempts: vec![],
    };
    tell(&mut state, Msg::Found(whole));
    state
}

#[test]
fn a_sender_that_is_known() {
    insta::assert_snapshot!(screens(from_stripe));
}

#[test]
fn a_handshake_that_hookreel_answered_has_its_mark_and_the_word_where_there_is_room() {
    let line = |columns| {
        let mut state = various();
        let mut newest = row(10, "POST", "/slack/events", Some(200));
        newest.summary.provider = Some("slack".into());
        newest.summary.handshake = Some("slack-verification".into());
        tell(&mut state, Msg::Found(Found::News(vec![(newest, true)])));
        let screen = drawn(&mut state, (columns, 24)).to_string();
        let found = screen.lines().find(|line| line.contains('⇄'));
        found.map(str::to_owned).unwrap_or_default()
    };
    assert!(line(80).contains("⇄ /slack"), "{}", line(80));
    assert!(line(200).contains("⇄ handshake /slack"), "{}", line(200));
}

#[test]
fn a_request_that_can_be_signed() {
    insta::assert_snapshot!(screens(|| {
        let mut state = from_stripe();
        keys(&mut state, "e");
        let held = KeyModifiers::CONTROL;
        tell(
            &mut state,
            Msg::Key(KeyEvent::new(KeyCode::Char('g'), held)),
        );
        state
    }));
}

#[test]
fn which_sample_to_send() {
    insta::assert_snapshot!(screens(|| {
        let mut state = from_stripe();
        keys(&mut state, "sstripe charge.succeeded");
        state
    }));
}
