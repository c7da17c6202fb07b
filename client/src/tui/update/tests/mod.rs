use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hookreel_shared::model::{ExchangeId, Timestamp};

use super::super::End;
use super::super::effect::{Ask, Effect, Purpose, Span};
use super::super::msg::{Found, Msg};
use super::super::state::popup::Popup;
use super::super::state::{Focus, State};
use super::super::testing::{NOON, exchange, id, ready, row, state, stored};
use super::update;
use crate::command::{Command, Replay};
use crate::record::{Notice, Seen};

mod behind;
mod guided;
mod popups;

const NOW: Timestamp = Timestamp::from_micros(NOON + 60_000_000);

/// Presses keys as they are written: `y c`, `ctrl-d`; a text in quotes is typed.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut send =
        |code, held| effects.extend(update(state, Msg::Key(KeyEvent::new(code, held)), NOW));
    let mut rest = keys;
    while !rest.is_empty() {
        if let Some(text) = rest.strip_prefix('"') {
            let (text, behind) = text.split_once('"').unwrap();
            text.chars()
                .for_each(|c| send(KeyCode::Char(c), KeyModifiers::NONE));
            rest = behind.trim_start();
            continue;
        }
        let (key, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = behind;
        let (held, key) = match key.strip_prefix("ctrl-") {
            Some(key) => (KeyModifiers::CONTROL, key),
            None => (KeyModifiers::NONE, key),
        };
        let code = match key {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "shift-tab" => KeyCode::BackTab,
            "space" => KeyCode::Char(' '),
            "up" => KeyCode::Up,
            letter => KeyCode::Char(letter.chars().next().unwrap()),
        };
        send(code, held);
    }
    effects
}

/// What the effects ask for, without questions for the exchange to show and for news.
fn told(effects: &[Effect]) -> Vec<String> {
    let short = |effect: &Effect| match effect {
        Effect::Ask(Ask::Whole(_) | Ask::News(_)) => None,
        Effect::Ask(Ask::Rows { span, filter, .. }) => Some(format!(
            "rows {span:?} {}",
            filter
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        )),
        Effect::Ask(Ask::Search { towards, .. }) => Some(format!("search {towards:?}")),
        Effect::Ask(Ask::Marked(purpose)) => Some(format!("marked for {purpose:?}")),
        Effect::Ask(Ask::Other { just: None, .. }) => Some("other".into()),
        Effect::Ask(Ask::Other { just, .. }) => Some(format!("just {}", *just == Some(id(7)))),
        Effect::Ask(Ask::Export { id, form, file, .. }) => {
            Some(format!("export {form:?} one={} {file:?}", id.is_some()))
        }
        Effect::Do(Command::Replay(replay)) => {
            Some(format!("replay {} to {:?}", replay.ids.len(), replay.to))
        }
        Effect::Do(Command::Send { request, .. }) => {
            Some(format!("send {}", String::from_utf8_lossy(&request.body)))
        }
        Effect::Do(Command::Stop) => Some("stop".into()),
        Effect::Mark(ids, marked) => Some(format!("mark {} {marked}", ids.len())),
        Effect::Delete(ids) => Some(format!("delete {}", ids.len())),
        Effect::Copy { text, what } => Some(format!("copy {what}: {text}")),
        Effect::Pipe { command, .. } => Some(format!("pipe {command}")),
        Effect::Page(_) => Some("page".into()),
        Effect::Edit { .. } => Some("edit".into()),
        other => Some(format!("{other:?}")),
    };
    effects.iter().filter_map(short).collect()
}

fn at(state: &State) -> ExchangeId {
    state.list.current().unwrap().summary.id
}

