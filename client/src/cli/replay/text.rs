//! Lines for people: one for each attempt, or figures of all.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hookreel_shared::model::{Exchange, Summary as Brief};

use super::{Print, is_watched};
use crate::forward::joined;
use crate::plain::{duration, printable};
use crate::replay::{Attempt, Summary, Unsent, Verdict};

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// How often the progress is drawn at most.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// The view for people.
pub struct Text {
    attempts: u64,
    /// Each is sent often: figures instead of lines.
    figures: bool,
    done: u64,
    began: Instant,
    drawn: Option<Instant>,
}

impl Text {
    pub fn new(attempts: u64, figures: bool) -> Self {
        Self {
            attempts,
            figures,
            done: 0,
            began: Instant::now(),
            drawn: None,
        }
    }

    /// Takes the progress away, before something else is written there.
    fn wipe(&mut self) {
        if self.drawn.take().is_some() {
            let _ = anstream::stderr().write_all(b"\r\x1b[K");
        }
    }

    /// A line that is drawn over and over, for whoever watches.
    fn progress(&mut self) {
        // Behind a line of an attempt it is gone, and the next attempt may be due in an hour.
        let due = !self.figures || self.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY);
        if due && self.done < self.attempts && is_watched() {
            self.drawn = Some(Instant::now());
            let text = format!("\r{DIM}{} of {}{PLAIN}\x1b[K", self.done, self.attempts);
            // Nothing is left to be done if standard error is closed.
            let _ = anstream::stderr().write_all(text.as_bytes());
        }
    }
}

impl Print for Text {
    fn attempt(&mut self, attempt: &Attempt) -> io::Result<()> {
        self.done += 1;
        if !self.figures {
            self.wipe();
            let mut out = anstream::stdout();
            out.write_all(line(attempt).as_bytes())?;
            out.flush()?;
        }
        self.progress();
        Ok(())
    }

    fn unsent(&mut self, unsent: &Unsent) -> io::Result<()> {
        self.done += 1;
        self.wipe();
        self::unsent(unsent)?;
        self.progress();
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.wipe();
        if self.attempts < 2 {
            return Ok(());
        }
        let text = figures(summary, self.began.elapsed());
        anstream::stdout().write_all(text.as_bytes())
    }
}

/// Says what was not sent, and why.
pub fn unsent(unsent: &Unsent) -> io::Result<()> {
    let why = printable(unsent.why.to_string().as_bytes());
    let id = unsent.id;
    writeln!(anstream::stderr(), "{RED}not sent{PLAIN}: {id}: {why}")
}

fn line(attempt: &Attempt) -> String {
    let Attempt {
        original,
        exchange,
        verdict,
        differences,
        resigned,
    } = attempt;
    let head = &exchange.request;
    let took = Brief::from(exchange).took.unwrap_or_default();
    let signed = resigned.as_ref().map_or_else(String::new, |resigned| {
        format!(
            "  {DIM}{}{PLAIN}\n",
            printable(resigned.to_string().as_bytes())
        )
    });
    format!(
        "{BOLD}{}{PLAIN} {}  {} → {}  {}{verdict}{PLAIN}  {}  {}  {DIM}{}{PLAIN}\n{signed}",
        printable(&head.method),
        printable(&sent(exchange)),
        outcome(original),
        outcome(exchange),
        colour(*verdict),
        duration(took),
        counted(*differences as u64, "difference"),
        head.id,
    )
}

/// The target as it was sent: behind the path of the origin, if that has one.
fn sent(exchange: &Exchange) -> Bytes {
    let target = &exchange.request.target;
    let origin = exchange.origin.as_deref().unwrap_or_default();
    let (_, rest) = origin.split_once("://").unwrap_or(("", origin));
    match rest.find('/').and_then(|at| rest.get(at..)) {
        Some(path) if !path.is_empty() => joined(&[path], target),
        _ => target.clone(),
    }
}

/// A status, or what went wrong.
fn outcome(exchange: &Exchange) -> String {
    match (exchange.failure(), &exchange.response) {
        (Some(failure), _) => format!("✗ {failure}"),
        (None, Some(head)) => head.status.to_string(),
        (None, None) => "no answer".into(),
    }
}

fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fixed | Verdict::StillPassing => GREEN,
        Verdict::Regressed | Verdict::StillFailing => RED,
    }
}

fn figures(summary: &Summary, took: Duration) -> String {
    let mut text = format!("{BOLD}{} sent{PLAIN} in {}", summary.sent(), duration(took));
    let each = |name: &str| {
        let time = match name {
            "p50" => summary.percentile(0.5),
            _ => summary.percentile(0.99),
        };
        time.map_or_else(String::new, |time| format!("  {name} {}", duration(time)))
    };
    text += &each("p50");
    text += &each("p99");
    text.push('\n');
    // Writing to a String cannot fail.
    for (status, count) in summary.statuses() {
        let colour = if (200..300).contains(&status) {
            GREEN
        } else {
            RED
        };
        let _ = writeln!(text, "  {count} × {colour}{status}{PLAIN}");
    }
    for (failure, count) in summary.failures() {
        let _ = writeln!(text, "  {count} × {RED}✗ {failure}{PLAIN}");
    }
    let verdicts = Verdict::ALL.into_iter().filter_map(|verdict| {
        let count = summary.count(verdict);
        (count > 0).then(|| format!("{count} {}{verdict}{PLAIN}", colour(verdict)))
    });
    let mut last: Vec<_> = verdicts.collect();
    if summary.differing > 0 {
        let verb = if summary.differing == 1 {
            "differs"
        } else {
            "differ"
        };
        let answers = counted(summary.differing, "answer");
        last.push(format!("{answers} {verb} from before"));
    }
    if summary.refused > 0 {
        last.push(format!("{} not sent", summary.refused));
    }
    if summary.left > 0 {
        last.push(format!("{} left out: interrupted", summary.left));
    }
    let _ = writeln!(text, "  {}", last.join(", "));
    text
}

fn counted(count: u64, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
