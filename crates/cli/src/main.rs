//! The `osusume` command: parses, calls the libraries, prints. It holds no logic of its own.
//!
//! Errors go to standard error, with `--json` as
//! `{"error": {"code", "class", "message", "hint"}}`.

mod build;
mod catalogue;
mod encode;
mod error;
mod eval;
mod exit_code;
mod find;
mod import;
mod inspect;
mod map;
mod output;
mod pack;
mod profile;
mod progress;
mod recommend;
mod report;
mod serve;
mod signals;
mod similar;
mod title;
mod train;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use osusume::Code;
use osusume_pack::pipeline::Run;

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
    let Cli { command, json } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    if let Command::Build(args) = &command
        && let Some(problem) = args.problem()
    {
        return refuse(&Cli::command().error(ErrorKind::MissingRequiredArgument, problem));
    }
    let done = match command {
        Command::Build(args) => watched(json, |run| build::run(&args, run)),
        Command::Train(args) => watched(json, |run| train::run(&args, run)),
        Command::Encode(args) => watched(json, |run| encode::run(&args, run)),
        Command::Import(args) => import::run(&args, json),
        Command::Eval(args) => eval::run(&args, json),
        Command::Pack(args) => watched(json, |run| pack::run(&args, run)),
        Command::Map(args) => watched(json, |run| map::run(&args, run)),
        Command::Inspect(args) => inspect::run(&args, json),
        Command::Verify(args) => inspect::verify(&args, json),
        Command::Find(args) => find::run(&args, json),
        Command::Similar(args) => similar::run(&args, json),
        Command::Profile(args) => profile::run(&args, json),
        Command::Recommend(args) => recommend::run(&args, json),
        Command::Serve(args) => serve::run(&args),
    };
    if let Err(error) = &done {
        signals::report(error, json);
    }
    exit_code::of(&done, signals::first())
}

/// Prints help or the version, or says why the command line is wrong.
fn refuse(error: &clap::Error) -> ExitCode {
    let is_json =
        std::env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if error.use_stderr() && is_json {
        let message = error.render().to_string();
        eprintln!("{}", output::error_json(Code::UsageInvalid, message.trim_end()));
    } else {
        // A reader that has left is not an error.
        let _ = error.print();
    }
    if error.use_stderr() { ExitCode::from(exit_code::USAGE) } else { ExitCode::SUCCESS }
}

/// Runs stages that signals interrupt, and shows their progress.
fn watched(json: bool, stages: impl FnOnce(Run<'_>) -> error::Result<()>) -> error::Result<()> {
    let cancel = signals::watch(json);
    let progress = progress::Progress::new();
    let done = stages(Run { cancel, progress: &|event| progress.show(event) });
    let summary = progress.finish();
    if json && done.is_ok() {
        output::json(&summary.into_json());
    }
    done
}
