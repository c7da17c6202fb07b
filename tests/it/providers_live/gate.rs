//! `--verify`: only what is signed well gets to the origin.

use hookreel::forward::Gate;
use hookreel::store::Cursor;
use hookreel_shared::model::{Exchange, FailureKind};
use hookreel_shared::provider::Secret;
use hookreel_tests::client::Client;
use hookreel_tests::origin::{Answering, Origin};
use hookreel_tests::wire::{chunk, ok};
use hookreel_tests::world::World;

use super::rig::{Ask, answering, verifying};

const SECRET: &str = "s3cret-of-the-test";

async fn guarded(gate: Gate) -> (World, Client, Answering) {
    let world = World::new();
    world.secret(Secret::new("github", "default", SECRET));
    let origin = Origin::start().await.answering(ok("in"));
    let plan = world.plan(origin.addr).named("otter").recorded();
    let client = plan.guarded(gate).start().await;
    (world, client, origin)
}

fn push(body: &str) -> Ask {
    Ask::json("github", body.to_owned()).header("X-GitHub-Event", "push")
}

/// How the latest of so many exchanges was recorded: why it failed, whose it is, and the verdict.
async fn kept(client: &Client, count: usize) -> (Exchange, [Option<String>; 2]) {
    let exchange = client.recorded(count).await;
    let page = client.history().page(&[], Cursor::Newest, 1, |_| true);
    let row = page.expect("a page").remove(0).summary;
    let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.to_string());
    (exchange, [text(row.provider), text(row.verdict)])
}

