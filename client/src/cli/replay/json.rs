//! `--json`: an object for each attempt, and one for all.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use hookreel_shared::model::{Exchange, Failure, Summary as Brief};
use hookreel_shared::pretty::safe;
use serde::Serialize;

use super::Print;
use crate::replay::{Attempt, Resigned, Summary, Unsent, Verdict};

/// The view for programs. Keys are only ever added.
pub struct Json;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Replay(Box<Replay<'a>>),
    Unsent {
        v: u32,
        replay_of: String,
        reason: String,
    },
    Summary(Box<Figures<'a>>),
}

#[derive(Serialize)]
struct Replay<'a> {
    v: u32,
    id: String,
    replay_of: String,
    at: String,
    name: &'a str,
    method: String,
    target: String,
    origin: Option<&'a str>,
    status: Option<u16>,
    failure: Option<Failure>,
    was: Was,
    verdict: &'a str,
    differences: usize,
    resigned: Option<Signed>,
    ms: Option<f64>,
    response: Bytes,
}

/// What was done about the signature.
#[derive(Serialize)]
struct Signed {
    done: bool,
    text: String,
}

/// The answer of the original.
#[derive(Serialize)]
struct Was {
    status: Option<u16>,
    failure: Option<Failure>,
}

#[derive(Serialize)]
struct Bytes {
    bytes: u64,
}

#[derive(Serialize)]
struct Figures<'a> {
    v: u32,
    sent: u64,
    unsent: u64,
    left: u64,
    statuses: BTreeMap<String, u64>,
    failures: BTreeMap<&'a str, u64>,
    verdicts: BTreeMap<&'a str, u64>,
    failing: u64,
    differing: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl Print for Json {
    fn attempt(&mut self, attempt: &Attempt) -> io::Result<()> {
        print(&Line::Replay(Box::new(replay(attempt))))
    }

    fn unsent(&mut self, unsent: &Unsent) -> io::Result<()> {
        print(&Line::Unsent {
            v: 1,
            replay_of: unsent.id.to_string(),
            reason: unsent.why.to_string(),
        })
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        print(&Line::Summary(Box::new(figures(summary))))
    }
}

fn print(line: &Line<'_>) -> io::Result<()> {
    let text = safe::json(serde_json::to_string(line)?) + "\n";
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn replay(attempt: &Attempt) -> Replay<'_> {
    let Attempt {
        original, exchange, ..
    } = attempt;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let status = |exchange: &Exchange| exchange.response.as_ref().map(|head| head.status);
    let head = &exchange.request;
    Replay {
        v: 1,
        id: head.id.to_string(),
        replay_of: original.id().to_string(),
        at: head.received_at.to_string(),
        name: head.name.as_str(),
        method: text(&head.method),
        target: text(&head.target),
        origin: exchange.origin.as_deref(),
        status: status(exchange),
        failure: exchange.failure(),
        was: Was {
            status: status(original),
            failure: original.failure(),
        },
        verdict: attempt.verdict.key(),
        differences: attempt.differences,
        resigned: attempt.resigned.as_ref().map(|resigned| Signed {
            done: matches!(resigned, Resigned::Done { .. }),
            text: resigned.to_string(),
        }),
        ms: Brief::from(exchange).took.map(ms),
        response: Bytes {
            bytes: exchange.response_body.size,
        },
    }
}

fn figures(summary: &Summary) -> Figures<'_> {
    let verdicts = Verdict::ALL.map(|verdict| (verdict.key(), summary.count(verdict)));
    let statuses = summary.statuses();
    Figures {
        v: 1,
        sent: summary.sent(),
        unsent: summary.refused,
        left: summary.left,
        statuses: statuses
            .map(|(status, count)| (status.to_string(), count))
            .collect(),
        failures: summary.failures().collect(),
        verdicts: verdicts.into_iter().collect(),
        failing: summary.failing,
        differing: summary.differing,
        p50_ms: summary.percentile(0.5).map(ms),
        p99_ms: summary.percentile(0.99).map(ms),
    }
}

/// Milliseconds with one digit behind the point.
fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}
