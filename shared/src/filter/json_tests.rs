use proptest::prelude::*;

use super::super::expr::{Expr, Test};
use super::super::parse;

/// Texts made of what documents are made of.
fn json_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"A\"",
        "\"\\u0061\"",
        "\"a/b\"",
        "\"a\\/b\"",
        "\"id\"",
        "\"i\\u0064\"",
        "1",
        "10",
        "-1",
        "null",
        "true",
        "\"\u{e9}\"",
        "\"\u{c9}\"",
        "\"\\u00e9\"",
        "\"\u{212a}\"",
        "\"aXb\"",
        " ",
        "{\"a\":",
        "{\"id\":",
        "[{\"id\":1}]",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "1",
            "\"a\"",
            "\"\\u0061\"",
            "null",
            "\"a\\/b\"",
            "\"K\"",
            "\"\u{212a}\"",
            "\"AxB\"",
            "\"\u{c9}\"",
            "12"
        ])
        .prop_map(str::to_owned)
    ];
    let name = prop::sample::select(vec![
        "a", "\\u0061", "a/b", "a\\/b", "id", "A", "\u{e9}", "\\u00e9",
    ]);
    let tree = value.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            (name.clone(), inner.clone())
                .prop_map(|(name, value)| format!("{{\"{name}\":{value}}}")),
            prop::collection::vec(inner, 0..3).prop_map(|list| format!("[{}]", list.join(","))),
        ]
    });
    prop_oneof![3 => tree, 1 => prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())]
}

#[test]
fn a_document_is_looked_into_as_deep_as_anybody_nests_and_no_deeper() {
    let Expr::Test(Test::Json(test)) = parse("json:$..id").unwrap().root else {
        panic!("another test")
    };
    let nested = |levels: usize| "[".repeat(levels) + "{\"id\":1}";
    assert!(test.holds(&nested(5_000)));
    assert!(!test.holds(&nested(1_000_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_document_that_is_not_read_would_not_have_held(
        document in json_like(),
        path in prop::sample::select(vec!["$.a", "$.\"a/b\"", "$..id", "$.a[0].id", "$[*].A", "$.\u{e9}", "$"]),
        check in prop::sample::select(vec!["", "=a", "=1*", "=\"a/b\"", "=A*b", "=null", ">0", "=*", "=\u{c9}", "=k"]),
    ) {
        let filter = parse(&format!("json:{path}{check}")).unwrap();
        let Expr::Test(Test::Json(test)) = &filter.root else { panic!("{filter}") };
        prop_assert_eq!(test.holds(&document), test.does_hold(&document), "{} in {}", filter, document);
    }
}
