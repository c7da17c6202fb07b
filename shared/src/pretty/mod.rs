//! Bodies as people read them. Nothing here changes a body: every view is made from its bytes.
//!
//! | module | shows |
//! |---|---|
//! | [`decode`] | takes gzip, deflate, br and zstd off, within limits |
//! | [`figures`] | sizes and times in a few digits |
//! | [`form`] | fields of a form, and the JSON that some senders put into one |
//! | [`json`] | a document by lines, made on demand, with folding and paths |
//! | [`hex`] | sixteen bytes a line, made on demand |
//! | [`multipart`] | the parts of a multipart body |
//! | [`xml`] | a document by lines, no entity replaced |
//! | [`text`] | any charset |
//! | [`view`] | which of them fits a body |
//! | [`safe`] | any text so that a terminal shows it, and does nothing else |

pub mod decode;
pub mod figures;
pub mod form;
pub mod hex;
pub mod json;
pub mod multipart;
pub mod safe;
pub mod text;
pub mod view;
pub mod xml;
