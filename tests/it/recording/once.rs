//! A request that is at hand goes out by the same road.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel::forward::{Forwarder, HostHeader, OriginOptions, Rewrite};
use hookreel::record::{Feed, Recorder};
use hookreel_shared::model::{
    Capture, Exchange, ExchangeId, FailureKind, Headers, Label, RequestHead, Stage,
};
use hookreel_tests::wire::ok;
use hookreel_tests::world::pass;
use hookreel_tests::{Client, Origin};
use uuid::Uuid;

use super::{lines, recorded};

fn forwarder(origin: &Origin, recorder: Recorder) -> Arc<Forwarder> {
    let options = OriginOptions {
        address: origin.addr.to_string().parse().expect("an origin"),
        rewrite: Rewrite {
            host: HostHeader::Keep,
            headers: Vec::new(),
            prefix: String::new(),
        },
        insecure: false,
        answer_within: Duration::from_secs(30),
    };
    Arc::new(Forwarder::new(options, recorder).expect("a forwarder"))
}

/// The same request with an id of its own.
fn again(exchange: &Exchange) -> RequestHead {
    RequestHead {
        id: ExchangeId::from_uuid(Uuid::now_v7()),
        label: Label::Replay,
        ..exchange.request.as_ref().clone()
    }
}

/// Sends a recorded exchange again, and gives the new one and what the origin saw.
async fn replay(
    client: &Client,
    origin: &Origin,
    original: &Exchange,
    answer: &str,
) -> (Exchange, hookreel_tests::Message) {
    let forwarder = forwarder(origin, client.recorder.clone());
    let body = &original.request_body;
    let once = forwarder.once(
        again(original),
        body.kept.clone(),
        body.trailers.clone(),
        Some(original.id()),
        None,
    );
    let serving = async {
        let (mut wire, seen) = origin.request().await;
        wire.write(answer).await;
        (wire, seen)
    };
    let (exchange, (_wire, seen)) = tokio::join!(once, serving);
    (exchange, seen)
}

#[tokio::test]
async fn what_was_recorded_arrives_again_as_it_arrived_before() {
    let (world, origin, client) = recorded().await;
    let body: Vec<u8> = (0..=255).collect();
    let head = "POST /a%20b?c HTTP/1.1\r\nHost: otter.hooks.test\r\nX-Dup: 1\r\nx-odd: \u{e9}\r\nx-dUP: 2\r\nContent-Length: 256\r\n\r\n";
    let request = [head.as_bytes(), &body].concat();
    let (first, _) = pass(&world, &origin, request, ok("first")).await;
    let original = client.recorded(1).await;
    let (replayed, second) = replay(&client, &origin, &original, &ok("second")).await;
    assert_eq!((second.start(), &second.body), (first.start(), &first.body));
    let fields = |message: &hookreel_tests::Message| {
        let mut fields = message.fields.clone();
        // The first went to the origin's own host, and each has an id of its own.
        fields.retain(|(name, _)| {
            !["host", "hookreel-request-id"].contains(&&name.to_ascii_lowercase()[..])
        });
        fields
    };
    assert_eq!(fields(&second), fields(&first));
    assert_eq!(
        second.get("hookreel-request-id"),
        Some(replayed.id().to_string())
    );
    assert_eq!(replayed.stage, Stage::Done);
    assert_eq!(replayed.request_body, Capture::whole(body));
    assert_eq!(replayed.response_body, Capture::whole("second"));
    assert_eq!(replayed.replay_of, Some(original.id()));
    assert_eq!(
        client.recorded(2).await,
        replayed,
        "it is in the history as it was given back"
    );
    let kept = client.history().get(original.id()).expect("a history");
    assert_eq!(kept.as_ref(), Some(&original), "the original is as it was");
    world.end().await;
}

#[tokio::test]
async fn without_a_history_the_exchange_comes_back_all_the_same() {
    let origin = Origin::start().await;
    let (world, _origin, client) = recorded().await;
    let original = {
        pass(
            &world,
            &_origin,
            hookreel_tests::world::post("otter", "/", "body"),
            ok("ok"),
        )
        .await;
        client.recorded(1).await
    };
    let forwarder = forwarder(&origin, Recorder::new(Feed::default(), None));
    let sending = forwarder.once(
        again(&original),
        "changed".into(),
        Headers::new(),
        None,
        None,
    );
    let serving = async {
        let (mut wire, seen) = origin.request().await;
        wire.write("HTTP/1.1 201 Created\r\nX-Case: 1\r\nConnection: close\r\n\r\nuntil the end")
            .await;
        wire.finish().await;
        seen
    };
    let (exchange, seen) = tokio::join!(sending, serving);
    assert_eq!(
        (seen.text().as_str(), seen.content_length()),
        ("changed", Some(7))
    );
    assert_eq!(exchange.request_body.kept, "changed");
    assert_eq!(exchange.response_body.kept, "until the end");
    let response = exchange.response.as_ref().expect("an answer");
    assert_eq!(lines(response.headers.as_slice()), ["X-Case: 1"]);
    world.end().await;
}

#[tokio::test]
async fn what_goes_wrong_is_the_exchanges_failure_and_the_request_is_kept() {
    let (world, origin, client) = recorded().await;
    pass(
        &world,
        &origin,
        hookreel_tests::world::post("otter", "/", "body"),
        ok("ok"),
    )
    .await;
    let original = client.recorded(1).await;
    let gone = Origin::start().await;
    let forwarder = forwarder(&gone, client.recorder.clone());
    drop(gone);
    let body = Bytes::from("body");
    let exchange = forwarder
        .once(
            again(&original),
            body,
            Headers::new(),
            Some(original.id()),
            None,
        )
        .await;
    assert_eq!(
        exchange.failure().map(|failure| failure.kind),
        Some(FailureKind::OriginRefused)
    );
    assert_eq!(exchange.request_body, Capture::whole("body"));
    assert_eq!(client.recorded(2).await, exchange);
    world.end().await;
}
