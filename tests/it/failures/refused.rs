//! What a client is refused, and what it advises.

use hookreel::error::Exit;
use hookreel::forward::HostHeader;
use hookreel::record::Notice;
use hookreel_tests::world::{get, pass};
use hookreel_tests::{Origin, World};

#[tokio::test]
async fn the_relays_own_port_cannot_be_an_origin() {
    let world = World::with(|config| config.admin = config.http);
    let port = world.relay().http().port();
    let admin = world.relay().addresses.admin.unwrap().port();
    for origin in [
        port.to_string(),
        format!("127.0.0.1:{port}"),
        format!("http://[::1]:{port}"),
        admin.to_string(),
    ] {
        let failed = world
            .plan(world.relay().http())
            .origin(&origin)
            .fails()
            .await;
        assert_eq!(failed.exit, Exit::Usage, "{origin}: {failed}");
        assert!(failed.message.contains("the relay itself"), "{failed}");
    }
    world.end().await;
}

#[tokio::test]
async fn addresses_that_serve_credentials_in_clouds_cannot_be_origins() {
    let world = World::new();
    for origin in ["169.254.169.254:80", "http://[::ffff:169.254.169.254]:80"] {
        let failed = world
            .plan(world.relay().http())
            .origin(origin)
            .fails()
            .await;
        assert_eq!(failed.exit, Exit::Usage, "{origin}: {failed}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_relay_with_another_key_is_not_trusted() {
    let (one, other) = (World::new(), World::new());
    let plan = one
        .plan(one.relay().http())
        .via(other.relay().addresses.tunnel);
    let failed = plan.fails().await;
    assert_eq!(failed.exit, Exit::Refused, "{failed}");
    assert!(failed.message.contains("pin"), "{failed}");
    one.end().await;
    other.end().await;
}

#[tokio::test]
async fn a_development_server_that_refuses_the_host_brings_advice() {
    let (world, origin) = (World::new(), Origin::start().await);
    let mut client = world
        .plan(origin.addr)
        .named("otter")
        .host(HostHeader::Keep)
        .start()
        .await;
    let body = "Blocked request. This host (\"otter.hooks.test\") is not allowed.\nTo allow this host, add it";
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (_, answered) = pass(&world, &origin, get("otter", "/"), answer).await;
    assert_eq!(
        (answered.status(), answered.text().as_str()),
        (403, body),
        "the answer itself is left alone"
    );
    let pick = |notice: &Notice| match notice {
        Notice::Hint { text, .. } => Some(text.clone()),
        _ => None,
    };
    let advice = client.notice("advice", pick).await;
    assert!(
        advice.contains("Vite") && advice.contains("--host-header rewrite"),
        "{advice}"
    );
    world.end().await;
}