#[tokio::test]
async fn a_good_signature_passes_byte_for_byte() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    let odd = "{\"a\" :1.0,\r\n  \"\u{e9}\": \"\\u00e9\" }\n";
    let large: String = (0..1024 * 1024 / 8).map(|n| format!("{n:07} ")).collect();
    for (count, body) in [odd, &large].into_iter().enumerate() {
        let ask = push(body).signed(SECRET);
        assert_eq!(world.ask(ask.wire()).await.text(), "in");
        let seen = origin.next_request().await;
        assert_eq!(seen.target(), "/in?a=b");
        assert!(seen.body == body.as_bytes(), "another body came");
        let (exchange, known) = kept(&client, count + 1).await;
        assert_eq!(exchange.failure(), None);
        assert!(exchange.request_body.kept == *body);
        assert_eq!(known, [Some("github".into()), Some("good".into())]);
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn what_is_forged_unsigned_or_somebody_elses_is_refused_and_recorded() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    let slack = Ask::json("slack", "{}").signed("another");
    let table = [
        (push("{}").signed("another"), "bad"),
        (push("{}").signed(SECRET).forged("[]"), "bad"),
        (push("{}"), "unsigned"),
        (slack, "unsigned"),
        (Ask::get("github", "/"), "unsigned"),
    ];
    for (count, (ask, verdict)) in table.into_iter().enumerate() {
        let answer = world.ask(ask.wire()).await;
        let said = (answer.status(), answer.text());
        assert_eq!(said, (401, "signature refused\n".to_owned()), "{verdict}");
        let (exchange, known) = kept(&client, count + 1).await;
        let failure = exchange.failure().map(|failure| failure.kind);
        assert_eq!(failure, Some(FailureKind::SignatureRefused));
        assert_eq!(exchange.sent_at, None, "it did not go out");
        assert_eq!(exchange.request_body.kept, ask.draft.body);
        assert_eq!(known, [Some("github".into()), Some(verdict.into())]);
    }
    assert!(origin.is_drained(), "nothing of it got to the origin");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_bad_signature_alone_never_keeps_a_request_out() {
    let (world, client, mut origin) = guarded(answering()).await;
    let ask = push("{}").signed("another");
    assert_eq!(world.ask(ask.wire()).await.text(), "in");
    assert_eq!(origin.next_request().await.text(), "{}");
    let (_, known) = kept(&client, 1).await;
    assert_eq!(known, [Some("github".into()), Some("bad".into())]);
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn what_is_too_large_to_be_checked_is_refused_with_the_limit() {
    let gate = Gate {
        body_limit: 1000,
        ..verifying("github")
    };
    let (world, client, mut origin) = guarded(gate).await;
    let fits = push(&"x".repeat(1000)).signed(SECRET);
    assert_eq!(world.ask(fits.wire()).await.text(), "in");
    origin.next_request().await;
    let more = push(&"x".repeat(1001)).signed(SECRET);
    let chunked = [
        more.chunked_head(),
        chunk(&more.draft.body),
        b"0\r\n\r\n".to_vec(),
    ];
    for (count, wire) in [more.wire(), chunked.concat()].into_iter().enumerate() {
        let answer = world.ask(wire).await;
        assert_eq!(answer.status(), 413);
        assert!(answer.text().contains("1000 bytes"), "{}", answer.text());
        let (exchange, _) = kept(&client, count + 2).await;
        let failure = exchange.failure().map(|failure| failure.kind);
        assert_eq!(failure, Some(FailureKind::BodyTooLarge));
    }
    assert!(origin.is_drained(), "nothing of it got to the origin");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_streamed_body_is_checked_whole_and_goes_on_streamed_with_its_trailers() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    let ask = push(r#"{"in":"pieces"}"#).signed(SECRET);
    let mut sender = world.sender().await;
    sender.write(ask.chunked_head()).await;
    for piece in ask.draft.body.chunks(4) {
        sender.write(chunk(piece)).await;
        tokio::task::yield_now().await;
    }
    assert!(
        origin.is_drained(),
        "the origin gets nothing before the end"
    );
    sender.write("0\r\nX-Sum: 1\r\n\r\n").await;
    assert_eq!(sender.answer().await.text(), "in");
    let seen = origin.next_request().await;
    assert_eq!(
        (seen.is_chunked(), seen.text().as_bytes()),
        (true, &ask.draft.body[..])
    );
    assert_eq!(seen.trailer("x-sum").as_deref(), Some("1"));
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_waits_to_be_told_is_told_to_go_on() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    let ask = push("{}").signed(SECRET);
    let mut sender = world.sender().await;
    sender.write(ask.expecting_head()).await;
    assert_eq!(sender.head().await.status(), 100);
    sender.write(&ask.draft.body).await;
    assert_eq!(sender.answer().await.text(), "in");
    assert_eq!(origin.next_request().await.text(), "{}");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_secret_that_is_set_while_it_runs_counts_at_once() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    let ask = push("{}").signed("the next secret");
    assert_eq!(world.ask(ask.wire()).await.status(), 401);
    world.secret(Secret::new("github", "next", "the next secret"));
    assert_eq!(world.ask(ask.wire()).await.status(), 200);
    assert_eq!(origin.next_request().await.text(), "{}");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_handshake_that_nobody_can_sign_is_answered_and_does_not_get_in() {
    let world = World::new();
    world.secret(Secret::new("dropbox", "default", SECRET));
    let mut origin = Origin::start().await.answering(ok("in"));
    let plan = world.plan(origin.addr).named("otter");
    let client = plan.guarded(verifying("dropbox")).start().await;
    let ask = Ask::get("dropbox", "/in?challenge=abc");
    let answer = world.ask(ask.wire()).await;
    let which = answer.get("hookreel-handshake");
    assert_eq!(
        (answer.text().as_str(), which.as_deref()),
        ("abc", Some("dropbox-challenge"))
    );
    let odd = Ask::get("dropbox", "/in?challenge=%3Cb%3E");
    // The status that Dropbox's own example has for that.
    assert_eq!(world.ask(odd.wire()).await.status(), 403);
    assert!(origin.is_drained(), "neither got to the origin");
    let signed = Ask::json("dropbox", "{}").signed(SECRET);
    assert_eq!(world.ask(signed.wire()).await.text(), "in");
    assert_eq!(origin.next_request().await.text(), "{}");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_replay_of_what_was_refused_is_the_users_own_matter() {
    let (world, client, mut origin) = guarded(verifying("github")).await;
    assert_eq!(world.ask(push("{}").wire()).await.status(), 401);
    let (refused, _) = kept(&client, 1).await;
    let options = hookreel::forward::OriginOptions {
        address: origin.addr.to_string().parse().expect("an origin"),
        rewrite: hookreel::forward::Rewrite {
            host: hookreel::forward::HostHeader::Rewrite,
            headers: Vec::new(),
            prefix: String::new(),
        },
        insecure: false,
        answer_within: std::time::Duration::from_secs(10),
    };
    let forwarder = hookreel::forward::Forwarder::new(options, client.recorder.clone());
    let forwarder = forwarder
        .expect("a forwarder")
        .guarded(&verifying("github"));
    let forwarder = std::sync::Arc::new(forwarder);
    let head = hookreel_shared::model::RequestHead {
        id: hookreel_shared::model::ExchangeId::from_uuid(uuid::Uuid::now_v7()),
        ..(*refused.request).clone()
    };
    let body = refused.request_body.kept.clone();
    let none = hookreel_shared::model::Headers::new();
    let again = forwarder
        .once(head, body, none, Some(refused.id()), None)
        .await;
    assert_eq!(again.response.as_ref().map(|head| head.status), Some(200));
    assert_eq!(origin.next_request().await.text(), "{}");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_connection_takes_good_and_bad_ones_in_turn() {
    let (world, client, _origin) = guarded(verifying("github")).await;
    let mut sender = world.sender().await;
    for _ in 0..2 {
        for (ask, status) in [(push("{}"), 401), (push("{}").signed(SECRET), 200)] {
            sender.write(ask.wire()).await;
            assert_eq!(sender.answer().await.status(), status);
        }
    }
    drop(client);
    world.end().await;
}
