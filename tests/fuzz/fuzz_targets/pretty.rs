//! Whatever a body holds and whatever its content type says: each view has a line for each number
//! it counts, folds what it offers to fold, and no line tells a terminal anything but text.
#![no_main]

use bytes::Bytes;
use hookreel_shared::pretty::hex::HexView;
use hookreel_shared::pretty::json::JsonView;
use hookreel_shared::pretty::xml::XmlView;
use hookreel_shared::pretty::{form, multipart, safe, text, view};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u16, u8, Vec<u8>, &[u8])| {
    let (kind, most, cut, folds, data) = input;
    let body = Bytes::copy_from_slice(data);
    let kind = Some(kind);
    let _ = view::pick(&body, kind);

    let mut json = JsonView::front(&data[..], most.into(), usize::from(cut) * 16);
    for fold in folds {
        json.toggle(fold.into());
        for number in 0..json.len() {
            let line = json
                .line_within(number, cut.into())
                .expect("a line for its number");
            assert!(line.text.len() <= 3 * (usize::from(cut) + 1));
            assert!(json.path(number).is_some() && json.value(number).is_some());
        }
        assert!(json.line(json.len()).is_none());
    }
    for offset in 0..data.len() {
        let line = json.reveal(offset);
        assert!(line < json.len().max(1) && line == json.line_at(offset));
    }

    let xml = XmlView::front(&data[..], most.into(), usize::from(cut) * 16);
    for number in 0..xml.len() {
        let line = xml
            .line_within(number, cut.into())
            .expect("a line for its number");
        assert!(!line.text.contains('\n'));
    }

    let front = text::front(&body, kind, most.into());
    let shown = String::from_utf8_lossy(&front.text);
    assert!(!safe::line(&shown).contains(safe::acts_or_hides));

    let hex = HexView::with_width(&body, cut.into());
    let bytes: usize = (0..hex.len())
        .filter_map(|at| hex.line(at))
        .map(|line| line.bytes.len())
        .sum();
    assert_eq!(bytes, body.len());

    let _ = form::pairs(&body).count();
    let _ = form::payload(&body);
    let (parts, _) = multipart::parts(&body, "multipart/form-data; boundary=x");
    assert!(parts.len() <= multipart::MAX_PARTS);
});
