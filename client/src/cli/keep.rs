//! `hookreel mark`, `note` and `rm`: what a user says of exchanges, and takes away.

use clap::Args;
use hookreel_shared::model::ExchangeId;
use serde_json::json;

use super::{Global, history, out, select};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::store::Writer;

pub const MARK_EXAMPLES: &str = "\
Examples:
  hookreel mark @1                                 keep the latest, whatever its age
  hookreel mark --off is:marked                    take all marks away
  hookreel mark @1 --json                          {type, count, ids, marked}, for programs";

pub const NOTE_EXAMPLES: &str = "\
Examples:
  hookreel note @1 'the order that came twice'     a word beside it, in lists and in show
  hookreel note @1 ''                              take the note away
  hookreel note @1 paid --json                     {type, count, ids, note}, for programs";

pub const RM_EXAMPLES: &str = "\
Examples:
  hookreel rm @1                                   out of the history, body and all
  hookreel rm is:failed '!is:marked'               all that failed and is not marked
  hookreel rm --yes @3..@1                         the latest three, without being asked
  hookreel rm @1 --json                            {type, count, ids}, for programs";

#[derive(Args)]
pub struct MarkFlags {
    #[arg(value_name = "ID", required = true, help = select::HELP)]
    ids: Vec<String>,
    /// Take marks away
    #[arg(long)]
    off: bool,
}

#[derive(Args)]
pub struct NoteFlags {
    #[arg(value_name = "ID", help = select::HELP)]
    id: String,
    /// What to note; nothing takes the note away
    #[arg(value_name = "TEXT")]
    text: String,
}

#[derive(Args)]
pub struct RmFlags {
    #[arg(value_name = "ID", required = true, help = select::HELP)]
    ids: Vec<String>,
    /// Do not ask in a terminal before several are removed (elsewhere nothing is asked)
    #[arg(short, long)]
    yes: bool,
}

/// Marks exchanges: they are never tidied away.
pub fn mark(flags: &MarkFlags, global: &Global) -> Result<Exit, Failed> {
    let ids = select::select(&history::existing(global)?, &flags.ids, history::now())?;
    let what = if flags.off {
        "no longer marked"
    } else {
        "marked"
    };
    let writer = history::writer(global)?;
    writer.mark(ids.clone(), !flags.off);
    settle(&writer)?;
    let object = json!({"type": "mark", "v": 1, "marked": !flags.off});
    tell(global, &ids, what, object)
}

/// Writes a note beside exchanges.
pub fn note(flags: &NoteFlags, global: &Global) -> Result<Exit, Failed> {
    let words = std::slice::from_ref(&flags.id);
    let ids = select::select(&history::existing(global)?, words, history::now())?;
    let writer = history::writer(global)?;
    let text = (!flags.text.is_empty()).then(|| flags.text.clone());
    writer.note(ids.clone(), text.clone());
    settle(&writer)?;
    let object = json!({"type": "note", "v": 1, "note": text});
    tell(global, &ids, "noted", object)
}

/// Takes exchanges out of the history.
pub fn rm(flags: &RmFlags, global: &Global) -> Result<Exit, Failed> {
    let ids = select::select(&history::existing(global)?, &flags.ids, history::now())?;
    if ids.len() > 1 && !flags.yes && !out::agrees(&format!("remove {} exchanges?", ids.len())) {
        out::say("nothing was removed");
        return Ok(Exit::Ok);
    }
    let writer = history::writer(global)?;
    writer.delete(ids.clone());
    settle(&writer)?;
    let object = json!({"type": "rm", "v": 1});
    tell(global, &ids, "taken out of the history", object)
}

/// Says what was done with these; for programs as an object, with how many and which.
fn tell(
    global: &Global,
    ids: &[ExchangeId],
    did: &str,
    mut object: serde_json::Value,
) -> Result<Exit, Failed> {
    match global.output() {
        Some(Output::Quiet) => {}
        Some(Output::Json) => {
            object["count"] = ids.len().into();
            object["ids"] = ids.iter().map(ToString::to_string).collect();
            return out::text(&out::line(&object));
        }
        _ => out::say(&format!("{} {did}", ids.len())),
    }
    Ok(Exit::Ok)
}

/// Waits until it is on disk.
fn settle(writer: &Writer) -> Result<(), Failed> {
    let failed = |why| Failed::new(Exit::Runtime, format!("nothing was changed: {why}"));
    writer.settle().map_err(failed)
}
