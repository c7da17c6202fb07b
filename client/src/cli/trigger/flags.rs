//! The flags of `hookreel trigger`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hookreel_shared::model::Name;
use hookreel_shared::provider::samples::Variant;

use crate::error::Failed;

pub const EXAMPLES: &str = "\
Examples:
  hookreel trigger --list stripe                   which samples of Stripe's there are
  hookreel trigger stripe charge.succeeded         one, to where the latest webhook went
  hookreel trigger github push --to http://localhost:3000/hooks  to another server
  hookreel trigger github push --name my-app       by the public address of that name
  hookreel trigger stripe charge.succeeded --set data.object.amount=500  with another amount
  hookreel trigger shopify orders/create --body order.json  with a body of your own
  hookreel trigger stripe charge.succeeded --edit  change it first, in $EDITOR
  hookreel trigger stripe charge.succeeded --bad-signature --fail  must be refused: exit 6
  hookreel trigger github push --attempts 0,1,5 --json  again until a 2xx; a line an attempt
  hookreel trigger slack message --times 100 --rate 20  twenty a second";

/// More are no samples any more.
const MOST: i64 = 10_000;

#[derive(Args, Debug)]
pub struct TriggerFlags {
    /// Who sends it: stripe, github, slack, …
    #[arg(required_unless_present = "list")]
    pub provider: Option<String>,
    /// What it is about; several are sent one after the other
    #[arg(value_name = "EVENT")]
    pub events: Vec<String>,
    /// List what can be sent, of one provider or of all
    #[arg(long, conflicts_with = "events")]
    pub list: bool,
    /// Send it here: a port, host:port or URL with the path [default: where the latest webhook
    /// went]
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Send it by the public address of this name, and record it as it comes in there; with --to, as
    /// if it came to this name
    #[arg(long, short, value_name = "NAME")]
    pub name: Option<Name>,
    /// Set a value: $.path, form:NAME, header:NAME or query:NAME; a bare name is one of the body
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Send this body instead of the sample's
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Change the request first, in $VISUAL or $EDITOR; it is signed afterwards
    #[arg(long)]
    pub edit: bool,
    /// Send each this often, with new ids
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub times: u32,
    /// This many a second, however long answers take [default: one after the other]
    #[arg(long, value_name = "R", value_parser = rate)]
    pub rate: Option<f64>,
    /// Seconds before each attempt, until one is answered with a 2xx, as senders do
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "0",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub attempts: Vec<f64>,
    /// With a signature that is wrong by one bit
    #[arg(long, group = "variant")]
    pub bad_signature: bool,
    /// Signed well, but too long ago
    #[arg(long, group = "variant")]
    pub old_timestamp: bool,
    /// The same delivery twice
    #[arg(long, group = "variant")]
    pub duplicate: bool,
    /// The last of several events first
    #[arg(long, group = "variant")]
    pub out_of_order: bool,
    /// Send it without a signature
    #[arg(long, conflicts_with = "variant")]
    pub unsigned: bool,
    /// Sign with the secret of this label, as hookreel secret list shows them [default: the first that
    /// can]
    #[arg(long, value_name = "LABEL", conflicts_with = "unsigned")]
    pub secret_label: Option<String>,
    /// The address your server believes it has, for providers that sign it [default: the public
    /// one, or that of --to]
    #[arg(long, value_name = "URL")]
    pub sign_url: Option<String>,
    /// Accept any certificate of an https server
    #[arg(long)]
    pub origin_insecure: bool,
    /// Exit with 6 unless each is answered with a 2xx in the end
    #[arg(long)]
    pub fail: bool,
}

impl TriggerFlags {
    /// What is special about it.
    pub fn variant(&self) -> Option<Variant> {
        let given = [
            (self.bad_signature, Variant::BadSignature),
            (self.old_timestamp, Variant::OldTimestamp),
            (self.duplicate, Variant::Duplicate),
            (self.out_of_order, Variant::OutOfOrder),
        ];
        given.into_iter().find(|(given, _)| *given).map(|one| one.1)
    }

    /// How long to wait before each attempt.
    pub fn delays(&self) -> Result<Vec<Duration>, Failed> {
        let delay = |seconds: &f64| {
            let delay = Duration::try_from_secs_f64(*seconds).ok();
            let delay = delay.filter(|delay| *delay <= Duration::from_secs(86_400));
            delay.ok_or_else(|| {
                Failed::usage("--attempts takes seconds before each attempt, such as 0,1,5")
            })
        };
        self.attempts.iter().map(delay).collect()
    }
}

/// A number above nothing.
fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if f64::is_finite(rate) && rate > 0.0 => Ok(rate),
        _ => Err("expected a number above 0, such as 20 or 0.5".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_above_nothing() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["", "0", "-1", "inf", "NaN", "fast"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
