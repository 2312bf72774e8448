//! `osusume recommend`: items for a taste.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::error::Result;
use osusume::engine::{
    Answer, Because, Engine, EngineError, Filter, Id, ModelChoice, Request, Warning, WeightedItem,
};
use osusume_release::{ReleaseError, open};

use crate::output;

/// Recommend items for what was liked and disliked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A liked item, by id, text id or exact title, with a weight behind a colon (5:2). May be repeated.
    #[arg(long = "like", value_name = "ITEM[:WEIGHT]")]
    liked: Vec<String>,
    /// A disliked item. May be repeated.
    #[arg(long = "dislike", value_name = "ITEM[:WEIGHT]")]
    disliked: Vec<String>,
    /// What is looked for, in your own words.
    #[arg(long)]
    text: Option<String>,
    /// Results wanted, 1 to 1000.
    #[arg(short, default_value_t = 10)]
    n: usize,
    /// The model to ask, or several by weight: ncf=2,synopsis=1.
    #[arg(long, value_name = "NAME|NAME=WEIGHT,…", value_parser = model)]
    model: Option<ModelChoice>,
    /// A filter as in requests, JSON, for instance `{"minScore": 8, "minMembers": 1000, "collapseSeries": true}`.
    #[arg(long, value_name = "JSON", value_parser = json::<Filter>)]
    filter: Option<Filter>,
    /// 0 (popular) to 1 (hidden gems).
    #[arg(long, value_name = "0…1")]
    niche: Option<f32>,
    /// 0 (the plain order) to 1 (as different as can be).
    #[arg(long, value_name = "0…1", default_value_t = 0.0)]
    diversity: f32,
    /// Say which liked items and models carry each result.
    #[arg(long)]
    explain: bool,
    /// A whole request, JSON, in place of all of the above.
    #[arg(long, value_name = "JSON", value_parser = json::<Request>,
        conflicts_with_all = ["liked", "disliked", "text", "n", "model", "filter", "niche", "diversity", "explain"])]
    request: Option<Request>,
    /// Many requests, JSON, one a line, from a file or from standard input (-). Each is answered in a line of JSON; one
    /// that is refused by `{"error": {"code", "message"}}`.
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["liked", "disliked", "text", "n", "model", "filter", "niche",
        "diversity", "explain", "request"])]
    requests: Option<PathBuf>,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// Reads a JSON object. An array, which serde would take for one, is refused.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| e.to_string())
    } else {
        Err("expected a JSON object".to_owned())
    }
}

fn model(text: &str) -> std::result::Result<ModelChoice, String> {
    if !text.contains('=') {
        return Ok(ModelChoice::One(text.to_owned()));
    }
    let weight = |part: &str| {
        let (name, weight) = part.split_once('=').ok_or("expected NAME=WEIGHT")?;
        Ok((name.to_owned(), weight.parse().map_err(|_| format!("{weight:?} is not a number"))?))
    };
    text.split(',').map(weight).collect::<std::result::Result<_, String>>().map(ModelChoice::Blend)
}

/// An item and its weight; a colon belongs to a title where no number stands behind it.
fn weighted(engine: &Engine, text: &str) -> Result<WeightedItem> {
    let split = text.rsplit_once(':').and_then(|(item, weight)| Some((item, weight.parse().ok()?)));
    let (item, weight) = match engine.row(text) {
        Ok(row) => (row, 1.0),
        Err(error) => match split {
            Some((item, weight)) => (engine.row(item)?, weight),
            None => return Err(error.into()),
        },
    };
    Ok(WeightedItem { id: Id::Number(engine.catalogue().id(item)), weight })
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let engine = open(&args.release, None)?;
    if let Some(path) = &args.requests {
        return answer_lines(&engine, path);
    }
    let all = |items: &[String]| {
        items.iter().map(|text| weighted(&engine, text)).collect::<Result<Vec<_>>>()
    };
    let request = if let Some(request) = &args.request {
        request.clone()
    } else {
        Request {
            liked: all(&args.liked)?,
            disliked: all(&args.disliked)?,
            text: args.text.clone(),
            n: args.n,
            model: args.model.clone(),
            filter: args.filter.clone().unwrap_or_default(),
            niche: args.niche,
            diversity: args.diversity,
            explain: args.explain,
        }
    };
    let answer = engine.recommend(&request)?;
    if json {
        output::json(&answer);
    } else {
        show(&engine, &answer);
    }
    Ok(())
}

/// Answers every line of a file that is not blank.
fn answer_lines(engine: &Engine, path: &Path) -> Result<()> {
    let io = |source| ReleaseError::Io { path: path.to_owned(), source };
    let mut input: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(std::fs::File::open(path).map_err(io)?))
    };
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).map_err(io)? > 0 {
        if !line.trim_ascii().is_empty() {
            let text = std::str::from_utf8(&line).map_err(|e| e.to_string());
            let request = text
                .and_then(json::<Request>)
                .map_err(|reason| EngineError::Request(reason).into());
            match request.and_then(|request| engine.recommend(&request)) {
                Ok(answer) => output::json(&answer),
                Err(error) => output::json(&output::failure(&error.into())),
            }
        }
        line.clear();
    }
    Ok(())
}

/// Prints an answer for people.
pub fn show(engine: &Engine, answer: &Answer<'_>) {
    output::line(&format!("by {} (release {}):", answer.model, answer.release));
    for warning in &answer.warnings {
        let note = match warning {
            Warning::ModelFallback { asked, used } => {
                format!("{asked} does not cover it, {used} answered")
            }
            Warning::PartlyCovered { model, missing } => {
                format!("{model} does not cover {missing:?}")
            }
            Warning::FewMatches { found, .. } => format!("only {found} items exist"),
            Warning::StartList => "nothing liked: a list to start from".to_owned(),
            Warning::UnknownWords { words } => format!("not understood: {}", words.join(", ")),
            Warning::IsTitle { ids } => {
                let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
                format!(
                    "this is a title; for what is like it: osusume similar {}",
                    ids.join(" or ")
                )
            }
            _ => continue,
        };
        output::line(&format!("  note: {note}"));
    }
    for item in &answer.items {
        output::line(&format!("{:>8}  {:>10.4}  {}", item.id, item.score, item.title));
        let because = item.because.iter().flatten().take(3).filter_map(|because| {
            let what = match because {
                Because::Item { id, .. } => {
                    engine.catalogue().title(engine.catalogue().row_of_id(*id)?)
                }
                Because::Word { word, .. } => word,
            };
            Some(format!("{what} {:.0} %", because.share() * 100.0))
        });
        let mut reasons: Vec<String> = because.collect();
        if let Some(by_model) = item.by_model.as_ref().filter(|by_model| by_model.len() > 1) {
            reasons.extend(by_model.iter().map(|(name, value)| format!("{name} {value:+.2}")));
        }
        if !reasons.is_empty() {
            output::line(&format!("{:>22}because of {}", "", reasons.join(", ")));
        }
    }
}
