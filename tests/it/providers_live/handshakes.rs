//! Questions that providers ask of an address before they use it.

use hookreel::forward::Gate;
use hookreel::record::Notice;
use hookreel::store::Cursor;
use hookreel_shared::provider::challenge::{Options, VERIFY_TOKEN};
use hookreel_shared::provider::{Handshake, Secret};
use hookreel_tests::client::Client;
use hookreel_tests::message::Message;
use hookreel_tests::origin::{Answering, Origin};
use hookreel_tests::wire::ok;
use hookreel_tests::world::World;

use super::rig::{Ask, Signer, answering, nowhere};

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";

/// What a provider asks, what it is called, and the answer it wants.
struct Question {
    ask: Ask,
    which: &'static str,
    status: u16,
    body: &'static str,
}

/// A question of each kind, with the secrets that it takes in this world.
fn questions(world: &World) -> Vec<Question> {
    let signer = Signer::new();
    for secret in [
        Secret::new("slack", "default", "slack-secret"),
        Secret::new("zoom", "default", "zoom-secret"),
        Secret::new("meta", VERIFY_TOKEN, "my-token"),
        Secret::new("discord", "default", signer.public.as_str()),
        Secret::new("mailchimp", "default", "chimp-secret"),
        Secret::new("aspnet", "default", "aspnet-secret"),
    ] {
        world.secret(secret);
    }
    let slack = r#"{"token":"x","challenge":"3eZbrw1aB_-","type":"url_verification"}"#;
    let zoom = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1}"#;
    let of = |ask, which, status, body| Question {
        ask,
        which,
        status,
        body,
    };
    vec![
        of(
            Ask::json("slack", slack).signed("slack-secret"),
            "slack-verification",
            200,
            "3eZbrw1aB_-",
        ),
        of(
            Ask::get("dropbox", "/in?challenge=abc-DEF_123"),
            "dropbox-challenge",
            200,
            "abc-DEF_123",
        ),
        of(
            Ask::get(
                "meta",
                "/in?hub.mode=subscribe&hub.challenge=115&hub.verify_token=my-token",
            ),
            "meta-challenge",
            200,
            "115",
        ),
        of(
            Ask::new(
                "microsoft-graph",
                "POST",
                "/in?validationToken=Validation%3A+1",
                "",
            ),
            "graph-validation",
            200,
            "Validation: 1",
        ),
        of(
            Ask::json("zoom", zoom).signed("zoom-secret"),
            "zoom-validation",
            200,
            // By Python's `hmac`.
            r#"{"encryptedToken":"b17f0320a1322a509340a1a835b3d9edbc491f0b0790ed2d20d0604d39dfe922","plainToken":"qgg8vlvZRS6UYooatFL8Aw"}"#,
        ),
        // These have no mark: that their secrets are set tells that they are expected.
        of(
            Ask::get("mailchimp", "/in?secret=chimp-secret"),
            "reachable",
            200,
            "",
        ),
        of(
            Ask::get("aspnet", "/in?echo=0123456789abcdef0123456789abcdef"),
            "aspnet-echo",
            200,
            "0123456789abcdef0123456789abcdef",
        ),
        of(
            signer.signs(Ask::json("discord", r#"{"type":1}"#)),
            "discord-ping",
            200,
            r#"{"type":1}"#,
        ),
        of(
            signer
                .signs(Ask::json("discord", r#"{"type":1}"#))
                .forged(r#"{"type": 1}"#),
            "discord-ping",
            401,
            "",
        ),
    ]
}

async fn asking(gate: Gate, answer: &str) -> (World, Client, Answering) {
    let world = World::new();
    let origin = Origin::start().await.answering(answer);
    let plan = world.plan(origin.addr).named("otter").recorded();
    let plan = plan.and("down", nowhere());
    let client = plan.guarded(gate).start().await;
    (world, client, origin)
}

fn is_hookreels(answer: &Message, question: &Question) {
    let said = (
        answer.status(),
        answer.text(),
        answer.get("hookreel-handshake"),
    );
    let which = Some(question.which.to_owned());
    assert_eq!(said, (question.status, question.body.to_owned(), which));
}

#[tokio::test]
async fn an_origin_that_is_down_has_its_handshakes_answered_and_recorded() {
    let (world, client, _origin) = asking(answering(), NOT_FOUND).await;
    for (count, question) in questions(&world).into_iter().enumerate() {
        let ask = question.ask.clone().to("down");
        is_hookreels(&world.ask(ask.wire()).await, &question);
        let recorded = client.recorded(count + 1).await;
        let response = recorded.response.as_ref().expect("an answer");
        assert_eq!(response.handshake(), Some(question.which));
        assert_eq!((recorded.failure(), recorded.sent_at), (None, None));
        assert_eq!(recorded.request_body.kept, ask.draft.body);
        assert_eq!(recorded.response_body.kept, question.body.as_bytes());
        let page = client.history().page(&[], Cursor::Newest, 1, |_| true);
        let row = &page.expect("a page")[0].summary;
        assert_eq!(row.handshake.as_deref(), Some(question.which));
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_knows_nothing_of_them_has_them_answered_after_it_was_asked() {
    let (world, client, mut origin) = asking(answering(), NOT_FOUND).await;
    for question in questions(&world) {
        is_hookreels(&world.ask(question.ask.wire()).await, &question);
        let seen = origin.next_request().await;
        assert_eq!(seen.body, question.ask.draft.body);
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_answers_them_itself_is_left_alone() {
    let (world, client, mut origin) = asking(answering(), &ok("mine")).await;
    for question in questions(&world) {
        let answer = world.ask(question.ask.wire()).await;
        let said = (
            answer.status(),
            answer.text(),
            answer.get("hookreel-handshake"),
        );
        assert_eq!(said, (200, "mine".to_owned(), None));
        assert_eq!(origin.next_request().await.body, question.ask.draft.body);
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn an_origin_that_refuses_a_bad_signature_itself_is_left_alone_too() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nmine";
    let (world, client, _origin) = asking(answering(), refusal).await;
    let probe = questions(&world).pop().expect("the bad one is the last");
    let answer = world.ask(probe.ask.wire()).await;
    assert_eq!((answer.status(), answer.text().as_str()), (403, "mine"));
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn switched_off_one_by_one_or_all_they_are_the_origins() {
    let (world, client, _origin) = asking(Gate::default(), NOT_FOUND).await;
    let asked = questions(&world);
    for question in &asked {
        let answer = world.ask(question.ask.wire()).await;
        assert_eq!((answer.status(), answer.text().as_str()), (404, "none"));
    }
    drop(client);
    world.end().await;
    let off = [Handshake::DropboxChallenge].into();
    let gate = Gate {
        handshakes: Some(Options { off }),
        ..Gate::default()
    };
    let (world, client, _origin) = asking(gate, NOT_FOUND).await;
    let statuses = [
        (Ask::get("dropbox", "/in?challenge=abc"), 404),
        (
            Ask::new("microsoft-graph", "POST", "/?validationToken=a", ""),
            200,
        ),
    ];
    for (ask, status) in statuses {
        assert_eq!(world.ask(ask.wire()).await.status(), status);
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn without_a_secret_a_signed_one_is_the_origins_and_the_user_is_told_once_why() {
    let (world, mut client, _origin) = asking(answering(), NOT_FOUND).await;
    let body = r#"{"challenge":"abc","type":"url_verification"}"#;
    let ask = Ask::json("slack", body).signed("a secret nobody has stored");
    for _ in 0..2 {
        assert_eq!(world.ask(ask.wire()).await.status(), 404);
    }
    world.secret(Secret::new("slack", "default", "another"));
    assert_eq!(world.ask(ask.wire()).await.status(), 404);
    let hint = |notice: &Notice| match notice {
        Notice::Hint { text, .. } => Some(text.clone()),
        _ => None,
    };
    let first = client.notice("a hint", hint).await;
    assert!(first.contains("slack-verification of Slack"), "{first}");
    assert!(first.ends_with("hookreel secret set slack"), "{first}");
    let second = client.notice("a hint", hint).await;
    assert!(second.contains("signature"), "told once: {second}");
    world.secret(Secret::new("slack", "new", "a secret nobody has stored"));
    let answer = world.ask(ask.wire()).await;
    assert_eq!(answer.text(), "abc", "a secret counts as soon as it is set");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn what_is_no_handshake_passes_as_if_nobody_looked() {
    let (world, client, mut origin) = asking(answering(), NOT_FOUND).await;
    let large = format!(
        r#"{{"type":"event_callback","text":"{}"}}"#,
        "x".repeat(200_000)
    );
    world.secret(Secret::new("slack", "default", "s"));
    for ask in [
        Ask::json("slack", r#"{"type":"event_callback"}"#).signed("s"),
        Ask::json("slack", large).signed("s"),
        Ask::json("github", r#"{"zen":"a"}"#).header("X-GitHub-Event", "push"),
        Ask::get("dropbox", "/in?challenges=abc"),
    ] {
        assert_eq!(world.ask(ask.wire()).await.text(), "none");
        assert!(origin.next_request().await.body == ask.draft.body);
    }
    let down = Ask::json("slack", r#"{"type":"event_callback"}"#).signed("s");
    assert_eq!(world.ask(down.to("down").wire()).await.status(), 502);
    let recorded = client.recorded(5).await;
    assert!(recorded.failure().is_some());
    assert_eq!(recorded.request_body.kept, r#"{"type":"event_callback"}"#);
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn who_only_looks_for_the_address_finds_it_if_a_secret_of_theirs_is_set() {
    let (world, client, _origin) = asking(answering(), NOT_FOUND).await;
    let look = Ask::new("trello", "HEAD", "/in", "").to("down");
    let looked = async || {
        let mut sender = world.sender().await;
        sender.write(look.wire()).await;
        sender.head().await
    };
    assert_eq!(looked().await.status(), 502, "nobody is expected");
    world.secret(Secret::new("trello", "default", "trello-secret"));
    let answer = looked().await;
    let which = answer.get("hookreel-handshake");
    assert_eq!(
        (answer.status(), which.as_deref()),
        (200, Some("reachable-by-head"))
    );
    let page = Ask::get("trello", "/in").to("down");
    assert_eq!(
        world.ask(page.wire()).await.status(),
        502,
        "a page is no look"
    );
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_sender_asks_again_on_the_same_connection() {
    let (world, client, _origin) = asking(answering(), NOT_FOUND).await;
    let mut sender = world.sender().await;
    let asked = questions(&world);
    for question in asked.iter().chain(&asked) {
        sender.write(question.ask.wire()).await;
        is_hookreels(&sender.answer().await, question);
    }
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn a_secret_that_is_handed_over_goes_back_and_the_user_hears_how_to_keep_it() {
    let (world, mut client, _origin) = asking(answering(), NOT_FOUND).await;
    let token = "b537207f20cbfa02357cf448134da559";
    let ask = Ask::json("asana", "{}").header("X-Hook-Secret", token);
    let answer = world.ask(ask.to("down").wire()).await;
    let back = answer.get("x-hook-secret");
    assert_eq!((answer.status(), back.as_deref()), (200, Some(token)));
    let hint = |notice: &Notice| match notice {
        Notice::Hint { text, .. } => Some(text.clone()),
        _ => None,
    };
    let hint = client.notice("a hint", hint).await;
    assert!(hint.contains("hookreel secret set asana"), "{hint}");
    assert!(!hint.contains(token), "{hint}");
    drop(client);
    world.end().await;
}
