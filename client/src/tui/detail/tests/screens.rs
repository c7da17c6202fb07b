//! What is seen, at three sizes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use hookreel_shared::provider::{Because, Reason, Report, Verdict};

use super::*;
use crate::config::About;
use crate::tui::detail::Mode;
use crate::tui::testing::bad_charge;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (50, 20)];

const JSON: &str = r#"{"id":"evt_1","amount":1.0E+2,"amount":12345678901234567890,"data":{"object":{"paid":true,"note":null,"tags":["a","b\u202e"]}},"live":false}"#;

fn all_sizes(name: &str, exchange: &Exchange, messages: &[Msg]) {
    for (width, height) in SIZES {
        let mut state = shown(exchange.clone(), width, height);
        press(&mut state, messages.to_vec());
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&state));
    }
}

#[test]
fn each_kind_of_body_is_shown_as_it_is_read() {
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{0}\u{1}PNG\r\n--x--\r\n";
    for (name, kind, body) in [
        ("json", "application/json", JSON),
        (
            "form",
            "application/x-www-form-urlencoded",
            "a=1&a=2+x&payload=%7B%22zen%22%3A%22Keep%20it%22%7D",
        ),
        ("multipart", "multipart/form-data; boundary=x", multipart),
        ("xml", "text/xml", "<a k='1'><b>one</b><c/>two\nthree</a>"),
        (
            "text",
            "text/plain",
            "first\tline\r\nsecond 漢字 \u{7}\nthird",
        ),
        ("broken_json", "application/json", "{\"a\": [1, 2, oops]}"),
        ("empty", "text/plain", ""),
    ] {
        all_sizes(name, &exchange(1, kind, body), &[Msg::Down, Msg::Down]);
    }
    let binary: Vec<u8> = (0..=255).collect();
    all_sizes("binary", &exchange(1, "image/png", binary), &[]);
}

#[test]
fn a_coded_body_says_so_and_its_bytes_are_at_hand() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(JSON.as_bytes()).unwrap();
    let mut exchange = exchange(1, "application/json", encoder.finish().unwrap());
    let mut head = (*exchange.request).clone();
    head.headers.push("Content-Encoding", "gzip");
    exchange.request = Arc::new(head);
    all_sizes("gzip", &exchange, &[]);
    let mut state = shown(exchange, 80, 24);
    assert_eq!(state.body_text().as_deref(), Some(JSON));
    press(&mut state, [Msg::CycleView, Msg::CycleView, Msg::Bottom]);
    assert_eq!(state.mode(), Mode::Hex);
    let text = screen(&state);
    assert!(text.contains("1f 8b 08"), "{text}");
}

#[test]
fn a_cut_capture_says_how_much_is_missing() {
    let mut exchange = exchange(1, "text/plain", "the beginning");
    exchange.request_body.size = 80 << 20;
    exchange.request_body.sha256 = Some([0xab; 32]);
    all_sizes("cut", &exchange, &[]);
}

#[test]
fn each_tab_shows_its_side_of_an_exchange() {
    let (original, mut replay) = (
        exchange(1, "application/json", JSON),
        exchange(2, "application/json", JSON.replace("true", "false")),
    );
    replay.replay_of = Some(original.id());
    replay.response_body = Capture::whole(&br#"{"received":false,"retry":3}"#[..]);
    for (width, height) in SIZES {
        let mut state = State::default();
        state.set_viewport(width, height);
        state.show(
            Some(Arc::new(replay.clone())),
            Some(Arc::new(original.clone())),
            Vec::new(),
        );
        for (key, name) in [
            (2, "response"),
            (3, "timing"),
            (4, "attempts"),
            (5, "diff"),
            (6, "raw"),
        ] {
            press(&mut state, [Msg::Tab(key)]);
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&state));
        }
    }
}

#[test]
fn a_failure_is_explained_and_says_what_to_do() {
    all_sizes("failed_timing", &failed(), &[Msg::Tab(3)]);
    all_sizes("failed_response", &failed(), &[Msg::Tab(2)]);
}

#[test]
fn a_search_is_marked_counted_and_unfolds_what_hides_it() {
    let mut state = shown(exchange(1, "application/json", JSON), 80, 24);
    press(&mut state, [Msg::SearchSet("data".into()), Msg::Fold]);
    let folded = screen(&state);
    assert!(
        folded.contains("lines }") && !folded.contains("paid"),
        "{folded}"
    );
    press(&mut state, [Msg::SearchSet("PAID".to_lowercase())]);
    insta::assert_snapshot!("search", screen(&state));
    assert_eq!(state.search(), Some(("paid", 1)));
    assert_eq!(state.value_under_cursor().as_deref(), Some("true"));
    let theme = Theme::default();
    let terminal = terminal(&state);
    let marked = terminal.backend().buffer().content().iter();
    let marked: String = marked
        .filter(|cell| Some(cell.bg) == theme.match_.bg)
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert_eq!(marked, "paid");
}

#[test]
fn an_empty_pane_says_that_nothing_is_selected() {
    let mut state = State::default();
    state.set_viewport(50, 5);
    insta::assert_snapshot!("nothing", screen(&state));
}

