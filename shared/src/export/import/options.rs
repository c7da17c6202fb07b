//! The options of curl: which take a value, and which of them matter to what is sent.

/// Change how, not what, is sent; by long and short name.
const HOW: &[(&str, &str)] = &[
    ("--compressed", ""),
    ("--fail", "-f"),
    ("--fail-early", ""),
    ("--fail-with-body", ""),
    ("--globoff", "-g"),
    ("--http0.9", ""),
    ("--http1.0", "-0"),
    ("--http1.1", ""),
    ("--http2", ""),
    ("--http2-prior-knowledge", ""),
    ("--http3", ""),
    ("--include", "-i"),
    ("--insecure", "-k"),
    ("--ipv4", "-4"),
    ("--ipv6", "-6"),
    ("--location", "-L"),
    ("--location-trusted", ""),
    ("--no-buffer", "-N"),
    ("--no-keepalive", ""),
    ("--no-progress-meter", ""),
    ("--path-as-is", ""),
    ("--progress-bar", "-#"),
    ("--raw", ""),
    ("--remote-header-name", "-J"),
    ("--remote-name", "-O"),
    ("--show-error", "-S"),
    ("--silent", "-s"),
    ("--ssl-no-revoke", ""),
    ("--tcp-nodelay", ""),
    ("--tlsv1.2", ""),
    ("--tlsv1.3", ""),
    ("--verbose", "-v"),
];
/// The same, with a value.
const HOW_WITH_VALUE: &[(&str, &str)] = &[
    ("--cacert", ""),
    ("--cert", "-E"),
    ("--ciphers", ""),
    ("--connect-timeout", ""),
    ("--connect-to", ""),
    ("--cookie-jar", "-c"),
    ("--dump-header", "-D"),
    ("--interface", ""),
    ("--key", ""),
    ("--limit-rate", ""),
    ("--max-redirs", ""),
    ("--max-time", "-m"),
    ("--noproxy", ""),
    ("--output", "-o"),
    ("--proxy", "-x"),
    ("--resolve", ""),
    ("--retry", ""),
    ("--retry-delay", ""),
    ("--retry-max-time", ""),
    ("--stderr", ""),
    ("--trace-ascii", ""),
    ("--unix-socket", ""),
    ("--write-out", "-w"),
];
/// Make a difference.
const WHAT: &[(&str, &str)] = &[("--get", "-G"), ("--head", "-I")];
/// The same, with a value.
const WHAT_WITH_VALUE: &[(&str, &str)] = &[
    ("--config", "-K"),
    ("--cookie", "-b"),
    ("--data", "-d"),
    ("--data-ascii", ""),
    ("--data-binary", ""),
    ("--data-raw", ""),
    ("--data-urlencode", ""),
    ("--form", "-F"),
    ("--form-string", ""),
    ("--header", "-H"),
    ("--json", ""),
    ("--oauth2-bearer", ""),
    ("--range", "-r"),
    ("--referer", "-e"),
    ("--request", "-X"),
    ("--request-target", ""),
    ("--upload-file", "-T"),
    ("--url", ""),
    ("--url-query", ""),
    ("--user", "-u"),
    ("--user-agent", "-A"),
];

/// What an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its long name; none where it does not matter to what is sent.
    pub(super) name: Option<&'static str>,
    /// Whether a value belongs to it.
    pub(super) has_value: bool,
}

/// The option of this name, `--long` or `-s`.
pub(super) fn known(name: &str) -> Option<Known> {
    let kinds = [
        (HOW, false, false),
        (HOW_WITH_VALUE, false, true),
        (WHAT, true, false),
        (WHAT_WITH_VALUE, true, true),
    ];
    kinds.into_iter().find_map(|(kind, matters, has_value)| {
        let is = |(long, short): &&(&str, &str)| *long == name || *short == name;
        let (long, _) = kind.iter().find(is).filter(|_| !name.is_empty())?;
        Some(Known {
            name: matters.then_some(*long),
            has_value,
        })
    })
}
