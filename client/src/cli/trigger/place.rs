//! Where a sample goes.

use hookreel_shared::model::{
    BodyKind, Exchange, ExchangeId, Headers, HttpVersion, Label, Name, RequestHead,
};
use hookreel_shared::provider::{Row, samples};
use http::Uri;

use super::TriggerFlags;
use crate::cli::{Global, history};
use crate::config::Settings;
use crate::error::Failed;
use crate::forward::Address;
use crate::send::Place;
use crate::store::{Cursor, Reader, Row as Listed};

/// Exchanges that are looked at for one with an origin.
const LOOKED_AT: usize = 100;

/// Where it goes, and what it says of that.
pub struct Goal {
    pub address: Address,
    pub place: Place,
    /// Whether it goes by the relay, and so is recorded as it comes in.
    pub public: bool,
}

impl Goal {
    /// A head of nothing.
    pub fn head(&self, id: ExchangeId) -> RequestHead {
        RequestHead {
            id,
            name: self.place.name.clone(),
            label: Label::Sample,
            received_at: history::now(),
            method: "POST".into(),
            target: "/".into(),
            version: HttpVersion::Http11,
            headers: Headers::new(),
            added: 0,
            peer: None,
            body: BodyKind::Empty,
            expect_continue: false,
        }
    }
}

/// Where the flags say, or where the latest webhook went.
pub fn find(
    flags: &TriggerFlags,
    row: &Row,
    settings: &Settings,
    global: &Global,
) -> Result<Goal, Failed> {
    let mut goal = match (&flags.to, &flags.name) {
        (Some(to), name) => given(to, name.clone(), settings)?,
        (None, Some(name)) => named(name, row, global)?,
        (None, None) => latest(row, global)?,
    };
    if let Some(url) = &flags.sign_url {
        let base = url.strip_suffix(&goal.place.target).unwrap_or(url);
        base.trim_end_matches('/').clone_into(&mut goal.place.base);
    }
    Ok(goal)
}

/// Where `--to` says.
fn given(to: &str, name: Option<Name>, settings: &Settings) -> Result<Goal, Failed> {
    let begin = to.find("://").map_or(0, |at| at + 3);
    let rest = to.get(begin..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).map_or(to.len(), |at| begin + at);
    let (front, target) = to.split_at(end);
    let address: Result<Address, _> = front.parse();
    let address = address.map_err(|error| Failed::usage(format!("--to: {error}")))?;
    let target = match target {
        "" => "/".to_owned(),
        query if query.starts_with('?') => format!("/{query}"),
        path => path.to_owned(),
    };
    if target.contains('#') || target.parse::<Uri>().is_err() {
        return Err(Failed::usage(format!(
            "--to: {target:?} is no path with or without a query; encode what a URL cannot hold"
        )));
    }
    let set = settings.name.as_deref().and_then(|name| name.parse().ok());
    Ok(Goal {
        place: Place {
            name: name.or(set).unwrap_or_else(nameless),
            base: address.to_string(),
            target,
        },
        address,
        public: false,
    })
}

/// By the public address of a name, as the latest that came to it knew it.
fn named(name: &Name, row: &Row, global: &Global) -> Result<Goal, Failed> {
    let is_its = |listed: &Listed| listed.summary.name == *name && came(listed);
    let found = newest(row, global, is_its, is_vouched_for)?.ok_or_else(|| {
        Failed::usage(format!(
            "nothing has come to {name} yet by an address that a relay vouches for: say where to \
             send it with --to URL"
        ))
    })?;
    let place = place_of(&found, row);
    let address: Result<Address, _> = place.base.parse();
    let address = address.map_err(|error| Failed::usage(error.to_string()))?;
    Ok(Goal {
        address,
        place,
        public: true,
    })
}

/// Where the latest of the provider's went, or else the latest of all.
fn latest(row: &Row, global: &Global) -> Result<Goal, Failed> {
    let any = |_: &Exchange| true;
    let found = match newest(row, global, came, any)? {
        Some(found) => Some(found),
        None => newest(row, global, |_| true, any)?,
    };
    let found = found.ok_or_else(|| {
        Failed::usage("nothing has gone to a server yet: say where to send it with --to URL")
    })?;
    let address: Result<Address, _> = found.origin.as_deref().unwrap_or_default().parse();
    let address = address.map_err(|error| Failed::usage(error.to_string()))?;
    let place = place_of(&found, row);
    Ok(Goal {
        address,
        place,
        public: false,
    })
}

/// Whether the address it came to is more than what its sender says. Relays that have TLS send on what
/// comes to names of theirs alone; the one inside takes any name for its only tunnel, so that of it
/// only names of this machine count. What is signed must not go to where a stranger says.
fn is_vouched_for(found: &Exchange) -> bool {
    let base = Place::of(found).base;
    let address: Result<Address, _> = base.parse();
    address.is_ok_and(|address| address.is_loopback() || base.starts_with("https://"))
}

/// Whether a sender sent it.
fn came(listed: &Listed) -> bool {
    matches!(listed.summary.label, Label::Live | Label::Stored)
}

/// The newest of the provider's that went to an origin, or else the newest of all.
fn newest(
    row: &Row,
    global: &Global,
    wanted: impl Fn(&Listed) -> bool,
    fits: fn(&Exchange) -> bool,
) -> Result<Option<Exchange>, Failed> {
    let Some(reader) = history::open(global)? else {
        return Ok(None);
    };
    let is_its = |listed: &Listed| listed.summary.provider.as_deref() == Some(&row.id);
    let first = reach(&reader, |listed| wanted(listed) && is_its(listed), fits)?;
    match first {
        Some(found) => Ok(Some(found)),
        None => reach(&reader, wanted, fits),
    }
}

fn reach(
    reader: &Reader,
    wanted: impl Fn(&Listed) -> bool,
    fits: fn(&Exchange) -> bool,
) -> Result<Option<Exchange>, Failed> {
    let rows = reader.page(&[], Cursor::Newest, LOOKED_AT, wanted);
    for listed in rows.map_err(history::failed)? {
        let found = reader.get(listed.summary.id).map_err(history::failed)?;
        if let Some(found) = found.filter(|found| found.origin.is_some() && fits(found)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The same place; what the provider itself adds to the address belongs to that one request.
fn place_of(found: &Exchange, row: &Row) -> Place {
    let place = Place::of(found);
    let mut own = samples::list(&row.id).unwrap_or_default().into_iter();
    let target = match own.any(|sample| !sample.query.is_empty()) {
        true => place.target.split('?').next().unwrap_or("/").to_owned(),
        false => place.target,
    };
    Place { target, ..place }
}

/// The name of what goes to no name of ours.
fn nameless() -> Name {
    #[expect(clippy::unwrap_used, reason = "it is a name")]
    "sample".parse().unwrap()
}
