//! The history's side of the screen: a thread of its own that reads, as reading waits for the disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use hookreel_shared::filter::{Filter, Term};
use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};

use super::effect::{Ask, Span, Towards};
use super::export;
use super::msg::{Found, Msg};
use super::select::Query;
use super::state::list::PAGE;
use crate::config::{About, Asked, Providers};
use crate::store::{Cursor, Place, Reader, Row, Seen, StoreError};

/// Questions that wait. The screen asks one at a time of most kinds; of the rest (an exchange for
/// each row the cursor passes) only the last counts, and what does not fit is asked again.
const CAPACITY: usize = 64;
/// Other times an exchange was sent that are shown.
const ATTEMPTS: usize = 200;

/// Hands questions to the thread. The thread ends with it.
#[derive(Debug)]
pub struct Asker(SyncSender<Ask>);

impl Asker {
    /// Asks. Never waits; whether the question was taken.
    #[must_use]
    pub fn ask(&self, ask: Ask) -> bool {
        self.0.try_send(ask).is_ok()
    }
}

/// Starts the thread; `answer` hands its answers over, and may wait. `clock` is the wall clock,
/// for filters such as `since:10m`; `providers` tell who sent an exchange that is shown.
///
/// # Errors
/// If no thread can be started.
pub fn start(
    place: Place,
    clock: fn() -> Timestamp,
    providers: Option<Arc<Providers>>,
    answer: impl Fn(Msg) -> bool + Send + 'static,
) -> std::io::Result<Asker> {
    let (sender, receiver) = sync_channel(CAPACITY);
    thread::Builder::new()
        .name("screen-history".into())
        .spawn(move || {
            let desk = match Desk::open(&place, clock, providers) {
                Ok(desk) => desk,
                Err(error) => {
                    answer(Msg::Found(Found::Failed(error.to_string())));
                    return;
                }
            };
            desk.serve(&receiver, answer);
        })?;
    Ok(Asker(sender))
}

/// Whether nobody needs the answer to the earlier question any more: keys are held down, and a
/// question may take long. Where the cursor has come to counts, not what it passed; a list that is
/// opened anew takes the place of the one before.
fn replaces(later: &Ask, earlier: &Ask) -> bool {
    match (later, earlier) {
        (Ask::Whole(_), Ask::Whole(_))
        | (Ask::Search { .. }, Ask::Search { .. })
        | (Ask::News(_), Ask::News(_))
        | (Ask::Counts, Ask::Counts) => true,
        (Ask::Rows { span, turn, .. }, Ask::Rows { turn: before, .. }) => {
            let opens = matches!(span, Span::Newest | Span::Oldest | Span::Around(_));
            opens || turn != before
        }
        _ => false,
    }
}

struct Desk {
    reader: Reader,
    seen: Seen,
    clock: fn() -> Timestamp,
    providers: Option<Arc<Providers>>,
}

impl Desk {
    fn open(
        place: &Place,
        clock: fn() -> Timestamp,
        providers: Option<Arc<Providers>>,
    ) -> Result<Self, StoreError> {
        let reader = Reader::open(place)?;
        let seen = reader.look()?;
        Ok(Self {
            reader,
            seen,
            clock,
            providers,
        })
    }

