//! The `osusume` command: parses, calls the library, prints.
//!
//! Exit code 2 says that the command line was wrong, 1 that something failed. Errors go to standard error, with
//! `--json` as `{"error": {"code", "message"}}`.

mod build;
mod catalogue;
mod encode;
mod error;
mod eval;
mod find;
mod import;
mod inspect;
mod map;
mod output;
mod pack;
mod profile;
mod recommend;
mod serve;
mod similar;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Recommendations for static websites: train, encode and pack a release; ask it.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print JSON: sorted keys, numbers as JavaScript writes them (RFC 8785).
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(build::Args),
    Train(train::Args),
    Encode(encode::Args),
    Import(import::Args),
    Eval(eval::Args),
    Pack(pack::Args),
    Map(map::Args),
    Inspect(inspect::Args),
    Verify(inspect::Verify),
    Find(find::Args),
    Similar(similar::Args),
    Profile(profile::Args),
    Recommend(recommend::Args),
    Serve(serve::Args),
}

fn main() -> ExitCode {
    let Cli { command, json } = Cli::parse();
    let done = match command {
        Command::Build(args) => build::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Import(args) => import::run(&args, json),
        Command::Eval(args) => eval::run(&args, json),
        Command::Pack(args) => pack::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Inspect(args) => inspect::run(&args, json),
        Command::Verify(args) => inspect::verify(&args, json),
        Command::Find(args) => find::run(&args, json),
        Command::Similar(args) => similar::run(&args, json),
        Command::Profile(args) => profile::run(&args, json),
        Command::Recommend(args) => recommend::run(&args, json),
        Command::Serve(args) => serve::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error, json);
            ExitCode::FAILURE
        }
    }
}
