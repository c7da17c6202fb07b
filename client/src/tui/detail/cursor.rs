//! What stands under the cursor, for the shell to copy or open.

use bytes::Bytes;
use hookreel_shared::model::ExchangeId;

use super::Tab;
use super::block::Block;
use super::body::Body;
use super::state::State;

impl State {
    /// The value under the cursor, exactly as it was written: of a list or object, all of it.
    #[must_use]
    pub fn value_under_cursor(&self) -> Option<String> {
        let (block, number) = self.doc()?.at(self.place().cursor.line)?;
        block.value(number)
    }

    /// The body of the message that is shown, codings taken off, as text. What is no UTF-8 is
    /// replaced.
    #[must_use]
    pub fn body_text(&self) -> Option<String> {
        let body = self.body()?;
        Some(String::from_utf8_lossy(&body).into_owned())
    }

    /// The body of the message that is shown, codings taken off as far as they come off whole; of
    /// the request where the tab is of no one message.
    #[must_use]
    pub fn body(&self) -> Option<Bytes> {
        let exchange = self.exchange.as_ref()?;
        let (headers, capture) = match self.tab {
            Tab::Response => (
                &exchange.response.as_ref()?.headers,
                &exchange.response_body,
            ),
            _ => (&exchange.request.headers, &exchange.request_body),
        };
        let front = Body { headers, capture }.decoded();
        Some(match front.fault {
            None => front.bytes,
            Some(_) => capture.kept.clone(),
        })
    }

    /// The attempt under the cursor, in that tab.
    #[must_use]
    pub fn selected_attempt(&self) -> Option<ExchangeId> {
        if self.tab != Tab::Attempts {
            return None;
        }
        let (block, number) = self.doc()?.at(self.place().cursor.line)?;
        match block {
            Block::Fixed(lines) => lines.get(number)?.opens,
            _ => None,
        }
    }

    /// What is searched for and how many places were found so far, if there is a search.
    #[must_use]
    pub fn search(&self) -> Option<(&str, usize)> {
        self.search
            .as_ref()
            .map(|search| (search.text(), search.count()))
    }
}
