use super::*;
use crate::tui::testing::exchange;
use crossterm::event::KeyCode;

#[test]
fn a_form_that_was_not_touched_gives_the_same_request() {
    let mut exchange = exchange(1, "POST", "/a?b=c", b"{\r\n  \"a\": 1\r\n}\n");
    let mut head = (*exchange.request).clone();
    head.headers.push("X-Bytes", &b"\xff\xfe"[..]);
    head.headers.push("x-twice", "1");
    head.headers.push("x-twice", "1");
    exchange.request = Arc::new(head);
    let exchange = Arc::new(exchange);
    let edited = EditForm::new(&exchange, None).read().unwrap();
    assert_eq!(edited.headers, exchange.request.headers);
    assert_eq!(edited.body, exchange.request_body.kept);
    assert_eq!(
        (&edited.method, &edited.target),
        (&exchange.request.method, &exchange.request.target)
    );
}

#[test]
fn a_head_that_hides_something_is_told_from_one_that_does_not() {
    let plain = exchange(1, "POST", "/a", b"");
    assert!(!EditForm::new(&Arc::new(plain.clone()), None).head_hides);
    let mut hiding = plain.clone();
    let mut head = (*hiding.request).clone();
    head.headers.push("X-To", "moc.live\u{202e}");
    hiding.request = Arc::new(head);
    let form = EditForm::new(&Arc::new(hiding), None);
    assert!(form.head_hides && !form.hides);
    let mut hiding = plain;
    let mut head = (*hiding.request).clone();
    head.target = "/a\u{200b}".into();
    hiding.request = Arc::new(head);
    assert!(EditForm::new(&Arc::new(hiding), None).head_hides);
}

#[test]
fn a_body_that_is_no_text_stays_as_it_is() {
    let exchange = Arc::new(exchange(1, "POST", "/", b"\xff\x00\x01"));
    let mut form = EditForm::new(&exchange, None);
    assert!(form.body.is_none());
    form.move_focus(1);
    assert_eq!(form.focus, 0, "the body has no field");
    assert_eq!(form.read().unwrap().body, exchange.request_body.kept);
}

#[test]
fn a_long_body_is_left_to_the_editor() {
    let body: &'static [u8] = vec![b'x'; LONGEST + 1].leak();
    let exchange = Arc::new(exchange(1, "POST", "/", body));
    let form = EditForm::new(&exchange, None);
    assert!(form.body.is_none() && form.long);
    assert_eq!(form.read().unwrap().body, exchange.request_body.kept);
    let text = form.exchange().unwrap();
    assert_eq!(text.request_body.kept, exchange.request_body.kept);
}

#[test]
fn what_cannot_be_sent_is_said() {
    let of = Arc::new(exchange(1, "POST", "/", b""));
    for (focus, typed, said) in [
        (0, ' ', "method"),
        (1, ' ', "target"),
        (2, 'x', "Name: value"),
    ] {
        let mut form = EditForm::new(&of, None);
        form.move_focus(focus - 3);
        if focus == 2 {
            form.headers = area(vec![]);
        }
        form.key(KeyCode::Char(typed).into());
        form.key(KeyCode::Char('y').into());
        assert!(form.read().unwrap_err().contains(said), "{said}");
    }
}

#[test]
fn replay_options_are_checked_field_by_field() {
    let filled = |at: usize, text: &str| {
        let mut form = ReplayForm::new(vec![]);
        form.fields[at].set(text);
        form.read()
    };
    for (at, text) in [
        (0, "ftp://x"),
        (0, "localhost"),
        (1, "0"),
        (1, "x"),
        (2, ""),
        (3, "-1"),
        (3, "NaN"),
    ] {
        assert_eq!(filled(at, text).unwrap_err().0, at, "{text}");
    }
    assert_eq!(filled(3, "2x").unwrap().speed, Some(2.0));
    let replay = filled(3, "2.5").unwrap();
    assert_eq!(
        (replay.times, replay.concurrency, replay.speed, replay.to),
        (1, 1, Some(2.5), None)
    );
    assert_eq!(
        filled(0, "http://localhost:4000").unwrap().to.as_deref(),
        Some("http://localhost:4000")
    );
}
