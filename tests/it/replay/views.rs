//! What a view asks of the client that runs.

use std::path::Path;
use std::time::Duration;

use hookreel::app::{self, Config, Relay, Wish};
use hookreel::command::{Command, Commands, Edited, Replay, Signing};
use hookreel::config::{Providers, Settings, secrets};
use hookreel::forward::{Gate, HostHeader, OriginOptions, Rewrite};
use hookreel::record::{BODY_LIMIT, Feed, Keep, Notice, Recorder, Seen, Watcher};
use hookreel::store::{Options, Place, Reader, Retention, Writer};
use hookreel_shared::model::{ExchangeId, Headers};
use hookreel_shared::net::{Identity, wall_clock};
use hookreel_shared::provider::Secret;
use hookreel_tests::origin::{Answering, Origin};
use hookreel_tests::wire::Wire;
use hookreel_tests::within;

use super::rig::Stage;
use crate::cli::process::Process;
use crate::signing::rig::{GITHUB, github, sha256};
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running client that takes commands.
struct Running {
    commands: Commands,
    watcher: Watcher,
    url: String,
    stop: CancellationToken,
    app: JoinHandle<()>,
    writer: Arc<Writer>,
    place: Place,
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const FAULT: &str = "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno";

impl Running {
    async fn start(folder: &Path, origin: &str, recorded: bool) -> Self {
        let place = Place::new(folder);
        let options = Options {
            retention: Retention::default(),
            clock: wall_clock,
        };
        let writer = Arc::new(Writer::open(&place, options).expect("a history"));
        let keep = Keep {
            writer: Arc::clone(&writer),
            body_limit: BODY_LIMIT,
        };
        let feed = Feed::default();
        let mut watcher = feed.watch();
        let known = Providers::load(&Settings::default(), &folder.join("credentials.toml"));
        let known = Arc::new(known.expect("no secrets, or good ones"));
        let recorder = Recorder::knowing(feed, Some(keep), known).expect("a recorder");
        let (commands, asked) = Commands::channel();
        let wish = Wish {
            name: Some("otter".parse().expect("a name")),
            origin: OriginOptions {
                address: origin.parse().expect("an origin"),
                rewrite: Rewrite {
                    host: HostHeader::Rewrite,
                    headers: Vec::new(),
                    prefix: String::new(),
                },
                insecure: false,
                answer_within: Duration::from_secs(10),
            },
        };
        let config = Config {
            relay: Relay::Embedded { port: 0 },
            identity: Identity::generate(&["client.hookreel.invalid"]).expect("a key"),
            wishes: vec![wish],
            drain: Duration::from_secs(1),
            gate: Gate::default(),
        };
        let app = app::build(config, &recorder).expect("an app");
        let app = app.taking(asked, recorded.then(|| place.clone()));
        let stop = CancellationToken::new();
        let running = app.run(stop.clone());
        let app = tokio::spawn(async move { running.await.expect("it ends well") });
        let url = pick(&mut watcher, |notice| match notice {
            Notice::Ready { urls, .. } => urls.last().cloned(),
            _ => None,
        });
        Self {
            url: url.await,
            commands,
            watcher,
            stop,
            app,
            writer,
            place,
        }
    }

    /// Posts, and gives the id once it is in the history.
    async fn post(&mut self, target: &str) -> ExchangeId {
        self.post_with(target, "").await
    }

    /// The same with more field lines.
    async fn post_with(&mut self, target: &str, fields: &str) -> ExchangeId {
        let authority = self.url.strip_prefix("http://").expect("without TLS");
        let port = authority.rsplit(':').next().expect("a port");
        let at = format!("127.0.0.1:{port}").parse().expect("an address");
        let mut sender = Wire::connect(at).await;
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {authority}\r\n{fields}Content-Length: 2\r\n\r\n{{}}"
        );
        sender.write(request).await;
        sender.answer().await;
        let id = self.ended().await;
        self.writer.flush();
        id
    }

    /// The next exchange that ends.
    async fn ended(&mut self) -> ExchangeId {
        pick(&mut self.watcher, |notice| match notice {
            Notice::Exchange(summary) if summary.closed => Some(summary.id),
            _ => None,
        })
        .await
    }

