//! The demo in words, step by step.

use std::io::{self, Write};

use super::once::Story;

/// Prints what happened.
pub fn tell(story: &Story) -> io::Result<()> {
    let Story {
        url,
        sample,
        answer,
        seen,
        lines,
        replay,
    } = story;
    let mut out = anstream::stdout();
    let bold = |text: &str| format!("\x1b[1m{text}\x1b[0m");
    writeln!(
        out,
        "{}\n",
        bold("A webhook, all the way: sender → relay → QUIC tunnel → hookreel → your server")
    )?;
    writeln!(
        out,
        "{} POST {url}{}",
        bold("1. The sender posts to the relay"),
        sample.path
    )?;
    for (name, value) in &sample.headers {
        writeln!(out, "   {name}: {value}")?;
    }
    writeln!(out, "   {}\n", sample.body)?;
    if let Some(seen) = seen {
        writeln!(
            out,
            "{}",
            bold("2. The local server gets it through the tunnel")
        )?;
        writeln!(out, "   {} {}", seen.method, seen.target)?;
        for (name, value) in &seen.headers {
            writeln!(out, "   {name}: {value}")?;
        }
        let same = if seen.body == sample.body {
            "every byte as sent, so its signature is good"
        } else {
            "NOT the bytes that were sent"
        };
        writeln!(out, "   ({} bytes, {same})\n", seen.body.len())?;
    }
    writeln!(
        out,
        "{}",
        bold("3. The sender gets the server's own answer")
    )?;
    writeln!(out, "   {} {}\n", answer.status, answer.body)?;
    let title = "4. What hookreel shows of it, and of four more: one is forged, one fails";
    writeln!(out, "{}", bold(title))?;
    for line in lines.lines() {
        writeln!(out, "   {line}")?;
    }
    writeln!(
        out,
        "\n{}",
        bold("5. The one that failed, sent again from the history")
    )?;
    writeln!(out, "   {replay}")?;
    writeln!(
        out,
        "\nYour own server, say on port 3000:  {}",
        bold("hookreel 3000")
    )
}
