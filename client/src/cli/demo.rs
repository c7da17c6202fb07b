//! `hookreel demo`: relay, tunnel, client, server and sender in one process, one webhook through
//! all of them, and what each saw.

mod origin;
mod sender;

use std::io::Write;
use std::time::Duration;

use hookreel_shared::net::Identity;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Global, ready};
use crate::app::{self, Config, Relay, Wish};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::forward::{Address, HostHeader, OriginOptions, Rewrite, Scheme};
use crate::plain::{Json, Text, View};
use crate::record::{Feed, Notice, Recorder, Seen, Watcher};
use origin::SampleOrigin;

/// Every part is on this machine: what takes longer than this has failed.
const WITHIN: Duration = Duration::from_secs(10);

/// Runs the demo once.
pub fn run(global: &Global) -> Result<Exit, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(once(global.output().unwrap_or(Output::Compact)))?;
    Ok(Exit::Ok)
}

async fn once(output: Output) -> Result<(), Failed> {
    let origin = SampleOrigin::start().await.map_err(failed)?;
    let address = Address {
        scheme: Scheme::Http,
        host: "127.0.0.1".into(),
        port: origin.port,
        path: String::new(),
    };
    let wish = Wish {
        name: Some("demo".parse().map_err(failed)?),
        origin: OriginOptions {
            address,
            rewrite: Rewrite {
                host: HostHeader::Rewrite,
                headers: Vec::new(),
                prefix: String::new(),
            },
            insecure: false,
            answer_within: WITHIN,
        },
    };
    let config = Config {
        relay: Relay::Embedded { port: 0 },
        identity: Identity::generate(&["demo.hookreel.invalid"]).map_err(failed)?,
        wishes: vec![wish],
        drain: Duration::from_secs(1),
    };
    let feed = Feed::default();
    let (watcher, ready) = (feed.watch(), feed.watch());
    let app = app::build(config, &Recorder::new(feed, None))?;
    let stop = CancellationToken::new();
    let running = tokio::spawn(app.run(stop.clone()));

    let told = async {
        let urls = ready::wait(ready, 1).await.unwrap_or_default();
        let url = urls.first().cloned().unwrap_or_default();
        let sample = sender::sample();
        let answer = sender::post(&url, &sample).await?;
        let seen = origin.seen().await;
        Ok::<_, sender::SendError>((url, sample, answer, seen))
    };
    let (url, sample, answer, seen) = timeout(WITHIN, told)
        .await
        .map_err(|_| Failed::new(Exit::Runtime, "the webhook did not arrive in time"))?
        .map_err(failed)?;
    let lines = exchange_lines(watcher, output).await;
    stop.cancel();
    running.await.map_err(failed)??;

    match output {
        Output::Quiet => Ok(()),
        Output::Json => anstream::stdout().write_all(lines.as_bytes()),
        Output::Compact => tell(&url, &sample, &answer, seen.as_ref(), &lines),
    }
    .map_err(failed)?;
    if seen.is_some_and(|seen| seen.body == sample.body) && answer.status == 200 {
        Ok(())
    } else {
        Err(Failed::new(
            Exit::Runtime,
            "the webhook did not arrive as it was sent",
        ))
    }
}

/// What a view shows of it, up to the end of the exchange.
async fn exchange_lines(mut watcher: Watcher, output: Output) -> String {
    let mut view: Box<dyn View> = match output {
        Output::Json => Box::new(Json),
        _ => Box::new(Text::new(jiff::tz::TimeZone::system())),
    };
    let mut lines = String::new();
    while let Some(seen) = watcher.next().await {
        lines += &view.lines(&seen).0;
        if matches!(&seen, Seen::Notice(Notice::Exchange(summary)) if summary.closed) {
            break;
        }
    }
    lines
}

fn tell(
    url: &str,
    sample: &sender::Sample,
    answer: &sender::Answer,
    seen: Option<&origin::SeenRequest>,
    lines: &str,
) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    let bold = |text: &str| format!("\x1b[1m{text}\x1b[0m");
    writeln!(
        out,
        "{}\n",
        bold("One webhook, all the way: sender → relay → QUIC tunnel → hookreel → your server")
    )?;
    writeln!(
        out,
        "{} POST {url}{}",
        bold("1. The sender posts to the relay"),
        sample.path
    )?;
    for (name, value) in sample.headers {
        writeln!(out, "   {name}: {value}")?;
    }
    writeln!(out, "   {}\n", sample.body)?;
    if let Some(seen) = seen {
        writeln!(
            out,
            "{}",
            bold("2. The local server gets it through the tunnel")
        )?;
        writeln!(out, "   {} {}", seen.method, seen.target)?;
        for (name, value) in &seen.headers {
            writeln!(out, "   {name}: {value}")?;
        }
        let same = if seen.body == sample.body {
            "every byte as sent"
        } else {
            "NOT the bytes that were sent"
        };
        writeln!(out, "   ({} bytes, {same})\n", seen.body.len())?;
    }
    writeln!(
        out,
        "{}",
        bold("3. The sender gets the server's own answer")
    )?;
    writeln!(out, "   {} {}\n", answer.status, answer.body)?;
    writeln!(out, "{}", bold("4. What hookreel shows of it"))?;
    for line in lines.lines() {
        writeln!(out, "   {line}")?;
    }
    writeln!(
        out,
        "\nYour own server, say on port 3000:  {}",
        bold("hookreel 3000")
    )
}

fn failed(error: impl std::fmt::Display) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}
