//! What providers say when they send the same again, as nobody took it.

use crate::provider::edit::Draft;

/// Fields of the head that a delivery has from its second attempt on. In their values `{{retry}}` is
/// which repetition it is, `{{attempt}}` which attempt: one more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Again(pub(super) Vec<(String, String)>);

impl Again {
    /// Sets them; the first repetition is 1.
    pub fn mark(&self, draft: &mut Draft, retry: usize) {
        for (name, value) in &self.0 {
            let value = value.replace("{{retry}}", &retry.to_string());
            let value = value.replace("{{attempt}}", &(retry + 1).to_string());
            draft.set_header(name, &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fill, get};
    use crate::model::Timestamp;

    #[test]
    fn a_repetition_says_so_as_its_provider_does_and_the_first_says_nothing() {
        for (provider, event, before, after) in [
            (
                "slack",
                "message",
                [("X-Slack-Retry-Num", None), ("X-Slack-Retry-Reason", None)],
                ["2", "http_error"],
            ),
            (
                "square",
                "payment.updated",
                [("square-retry-number", None), ("square-retry-reason", None)],
                ["2", "http_error"],
            ),
            (
                "bitbucket",
                "repo:push",
                [("X-Attempt-Number", Some("1")), ("X-Hook-UUID", None)],
                ["3", ""],
            ),
            (
                "hookdeck",
                "order.created",
                [
                    ("x-hookdeck-attempt-count", Some("1")),
                    ("x-hookdeck-attempt-trigger", Some("INITIAL")),
                ],
                ["3", "AUTOMATIC"],
            ),
        ] {
            let sample = get(provider, event).unwrap();
            let mut draft = sample.draft(&Fill {
                now: Timestamp::from_micros(0),
                seed: b"seed",
                base: "https://hooks.example.com",
                target: "/in",
            });
            let first = draft.clone();
            sample.again.mark(&mut draft, 2);
            for ((name, before), after) in before.into_iter().zip(after) {
                let field = |draft: &super::Draft| {
                    let value = draft.headers.get(name)?;
                    Some(String::from_utf8(value.to_vec()).unwrap())
                };
                if name == "X-Hook-UUID" {
                    assert_eq!(field(&first), field(&draft), "it stays");
                } else {
                    assert_eq!(field(&first).as_deref(), before, "{name}");
                    assert_eq!(field(&draft).as_deref(), Some(after), "{name}");
                }
            }
            assert_eq!(first.body, draft.body);
        }
        let github = get("github", "push").unwrap();
        assert_eq!(github.again, super::Again::default());
    }
}