#[test]
fn each_key_asks_for_what_the_table_says() {
    // A history of eight rows; the cursor on the newest, which is shown whole.
    for (keys, expected) in [
        ("r", &["replay 1 to None"][..]),
        ("R", &["marked for Replay"]),
        ("D", &["marked for Delete"]),
        ("x", &["marked for Export"]),
        ("space", &["mark 1 true"]),
        ("space space", &["mark 1 true", "mark 1 false"]),
        ("d", &["other"]),
        (
            "y u",
            &["copy the URL: http://otter.localhost:7080/webhooks/8"],
        ),
        (
            "y h",
            &["copy the headers: Host: otter.localhost:7080\nContent-Type: application/json\n"],
        ),
        ("y b", &["copy the body: {\"a\":1}"]),
        ("y x", &[]),
        ("q", &["stop"]),
        ("q q", &["stop"]),
        ("ctrl-c", &["stop", "End(Now)"]),
        ("ctrl-z", &["Suspend"]),
        ("ctrl-l", &["Redraw"]),
        ("M", &["Mouse(false)"]),
        ("o", &["Browse(\"http://otter.localhost:7080\")"]),
        ("| \"jq .\" enter", &["pipe jq ."]),
        ("| enter", &["page"]),
        ("f \"status:5xx\" enter", &["rows Newest status:500..599"]),
        ("f \"status:5xx\" esc", &[]),
        ("f \"nope:1\" enter", &[]),
        ("/ \"zzz\" enter", &["search Either"]),
        (
            "/ \"webhooks\" enter n N",
            &["search Older", "search Newer"],
        ),
        (": \"quit\" enter", &["stop"]),
        (": \"q\" enter", &["stop"]),
        (": \"filter method:GET\" enter", &["rows Newest method:get"]),
        (
            ": \"replay http://localhost:9\" enter",
            &["replay 1 to Some(\"http://localhost:9\")"],
        ),
        (
            ": \"export har a.har\" enter",
            &["export Har one=true Some(\"a.har\")"],
        ),
        (
            ": \"exp\" tab \"cu\" tab enter",
            &["export Curl one=true None"],
        ),
        (": \"nonsense\" enter", &[]),
        ("e ctrl-s", &["send {\"a\":1}"]),
        ("e \"x\" ctrl-s", &["send x{\"a\":1}"]),
        ("e ctrl-e", &["edit"]),
        ("e \"q\" esc", &[]),
        ("? q", &[]),
        ("esc esc esc", &[]),
        ("Q q", &[]),
    ] {
        let mut state = stored(8);
        assert_eq!(told(&press(&mut state, keys)), expected, "{keys}");
    }
}

#[test]
fn keys_move_where_they_should() {
    for (keys, row, focus) in [
        ("", 8, Focus::List),
        ("k k", 6, Focus::List),
        ("g", 1, Focus::List),
        ("g j j", 3, Focus::List),
        ("g G", 8, Focus::List),
        ("g ctrl-d", 8, Focus::List),
        ("enter", 8, Focus::Detail),
        ("enter k k", 8, Focus::Detail),
        ("tab", 8, Focus::Detail),
        ("tab tab", 8, Focus::List),
        ("shift-tab", 8, Focus::Detail),
        ("enter esc", 8, Focus::List),
        ("enter z esc", 8, Focus::List),
    ] {
        let mut state = stored(8);
        press(&mut state, keys);
        assert_eq!((at(&state), state.focus), (id(row), focus), "{keys}");
    }
}

#[test]
fn the_exchange_under_the_cursor_is_asked_for_once() {
    let mut state = stored(8);
    let asked = |effects: Vec<Effect>| {
        effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Ask(Ask::Whole(_))))
            .count()
    };
    assert_eq!(asked(press(&mut state, "k")), 1);
    assert_eq!(asked(press(&mut state, "?")), 0);
}

#[test]
fn an_answer_to_a_question_nobody_asks_any_more_is_dropped() {
    let mut state = stored(8);
    press(&mut state, "k");
    let late = Found::Whole {
        id: id(8),
        exchange: None,
        about: None,
        original: None,
        attempts: vec![],
    };
    update(&mut state, Msg::Found(late), NOW);
    assert_eq!(
        state.shown.exchange.as_ref().map(|one| one.id()),
        Some(id(8)),
        "as it was"
    );
    let old = Found::Rows {
        span: Span::Newest,
        turn: 99,
        rows: vec![],
        whole: (true, true),
    };
    update(&mut state, Msg::Found(old), NOW);
    assert_eq!(at(&state), id(7));
}

#[test]
fn a_toast_goes_by_itself_and_nothing_else_wakes_the_screen() {
    let mut state = stored(8);
    assert_eq!(state.until(), None, "idle means idle");
    update(
        &mut state,
        Msg::Told {
            good: true,
            text: "done".into(),
        },
        NOW,
    );
    let until = state.until().unwrap();
    update(&mut state, Msg::Later, until);
    assert_eq!((state.toast.is_some(), state.until()), (false, None));
}

#[test]
fn what_has_ended_is_looked_up_until_the_history_has_it() {
    let mut state = stored(8);
    let summary = Arc::new(row(60, "POST", "/new", Some(200)).summary);
    update(
        &mut state,
        Msg::Feed(Seen::Notice(Notice::Exchange(summary))),
        NOW,
    );
    assert_eq!((at(&state), state.counts.all), (id(60), 9));
    let due = state.until().expect("it will look");
    let effects = update(&mut state, Msg::Later, due);
    assert!(
        matches!(effects[..], [Effect::Ask(Ask::News(_))]),
        "{effects:?}"
    );
    let news = vec![(row(60, "POST", "/new", Some(200)), true)];
    let effects = update(&mut state, Msg::Found(Found::News(news)), due);
    assert!(
        matches!(effects[..], [Effect::Ask(Ask::Whole(_))]),
        "{effects:?}"
    );
    assert_eq!(state.counts.all, 9, "counted once");
    let whole = Found::Whole {
        id: id(60),
        exchange: Some(Arc::new(exchange(60, "POST", "/new", b""))),
        about: None,
        original: None,
        attempts: vec![],
    };
    update(&mut state, Msg::Found(whole), due);
    assert_eq!(state.until(), None, "and looks no more");
}

