//! What cannot be sent again, and why: it would be another request than the one that came.

use hookreel_shared::model::{BodyKind, Exchange};

/// Why an exchange is not sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its request is not over.
    #[error("its request is still on its way")]
    Running,
    /// It left HTTP: what passed is no body.
    #[error("it became another protocol (an upgrade), which cannot be sent again")]
    Upgrade,
    /// Only the beginning of its body was kept.
    #[error("only {} of {} were kept (see body-limit)", size(*kept), size(*of))]
    Truncated {
        /// Bytes that were kept.
        kept: u64,
        /// Bytes that passed.
        of: u64,
    },
    /// Not all of its body came.
    #[error("its body never came whole")]
    Incomplete,
    /// The user wanted it signed, and that is not possible.
    #[error(transparent)]
    Resign(#[from] super::resign::ResignError),
}

/// Whether the request of an exchange can be sent again as it came.
///
/// # Errors
/// [`Refusal`].
pub fn refuse(original: &Exchange) -> Result<(), Refusal> {
    let body = &original.request_body;
    let passed = body.size;
    match original.request.body {
        BodyKind::Upgrade => Err(Refusal::Upgrade),
        _ if original.closed_at.is_none() => Err(Refusal::Running),
        BodyKind::Length(length) if passed < length => Err(Refusal::Incomplete),
        _ if body.cut => Err(Refusal::Incomplete),
        _ if body.is_truncated() => Err(Refusal::Truncated {
            kept: body.kept.len() as u64,
            of: passed,
        }),
        _ => Ok(()),
    }
}

/// Bytes in the largest unit that has a whole number of them, or one digit.
fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let float = bytes as f64;
    let (unit, name) = match bytes {
        0..1024 => return format!("{bytes} B"),
        1024..0x10_0000 => (1024.0, "KiB"),
        0x10_0000..0x4000_0000 => (1024.0 * 1024.0, "MiB"),
        _ => (1024.0 * 1024.0 * 1024.0, "GiB"),
    };
    let text = format!("{:.1}", float / unit);
    format!("{} {name}", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookreel_shared::model::{Capture, FailureKind};

    use super::super::testing::{answered, exchange, failed};
    use super::*;

    fn of_kind(kind: BodyKind) -> Exchange {
        let mut exchange = exchange("/", &[], b"hello");
        Arc::make_mut(&mut exchange.request).body = kind;
        exchange
    }

    #[test]
    fn what_came_whole_is_sent_again_however_it_ended() {
        let came = exchange("/", &[], b"hello");
        assert_eq!(refuse(&answered(came.clone(), 500, b"")), Ok(()));
        for kind in [FailureKind::OriginRefused, FailureKind::SenderGone] {
            assert_eq!(refuse(&failed(came.clone(), kind)), Ok(()));
        }
        for kind in [FailureKind::OriginClosed, FailureKind::SenderGone] {
            let chunked = of_kind(BodyKind::Chunked);
            assert_eq!(refuse(&failed(chunked, kind)), Ok(()));
        }
    }

    #[test]
    fn what_is_not_the_request_that_came_is_refused() {
        let came = exchange("/", &[], b"hello");
        assert_eq!(refuse(&came), Err(Refusal::Running));
        let upgrade = answered(of_kind(BodyKind::Upgrade), 101, b"");
        assert_eq!(refuse(&upgrade), Err(Refusal::Upgrade));
        let cut = failed(of_kind(BodyKind::Length(9)), FailureKind::SenderGone);
        assert_eq!(refuse(&cut), Err(Refusal::Incomplete));
        // However it ended: an origin may answer what it has not read to its end.
        let mut cut = of_kind(BodyKind::Chunked);
        cut.request_body.cut = true;
        let refused = [
            failed(cut.clone(), FailureKind::OriginRefused),
            answered(cut, 413, b""),
        ];
        for exchange in refused {
            assert_eq!(refuse(&exchange), Err(Refusal::Incomplete));
        }
    }

    #[test]
    fn a_body_kept_in_part_is_refused_with_both_sizes() {
        let mut large = answered(exchange("/", &[], b""), 200, b"");
        large.request_body = Capture {
            kept: vec![0; 25 << 10].into(),
            size: 80 << 20,
            ..Capture::default()
        };
        let refused = refuse(&large).unwrap_err().to_string();
        assert_eq!(refused, "only 25 KiB of 80 MiB were kept (see body-limit)");
        assert_eq!(size(1_600), "1.6 KiB");
        assert_eq!(size(3 << 30), "3 GiB");
    }
}
