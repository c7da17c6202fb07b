//! One exchange in full: its messages, how long it took, its attempts, what differs.
//!
//! Pure, as Elm would have it: [`update()`] takes a [`Msg`] and answers with what it asks of the
//! shell, [`view()`] draws. Bodies may be of any size and from anyone: only lines that are seen are
//! laid out, every step that reads further has a budget, and text reaches the screen only as a
//! `line::Line`, which cannot hold a control character.
//!
//! | module | what |
//! |---|---|
//! | [`State`], [`Msg`], [`Ask`] | what is known, what happens, what is asked |
//! | `line` | one line of pieces, each with a role for the theme |
//! | `grid` | lines to cells: width, wrapping, sideways scrolling |
//! | `index` | where the lines of a long text begin, found step by step |
//! | `block`, `doc` | a document made of blocks: head, JSON, text, hex |
//! | `pane` | a place in a document: cursor, top, sideways |
//! | `search`, `finding` | find in a document, go from place to place |
//! | `hints` | the keys that documents tell of |
//! | `cursor` | what stands under the cursor |
//! | `sender` | who sent it, and whether the signature fits |
//! | `body`, `message`, `timing`, `attempts`, `compare`, `raw` | the documents of the tabs |

mod attempts;
mod block;
mod body;
mod compare;
mod cursor;
mod doc;
mod finding;
mod grid;
mod hints;
mod index;
mod line;
mod message;
mod msg;
mod pane;
mod raw;
mod search;
mod sender;
mod state;
mod timing;
mod update;
mod view;
mod words;

pub use hints::Hints;
pub use msg::{Ask, Mode, Msg, Tab};
pub use state::State;
pub use update::update;
pub use view::view;

#[cfg(test)]
mod tests;