#[test]
fn what_does_not_pass_the_filter_is_not_shown() {
    let mut state = stored(8);
    press(&mut state, "f \"status:5xx\" enter");
    let rows = Found::Rows {
        span: Span::Newest,
        turn: state.turn,
        rows: vec![],
        whole: (true, true),
    };
    update(&mut state, Msg::Found(rows), NOW);
    for (n, status) in [(61, Some(200)), (62, Some(500))] {
        let summary = Arc::new(row(n, "POST", "/", status).summary);
        update(
            &mut state,
            Msg::Feed(Seen::Notice(Notice::Exchange(summary))),
            NOW,
        );
    }
    let shown: Vec<_> = state.list.rows().map(|row| row.summary.id).collect();
    assert_eq!(shown, [id(62)]);
}

#[test]
fn typed_filters_come_back_with_the_arrow() {
    let mut state = stored(8);
    press(
        &mut state,
        "f \"status:5xx\" enter f ctrl-u \"is:failed\" enter f ctrl-u up up",
    );
    let prompt = state.prompt.as_ref().unwrap();
    assert_eq!(prompt.line.text(), "status:5xx");
}

#[test]
fn without_a_history_rows_come_from_the_feed_and_the_rest_says_why_not() {
    let mut state = state(false);
    ready(&mut state);
    for n in 1..=3 {
        let summary = Arc::new(row(n, "POST", "/a", Some(200)).summary);
        let effects = update(
            &mut state,
            Msg::Feed(Seen::Notice(Notice::Exchange(summary))),
            NOW,
        );
        assert!(effects.is_empty(), "{effects:?}");
    }
    assert_eq!((at(&state), state.until()), (id(3), None));
    for keys in ["r", "R", "e", "x", "y c", "d"] {
        state.toast = None;
        assert_eq!(told(&press(&mut state, keys)), [""; 0], "{keys}");
        assert!(!state.toast.as_ref().unwrap().good, "{keys}");
    }
    press(&mut state, "/ \"200\" enter n");
    assert_eq!(at(&state), id(2), "the search goes through what is there");
}

#[test]
fn attempts_open_the_exchange_they_stand_for() {
    let mut state = stored(8);
    let whole = Found::Whole {
        id: id(8),
        exchange: Some(Arc::new(exchange(8, "POST", "/webhooks/8", b"{\"a\":1}"))),
        about: None,
        original: None,
        attempts: vec![
            row(2, "POST", "/", Some(200)),
            row(8, "POST", "/", Some(200)),
        ],
    };
    update(&mut state, Msg::Found(whole), NOW);
    press(&mut state, "4 tab");
    for _ in 0..20 {
        if state.detail.selected_attempt() != Some(id(2)) {
            press(&mut state, "j");
        }
    }
    press(&mut state, "enter");
    assert_eq!(at(&state), id(2));
}

#[test]
fn the_end_of_the_client_ends_the_screen() {
    let effects = update(&mut stored(1), Msg::Over, NOW);
    assert!(matches!(effects[..], [Effect::End(End::Over)]));
}

#[test]
fn the_body_that_is_shown_goes_through_the_command() {
    for (tab, body) in [("1", "{\"a\":1}"), ("2", "ok")] {
        let mut state = stored(8);
        let effects = press(&mut state, &format!("{tab} | \"cat\" enter"));
        let input = effects.iter().find_map(|effect| match effect {
            Effect::Pipe { input, .. } => Some(input.clone()),
            _ => None,
        });
        assert_eq!(input.as_deref(), Some(body.as_bytes()), "{tab}");
    }
}

#[test]
fn copied_headers_are_those_that_came_without_what_the_relay_has_added() {
    let mut state = stored(8);
    let mut exchange = exchange(8, "POST", "/", b"{}");
    let mut head = (*exchange.request).clone();
    head.headers.push("X-Forwarded-For", "203.0.113.9");
    head.added = 1;
    exchange.request = Arc::new(head);
    let whole = Found::Whole {
        id: id(8),
        exchange: Some(Arc::new(exchange)),
        about: None,
        original: None,
        attempts: vec![],
    };
    update(&mut state, Msg::Found(whole), NOW);
    assert_eq!(
        told(&press(&mut state, "y h")),
        ["copy the headers: Host: otter.localhost:7080\nContent-Type: application/json\n"]
    );
}
