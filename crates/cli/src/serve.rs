//! `osusume serve`: answers over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;
use osusume_release::{ReleaseError, Trust};
use osusume_serve::http::{DEADLINE, Options, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};
use osusume_serve::serve::Limits;

use crate::output;

/// Answer over HTTP as the Lambda function does, for development; also serve a static site.
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
    /// Threads that answer [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
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

/// Runs the subcommand, until the process ends.
pub fn run(args: &Args) -> Result<()> {
    let folder = ReleaseFolder { path: args.release.clone(), trust: Trust::Nothing };
    let quiet = args.quiet;
    let log = Box::new(move |line: &str| {
        if !quiet || line.contains("\"event\"") {
            eprintln!("{line}");
        }
    });
    let store = Store::new(Box::new(folder), Some(Duration::from_secs(args.reload)));
    let service =
        Service::new(store, Options { origin: args.origin.clone(), log, deadline: DEADLINE });
    service.refresh();
    let address = SocketAddr::new(args.host, args.port);
    let failed = |source| ReleaseError::Io { path: address.to_string().into(), source };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = args.threads {
        runtime.worker_threads(usize::from(threads));
    }
    let runtime = runtime.enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = osusume_serve::serve::bind(address).await.map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        output::line(&format!("http://{at}/"));
        osusume_serve::serve::run(listener, service, args.site.clone(), Limits::default()).await;
        Ok(())
    })
}
