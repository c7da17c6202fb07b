//! All that is known of who sent one exchange.

use super::check::{Look, With, look};
use super::detect::detect;
use super::request::Request;
use super::row::Row;
use super::table::Table;
use super::verdict::{Because, Report};
use crate::model::Exchange;

/// What is known of who sent an exchange, and of the signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender {
    /// The id of the provider's row, if it is known.
    pub provider: Option<String>,
    /// What the provider calls the event.
    pub event: Option<String>,
    /// What the provider calls the delivery, so that two of the same are the same delivery: with
    /// a sum of the body where the provider's own id is not enough.
    pub delivery: Option<String>,
    /// A line for people. Comes from the sender: not to be shown as it is.
    pub line: Option<String>,
    /// What became of the check of the signature.
    pub report: Report,
}

/// What is known of who sent an exchange. `row` is whose it is if somebody knows better than its
/// marks, `url` the address that was signed if it is another one than the relay saw; `with` gives
/// what a check of that provider needs.
#[must_use]
pub fn sender<'w>(
    table: &Table,
    exchange: &Exchange,
    row: Option<&Row>,
    url: Option<&str>,
    with: impl FnOnce(&Row) -> With<'w>,
    closely: Look,
) -> Sender {
    let came = Request::of(exchange);
    let given = url.map(|url| came.with_url(url.as_bytes()));
    let request = given.as_ref().unwrap_or(&came);
    let Some(row) = row.or_else(|| detect(table, request)) else {
        return Sender {
            provider: None,
            event: None,
            delivery: None,
            line: None,
            report: Report::unchecked(None, Because::UnknownProvider),
        };
    };
    let body = &exchange.request_body;
    let whole = !body.is_truncated() && !body.cut;
    let event = row.event(request);
    let delivery = row
        .delivery(request)
        .map(|id| match row.delivery_is_unique {
            true => id,
            false => format!("{id} {:08x}", crc32fast::hash(&request.body)),
        });
    Sender {
        provider: Some(row.id.clone()),
        line: row.line(request, event.as_deref()),
        event,
        delivery,
        report: look(row, request, whole, &with(row), closely),
    }
}
