//! What each message does.

use super::*;
use crate::tui::detail::{Ask, Mode, Tab};

fn numbered(lines: usize) -> State {
    let body: String = (0..lines).map(|n| format!("line {n}\n")).collect();
    shown(exchange(1, "text/plain", body), 60, 12)
}

/// The text of the line under the cursor.
fn under(state: &State) -> String {
    state.value_under_cursor().unwrap_or_default()
}

#[test]
fn the_cursor_moves_by_rows_pages_and_to_both_ends() {
    // Eight lines of head, then the body; ten rows are seen.
    let mut state = numbered(100);
    for (message, expected) in [
        (Msg::Down, "from 203.0.113.7:5555 · demo · live"),
        (Msg::Up, "/hooks/stripe?try=1"),
        (Msg::Up, "/hooks/stripe?try=1"),
        (Msg::PageDown, "line 1"),
        (Msg::HalfDown, "line 6"),
        (Msg::HalfUp, "line 1"),
        (Msg::PageUp, "/hooks/stripe?try=1"),
        (Msg::Bottom, "line 99"),
        (Msg::Down, "line 99"),
        (Msg::PageUp, "line 90"),
        (Msg::Top, "/hooks/stripe?try=1"),
    ] {
        press(&mut state, [message.clone()]);
        assert_eq!(under(&state), expected, "{message:?}");
    }
}

#[test]
fn tabs_go_by_key_and_in_turn_and_each_keeps_its_place() {
    let mut state = numbered(50);
    press(&mut state, [Msg::Bottom, Msg::NextTab]);
    assert_eq!(state.tab(), Tab::Response);
    for (message, tab) in [
        (Msg::PrevTab, Tab::Request),
        (Msg::PrevTab, Tab::Raw),
        (Msg::NextTab, Tab::Request),
        (Msg::Tab(4), Tab::Attempts),
        (Msg::Tab(0), Tab::Attempts),
        (Msg::Tab(7), Tab::Attempts),
        (Msg::Tab(1), Tab::Request),
    ] {
        press(&mut state, [message.clone()]);
        assert_eq!(state.tab(), tab, "{message:?}");
    }
    assert_eq!(under(&state), "line 49");
}

#[test]
fn a_wrapped_line_is_read_row_by_row_to_its_end() {
    let mut state = shown(exchange(1, "text/plain", "x".repeat(500) + "END"), 42, 12);
    press(&mut state, [Msg::Wrap, Msg::Bottom]);
    assert!(screen(&state).contains("END"));
    let rows = 503_usize.div_ceil(40);
    press(&mut state, std::iter::repeat_n(Msg::Up, rows));
    assert!(under(&state).starts_with("text/plain"), "{}", under(&state));
    press(&mut state, [Msg::Wrap]);
    assert!(!state.is_wrapped());
}

#[test]
fn a_long_line_is_scrolled_sideways_no_further_than_its_end() {
    let mut state = shown(exchange(1, "text/plain", "0123456789".repeat(10)), 52, 12);
    press(&mut state, std::iter::repeat_n(Msg::Right, 50));
    let text = screen(&state);
    assert!(text.contains("6789") && !text.contains('›'), "{text}");
    press(&mut state, std::iter::repeat_n(Msg::Left, 50));
    assert!(screen(&state).contains("POST /hooks"));
}

