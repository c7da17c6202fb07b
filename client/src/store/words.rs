//! The full-text index: what is in it, how it follows the writing, and how it is asked.
//!
//! `ls --words` asks it, in milliseconds. A bare word of a filter does not: that means any text, also
//! within words and in the names of fields, and the newest of all such exchanges cannot be told
//! without looking at those between the ones the index knows.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;

use bytes::Bytes;
use hookreel_shared::filter::MessageSide;
use hookreel_shared::model::{Headers, RequestHead, ResponseHead};
use hookreel_shared::pretty::decode;
use hookreel_shared::wire::head;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::log::Spot;
use super::pieces::{Pieces, Source, WHOLE};
use super::stored::is_text;
use super::{StoreError, whole};

/// Bytes of one body that are indexed: an index larger than its history helps nobody.
const TEXT: usize = 256 * 1024;

/// Exchanges indexed in one transaction: some milliseconds, so that writing does not wait.
const STEP: u32 = 64;

/// Indexes some of the exchanges that are not yet, oldest first, and tells whether more wait.
///
/// The index follows the writing instead of being a part of it: words of one exchange cost
/// several times as much as its row, and at full load only rows are in a hurry.
///
/// # Errors
/// What the database says.
pub(super) fn step(connection: &mut Connection, bodies: &Path) -> Result<bool, StoreError> {
    if !behind(connection)? {
        return Ok(false);
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut last = None;
    let mut taken = 0;
    let logs = RefCell::default();
    {
        let mut select = tx.prepare_cached(&format!(
            "SELECT {WHOLE}, {}, exchange.seq FROM exchange LEFT JOIN message USING (seq)
             WHERE exchange.seq > (SELECT seq FROM indexed) ORDER BY exchange.seq LIMIT ?1",
            Spot::COLUMNS
        ))?;
        let mut insert = tx.prepare_cached(
            "INSERT INTO words (rowid, target, headers, bodies) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut rows = select.query([STEP])?;
        while let Some(row) = rows.next()? {
            let source = match Spot::read_columns(row, 10)? {
                Some(spot) => Source::Log(spot),
                None => Source::Row(row),
            };
            let seq: i64 = row.get(14)?;
            let (target, headers, texts) =
                words(&Pieces::new(source, bodies, &logs).up_to(TEXT as u64 + 1));
            insert.execute((seq, target, headers, texts))?;
            last = Some(seq);
            taken += 1;
        }
    }
    if let Some(last) = last {
        tx.prepare_cached("UPDATE indexed SET seq = ?1")?
            .execute([last])?;
    }
    tx.commit()?;
    Ok(taken == STEP)
}

fn behind(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM exchange WHERE seq > (SELECT seq FROM indexed) LIMIT 1")?
        .exists(())?)
}

/// Target, header values and text bodies of an exchange, as far as they can be read.
fn words(pieces: &Pieces<'_>) -> (String, String, String) {
    let request = pieces.head(MessageSide::Request);
    let request = request.and_then(|frame| head::decode_request(&frame).ok());
    let response = pieces.head(MessageSide::Response);
    let response = response.and_then(|frame| whole::response(&frame).ok());
    let fields = [
        (
            MessageSide::Request,
            request.as_ref().map(|head| &head.headers),
        ),
        (
            MessageSide::Response,
            response.as_ref().map(|head| &head.headers),
        ),
    ];
    let mut texts = String::new();
    for (side, fields) in fields {
        let codings = fields.map(decode::codings_of).unwrap_or_default();
        texts += text(&unpacked(pieces.kept(side), &codings));
        texts.push('\n');
    }
    let target = request.as_ref().map(target).unwrap_or_default();
    (target, headers(request.as_ref(), response.as_ref()), texts)
}

/// Takes an exchange out of the index, if it is in already.
pub(super) fn remove(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM words WHERE rowid = ?1 AND ?1 <= (SELECT seq FROM indexed)")?
        .execute([seq])?;
    Ok(())
}

/// What a user typed, as a question to the index: every word must be there, each as the
/// beginning of a word; words of punctuation alone are left out. `None` if no word is left.
pub(super) fn question(typed: &str) -> Option<String> {
    let words: Vec<_> = typed
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        // Quoted, nothing in them is syntax.
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn target(request: &RequestHead) -> String {
    String::from_utf8_lossy(&request.target).into_owned()
}

fn headers(request: Option<&RequestHead>, response: Option<&ResponseHead>) -> String {
    let of = |headers: &Headers| {
        let values = headers
            .iter()
            .map(|header| String::from_utf8_lossy(&header.value));
        values.fold(String::new(), |all, value| all + &value + "\n")
    };
    let request = request.map(|head| of(&head.headers)).unwrap_or_default();
    request + &response.map(|head| of(&head.headers)).unwrap_or_default()
}

/// What is in a body, as far as the codings can be taken off.
fn unpacked<'a>(body: &'a [u8], codings: &str) -> Cow<'a, [u8]> {
    if codings.is_empty() || is_text(body) {
        return Cow::Borrowed(body);
    }
    let front = decode::front_up_to(&Bytes::copy_from_slice(body), codings, TEXT);
    Cow::Owned(front.bytes.into())
}

/// The beginning of a body, if it is text.
fn text(body: &[u8]) -> &str {
    let start = &body[..body.len().min(TEXT)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut within a character: at the limit, or what was unpacked of a part.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => "",
    };
    if text.contains('\0') { "" } else { text }
}
