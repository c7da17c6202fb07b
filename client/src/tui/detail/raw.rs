//! Both messages as bytes: heads as they were recorded, bodies as they came.

use bytes::Bytes;
use hookreel_shared::model::{Capture, Exchange};

use super::Mode;
use super::block::Block;
use super::body::{note, truncated};
use super::doc::Doc;
use super::line::{Line, Role};
use super::message::{heading, raw_head, reason, version};
use super::words::size;

/// The document; in hexadecimal if that is the mode, else as text.
pub(super) fn raw(exchange: &Exchange, mode: Mode, hex_width: usize) -> Doc {
    let mut doc = Doc::default();
    let head = &exchange.request;
    let version = version(head).as_bytes();
    let first = [&head.method[..], b" ", &head.target, b" ", version].concat();
    let request = raw_head(&first, &head.headers);
    let add = |doc: &mut Doc, name: &str, head: Vec<u8>, body: &Capture| {
        let total = head.len() as u64 + body.size;
        doc.push(heading(&format!("{name} · {}", size(total))));
        for bytes in [Bytes::from(head), body.kept.clone()] {
            match mode {
                Mode::Hex => doc.push_hex(bytes, hex_width),
                Mode::Pretty | Mode::Raw => doc.push(Block::text(bytes, true)),
            }
        }
        if !body.trailers.is_empty() {
            let trailers = raw_head(b"(trailers)", &body.trailers);
            doc.push(Block::text(trailers.into(), true));
        }
        if let Some(text) = truncated(body) {
            doc.push(note(Role::Warn, &text));
        }
    };
    add(&mut doc, "request", request, &exchange.request_body);
    doc.push(Block::Fixed(vec![Line::default().into()]));
    match &exchange.response {
        Some(head) => {
            let first = format!("HTTP/1.1 {} {}", head.status, reason(head));
            let answer = raw_head(first.as_bytes(), &head.headers);
            add(&mut doc, "answer", answer, &exchange.response_body);
        }
        None => doc.push(heading("no answer")),
    }
    doc
}