    /// Asks, and gives what is told.
    async fn ask(&mut self, command: Command) -> (bool, String) {
        self.commands.send(command).expect("it is taken");
        pick(&mut self.watcher, |notice| match notice {
            Notice::Told { good, text } => Some((*good, text.clone())),
            _ => None,
        })
        .await
    }

    async fn end(self) {
        self.stop.cancel();
        within("the end", self.app).await.expect("no panic");
    }
}

async fn pick<T>(watcher: &mut Watcher, wanted: impl Fn(&Notice) -> Option<T>) -> T {
    let picked = async {
        loop {
            match watcher.next().await {
                Some(Seen::Notice(notice)) => {
                    if let Some(picked) = wanted(&notice) {
                        return picked;
                    }
                }
                Some(Seen::Missed(_)) => {}
                None => panic!("the feed is over"),
            }
        }
    };
    within("a notice", picked).await
}

async fn answering(answer: &str) -> (Answering, String) {
    let origin = Origin::start().await.answering(answer);
    let address = origin.addr.to_string();
    (origin, address)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn a_replay_goes_the_way_of_its_name_and_is_told_of() {
    let (folder, (mut origin, address)) = (folder(), answering(FAULT).await);
    let mut running = Running::start(folder.path(), &address, true).await;
    let id = running.post("/hook").await;
    origin.next_request().await;
    let told = running.ask(Command::Replay(Replay::once(id))).await;
    let text = format!("replayed {id} 500 → 500 (still failing)");
    assert_eq!(told, (false, text));
    let again = origin.next_request().await;
    assert_eq!(again.start(), "POST /hook HTTP/1.1");
    running.writer.flush();
    let reader = Reader::open(&running.place).expect("a history");
    let latest = reader.find("@1").expect("the replay");
    let row = reader.row(latest).expect("readable").expect("there");
    assert_eq!(row.summary.replay_of, Some(id));
    running.end().await;
}

#[tokio::test]
async fn a_replay_elsewhere_can_fix_it() {
    let (folder, (_fault, address)) = (folder(), answering(FAULT).await);
    let (mut other, elsewhere) = answering(ANSWER).await;
    let mut running = Running::start(folder.path(), &address, true).await;
    let id = running.post("/hook").await;
    let order = Replay {
        to: Some(format!("http://{elsewhere}/v2")),
        times: 3,
        concurrency: 2,
        ..Replay::once(id)
    };
    let told = running.ask(Command::Replay(order)).await;
    assert_eq!(told, (true, "replayed 3: 3 × 200 (3 fixed)".to_owned()));
    assert_eq!(other.next_request().await.start(), "POST /v2/hook HTTP/1.1");
    running.end().await;
}

#[tokio::test]
async fn an_edited_request_is_sent_with_what_the_relay_adds() {
    let (folder, (mut origin, address)) = (folder(), answering(ANSWER).await);
    let mut running = Running::start(folder.path(), &address, true).await;
    let of = running.post("/hook").await;
    origin.next_request().await;
    let mut headers = Headers::new();
    headers.push("X-Edited", "yes");
    let command = Command::Send {
        of,
        request: Edited {
            method: "PUT".into(),
            target: "/other".into(),
            headers,
            body: "changed".into(),
        },
        to: None,
        signing: Signing::Usual,
        label: None,
    };
    let (good, text) = running.ask(command).await;
    assert!(
        good && text.ends_with("200 → 200 (still passing)"),
        "{text}"
    );
    let sent = origin.next_request().await;
    assert_eq!(sent.start(), "PUT /other HTTP/1.1");
    assert_eq!(sent.text(), "changed");
    assert_eq!(sent.get("x-edited").as_deref(), Some("yes"));
    assert_eq!(sent.content_length(), Some(7));
    assert!(sent.get("x-forwarded-for").is_some());
    running.end().await;
}

#[tokio::test]
async fn which_secret_signs_is_the_users_choice_also_of_what_is_edited() {
    let (folder, (mut origin, address)) = (folder(), answering(ANSWER).await);
    secrets::update(&folder.path().join("credentials.toml"), |all| {
        all.secrets.push(Secret::new("github", "default", GITHUB));
        all.secrets
            .push(Secret::new("github", "next", "next-secret"));
    })
    .expect("secrets");
    let mut running = Running::start(folder.path(), &address, true).await;
    let id = running.post_with("/hook", &github("{}")).await;
    let came = origin.next_request().await;
    let order = |label: &str| Replay {
        signing: Signing::Always,
        label: Some(label.to_owned()),
        ..Replay::once(id)
    };
    let signed = |body: &str, secret: &str| format!("sha256={}", sha256(secret, body.as_bytes()));
    let field = |seen: &hookreel_tests::message::Message| seen.get("x-hub-signature-256");
    assert_eq!(field(&came), Some(signed("{}", GITHUB)));
    let (good, text) = running.ask(Command::Replay(order("next"))).await;
    assert!(good && text.contains("with the secret next"), "{text}");
    let again = origin.next_request().await;
    assert_eq!(field(&again), Some(signed("{}", "next-secret")));
    let (good, text) = running.ask(Command::Replay(order("old"))).await;
    assert!(!good && text.contains("there are default, next"), "{text}");
    let mut headers = Headers::new();
    for name in ["x-github-event", "x-hub-signature-256"] {
        headers.push(name, came.get(name).expect("it came"));
    }
    let edited = Command::Send {
        of: id,
        request: Edited {
            method: "POST".into(),
            target: "/hook".into(),
            headers,
            body: "{ }".into(),
        },
        to: None,
        signing: Signing::Always,
        label: Some("next".to_owned()),
    };
    let (good, text) = running.ask(edited).await;
    assert!(good && text.contains("with the secret next"), "{text}");
    let sent = origin.next_request().await;
    assert_eq!(field(&sent), Some(signed("{ }", "next-secret")));
    running.end().await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_with_its_reason() {
    let (folder, (_origin, address)) = (folder(), answering(ANSWER).await);
    let mut running = Running::start(folder.path(), &address, true).await;
    let id = running.post("/hook").await;
    let unknown = "req_01h455vb4pex5vsknk084sn02q".parse().expect("an id");
    let to = |to: &str| {
        let to = Some(to.to_owned());
        Command::Replay(Replay {
            to,
            ..Replay::once(id)
        })
    };
    let own = running.url.clone();
    for (command, why) in [
        (
            Command::Replay(Replay::once(unknown)),
            "not in the history any more",
        ),
        (to("http://169.254.169.254/"), "cannot be an origin"),
        (to("nonsense"), "is not an origin"),
        (to(&own), "is the relay itself"),
    ] {
        let (good, text) = running.ask(command).await;
        assert!(!good && text.starts_with("not replayed: "), "{text}");
        assert!(text.contains(why), "{text}");
    }
    running.end().await;
}

#[tokio::test]
async fn without_a_history_there_is_nothing_to_replay() {
    let (folder, (_origin, address)) = (folder(), answering(ANSWER).await);
    let mut running = Running::start(folder.path(), &address, false).await;
    let id = running.post("/hook").await;
    let (good, text) = running.ask(Command::Replay(Replay::once(id))).await;
    assert!(!good && text.contains("nothing is recorded"), "{text}");
    running.end().await;
}

#[tokio::test]
async fn stop_ends_the_client_as_an_interrupt_does() {
    let (folder, (_origin, address)) = (folder(), answering(ANSWER).await);
    let running = Running::start(folder.path(), &address, true).await;
    running.commands.send(Command::Stop).expect("it is taken");
    within("the end", running.app).await.expect("no panic");
}

#[test]
fn the_output_may_be_set_in_a_file_or_the_environment() {
    let stage = Stage::new();
    stage.post("/", b"", b"{}");
    let is_json = |ended: &crate::cli::process::Ended| {
        ended.out.lines().count() > 0 && ended.out.lines().all(|line| line.starts_with('{'))
    };
    let mut command = stage.home.hookreel(&["replay", "@1"]);
    command.env("HOOKREEL_OUTPUT", "json");
    let ended = Process::start(command).end();
    assert!(is_json(&ended), "{ended:?}");
    stage.home.file("hookreel.toml", "output = 'json'\n");
    let ended = stage.run(&["replay", "@1"]);
    assert!(is_json(&ended), "{ended:?}");
    let ended = stage.run(&["replay", "@1", "-o", "compact"]);
    assert!(!is_json(&ended) && !ended.out.is_empty(), "{ended:?}");
    let ended = stage.run(&["demo"]);
    assert!(is_json(&ended), "{ended:?}");
}
