//! `hookreel demo`: relay, tunnel, client, server and sender in one process; signed webhooks
//! through all of them, on the screen or told step by step.

mod live;
mod once;
mod origin;
mod samples;
mod sender;
mod sign;
mod stage;
mod tell;

use std::time::Duration;

use super::{Global, screen};
use crate::config::Output;
use crate::error::{Exit, Failed};

pub const EXAMPLES: &str = "\
Examples:
  hookreel demo                                    on the screen, until you quit
  hookreel demo | less                             once, told step by step
  hookreel demo -o json                            once, one JSON object a line";

/// Every part is on this machine: what takes longer than this has failed.
const WITHIN: Duration = Duration::from_secs(10);

/// Runs the demo: on the screen until the user ends it, or once.
pub fn run(global: &Global) -> Result<Exit, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    match screen::or_usual(global.usual_output()?) {
        Output::Tui => live::run(runtime, global),
        output => runtime.block_on(once::once(output)).map(|()| Exit::Ok),
    }
}

fn failed(error: impl std::fmt::Display) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}
