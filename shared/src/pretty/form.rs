//! Bodies of `application/x-www-form-urlencoded`.

use std::borrow::Cow;

/// The fields in their order, with what they stand for decoded. Bytes that are not UTF-8 become
/// U+FFFD; the raw body tells them apart.
pub fn pairs(bytes: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(bytes)
}

/// The document that GitHub and Slack put into a field named `payload`, if it looks like JSON.
#[must_use]
pub fn payload(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (_, value) = pairs(bytes).find(|(name, _)| name == "payload")?;
    value.trim_start().starts_with(['{', '[']).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_decoded_and_keep_their_order_and_duplicates() {
        let fields: Vec<_> = pairs(b"b=1+2&a=%C3%A4&b=&c&&d=%zz%ff").collect();
        let expected = [
            ("b", "1 2"),
            ("a", "ä"),
            ("b", ""),
            ("c", ""),
            ("d", "%zz\u{fffd}"),
        ];
        assert_eq!(
            fields,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
    }

    #[test]
    fn json_in_a_payload_field_is_offered_and_other_payloads_are_not() {
        assert_eq!(
            payload(b"x=1&payload=%7B%22a%22%3A1%7D").as_deref(),
            Some("{\"a\":1}")
        );
        assert_eq!(payload(b"payload=text"), None);
        assert_eq!(payload(b"a={}"), None);
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_out_again(fields in prop::collection::vec((any::<String>(), any::<String>()), 0..5)) {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            let got: Vec<_> = pairs(body.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            prop_assert_eq!(got, fields);
        }

        #[test]
        fn any_bytes_are_fields(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = pairs(&bytes).count();
            let _ = payload(&bytes);
        }
    }
}
