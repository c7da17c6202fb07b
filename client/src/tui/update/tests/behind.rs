//! A screen that was too slow for the feed.

use super::*;

#[test]
fn what_the_screen_was_too_slow_for_is_read_from_the_history_until_all_of_it_is_there() {
    let mut state = stored(8);
    update(&mut state, Msg::Feed(Seen::Missed(9000)), NOW);
    assert_eq!(state.counts.missed, 0, "nothing is lost");
    let mut due = state.until().expect("it will look");
    let end = Timestamp::from_micros(NOW.as_micros() + 4_000_000);
    let mut looked = 0;
    while due < end {
        let effects = update(&mut state, Msg::Later, due);
        assert!(
            matches!(effects[..], [Effect::Ask(Ask::News(_))]),
            "{effects:?}"
        );
        looked += 1;
        // The writer is behind too: there is nothing yet.
        update(&mut state, Msg::Found(Found::News(vec![])), due);
        match state.until() {
            Some(next) => due = next,
            None => break,
        }
    }
    assert!((10..100).contains(&looked), "{looked} looks");
    assert_eq!(state.until(), None, "and then no more");
}

#[test]
fn what_is_shown_before_its_end_is_read_again_at_its_end() {
    let mut state = stored(8);
    let whole = |exchange| Found::Whole {
        id: id(8),
        exchange: Some(Arc::new(exchange)),
        about: None,
        original: None,
        attempts: vec![],
    };
    let ended = exchange(8, "POST", "/webhooks/8", b"{}");
    let mut begun = ended.clone();
    begun.closed_at = None;
    let asked = |state: &mut State| {
        let news = Found::News(vec![(row(8, "POST", "/webhooks/8", Some(200)), true)]);
        let effects = update(state, Msg::Found(news), NOW);
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ask(Ask::Whole(_))))
    };
    update(&mut state, Msg::Found(whole(begun)), NOW);
    assert!(asked(&mut state), "its end is not here yet");
    update(&mut state, Msg::Found(whole(ended)), NOW);
    assert!(!asked(&mut state), "all of it is here");
}

#[test]
fn as_long_as_much_is_new_there_may_be_more() {
    let mut state = stored(8);
    let news = |count: u32| {
        let rows = (100..100 + count).map(|n| (row(n, "POST", "/", Some(200)), true));
        Msg::Found(Found::News(rows.collect()))
    };
    update(&mut state, news(1), NOW);
    assert_eq!(state.until(), None);
    update(&mut state, news(1000), NOW);
    assert!(state.until().is_some());
    assert_eq!(state.counts.all, 1008);
}

#[test]
fn without_a_history_what_was_missed_is_gone_and_told() {
    let mut state = state(false);
    update(&mut state, Msg::Feed(Seen::Missed(5)), NOW);
    assert_eq!((state.counts.missed, state.until()), (5, None));
}

#[test]
fn a_replay_is_compared_with_its_original_unless_another_has_just_been_marked() {
    let mut state = stored(8);
    let mut replay = exchange(8, "POST", "/webhooks/8", b"{}");
    replay.replay_of = Some(id(3));
    let whole = |exchange| {
        Msg::Found(Found::Whole {
            id: id(8),
            exchange: Some(Arc::new(exchange)),
            about: None,
            original: None,
            attempts: vec![],
        })
    };
    update(&mut state, whole(replay.clone()), NOW);
    assert_eq!(
        told(&press(&mut state, "d")),
        [""; 0],
        "not with a mark of old"
    );
    assert_eq!(state.focus, Focus::Detail);
    press(&mut state, "esc k space G");
    update(&mut state, whole(replay), NOW);
    assert_eq!(told(&press(&mut state, "d")), ["just true"]);
}
