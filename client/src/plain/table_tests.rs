use std::sync::Arc;

use hookreel_shared::model::ExchangeId;

use super::super::tests_support::{answered, failed};
use super::*;

fn rows() -> Vec<Row> {
    let mut stripe = answered(200);
    stripe.id = ExchangeId::from_uuid(uuid::Uuid::from_u128(9 << 80));
    stripe.provider = Some(Arc::from("stripe"));
    stripe.event = Some(Arc::from("charge.succeeded"));
    stripe.target = "/webhooks/stripe/a/rather/long/path/漢字?with=a&query=too".into();
    let mut first = Row::from(stripe);
    first.summary.verdict = Some("good".into());
    first.marked = true;
    first.note = Some("look\x1b[2J".into());
    let mut second = Row::from(failed());
    second.summary.replay_of = Some(first.summary.id);
    let mut third = Row::from(answered(503));
    third.summary.provider = Some("github".into());
    third.summary.event = Some("push".into());
    third.summary.verdict = Some("bad".into());
    let mut last = Row::from(answered(200));
    last.summary.provider = Some("slack".into());
    last.summary.verdict = Some("no-secret".into());
    last.summary.handshake = Some("slack-verification".into());
    vec![first, third, second, last]
}

fn table(width: Option<usize>) -> Table {
    Table {
        width,
        zone: TimeZone::UTC,
        today: Timestamp::from_micros(1_700_000_000_000_000),
    }
}

fn shown(width: Option<usize>) -> String {
    anstream::adapter::strip_str(&table(width).text(&rows())).to_string()
}

#[test]
fn columns_give_way_until_a_line_fits() {
    insta::assert_snapshot!(format!(
        "200 cells\n{}\n100 cells\n{}\n60 cells\n{}",
        shown(Some(200)),
        shown(Some(100)),
        shown(Some(60))
    ));
    for width in 30..220 {
        for line in shown(Some(width)).lines() {
            assert!(line.width() <= width, "{width}: {line:?}");
        }
    }
}

#[test]
fn in_a_pipe_nothing_is_cut_and_the_columns_are_where_they_always_are() {
    let text = shown(None);
    insta::assert_snapshot!(text);
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        assert!(words[0].starts_with("req_") && words[0].len() == 30);
        assert!(words[4].starts_with('/'), "{line}");
    }
}

#[test]
fn in_a_pipe_one_long_line_makes_no_other_long() {
    let mut rows = rows();
    let long = format!("/{}", "x".repeat(5_000));
    rows[0].summary.target = long.clone().into();
    let text = anstream::adapter::strip_str(&table(None).text(&rows)).to_string();
    let lines: Vec<_> = text.lines().collect();
    let words: Vec<_> = lines[0].split_whitespace().collect();
    assert_eq!(words[4], long);
    for line in &lines[1..] {
        assert!(line.width() < 300, "{}", line.width());
    }
}

#[test]
fn what_came_from_outside_cannot_touch_the_terminal() {
    for width in [None, Some(80), Some(200)] {
        assert!(!shown(width).contains('\x1b'));
    }
}

#[test]
fn rows_that_come_later_have_their_columns_too() {
    for width in [None, Some(200)] {
        let table = table(width);
        let layout = table.layout_for_more(&[]);
        let lines = rows()
            .iter()
            .map(|row| layout.line(row))
            .collect::<String>();
        let text = anstream::adapter::strip_str(&lines).to_string();
        for line in text.lines() {
            assert!(
                line.starts_with("req_000") && line.contains("22:13:20"),
                "{text}"
            );
        }
        let at = |status: &str| text.lines().find_map(|line| line.find(status));
        assert_eq!(at("  200"), at("  503"), "{text}");
    }
}

#[test]
fn an_exchange_of_another_day_is_shown_with_its_date() {
    let mut table = table(Some(120));
    assert!(!table.text(&rows()).contains("11-14"));
    table.today = Timestamp::from_micros(1_800_000_000_000_000);
    assert!(table.text(&rows()).contains("11-14 22:13:20"));
}

#[test]
fn what_hookreel_answered_itself_is_told_beside_it() {
    let mut ping = answered(200);
    ping.handshake = Some("github-ping".into());
    let text = table(None).text(&[Row::from(ping)]);
    assert!(text.contains("hookreel answered github-ping"), "{text}");
}
