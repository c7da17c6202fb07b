//! The demo's newcomer, who is shown what to do.

use super::*;

#[test]
fn a_newcomer_stays_on_the_first_that_failed_and_is_told_what_to_do() {
    let came = |state: &mut State, n: u32, status: u16| {
        let summary = row(n, "POST", "/hooks", Some(status)).summary;
        let notice = Notice::Exchange(Arc::new(summary));
        update(state, Msg::Feed(Seen::Notice(notice)), NOW);
    };
    for (guides, stays) in [(true, 10), (false, 12)] {
        let mut state = stored(8);
        state.guides = guides;
        for (n, status) in [(9, 401), (10, 500), (11, 200), (12, 500)] {
            came(&mut state, n, status);
        }
        assert_eq!(at(&state), id(stays));
        let said = state.toast.as_ref().map(|toast| toast.text.as_str());
        let told = "this one failed: r sends it again, G follows the newest";
        assert_eq!(said, guides.then_some(told));
    }
    // Whoever looks at something is left alone.
    let mut state = stored(8);
    state.guides = true;
    state.list.step(-3);
    came(&mut state, 9, 500);
    assert_eq!((at(&state), state.toast.is_some()), (id(5), false));
}