    fn serve(mut self, asks: &Receiver<Ask>, answer: impl Fn(Msg) -> bool) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match asks.recv() {
                    Ok(ask) => waiting.push_back(ask),
                    Err(_) => return,
                }
            }
            waiting.extend(asks.try_iter());
            let Some(ask) = waiting.pop_front() else {
                continue;
            };
            if waiting.iter().any(|later| replaces(later, &ask)) {
                continue;
            }
            let msg = self
                .answer(ask)
                .unwrap_or_else(|error| Msg::Found(Found::Failed(error.to_string())));
            if !answer(msg) {
                return;
            }
        }
    }

    fn answer(&mut self, ask: Ask) -> Result<Msg, StoreError> {
        Ok(Msg::Found(match ask {
            Ask::Rows { span, filter, turn } => {
                let (rows, whole) = self.rows(span, filter.as_deref())?;
                Found::Rows {
                    span,
                    turn,
                    rows,
                    whole,
                }
            }
            Ask::Whole(id) => self.whole(id)?,
            Ask::Other { than, just } => {
                let other = match just {
                    Some(just) => Some(just),
                    None => {
                        let is_other = |row: &Row| row.summary.id != than;
                        let marked = [Term::Marked];
                        let marked = self.reader.page(&marked, Cursor::Newest, 1, is_other)?;
                        marked.first().map(|row| row.summary.id)
                    }
                };
                let other = other.map(|id| self.reader.get(id)).transpose()?;
                Found::Other(other.flatten().map(Arc::new))
            }
            Ask::News(filter) => self.news(filter.as_deref())?,
            Ask::Counts => Found::Counts(self.reader.counts()?),
            Ask::Search {
                query,
                filter,
                from,
                towards,
            } => {
                let search = |older| self.search(&query, filter.as_deref(), from, older);
                Found::Match(match towards {
                    Towards::Older => search(true)?,
                    Towards::Newer => search(false)?,
                    Towards::Either => {
                        search(true)?.map_or_else(|| search(false), |id| Ok(Some(id)))?
                    }
                })
            }
            Ask::Marked(purpose) => Found::Marked(purpose, self.marked()?),
            Ask::Export {
                id,
                form,
                base,
                file,
            } => {
                let ids = id.map_or_else(|| self.marked(), |id| Ok(vec![id]))?;
                let mut exchanges = Vec::new();
                for id in ids {
                    exchanges.extend(self.reader.get(id)?);
                }
                let written = export::write(&exchanges, form, &base, file.as_deref());
                return Ok(match written {
                    Ok(path) => Msg::Told {
                        good: true,
                        text: match form.masks() {
                            true => format!("wrote {}, secrets masked", path.display()),
                            false => format!("wrote {}", path.display()),
                        },
                    },
                    Err(text) => Msg::Told { good: false, text },
                });
            }
        }))
    }

    /// Rows in the order of the list, and at which ends there is nothing more.
    fn rows(
        &self,
        span: Span,
        filter: Option<&Filter>,
    ) -> Result<(Vec<Row>, (bool, bool)), StoreError> {
        let now = (self.clock)();
        let page = |cursor, limit: usize| -> Result<(Vec<Row>, bool), StoreError> {
            let mut rows = match filter {
                Some(filter) => self.reader.matching(filter, now, cursor, limit)?,
                None => self.reader.page(&[], cursor, limit, |_| true)?,
            };
            rows.reverse();
            let end = rows.len() < limit;
            Ok((rows, end))
        };
        let first = ExchangeId::from_uuid(uuid::Uuid::nil());
        Ok(match span {
            Span::Newest => {
                let (rows, end) = page(Cursor::Newest, PAGE)?;
                (rows, (end, true))
            }
            Span::Oldest => {
                let (rows, end) = page(Cursor::NewerThan(first), PAGE)?;
                (rows, (true, end))
            }
            Span::OlderThan(id) => {
                let (rows, end) = page(Cursor::OlderThan(id), PAGE)?;
                (rows, (end, false))
            }
            Span::NewerThan(id) => {
                let (rows, end) = page(Cursor::NewerThan(id), PAGE)?;
                (rows, (false, end))
            }
            Span::Around(id) => {
                let (mut rows, oldest) = page(Cursor::OlderThan(id), PAGE / 2)?;
                rows.extend(self.reader.row(id)?);
                let (newer, newest) = page(Cursor::NewerThan(id), PAGE / 2)?;
                rows.extend(newer);
                (rows, (oldest, newest))
            }
        })
    }

    fn whole(&self, id: ExchangeId) -> Result<Found, StoreError> {
        let exchange = self.reader.get(id)?;
        let first = exchange.as_ref().and_then(|exchange| exchange.replay_of);
        let original = first
            .map(|first| self.reader.get(first))
            .transpose()?
            .flatten();
        let root = first.unwrap_or(id);
        let mut attempts =
            self.reader
                .page(&[Term::ReplayOf(root)], Cursor::Newest, ATTEMPTS, |_| true)?;
        if !attempts.is_empty() {
            attempts.extend(self.reader.row(root)?);
        }
        attempts.reverse();
        let about = exchange
            .as_ref()
            .map(|exchange| self.about(exchange))
            .transpose()?
            .flatten();
        Ok(Found::Whole {
            id,
            about: about.map(Arc::new),
            exchange: exchange.map(Arc::new),
            original: original.map(Arc::new),
            attempts,
        })
    }

    /// Who sent it, and whether the signature fits by the secrets that are set now.
    fn about(&self, exchange: &Exchange) -> Result<Option<About>, StoreError> {
        let Some(providers) = &self.providers else {
            return Ok(None);
        };
        let row = self.reader.row(exchange.id())?;
        let first = row.map(|row| self.reader.first_of(&row)).transpose()?;
        let known = providers.now();
        Ok(Some(known.about(
            exchange,
            &Asked::default(),
            first.flatten(),
        )))
    }

    fn news(&mut self, filter: Option<&Filter>) -> Result<Found, StoreError> {
        let now = (self.clock)();
        let changes = self.reader.changes(self.seen)?;
        self.seen = changes.seen;
        let mut rows = Vec::with_capacity(changes.rows.len());
        for row in changes.rows {
            let through =
                filter.map_or(Ok(true), |filter| self.reader.is_match(filter, now, &row))?;
            rows.push((row, through));
        }
        Ok(Found::News(rows))
    }

    fn search(
        &self,
        query: &Query,
        filter: Option<&Filter>,
        from: ExchangeId,
        older: bool,
    ) -> Result<Option<ExchangeId>, StoreError> {
        let now = (self.clock)();
        let mut terms = filter.map_or_else(Vec::new, |filter| filter.prefilter(now));
        if let Query::Filter(query) = query {
            terms.extend(query.prefilter(now));
        }
        // What cannot be read is not what is looked for.
        let lets_through =
            |filter: &Filter, row: &Row| self.reader.is_match(filter, now, row).unwrap_or(false);
        let mut finder = query.finder();
        let cursor = if older {
            Cursor::OlderThan(from)
        } else {
            Cursor::NewerThan(from)
        };
        let found = self.reader.page(&terms, cursor, 1, |row| {
            finder.finds(row, |query| lets_through(query, row))
                && filter.is_none_or(|filter| lets_through(filter, row))
        })?;
        Ok(found.first().map(|row| row.summary.id))
    }

    fn marked(&self) -> Result<Vec<ExchangeId>, StoreError> {
        let rows = self
            .reader
            .page(&[Term::Marked], Cursor::Newest, usize::MAX, |_| true)?;
        Ok(rows.iter().rev().map(|row| row.summary.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::effect::Purpose;
    use crate::tui::testing::id;

    #[test]
    fn of_a_key_that_is_held_down_only_the_last_question_is_answered() {
        let rows = |span, turn| Ask::Rows {
            span,
            filter: None,
            turn,
        };
        let older = || Span::OlderThan(id(1));
        for (earlier, later, replaced) in [
            (rows(Span::Newest, 0), rows(Span::Oldest, 0), true),
            (rows(older(), 0), rows(Span::Newest, 0), true),
            (rows(Span::Newest, 0), rows(Span::Newest, 1), true),
            (rows(Span::Newest, 1), rows(older(), 1), false),
            (Ask::Whole(id(1)), Ask::Whole(id(2)), true),
            (Ask::Whole(id(1)), rows(Span::Newest, 0), false),
            (Ask::News(None), Ask::News(None), true),
            (
                Ask::Marked(Purpose::Delete),
                Ask::Marked(Purpose::Delete),
                false,
            ),
        ] {
            assert_eq!(
                replaces(&later, &earlier),
                replaced,
                "{earlier:?} {later:?}"
            );
        }
    }
}