#[test]
fn what_is_not_json_is_shown_as_it_came_behind_what_is() {
    let body = r#"{"a":1,"b":{"c":nope,"d":[2]},"e":"last"}"#;
    let state = shown(exchange(1, "application/json", body), 80, 30);
    let seen = screen(&state);
    assert!(seen.contains(r#""a": 1"#), "{seen}");
    assert!(seen.contains(r#""c":nope,"d":[2]},"e":"last"}"#), "{seen}");
}

#[test]
fn one_value_too_long_to_be_read_as_json_is_still_seen() {
    let body = format!(r#"{{"first":1,"long":"{}"}}"#, "x".repeat(3 << 20));
    let state = shown(exchange(1, "application/json", body), 80, 30);
    let seen = screen(&state);
    assert!(seen.contains(r#""first": 1"#), "{seen}");
    assert!(seen.contains(r#""long":"xxxxxxxx"#), "{seen}");
    assert!(seen.contains("not shown here"), "{seen}");
}

#[test]
fn fields_that_the_relay_added_stand_apart() {
    let mut exchange = exchange(1, "text/plain", "hello");
    let mut head = (*exchange.request).clone();
    head.headers.push("Via", "1.1 hookreel");
    head.added = 1;
    exchange.request = Arc::new(head);
    let seen = screen(&shown(exchange, 80, 24));
    let lines: Vec<_> = seen.lines().map(str::trim).collect();
    let apart = lines
        .iter()
        .position(|line| line.contains("added by the relay"));
    let via = lines
        .iter()
        .position(|line| line.contains("Via: 1.1 hookreel"));
    assert_eq!(apart.map(|at| at + 1), via, "{seen}");
    assert!(via.is_some(), "{seen}");
}

#[test]
fn keys_that_are_told_of_are_those_that_are_bound() {
    let bound = [("view", "V"), ("replay", "f5")];
    let bound = bound.map(|(name, key)| (name.to_owned(), vec![key.to_owned()]));
    let keys = crate::tui::keys::Keys::from_config(&bound.into()).unwrap();
    let mut state = State::new(jiff::tz::TimeZone::UTC, &keys);
    state.set_viewport(80, 30);
    let body = format!(r#"["{}"]"#, "x".repeat(5 << 20));
    let exchange = exchange(1, "application/json", body);
    state.show(Some(Arc::new(exchange)), None, Vec::new());
    assert!(screen(&state).contains("V shows all"), "{}", screen(&state));
    press(&mut state, [Msg::Tab(4)]);
    let seen = screen(&state);
    assert!(seen.contains("f5 replays it"), "{seen}");
}

fn from(about: About) -> State {
    let mut state = State::default();
    state.set_viewport(50, 20);
    let exchange = exchange(1, "application/json", "{}");
    state.set_about(Some((exchange.id(), Arc::new(about))));
    state.show(Some(Arc::new(exchange)), None, Vec::new());
    state
}

#[test]
fn a_bad_signature_says_why_and_what_would_have_fitted() {
    for (width, height) in SIZES {
        let mut state = from(bad_charge());
        state.set_viewport(width, height);
        insta::assert_snapshot!(format!("signature_bad_{width}x{height}"), screen(&state));
    }
}

#[test]
fn each_verdict_stands_above_the_request() {
    let is = |verdict: Verdict| {
        let mut about = bad_charge();
        about.advice.clear();
        let report = &mut about.sender.report;
        if verdict == Verdict::Good {
            report.secret = Some("default".into());
            report.expected = report.received.first().cloned();
        }
        if verdict == Verdict::NoSecret {
            (report.tried, report.expected) = (vec![], None);
            (report.signed, report.age) = (None, None);
        }
        if verdict == Verdict::Unsigned {
            *report = Report::unchecked(Some("stripe"), Because::NotSigned);
        }
        report.verdict = verdict;
        about
    };
    let tolerance = 300;
    let all = [
        Verdict::Good,
        Verdict::Bad {
            reason: Reason::TooOld {
                age: 900,
                tolerance,
            },
            near: vec![],
        },
        Verdict::Unsigned,
        Verdict::NoSecret,
        Verdict::Unchecked {
            because: Because::BodyIncomplete,
        },
    ];
    let shown: String = all
        .into_iter()
        .map(|verdict| format!("{}\n{}\n", verdict.word(), screen(&from(is(verdict)))))
        .collect();
    insta::assert_snapshot!("signature_each", shown);
}

#[test]
fn a_signature_is_copied_as_it_came_and_told_of_no_other_exchange() {
    let mut state = from(bad_charge());
    let mut values = Vec::new();
    for _ in 0..16 {
        values.extend(state.value_under_cursor());
        press(&mut state, [Msg::Down]);
    }
    assert!(values.contains(&"b".repeat(64)), "{values:?}");
    let other = Arc::new(exchange(2, "application/json", "{}"));
    state.show(Some(other), None, Vec::new());
    assert!(state.about().is_none());
    assert!(!screen(&state).contains("stripe charge"));
}
