//! The demo without a screen: every sample once, and what each part saw of it.

use std::io::Write;
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Label};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::origin::SeenRequest;
use super::samples::{ROUND, Sample};
use super::stage::Stage;
use super::{WITHIN, failed, sender, tell};
use crate::cli::ready;
use crate::command::{Command, Replay};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::plain::{Json, Text, View};
use crate::record::{Notice, Seen, Watcher};

/// What is to be told of one run.
pub struct Story {
    pub url: String,
    /// What was sent first, and what the sender got for it.
    pub sample: Sample,
    pub answer: sender::Answer,
    /// What the server saw of it.
    pub seen: Option<SeenRequest>,
    /// What hookreel shows of all.
    pub lines: String,
    /// What came of sending the last one again.
    pub replay: String,
}

/// Sends every sample once, replays the one that failed, and tells about it.
pub async fn once(output: Output) -> Result<(), Failed> {
    let stage = Stage::new().await?;
    let (mut watcher, ready) = (stage.feed.watch(), stage.feed.watch());
    let stop = CancellationToken::new();
    let (app, commands) = (stage.app, stage.commands);
    let running = tokio::spawn(app.run(stop.clone()));

    let mut view: Box<dyn View + Send> = match output {
        Output::Json => Box::new(Json),
        _ => Box::new(Text::new(jiff::tz::TimeZone::system())),
    };
    let told = async {
        let urls = ready::wait(ready, 1).await.unwrap_or_default();
        let url = urls.first().cloned().unwrap_or_default();
        let sample = sender::fresh(0);
        let answer = sender::post(&url, &sample).await.map_err(failed)?;
        let seen = stage.origin.first();
        let (mut lines, _) = shown(&mut watcher, view.as_mut()).await;
        let playing = sender::play(&url, 1..ROUND, |_| Duration::ZERO);
        playing.await.map_err(failed)?;
        let mut last = None;
        for _ in 1..ROUND {
            let (more, id) = shown(&mut watcher, view.as_mut()).await;
            lines += &more;
            last = id;
        }
        if let Some(keep) = &stage.keep {
            keep.writer.flush();
        }
        if let Some(id) = last {
            let order = Command::Replay(Replay::once(id));
            commands.send(order).map_err(failed)?;
        }
        let (more, replay) = told(&mut watcher, view.as_mut()).await;
        if output == Output::Json {
            lines += &more;
        }
        Ok::<_, Failed>(Story {
            url,
            sample,
            answer,
            seen,
            lines,
            replay,
        })
    };
    let story = timeout(WITHIN, told)
        .await
        .map_err(|_| Failed::new(Exit::Runtime, "the webhooks did not arrive in time"))??;
    stop.cancel();
    running.await.map_err(failed)??;

    match output {
        Output::Quiet => Ok(()),
        Output::Json => anstream::stdout().write_all(story.lines.as_bytes()),
        Output::Compact | Output::Tui => tell::tell(&story),
    }
    .map_err(failed)?;
    let same = story
        .seen
        .is_some_and(|seen| seen.body == story.sample.body);
    if same && story.answer.status == 200 {
        Ok(())
    } else {
        Err(Failed::new(
            Exit::Runtime,
            "the webhook did not arrive as it was sent",
        ))
    }
}

/// What a view shows up to the end of an exchange, and of which.
async fn shown(watcher: &mut Watcher, view: &mut dyn View) -> (String, Option<ExchangeId>) {
    let mut lines = String::new();
    while let Some(seen) = watcher.next().await {
        lines += &view.lines(&seen).0;
        if let Seen::Notice(Notice::Exchange(summary)) = &seen
            && summary.closed
        {
            return (lines, Some(summary.id));
        }
    }
    (lines, None)
}

/// What a view shows up to the end of a replay, and what came of it. The two are told apart: the
/// replay's exchange is looked at before it is shown.
async fn told(watcher: &mut Watcher, view: &mut dyn View) -> (String, String) {
    let (mut lines, mut told, mut ended) = (String::new(), None, false);
    while let Some(seen) = watcher.next().await {
        lines += &view.lines(&seen).0;
        match seen {
            Seen::Notice(Notice::Told { good, text }) => {
                // Perhaps nothing was sent.
                ended |= !good;
                told = Some(text);
            }
            Seen::Notice(Notice::Exchange(summary)) => {
                ended |= summary.closed && summary.label == Label::Replay;
            }
            _ => {}
        }
        if let (Some(text), true) = (&told, ended) {
            return (lines, text.clone());
        }
    }
    (lines, told.unwrap_or_default())
}