#[test]
fn the_same_exchange_keeps_its_place_as_it_grows_and_another_begins_at_the_top() {
    let whole = exchange(1, "application/json", r#"{"a":[1,2],"b":3}"#);
    let mut early = Exchange::new(Arc::clone(&whole.request));
    early.sent_at = whole.sent_at;
    let mut state = shown(early, 60, 20);
    press(&mut state, [Msg::Down, Msg::Down]);
    let line = under(&state);
    state.show(Some(Arc::new(whole.clone())), None, Vec::new());
    assert_eq!(under(&state), line);
    press(&mut state, [Msg::SearchSet("\"a\"".into()), Msg::Fold]);
    assert!(screen(&state).contains("3 lines ]"));
    state.show(Some(Arc::new(whole.clone())), None, Vec::new());
    assert!(
        screen(&state).contains("3 lines ]"),
        "what is folded stays folded"
    );
    assert_eq!(under(&state), "[1,2]");
    state.show(
        Some(Arc::new(exchange(2, "text/plain", "x"))),
        None,
        Vec::new(),
    );
    assert_eq!(under(&state), "/hooks/stripe?try=1");
}

#[test]
fn views_take_turns_and_raw_shows_what_pretty_leaves_out() {
    let mut state = shown(exchange(1, "application/json", "{ \"a\" :1}\r\n"), 60, 20);
    assert!(screen(&state).contains("\"a\": 1"));
    press(&mut state, [Msg::CycleView]);
    assert!(screen(&state).contains("{ \"a\" :1}␍␊"));
    press(&mut state, [Msg::CycleView]);
    assert!(screen(&state).contains("7b 20 22 61"));
    press(&mut state, [Msg::CycleView]);
    assert_eq!(state.mode(), Mode::Pretty);
}

#[test]
fn an_attempt_is_opened_by_key_and_by_a_second_press_of_the_mouse() {
    let (original, mut replay) = (
        exchange(1, "text/plain", "x"),
        exchange(2, "text/plain", "x"),
    );
    replay.replay_of = Some(original.id());
    let mut state = State::default();
    state.set_viewport(80, 20);
    state.show(Some(Arc::new(replay)), Some(Arc::new(original)), Vec::new());
    press(&mut state, [Msg::Tab(4), Msg::Down]);
    assert_eq!(state.selected_attempt(), Some(id(1)));
    assert_eq!(update(&mut state, Msg::Fold), [Ask::Open(id(1))]);
    let below = Msg::Click { x: 5, y: 3 };
    assert_eq!(update(&mut state, below.clone()), []);
    assert_eq!(update(&mut state, below), [Ask::Open(id(2))]);
}

#[test]
fn the_mouse_picks_tabs_and_lines_and_its_wheel_turns_the_window() {
    let mut state = numbered(100);
    press(&mut state, [Msg::Click { x: 25, y: 0 }]);
    assert_eq!(state.tab(), Tab::Timing);
    press(
        &mut state,
        [
            Msg::Click { x: 2, y: 0 },
            Msg::Scroll(20),
            Msg::Click { x: 9, y: 1 },
        ],
    );
    assert_eq!(under(&state), "line 12");
    press(&mut state, [Msg::Scroll(1000)]);
    assert!(screen(&state).contains("line 99"));
    press(&mut state, [Msg::Scroll(-2000)]);
    assert!(screen(&state).contains("POST"));
    press(
        &mut state,
        [Msg::Click { x: 0, y: 11 }, Msg::Click { x: 900, y: 900 }],
    );
}

#[test]
fn a_search_goes_round_both_ways_and_says_when_there_is_nothing() {
    let mut state = numbered(100);
    press(&mut state, [Msg::SearchSet("line 9".into())]);
    assert_eq!(under(&state), "line 9");
    for (message, expected) in [
        (Msg::SearchNext, "line 90"),
        (Msg::SearchPrev, "line 9"),
        (Msg::SearchPrev, "line 99"),
        (Msg::SearchNext, "line 9"),
    ] {
        press(&mut state, [message]);
        assert_eq!(under(&state), expected);
    }
    assert!(screen(&state).contains("1 of 11"));
    assert_eq!(
        update(&mut state, Msg::SearchSet("nowhere".into())),
        [Ask::Tell("not found".into())]
    );
    press(&mut state, [Msg::SearchSet(String::new()), Msg::SearchNext]);
    assert_eq!(state.search(), None);
}

#[test]
fn another_exchange_is_compared_with_and_large_bodies_only_when_asked() {
    let large = |letter: &str| {
        exchange(
            1,
            "text/plain",
            format!("{}\n", letter.repeat(99)).repeat(3000),
        )
    };
    let mut state = shown(large("a"), 80, 30);
    press(&mut state, [Msg::Tab(5)]);
    assert!(screen(&state).contains("nothing to compare"));
    let mut other = large("b");
    other.response_body = Capture::whole("gone");
    press(&mut state, [Msg::CompareWith(Some(Arc::new(other)))]);
    let text = screen(&state);
    assert!(
        text.contains("enter compares them") && text.contains("── answer"),
        "{text}"
    );
    press(&mut state, [Msg::Fold]);
    assert!(!screen(&state).contains("enter compares"));
    press(&mut state, [Msg::CompareWith(None)]);
    assert!(screen(&state).contains("nothing to compare"));
}

#[test]
fn tabs_and_bytes_fit_the_pane_beside_a_list_on_a_small_screen() {
    let mut state = shown(exchange(1, "image/png", vec![7; 50]), 43, 20);
    for (key, name) in [(1, "[1 Req]"), (4, "[4 Try]"), (6, "[6 Raw]")] {
        press(&mut state, [Msg::Tab(key)]);
        let text = screen(&state);
        assert!(text.contains(name) && text.contains("5 Diff"), "{text}");
    }
    press(&mut state, [Msg::Tab(1), Msg::Bottom]);
    let text = screen(&state);
    assert!(text.contains("00000030  07 07        |..|"), "{text}");
    assert!(!text.contains('›'), "{text}");
}

#[test]
fn a_fold_within_a_list_folds_the_list_and_goes_to_its_beginning() {
    let mut state = shown(
        exchange(1, "application/json", r#"{"a":[1,22,3],"b":4}"#),
        60,
        20,
    );
    press(&mut state, [Msg::SearchSet("22".into()), Msg::Fold]);
    assert_eq!(state.value_under_cursor().as_deref(), Some("[1,22,3]"));
    assert!(screen(&state).contains("4 lines ]"));
    press(&mut state, [Msg::Fold]);
    assert!(screen(&state).contains("22,"));
    let before = screen(&state);
    press(&mut state, [Msg::Top]);
    let top = screen(&state);
    press(&mut state, [Msg::Fold]);
    assert_eq!(screen(&state), top, "there is nothing to fold in a head");
    assert_ne!(before, top);
}

#[test]
fn a_long_value_is_copied_whole_from_each_of_its_lines() {
    let mut exchange = exchange(1, "text/plain", "x");
    let mut head = (*exchange.request).clone();
    head.target = format!("/{}", "é".repeat(3000)).into();
    exchange.request = Arc::new(head);
    let mut state = shown(exchange.clone(), 60, 20);
    for _ in 0..6 {
        assert_eq!(under(&state).as_bytes(), exchange.request.target);
        press(&mut state, [Msg::Down]);
    }
}

fn row(exchange: &Exchange) -> crate::store::Row {
    hookreel_shared::model::Summary::from(exchange).into()
}

#[test]
fn attempts_tell_in_order_whose_answer_differs_and_how() {
    let original = exchange(1, "text/plain", "x");
    let replay = |n: u128, body: &'static str| {
        let mut replay = exchange(n, "text/plain", "x");
        replay.replay_of = Some(original.id());
        replay.response_body = Capture::whole(body);
        replay
    };
    let same_size = r#"{"received":null}"#;
    let all = [replay(4, "short"), replay(3, same_size), original.clone()];
    let rows = all.iter().map(row).collect();
    let mut state = State::default();
    state.set_viewport(70, 12);
    state.show(
        Some(Arc::new(replay(2, same_size))),
        Some(Arc::new(original.clone())),
        rows,
    );
    press(&mut state, [Msg::Tab(4)]);
    let text = screen(&state);
    let answers: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(" ms  "))
        .collect();
    let answers: Vec<_> = answers
        .iter()
        .map(|(_, answer)| answer.trim_end_matches([' ', '"']))
        .collect();
    assert_eq!(
        answers,
        [
            "original · 17 B",
            "≠ body · 17 B",
            "= size · 17 B",
            "≠ size · 5 B"
        ],
        "{text}"
    );
    assert!(text.contains("● 22:13"), "{text}");
}
