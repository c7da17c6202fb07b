//! Requests that the edge answers itself: which code, which status, which words.

use hookreel_shared::model::FailureKind;

/// Why the edge answers a request itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Content-Length and Transfer-Encoding are ambiguous (RFC 9112 §6.1, §6.3).
    Framing,
    /// The head is not HTTP/1.1 (RFC 9112 §2.2, §5).
    Malformed,
    /// The request target is not one (RFC 9112 §3.2).
    Target,
    /// The head did not come in time.
    HeadTimeout,
    /// The target is too long.
    TargetTooLong,
    /// Host is missing, twice there, or not a host (RFC 9112 §3.2).
    Host,
    /// An expectation other than 100-continue (RFC 9110 §10.1.1).
    Expectation,
    /// The authority of the target is not that of Host.
    Authority,
    /// The name in the TLS handshake is not that of Host (RFC 9110 §15.5.20).
    Misdirected,
    /// Too many header fields, or too large.
    HeadTooLarge,
    /// A transfer coding other than chunked.
    TransferCoding,
    /// CONNECT or TRACE.
    Method,
    /// A version other than HTTP/1.0, 1.1 and 2.
    Version,
    /// Everything that goes wrong after the request was understood.
    Failed(FailureKind),
}

/// What a refusal looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outward {
    /// The number of the code `HR-NNNN`.
    pub code: u16,
    /// The HTTP status.
    pub status: u16,
    /// A few words.
    pub title: &'static str,
    /// What to do about it.
    pub detail: &'static str,
    /// Seconds after which trying again may help.
    pub retry_after: Option<u32>,
}

const fn refuse(code: u16, status: u16, title: &'static str, detail: &'static str) -> Outward {
    Outward {
        code,
        status,
        title,
        detail,
        retry_after: None,
    }
}

const fn later(
    code: u16,
    status: u16,
    title: &'static str,
    detail: &'static str,
    after: u32,
) -> Outward {
    Outward {
        code,
        status,
        title,
        detail,
        retry_after: Some(after),
    }
}

