//! The flags of `hookreel replay`, and the order they are.

use clap::Args;
use hookreel_shared::model::ExchangeId;

use crate::cli::flags::header;
use crate::command::{Replay, Signing};
use crate::config::Settings;
use crate::error::Failed;

pub const EXAMPLES: &str = "\
Examples:
  hookreel replay @1                                 the latest again, to where it went
  hookreel replay 'status:5xx since:1h'              all answered with 5xx, without their replays
  hookreel replay @1 --to http://localhost:4000      to another server
  hookreel replay @1 --edit                          change it first, in $EDITOR
  hookreel replay @1 --edit --resign                 and sign what you made of it
  hookreel replay @1 --resign --secret-label next    with another of the secrets that are set
  hookreel replay @1 -H 'X-Debug: 1'                 with a header set
  hookreel replay @1 --times 100 --concurrency 8     often, told in figures
  hookreel replay @3..@1 --speed 2x                  with their spacing, twice as fast
  hookreel replay @1 --fail --json                   for scripts: exit 6 unless answered with 2xx";

/// What the help says of what is sent.
const WHICH: &str = "An id, the beginning of one, @1 for the latest, a range such as @3..@7, or a filter such as 'status:5xx since:1h', which leaves replays out unless it speaks of label:, is:replay or replay-of:";

#[derive(Args, Debug)]
pub struct ReplayFlags {
    #[arg(required = true, value_name = "WHICH", help = WHICH)]
    pub which: Vec<String>,
    /// Send it here instead: a port, host:port or URL, whose path goes before that of the request
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Send each this often; prints figures instead of lines
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub times: u32,
    /// This many at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub concurrency: u32,
    /// Keep their spacing, divided by this: 1x as it was, 2x in half the time
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// Change the request first, in $VISUAL or $EDITOR; an empty file sends nothing
    #[arg(long)]
    pub edit: bool,
    /// Set a header, in place of any of that name
    #[arg(short = 'H', long = "set-header", value_name = "K: V")]
    pub headers: Vec<String>,
    /// What the server sees as Host: rewrite (its own), keep (the public one), or a value
    /// [default: rewrite for servers on this machine]
    #[arg(long, value_name = "rewrite|keep|VALUE")]
    pub host_header: Option<String>,
    /// Goes before the path of every request
    #[arg(long, value_name = "PREFIX")]
    pub path: Option<String>,
    /// Accept any certificate of an https server
    #[arg(long)]
    pub origin_insecure: bool,
    /// The server must begin its answer within this many seconds [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub origin_timeout: Option<u32>,
    /// Sign it with the provider's secret, or your development key, whatever it was; without this,
    /// only what was signed well when it came and is unchanged
    #[arg(long, conflicts_with = "no_resign")]
    pub resign: bool,
    /// Sign with the secret of this label, as hookreel secret list shows them [default: the one that
    /// fitted, or else the first]
    #[arg(long, value_name = "LABEL", requires = "resign")]
    pub secret_label: Option<String>,
    /// Leave signatures as they are
    #[arg(long)]
    pub no_resign: bool,
    /// The address your server believes it has, for providers that sign it [default: the public
    /// one; with --to that one]
    #[arg(long, value_name = "URL")]
    pub sign_url: Option<String>,
    /// Exit with 6 unless every answer is a 2xx
    #[arg(long)]
    pub fail: bool,
}

impl ReplayFlags {
    /// What they ask for.
    pub fn order(&self, ids: Vec<ExchangeId>) -> Replay {
        Replay {
            ids,
            to: self.to.clone(),
            times: self.times,
            concurrency: self.concurrency,
            speed: self.speed,
            signing: match (self.resign, self.no_resign) {
                (true, _) => Signing::Always,
                (_, true) => Signing::Never,
                _ => Signing::Usual,
            },
            label: self.secret_label.clone(),
        }
    }

    /// The fields to set.
    pub fn set(&self) -> Result<Vec<(String, String)>, Failed> {
        self.headers.iter().map(|text| header(text)).collect()
    }

    /// Those that are settings of an origin, as a layer.
    pub fn settings(&self) -> Settings {
        Settings {
            path: self.path.clone(),
            host_header: self.host_header.clone(),
            origin_insecure: self.origin_insecure.then_some(true),
            origin_timeout: self.origin_timeout,
            ..Settings::default()
        }
    }
}

/// `2x`, `2` or `0.5`.
fn speed(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix(['x', '×']).unwrap_or(text).trim();
    match number.parse() {
        Ok(speed) if f64::is_finite(speed) && speed > 0.0 => Ok(speed),
        _ => Err("expected a number above 0, such as 1x, 2x or 0.5".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_above_nothing_with_or_without_its_sign() {
        for (text, expected) in [("1x", 1.0), ("2", 2.0), ("0.5x", 0.5), ("10×", 10.0)] {
            assert_eq!(speed(text), Ok(expected));
        }
        for text in ["", "x", "0", "-1x", "inf", "NaN", "2xx", "fast"] {
            assert!(speed(text).is_err(), "{text}");
        }
    }
}
