//! The command line of the relay.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::app::{self, Addresses, App};
use crate::config::{Config, Limits, Tls};

/// Exit code for wrong usage or configuration.
const USAGE: u8 = 2;
/// Exit code after a second interrupt.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(name = "hookreel-relay", version, about = "The public server of hookreel", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  A trial on one machine:
    hookreel-relay serve --domain hooks.localhost --http 127.0.0.1:8080 --tunnel 127.0.0.1:4433
  In public, with a certificate of your own:
    hookreel-relay serve --domain hooks.example.com --tls files --cert chain.pem --key key.pem \\
      --https 0.0.0.0:443 --http 0.0.0.0:80 --tunnel 0.0.0.0:443 \\
      --data /var/lib/hookreel --anonymous";

#[derive(Subcommand)]
enum Verb {
    /// Run the relay
    Serve(Box<Serve>),
    /// Print the default limits
    Limits,
    /// Print a completion script
    Completion {
        /// For which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
struct Serve {
    /// Names are labels below this domain
    #[arg(long, env = "HOOKREEL_DOMAIN")]
    domain: String,
    /// Public address without TLS [default: 127.0.0.1:8080 where there is no --https]
    #[arg(long, env = "HOOKREEL_HTTP", value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Public address with TLS
    #[arg(long, env = "HOOKREEL_HTTPS", value_name = "ADDR")]
    https: Option<SocketAddr>,
    /// Where clients connect (UDP)
    #[arg(
        long,
        env = "HOOKREEL_TUNNEL",
        value_name = "ADDR",
        default_value = "127.0.0.1:4433"
    )]
    tunnel: SocketAddr,
    /// Health, on loopback
    #[arg(
        long,
        env = "HOOKREEL_ADMIN",
        value_name = "ADDR",
        default_value = "127.0.0.1:9090"
    )]
    admin: SocketAddr,
    /// Where certificates come from [default: files with --cert, else off]
    #[arg(long, env = "HOOKREEL_TLS", value_enum)]
    tls: Option<TlsMode>,
    /// Certificate chain in PEM form
    #[arg(long, env = "HOOKREEL_CERT", value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// Its private key in PEM form
    #[arg(long, env = "HOOKREEL_KEY", value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Keep the relay's key and the names of clients here
    #[arg(long, env = "HOOKREEL_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Let anyone open a tunnel who can reach --tunnel
    #[arg(long, env = "HOOKREEL_ANONYMOUS")]
    anonymous: bool,
    /// Requests at once on one tunnel; more are answered 503
    #[arg(long, env = "HOOKREEL_REQUESTS_PER_TUNNEL", value_name = "N")]
    requests_per_tunnel: Option<usize>,
    /// Threads for the public listeners [default: one per two cores]
    #[arg(long, env = "HOOKREEL_THREADS", value_name = "N")]
    threads: Option<usize>,
    /// Print addresses as one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum TlsMode {
    Off,
    SelfSigned,
    Files,
}