impl Refusal {
    /// This is the only place where a failure becomes an answer for senders. It says nothing
    /// about the developer's machine.
    #[must_use]
    pub const fn outward(self) -> Outward {
        use FailureKind as K;
        match self {
            Self::Framing => refuse(
                4001,
                400,
                "Ambiguous body length",
                "Send either one Content-Length or Transfer-Encoding: chunked.",
            ),
            Self::Malformed => refuse(
                4002,
                400,
                "Malformed request",
                "The head of the request is not valid HTTP.",
            ),
            Self::Target => refuse(
                4003,
                400,
                "Malformed request target",
                "The request target has characters that do not belong there.",
            ),
            Self::HeadTimeout => refuse(
                4004,
                408,
                "Request too slow",
                "The head of the request did not arrive in time.",
            ),
            Self::TargetTooLong => refuse(
                4007,
                414,
                "Request target too long",
                "Shorten the path or the query.",
            ),
            Self::Host => refuse(
                4008,
                400,
                "Host header missing or invalid",
                "Send exactly one Host header with the host the request is for.",
            ),
            Self::Expectation => refuse(
                4009,
                417,
                "Unknown expectation",
                "Only Expect: 100-continue is supported.",
            ),
            Self::Authority => refuse(
                4010,
                400,
                "Host mismatch",
                "The host in the request target and the Host header differ.",
            ),
            Self::Misdirected => refuse(
                4011,
                421,
                "Misdirected request",
                "The TLS connection was made for another host.",
            ),
            Self::HeadTooLarge => refuse(
                4013,
                431,
                "Request head too large",
                "Send fewer or shorter header fields.",
            ),
            Self::TransferCoding => refuse(
                4014,
                501,
                "Unsupported transfer coding",
                "Only the chunked transfer coding is supported.",
            ),
            Self::Method => refuse(
                4015,
                501,
                "Unsupported method",
                "CONNECT and TRACE are not supported.",
            ),
            Self::Version => refuse(
                4016,
                505,
                "Unsupported HTTP version",
                "HTTP/1.0, HTTP/1.1 and, over TLS, HTTP/2 are supported.",
            ),
            Self::Failed(kind) => match kind {
                K::UnknownName => refuse(
                    4040,
                    kind.status(),
                    "Unknown name",
                    "No tunnel has this name.",
                ),
                K::OriginRefused | K::OriginTls => later(
                    5021,
                    kind.status(),
                    "No connection to the local server",
                    "The tunnel is up, but the server behind it does not take connections.",
                    5,
                ),
                K::OriginClosed | K::OriginAborted | K::SenderGone => later(
                    5022,
                    kind.status(),
                    "The local server closed the connection",
                    "The server behind the tunnel closed the connection before it answered.",
                    5,
                ),
                K::OriginBroken => later(
                    5023,
                    kind.status(),
                    "Invalid answer",
                    "The server behind the tunnel did not answer in valid HTTP.",
                    5,
                ),
                K::NotConnected | K::TunnelLost => later(
                    5031,
                    kind.status(),
                    "Not connected",
                    "The name is known, but its client is not connected right now.",
                    5,
                ),
                K::Overloaded | K::Draining | K::Protocol => later(
                    5032,
                    kind.status(),
                    "Busy",
                    "Too many requests are under way, or the service is restarting.",
                    1,
                ),
                // Clients answer these themselves; no stream is ever reset for them.
                K::SignatureRefused | K::BodyTooLarge => Self::Failed(K::Protocol).outward(),
                K::OriginTimeout => later(
                    5041,
                    kind.status(),
                    "No answer in time",
                    "The server behind the tunnel did not answer in time.",
                    5,
                ),
                K::Loop => refuse(
                    5081,
                    kind.status(),
                    "Loop detected",
                    "The request has passed through hookreel too often: the tunnel forwards to itself.",
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Those that need no request to be understood.
    const OF_THE_HEAD: [Refusal; 13] = [
        Refusal::Framing,
        Refusal::Malformed,
        Refusal::Target,
        Refusal::HeadTimeout,
        Refusal::TargetTooLong,
        Refusal::Host,
        Refusal::Expectation,
        Refusal::Authority,
        Refusal::Misdirected,
        Refusal::HeadTooLarge,
        Refusal::TransferCoding,
        Refusal::Method,
        Refusal::Version,
    ];

    #[test]
    fn every_cause_in_a_head_has_a_code_of_its_own_in_the_promised_range() {
        let codes: BTreeSet<_> = OF_THE_HEAD
            .iter()
            .map(|refusal| refusal.outward().code)
            .collect();
        assert_eq!(codes.len(), OF_THE_HEAD.len());
        assert!(
            codes.iter().all(|code| (4001..=4019).contains(code)),
            "{codes:?}"
        );
    }

    #[test]
    fn a_known_name_never_answers_404_or_410() {
        use FailureKind as K;
        for kind in [
            K::SenderGone,
            K::Loop,
            K::NotConnected,
            K::Overloaded,
            K::Draining,
            K::TunnelLost,
            K::Protocol,
            K::OriginRefused,
            K::OriginTls,
            K::OriginClosed,
            K::OriginBroken,
            K::OriginTimeout,
            K::OriginAborted,
        ] {
            let status = Refusal::Failed(kind).outward().status;
            assert!(status >= 500, "{kind:?} answers {status}");
        }
    }

    #[test]
    fn the_table_of_codes_stays_as_it_is() {
        use FailureKind as K;
        let kinds = [
            K::UnknownName,
            K::OriginRefused,
            K::OriginClosed,
            K::OriginBroken,
            K::NotConnected,
            K::Overloaded,
            K::OriginTimeout,
            K::Loop,
        ];
        let all = OF_THE_HEAD.into_iter().chain(kinds.map(Refusal::Failed));
        let table: String = all
            .map(Refusal::outward)
            .map(|o| format!("HR-{} {} {} · {}\n", o.code, o.status, o.title, o.detail))
            .collect();
        insta::assert_snapshot!(table);
    }
}
