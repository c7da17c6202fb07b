use super::*;
use crate::model::Headers;
use proptest::prelude::*;

fn draft(content_type: &str, body: &str) -> Draft {
    let mut headers = Headers::new();
    headers.push("Content-Type", content_type.to_owned());
    Draft {
        method: "POST".into(),
        base: "https://a.example".into(),
        target: "/in".into(),
        headers,
        body: body.to_owned().into(),
    }
}

fn json(body: &str, assignment: &str) -> Result<String, SetError> {
    let mut draft = draft("application/json", body);
    set(&mut draft, assignment)?;
    Ok(String::from_utf8(draft.body.to_vec()).unwrap())
}

#[test]
fn a_value_is_set_where_it_stands_and_all_else_stays() {
    for (body, assignment, expected) in [
        (r#"{"a": 1.0, "b":[ ]}"#, "$.a=5", r#"{"a": 5, "b":[ ]}"#),
        (r#"{"a":{"b":"x"}}"#, "a.b=y", r#"{"a":{"b":"y"}}"#),
        (r#"{"a":"x"}"#, "a=true", r#"{"a":true}"#),
        (r#"{"a":"x"}"#, "a=null", r#"{"a":null}"#),
        (r#"{"a":1}"#, r#"a={"b":[1, 2]}"#, r#"{"a":{"b":[1, 2]}}"#),
        (r#"{"a":{"b":1},"c":2}"#, "a=7", r#"{"a":7,"c":2}"#),
        (r#"{"a":1}"#, "a=some text", r#"{"a":"some text"}"#),
        (r#"{"a":1}"#, r#"a="5""#, r#"{"a":"5"}"#),
        (r#"{"a":1}"#, "a=", r#"{"a":""}"#),
        (r#"{"a":1}"#, "a=b=c", r#"{"a":"b=c"}"#),
        (r#"[{"a":1},{"a":2}]"#, "$[1].a=3", r#"[{"a":1},{"a":3}]"#),
        (r#"[{"a":1},{"a":2}]"#, "$[*].a=3", r#"[{"a":3},{"a":3}]"#),
        (r#"{"a=b":1}"#, r#"$["a=b"]=2"#, r#"{"a=b":2}"#),
    ] {
        assert_eq!(
            json(body, assignment).as_deref(),
            Ok(expected),
            "{assignment}"
        );
    }
}

#[test]
fn a_number_stays_a_text_where_one_stands_unless_it_is_said_otherwise() {
    let body = r#"{"price":"14.50"}"#;
    assert_eq!(json(body, "price=20.00").unwrap(), r#"{"price":"20.00"}"#);
    assert_eq!(json(body, "price:=20.00").unwrap(), r#"{"price":20.00}"#);
}

#[test]
fn a_member_is_added_where_there_is_an_object_for_it() {
    for (body, assignment, expected) in [
        (r#"{"a":1}"#, "b=2", r#"{"a":1,"b":2}"#),
        ("{}", "b=x", r#"{"b":"x"}"#),
        (r#"{"a":{"b":1}}"#, "$.a.c=[]", r#"{"a":{"b":1,"c":[]}}"#),
        (r#"{"a":[1]}"#, "$.a[1]=2", r#"{"a":[1,2]}"#),
        (r#"{"a":[]}"#, "$.a[0]=2", r#"{"a":[2]}"#),
        (r#"[{"a":1},{}]"#, "$[*].b=2", r#"[{"a":1,"b":2},{"b":2}]"#),
    ] {
        assert_eq!(
            json(body, assignment).as_deref(),
            Ok(expected),
            "{assignment}"
        );
    }
}

#[test]
fn a_path_that_leads_nowhere_is_an_error_that_says_what_there_is() {
    for (assignment, expected) in [
        (
            "$.data.objet.id=1",
            "$.data.objet.id leads nowhere in this body; where it ends there are object",
        ),
        ("$.list[3]=1", "$.list[3] leads nowhere"),
        ("$..nothing=1", "$..nothing leads nowhere"),
        ("$.data.object.id.x=1", "$.data.object.id.x leads nowhere"),
        ("nothing", "write nothing: PATH=VALUE"),
        ("=1", "write =1: PATH=VALUE"),
        ("$.a[=1", "write $.a[=1: PATH=VALUE"),
        (
            "form:a=1",
            "form:a is a place in a form, and this body is not that",
        ),
        ("data:=x", "behind := stands JSON, and x is not"),
    ] {
        let body = r#"{"data":{"object":{"id":1}},"list":[1]}"#;
        let error = json(body, assignment).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let mut draft = draft("text/plain", "hello");
    let error = set(&mut draft, "$.a=1").unwrap_err().to_string();
    assert_eq!(error, "$.a is a place in JSON, and this body is not that");
}

#[test]
fn fields_of_forms_of_the_head_and_of_the_address_are_set_too() {
    let mut draft = draft("application/x-www-form-urlencoded", "text=a+b&user=ada");
    set(&mut draft, "text=lamp & oil").unwrap();
    set(&mut draft, "form:new=1").unwrap();
    set(&mut draft, "header:X-Retry=2").unwrap();
    set(&mut draft, "query:q=a b").unwrap();
    assert_eq!(&draft.body[..], b"text=lamp+%26+oil&user=ada&new=1");
    assert_eq!(draft.headers.get("x-retry").unwrap(), "2");
    assert_eq!(&draft.target[..], b"/in?q=a+b");
    assert!(set(&mut draft, "header:X-Retry=2\r\nX-Evil: 1").is_err());
}

#[test]
fn a_length_that_was_right_stays_right() {
    let mut draft = draft("application/json", r#"{"a":1}"#);
    draft.headers.push("content-length", "7");
    set(&mut draft, "a=1000").unwrap();
    assert_eq!(draft.headers.get("Content-Length").unwrap(), "10");
}

#[test]
fn the_document_in_a_form_is_reached_by_paths() {
    let form = "payload=%7B%22type%22%3A%22block_actions%22%7D&b=1";
    let mut draft = draft("application/x-www-form-urlencoded", form);
    set(&mut draft, "$.type=shortcut").unwrap();
    assert_eq!(
        draft.request().form_field("payload").unwrap(),
        r#"{"type":"shortcut"}"#
    );
    assert_eq!(draft.request().form_field("b").unwrap(), "1");
}

proptest! {
    #[test]
    fn json_stays_json_whatever_is_set(
        path in "\\$(\\.[ab]|\\[[0-2*]\\]|\\.\\.[ab]|\\[\"[^\"]{1,3}\"\\]){1,4}",
        value in "(-?[0-9]{1,3}|true|\\{\"a\":1\\}|[a-z\"\\\\]{0,4})",
    ) {
        for body in [r#"{"a":{"b":[1,{"a":"x"}]},"b":"y"}"#, "[ ]", "{}", "7", r#"[[1],{"a":[]}]"#] {
            if let Ok(set) = json(body, &format!("{path}={value}")) {
                let read: Result<serde_json::Value, _> = serde_json::from_str(&set);
                prop_assert!(read.is_ok(), "{} became {} by {}={}", body, set, path, value);
            }
        }
    }
}
