use super::*;
use crate::tui::testing::{id, row};

fn rows(range: std::ops::RangeInclusive<u32>) -> Vec<Row> {
    range.map(|n| row(n, "POST", "/", Some(200))).collect()
}

fn live(n: u32) -> Arc<Summary> {
    Arc::new(row(n, "POST", "/", None).summary)
}

/// The newest ten of a long history, on five lines.
fn list() -> List {
    let mut list = List::new(true);
    list.set_height(5);
    list.open(rows(11..=20), (false, true), None);
    list
}

fn at(list: &List) -> ExchangeId {
    list.current().unwrap().summary.id
}

fn shown(list: &List) -> Vec<ExchangeId> {
    list.visible().map(|(_, row)| row.summary.id).collect()
}

#[test]
fn it_follows_the_newest_until_the_user_moves_away() {
    let mut list = list();
    list.see(&live(21));
    assert_eq!((at(&list), list.unseen()), (id(21), 0));
    list.step(-1);
    list.see(&live(22));
    assert_eq!(at(&list), id(20), "the cursor stays where it is");
    assert_eq!(shown(&list).first(), Some(&id(17)), "and so does the view");
    assert_eq!(list.unseen(), 1);
    assert!(list.follow());
    assert_eq!((at(&list), list.unseen()), (id(22), 0));
}

#[test]
fn what_is_under_way_is_brought_up_to_date_in_its_place() {
    let mut list = list();
    assert!(list.see(&live(21)));
    assert!(!list.see(&Arc::new(row(21, "POST", "/", Some(503)).summary)));
    assert_eq!(list.current().unwrap().summary.status, Some(503));
    list.see(&live(21));
    let status = list.current().unwrap().summary.status;
    assert_eq!(status, Some(503), "news that come late do not undo it");
}

#[test]
fn marks_and_what_was_found_out_stay_when_the_feed_tells_more() {
    let mut list = list();
    let mut known = row(20, "POST", "/", Some(200));
    (known.marked, known.summary.provider) = (true, Some("stripe".into()));
    list.put(known);
    list.see(&Arc::new(row(20, "POST", "/", Some(200)).summary));
    let row = list.current().unwrap();
    assert!(row.marked);
    assert_eq!(row.summary.provider.as_deref(), Some("stripe"));
}

#[test]
fn older_rows_are_asked_for_in_time_and_do_not_move_the_view() {
    let mut list = list();
    list.step(-3);
    assert_eq!(list.missing(), Some(Missing::OlderThan(id(11))));
    let before = shown(&list);
    list.add_older(rows(1..=10), true);
    assert_eq!((at(&list), shown(&list)), (id(17), before));
    assert_eq!(list.missing(), None, "there is nothing older");
    assert!(list.go_first());
    assert_eq!(at(&list), id(1));
}

#[test]
fn however_long_one_scrolls_only_a_window_is_held() {
    let mut list = List::new(true);
    list.set_height(5);
    list.open(rows(20_001..=20_500), (false, true), None);
    list.step(-1);
    let mut oldest = 20_001;
    while oldest > 1 {
        list.go_first();
        assert_eq!(list.missing(), Some(Missing::OlderThan(id(oldest))));
        list.add_older(rows(oldest - 500..=oldest - 1), oldest == 501);
        oldest -= 500;
        assert!(list.rows().count() <= HELD + MARGIN);
    }
    list.go_first();
    assert_eq!(at(&list), id(1));
    assert!(!list.follow(), "the newest must be read again");
}

#[test]
fn while_the_newest_are_not_held_new_ones_are_only_counted() {
    let mut list = List::new(true);
    list.set_height(5);
    list.open(rows(1..=100), (true, false), Some(id(1)));
    list.see(&live(500));
    assert_eq!((list.unseen(), list.rows().count()), (1, 100));
}

#[test]
fn without_a_history_the_oldest_rows_are_given_up() {
    let mut list = List::new(false);
    list.set_height(5);
    for n in 1..=u32::try_from(HELD).unwrap() + 10 {
        list.see(&live(n));
    }
    assert_eq!(list.rows().count(), HELD);
    assert_eq!(list.rows().next().unwrap().summary.id, id(11));
    assert_eq!(list.missing(), None);
}

#[test]
fn a_removed_row_does_not_take_the_cursor_along() {
    let mut list = list();
    list.step(-2);
    list.remove(|row| row.summary.id == id(12) || row.summary.id == id(20));
    assert_eq!(at(&list), id(18));
    list.remove(|_| true);
    assert!(list.current().is_none());
    list.step(-1);
    list.page(true, 1);
    assert!(list.is_empty());
}

#[test]
fn the_wheel_moves_the_view_and_takes_the_cursor_along_only_at_its_edge() {
    let mut list = list();
    list.scroll(-3);
    assert_eq!(shown(&list), (13..=17).map(id).collect::<Vec<_>>());
    assert_eq!(at(&list), id(17));
    list.scroll(1);
    assert_eq!(at(&list), id(17));
    assert!(list.click(0));
    assert_eq!(at(&list), id(14));
    assert!(!list.click(99));
}

#[test]
fn one_is_taken_out_and_cursor_and_view_stay_where_they_are() {
    let mut list = list();
    list.step(-7);
    let (before, top) = (at(&list), shown(&list)[0]);
    list.take_out(id(11));
    list.take_out(id(20));
    list.take_out(id(99));
    assert_eq!((at(&list), shown(&list)[0]), (before, top));
    assert_eq!(list.rows().count(), 8);
    list.take_out(before);
    assert_eq!(at(&list), id(14), "the next one has its place");
}
