//! Answers that hookreel gives in the origin's place: to handshakes that the origin does not
//! answer, and to what the gate keeps out.

use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Failure, FailureKind, Headers, RequestHead, ResponseHead, Side,
};
use hookreel_shared::net::SendHalf;
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::Handshake;
use hookreel_shared::provider::challenge::{Answer, Reply, VERIFY_TOKEN, Why};

use super::body::{Home, RequestBody, Tee};
use super::gate::{Guard, came};
use super::hold::Held;
use super::origin::Answered;
use super::run::{Left, OriginBody, Run, encode_final};
use crate::record::Notice;

/// An answer of hookreel's own.
#[derive(Debug)]
pub(super) struct Canned {
    status: u16,
    headers: Headers,
    body: Bytes,
    /// Why the request did not get to the origin, if the gate kept it out.
    failure: Option<FailureKind>,
}

impl Canned {
    /// To what is not signed well. Says nothing of what would have been right.
    pub(super) fn refusal(status: u16) -> Self {
        Self::plain(
            status,
            "signature refused\n".into(),
            FailureKind::SignatureRefused,
        )
    }

    /// To what is too large to be checked.
    pub(super) fn too_large(limit: u64) -> Self {
        let text = format!("the body is too large: signatures are checked up to {limit} bytes\n");
        Self::plain(413, text, FailureKind::BodyTooLarge)
    }

    fn plain(status: u16, text: String, failure: FailureKind) -> Self {
        let mut headers = Headers::new();
        headers.push("Content-Type", "text/plain; charset=utf-8");
        Self {
            status,
            headers,
            body: text.into(),
            failure: Some(failure),
        }
    }
}

impl From<Answer> for Canned {
    /// Says which handshake it is the answer to.
    fn from(answer: Answer) -> Self {
        let mut headers = answer.headers;
        headers.push(ResponseHead::HANDSHAKE, word(answer.which));
        Self {
            status: answer.status,
            headers,
            body: answer.body,
            failure: None,
        }
    }
}

/// A handshake as it is written in settings and outputs.
pub(super) fn word(which: Handshake) -> String {
    let word = serde_json::to_value(which);
    let word = word.ok().and_then(|word| word.as_str().map(str::to_owned));
    word.unwrap_or_default()
}

/// Whether an answer of this status leaves a handshake open. (304 answers another question.)
fn leaves_open(status: u16) -> bool {
    status >= 300 && status != 304
}

/// Whether an answer of this status refuses a signature.
fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 401 | 403)
}

impl Run<'_> {
    /// What is answered to a handshake that the origin has not answered, if this is one.
    pub(super) fn in_its_place(
        &self,
        guard: &Guard,
        head: &Arc<RequestHead>,
        held: Option<&Held>,
        answered: &Result<Answered<OriginBody>, FailureKind>,
    ) -> Option<Canned> {
        let status = match answered {
            Ok(answered) => {
                Some(answered.response.status().as_u16()).filter(|s| leaves_open(*s))?
            }
            Err(kind) if Failure::from(*kind).side == Side::Origin => 0,
            Err(_) => return None,
        };
        let body = match (held, head.body) {
            (Some(held), _) => held.bytes.clone(),
            (None, BodyKind::Empty) => Bytes::new(),
            (None, _) => return None,
        };
        let (row, reply) = guard.question(&came(head, body))?;
        match reply {
            // An origin that refuses what is not signed well has answered it itself.
            Reply::Answer(answer) if leaves_open(answer.status) && is_refusal(status) => None,
            Reply::Answer(answer) => {
                self.learned(guard, &row.name, &row.id, &answer);
                Some(Canned::from(answer))
            }
            Reply::Left { which, why } => {
                self.left_open(guard, (&row.name, &row.id), which, &why);
                None
            }
        }
    }

    /// Tells that a secret was handed over, and how it is kept. It is not shown.
    pub(super) fn learned(&self, guard: &Guard, name: &str, id: &str, answer: &Answer) {
        if answer.learned.is_some() && guard.is_news(answer.which, "learned") {
            let name = safe::line(name);
            self.hint(format!(
                "{name} has handed over a secret, which is in the request; to check signatures \
                 with it: hookreel secret set {id}"
            ));
        }
    }

    fn left_open(&self, guard: &Guard, (name, id): (&str, &str), which: Handshake, why: &Why) {
        let (kind, then) = match why {
            Why::Off => return,
            Why::NoSecret => ("secret", format!("; to set one: hookreel secret set {id}")),
            Why::Token => {
                let set = format!("hookreel secret set {id} --label {VERIFY_TOKEN}");
                ("token", format!("; to set it: {set}"))
            }
            Why::Form { .. } => ("form", String::new()),
            Why::Signature(_) => ("signature", String::new()),
        };
        if guard.is_news(which, kind) {
            let (why, name) = (why.to_string(), safe::line(name));
            let (word, why) = (word(which), safe::line(&why));
            self.hint(format!(
                "the handshake {word} of {name} was left to your server: {why}{then}"
            ));
        }
    }

    fn hint(&self, text: String) {
        let of = self.recording.id();
        let feed = self.forwarder.recorder.feed();
        feed.show(Notice::Hint { of, text });
    }

    /// Answers a request in the origin's place.
    pub(super) async fn reply(
        &mut self,
        canned: Canned,
        request: &RequestHead,
        send: &mut SendHalf,
        home: &Arc<Home>,
    ) -> Result<Left, FailureKind> {
        let Canned {
            status,
            mut headers,
            mut body,
            failure,
        } = canned;
        if status != 204 {
            headers.push("Content-Length", body.len().to_string());
        }
        if *request.method == *b"HEAD" {
            body = Bytes::new();
        }
        let kind = match body.len() as u64 {
            0 => BodyKind::Empty,
            length => BodyKind::Length(length),
        };
        let head = Arc::new(ResponseHead {
            status,
            reason: None,
            headers,
            body: kind,
        });
        self.recording.answered(&head);
        if let Some(kind) = failure {
            self.recording.failed(kind);
        }
        let first = encode_final(&head)?;
        self.recording.answer_framed(&first);
        let body = Tee::new(RequestBody::known(body, None), self.recording.down());
        let recv = self.answer(first, body, kind, send, home).await?;
        Ok(Left {
            recv,
            ..Left::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_is_called_as_in_settings() {
        assert_eq!(word(Handshake::SlackVerification), "slack-verification");
        assert_eq!(word(Handshake::DiscordPing), "discord-ping");
    }

    #[test]
    fn what_an_origin_answers_well_or_not_modified_is_its_own_answer() {
        let left: Vec<u16> = [200, 204, 301, 304, 401, 404, 500]
            .into_iter()
            .filter(|status| leaves_open(*status))
            .collect();
        assert_eq!(left, [301, 401, 404, 500]);
    }
}
