//! `osusume serve`: answers over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;
use osusume_release::{ReleaseError, Trust};
use osusume_serve::http::{Options, Service};
use osusume_serve::store::{Folder, Store};

use crate::output;

/// Answer over HTTP as the Lambda function does, for development; serve a static site beside it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port; 0 takes a free one.
    #[arg(short, long, default_value_t = 8080)]
    port: u16,
    /// Address to listen at; only this machine is let in unless told.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
    /// How often the folder is looked at for another release, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    reload: u64,
    /// A folder of static files, for instance target/site.
    #[arg(long, value_name = "FOLDER")]
    site: Option<PathBuf>,
    /// The origin that pages may ask from.
    #[arg(long, value_name = "ORIGIN", default_value = "*", value_parser = origin)]
    origin: String,
    /// Threads that answer; one a core unless told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Print no line for each request.
    #[arg(short, long)]
    quiet: bool,
}

fn origin(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain {
        Ok(text.to_owned())
    } else {
        Err("an origin is * or like https://example.org".to_owned())
    }
}

/// Runs the subcommand; ends with the process.
pub fn run(args: &Args) -> Result<()> {
    let folder = Folder { path: args.release.clone(), trust: Trust::Nothing };
    let quiet = args.quiet;
    let log = Box::new(move |line: &str| {
        if !quiet || line.contains("\"event\"") {
            eprintln!("{line}");
        }
    });
    let store = Store::new(Box::new(folder), Some(Duration::from_secs(args.reload)));
    let service = Service::new(store, Options { origin: args.origin.clone(), log });
    service.renew();
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
        osusume_serve::serve::run(listener, service, args.site.clone()).await;
        Ok(())
    })
}
