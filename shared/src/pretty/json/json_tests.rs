use proptest::prelude::*;

use super::*;

fn shown(view: &JsonView<&[u8]>) -> String {
    let lines = (0..view.len()).map(|at| {
        let line = view.line(at).unwrap();
        let key = line.key.map_or_else(String::new, |key| format!("{key}: "));
        let folded = line.folded.map_or_else(String::new, |n| format!(" … {n}"));
        let comma = if line.comma { "," } else { "" };
        let path = view.path(at).unwrap();
        let text = format!(
            "{}{key}{}{folded}{comma}",
            "  ".repeat(line.depth),
            line.text
        );
        format!("{text:32}{path}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

const DOCUMENT: &[u8] =
    br#" {"id":1.0E+400,"a":[1,{"b\u0041":"x\/"},[ ],{}],"id" : 12345678901234567890,"a b":null}"#;

#[test]
fn a_document_is_shown_as_it_was_written_with_the_path_of_each_value() {
    insta::assert_snapshot!(shown(&JsonView::new(DOCUMENT)), @r#"
    {                               $
      "id": 1.0E+400,               $.id
      "a": [                        $.a
        1,                          $.a[0]
        {                           $.a[1]
          "b\u0041": "x\/"          $.a[1].bA
        },                          $.a[1]
        [ ],                        $.a[2]
        {}                          $.a[3]
      ],                            $.a
      "id": 12345678901234567890,   $.id
      "a b": null                   $["a b"]
    }                               $
    "#);
}

#[test]
fn a_folded_list_is_one_line_and_unfolds_again() {
    let mut view = JsonView::new(DOCUMENT);
    let whole = shown(&view);
    assert!(!view.toggle(1), "a number cannot be folded");
    assert!(view.toggle(4));
    assert!(view.toggle(2));
    insta::assert_snapshot!(shown(&view), @r#"
    {                               $
      "id": 1.0E+400,               $.id
      "a": [ … 7,                   $.a
      "id": 12345678901234567890,   $.id
      "a b": null                   $["a b"]
    }                               $
    "#);
    assert!(view.toggle(0));
    assert_eq!(view.len(), 1);
    assert!(view.toggle(0) && view.toggle(2) && view.toggle(4));
    assert_eq!(shown(&view), whole);
}

#[test]
fn what_is_not_json_says_where_and_keeps_what_came_before() {
    let view = JsonView::new(&b"{\"a\": [1,\n 2, oops]}"[..]);
    let fault = view.fault().unwrap();
    assert_eq!((fault.line, fault.offset), (2, 14));
    assert_eq!(view.len(), 4);
    let mut view = JsonView::new(&b"[[1"[..]);
    assert!(view.fault().is_some());
    assert!(view.toggle(0));
    assert_eq!(view.len(), 1);
}

#[test]
fn depth_costs_no_stack() {
    let depth = 100_000;
    let text = "[".repeat(depth) + "7" + &"]".repeat(depth);
    let mut view = JsonView::new(text.as_bytes());
    assert_eq!(view.fault(), None);
    assert_eq!(view.len(), 2 * depth + 1);
    assert_eq!(
        view.path(depth).unwrap(),
        "$".to_owned() + &"[0]".repeat(depth)
    );
    assert!(view.toggle(10));
    assert_eq!(view.len(), 21);
}

#[test]
fn the_front_is_read_no_further_than_asked_and_a_cut_is_no_fault() {
    let text = br#"{"a":[1,2,3],"b":"long text"}"#;
    let view = JsonView::front(&text[..], 20, usize::MAX);
    assert_eq!((view.fault(), view.unread()), (None, text.len() - 12));
    assert_eq!(
        view.len(),
        6,
        "the value of b is cut, so its line is not there"
    );
    let view = JsonView::front(&text[..], usize::MAX, 3);
    assert_eq!((view.len(), view.fault()), (3, None));
    assert!(view.unread() > 0);
    let whole = JsonView::new(&text[..]);
    assert_eq!(whole.unread(), 0);
    let line = whole.line_within(6, 9).unwrap();
    assert_eq!((&*line.text, line.more, line.comma), ("\"long", 6, false));
    assert_eq!(whole.path_within(2, 1).unwrap(), "$…[0]");
}

#[test]
fn a_value_comes_as_it_was_written_and_a_byte_is_found_under_its_fold() {
    let mut view = JsonView::new(DOCUMENT);
    let text =
        |view: &JsonView<&[u8]>, at| String::from_utf8(view.value(at).unwrap().into()).unwrap();
    assert_eq!(text(&view, 1), "1.0E+400");
    assert_eq!(text(&view, 2), "[1,{\"b\\u0041\":\"x\\/\"},[ ],{}]");
    assert_eq!(text(&view, 9), text(&view, 2), "from its end too");
    assert_eq!(text(&view, 7), "[ ]");
    let place = DOCUMENT
        .windows(3)
        .position(|three| three == b"x\\/")
        .unwrap();
    assert_eq!(view.reveal(place), 5);
    let around: Vec<_> = [0, 1, 5, 6, 9, 12].map(|at| view.around(at)).into();
    assert_eq!(around, [None, Some(0), Some(4), Some(4), Some(2), Some(0)]);
    view.toggle(4);
    view.toggle(2);
    assert_eq!(view.len(), 6);
    assert_eq!(view.reveal(place), 5);
    assert_eq!(view.len(), 13);
}

/// Documents, and what comes of them when bytes are missing.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,25}(\\.[0-9]{1,3})?",
        "\"[a-zé ,:\\[\\]{}]{0,6}\"",
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let member = ("\"[a-z é]{0,3}\"", inner.clone()).prop_map(|(k, v)| format!("{k} : {v}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|list| format!("[ {}]", list.join(" ,"))),
            prop::collection::vec(member, 0..5)
                .prop_map(|list| format!("{{{}\n}}", list.join(",\n"))),
        ]
    })
}

proptest! {
    #[test]
    fn the_lines_together_are_the_document_but_for_its_spaces(text in document()) {
        let view = JsonView::new(text.as_bytes());
        prop_assert_eq!(view.fault(), None);
        let mut lines = String::new();
        for at in 0..view.len() {
            let line = view.line(at).unwrap();
            if let Some(key) = line.key {
                lines += &key;
                lines += ":";
            }
            lines += &line.text;
            lines += if line.comma { "," } else { "" };
        }
        let bare = |text: &str| text.replace([' ', '\n'], "");
        prop_assert_eq!(bare(&lines), bare(&text));
    }

    #[test]
    fn any_bytes_have_lines_and_folds(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            (document(), any::<prop::sample::Index>()).prop_map(|(text, cut)| {
                let bytes = text.into_bytes();
                bytes[..cut.index(bytes.len() + 1)].to_vec()
            }),
        ],
        folds in prop::collection::vec(0..30usize, 0..6),
    ) {
        let mut view = JsonView::new(&bytes[..]);
        for number in folds {
            view.toggle(number);
            for at in 0..view.len() {
                prop_assert!(view.line(at).is_some() && view.path(at).is_some());
            }
            prop_assert!(view.line(view.len()).is_none());
        }
    }
}
