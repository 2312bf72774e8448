//! `osusume serve`: answers over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use osusume_release::{OwnerKey, ReleaseError, Trust};
use osusume_serve::http::{Options, Service};
use osusume_serve::owner::{Owner, Timestamp, parse_time};
use osusume_serve::renewal::{ReleaseFolder, Store};
use osusume_serve::serve::Limits;

use crate::{output, signals};

/// Answer over HTTP as the Lambda function does; also serve a static site.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port; 0 takes any free port.
    #[arg(short, long, default_value_t = 8080)]
    port: u16,
    /// Address to listen at; by default only this machine can connect.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
    /// Seconds between two checks of the folder for another release.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    reload: u64,
    /// A folder of static files, for instance target/site.
    #[arg(long, value_name = "FOLDER")]
    site: Option<PathBuf>,
    /// The origin whose pages may read the replies; * allows all.
    #[arg(long, value_name = "ORIGIN", default_value = "*", value_parser = parse_origin)]
    origin: String,
    /// Threads that rank [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Requests that may wait for a thread; more are refused with 503 and Retry-After.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(0..=4096))]
    queue: u16,
    /// Seconds that an answer may take, waiting for a thread included.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = parse_seconds)]
    deadline: Duration,
    /// Take only releases that the owner of this minisign key (56 letters, RW…) has signed, and none
    /// that is older than the one that answers; the signature is manifest.json.minisig.
    #[arg(long, value_name = "KEY", value_parser = OwnerKey::parse)]
    public_key: Option<OwnerKey>,
    /// Also refuse releases that were signed before this time, like 2026-10-24 or
    /// 2026-10-24T12:00:00Z.
    #[arg(long, value_name = "TIME", requires = "public_key", value_parser = parse_time)]
    not_before: Option<Timestamp>,
    /// Do not log requests.
    #[arg(short, long)]
    quiet: bool,
}

fn parse_origin(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain {
        Ok(text.to_owned())
    } else {
        Err("an origin is * or like https://example.org".to_owned())
    }
}

/// Reads seconds, which may have a fraction.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let seconds = seconds.filter(|seconds| (1..=3_600_000).contains(&seconds.as_millis()));
    seconds.ok_or_else(|| "it must be 0.001 to 3600 seconds".to_owned())
}

/// Runs the subcommand, until a signal ends it.
pub fn run(args: &Args) -> Result<()> {
    let (tell, told) = tokio::sync::oneshot::channel();
    signals::on_first(move || {
        let _ = tell.send(()); // nobody listens if the server has failed meanwhile
    });
    let service = service(args);
    service.refresh();
    let address = SocketAddr::new(args.host, args.port);
    let failed = |source| ReleaseError::Io { path: address.to_string().into(), source };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let are_answered = runtime.block_on(async {
        let listener = osusume_serve::serve::bind(address).await.map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        // In words for people, and alone on its line for programs.
        eprintln!("osusume serves at http://{at}/ until Ctrl+C");
        output::line(&format!("http://{at}/"));
        let shutdown = async {
            let _ = told.await;
        };
        let site = args.site.clone();
        Ok(osusume_serve::serve::run(listener, service, site, limits(args), shutdown).await)
    });
    // Work that has no reader any more does not keep the process.
    runtime.shutdown_background();
    Err(Error::Stopped(match are_answered {
        Err(error) => return Err(error),
        Ok(true) => "every request that had begun was answered",
        Ok(false) => "connections that stayed open were cut off",
    }))
}

fn service(args: &Args) -> Service {
    let folder = ReleaseFolder { path: args.release.clone(), trust: Trust::Nothing };
    let quiet = args.quiet;
    let log = Box::new(move |line: &str| {
        if !quiet || line.contains("\"event\"") {
            eprintln!("{line}");
        }
    });
    let mut store = Store::new(Box::new(folder), Some(Duration::from_secs(args.reload)));
    if let Some(key) = &args.public_key {
        let owner = Owner::new(key.clone());
        let not_before = args.not_before.unwrap_or(owner.not_before);
        store = store.with_owner(Owner { not_before, ..owner });
    }
    Service::new(store, Options { origin: args.origin.clone(), log, deadline: args.deadline })
}

fn limits(args: &Args) -> Limits {
    let limits = Limits { queue: args.queue.into(), ..Limits::default() };
    let threads = args.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    Limits { threads: threads.unwrap_or(limits.threads), ..limits }
}