/// Parses the arguments and runs; gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.verb {
        Verb::Serve(serve) => run(*serve),
        Verb::Limits => limits().map(|()| ExitCode::SUCCESS),
        Verb::Completion { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "hookreel-relay",
                &mut io::stdout(),
            );
            Ok(ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(serve: Serve) -> anyhow::Result<ExitCode> {
    let filter = match std::env::var("HOOKREEL_LOG") {
        Ok(text) if !text.is_empty() => match EnvFilter::try_new(&text) {
            Ok(filter) => filter,
            Err(error) => {
                writeln!(io::stderr(), "error: HOOKREEL_LOG: {error}")?;
                return Ok(ExitCode::from(USAGE));
            }
        },
        _ => EnvFilter::new("info"),
    };
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(io::stderr)
        .init();
    let json = serve.json;
    let app = match serve
        .config()
        .and_then(|config| app::build(config).map_err(Into::into))
    {
        Ok(app) => app,
        Err(error) => {
            writeln!(io::stderr(), "error: {error}")?;
            return Ok(ExitCode::from(USAGE));
        }
    };
    let shutdown = CancellationToken::new();
    watch_signals(shutdown.clone())?;
    announce(&app, json)?;
    app.run(&shutdown)?;
    Ok(ExitCode::SUCCESS)
}

impl Serve {
    fn config(self) -> anyhow::Result<Config> {
        let mode = self.tls.unwrap_or(if self.cert.is_some() {
            TlsMode::Files
        } else {
            TlsMode::Off
        });
        let tls = match (mode, self.cert, self.key) {
            (TlsMode::Files, Some(cert), Some(key)) => Tls::Files { cert, key },
            (TlsMode::Files, ..) => anyhow::bail!("--tls files needs --cert FILE and --key FILE"),
            (_, Some(_), _) => anyhow::bail!("--cert and --key go with --tls files"),
            (TlsMode::Off, ..) => Tls::Off,
            (TlsMode::SelfSigned, ..) => Tls::SelfSigned,
        };
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
        let mut limits = Limits::default();
        if let Some(limit) = self.requests_per_tunnel {
            limits.requests_per_tunnel = limit;
        }
        // Each thread more contends with the one that drives the tunnels: with two cores, a
        // second one cost a tenth more processor time a request; more were not tried.
        let cores = || thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        Ok(Config {
            domain: self.domain,
            http: self.http.or(if self.https.is_none() {
                Some(local)
            } else {
                None
            }),
            https: self.https,
            tunnel: self.tunnel,
            admin: Some(self.admin),
            tls,
            data: self.data,
            anonymous: self.anonymous,
            bare: false,
            threads: self.threads.unwrap_or_else(cores),
            limits,
        })
    }
}

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    v: u32,
    #[serde(flatten)]
    addresses: &'a Addresses,
}

fn announce(app: &App, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let Addresses {
        http,
        https,
        tunnel,
        admin,
        pin,
    } = &app.addresses;
    if json {
        serde_json::to_writer(
            &mut out,
            &Ready {
                r#type: "ready",
                v: 1,
                addresses: &app.addresses,
            },
        )?;
        writeln!(out)?;
    } else {
        for url in [http, https].into_iter().flatten() {
            writeln!(out, "public  {url}")?;
        }
        writeln!(out, "tunnel  {tunnel} (UDP)")?;
        if let Some(admin) = admin {
            writeln!(out, "admin   http://{admin}/healthz")?;
        }
        writeln!(out, "pin     {pin}")?;
        writeln!(
            out,
            "\nclients connect with:\n  hookreel 3000 --relay {tunnel} --pin {pin}"
        )?;
    }
    Ok(out.flush()?)
}

/// The first interrupt drains, the second ends at once. Signals are caught from when this returns.
fn watch_signals(shutdown: CancellationToken) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("signals")?;
    let mut stop = {
        let _inside = runtime.enter();
        StopSignals::new()?
    };
    let watch = async move {
        stop.next().await;
        tracing::info!("draining; interrupt again to stop at once");
        shutdown.cancel();
        stop.next().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "the second interrupt asks for exactly this"
        )]
        std::process::exit(INTERRUPTED.into());
    };
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || runtime.block_on(watch))?;
    Ok(())
}

#[cfg(unix)]
struct StopSignals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl StopSignals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct StopSignals;

#[cfg(not(unix))]
impl StopSignals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn limits() -> anyhow::Result<()> {
    let Limits {
        head,
        headers,
        target,
        head_within,
        handshake_within,
        idle,
        answer_within,
        requests_per_tunnel,
        open_within,
        drain,
        lease,
        names,
    } = Limits::default();
    let mut out = io::stdout().lock();
    let rows = [
        ("request head", format!("{} KiB", head / 1024)),
        ("header fields", headers.to_string()),
        ("request target", format!("{} KiB", target / 1024)),
        ("head must arrive within", format!("{head_within:?}")),
        (
            "TLS and QUIC handshakes within",
            format!("{handshake_within:?}"),
        ),
        ("idle connection closed after", format!("{idle:?}")),
        ("answer of the client within", format!("{answer_within:?}")),
        (
            "requests at once per tunnel",
            requests_per_tunnel.to_string(),
        ),
        ("stream opens within", format!("{open_within:?}")),
        ("drain at shutdown", format!("{drain:?}")),
        (
            "name stays with its owner for",
            format!("{} days", lease.as_secs() / 86_400),
        ),
        ("names known", names.to_string()),
    ];
    for (what, value) in rows {
        writeln!(out, "{what:<32} {value}")?;
    }
    Ok(())
}
