//! `hookreel trigger --list`: what can be sent.

use hookreel_shared::provider::samples::{self, Sample};

use crate::cli::{Global, out, secret};
use crate::config::Output;
use crate::error::{Exit, Failed};

/// Lists the samples of one provider, or of all.
pub fn run(provider: Option<&str>, global: &Global) -> Result<Exit, Failed> {
    let providers: Vec<&str> = match provider {
        // Rows of the user's own count too.
        Some(one) if samples::list(one).is_err() => {
            let known = secret::providers(global)?.now();
            let row = secret::row(&known.table, one)?;
            return Err(Failed::usage(super::no_samples(row)));
        }
        Some(one) => vec![one],
        None => samples::providers().collect(),
    };
    let lists = providers.into_iter().map(samples::list);
    let all: Result<Vec<Vec<Sample>>, _> = lists.collect();
    let all = all.map_err(|error| Failed::usage(error.to_string()))?;
    let all: Vec<Sample> = all.into_iter().flatten().collect();
    if global.output() == Some(Output::Json) {
        return out::text(&all.iter().map(json).collect::<String>());
    }
    let wide = |column: fn(&Sample) -> usize| all.iter().map(column).max().unwrap_or(0);
    let first = wide(|sample| sample.provider.len());
    let second = wide(|sample| sample.name.chars().count());
    let line = |sample: &Sample| {
        let Sample {
            provider,
            name,
            about,
            ..
        } = sample;
        format!("{provider:first$}  {name:second$}  {about}\n")
    };
    out::text(&all.iter().map(line).collect::<String>())
}

fn json(sample: &Sample) -> String {
    let line = serde_json::json!({
        "type": "sample",
        "v": 1,
        "provider": sample.provider,
        "name": sample.name,
        "event": sample.event,
        "about": sample.about,
        "signed": sample.signed,
        "handshake": sample.handshake,
    });
    line.to_string() + "\n"
}
