//! `osusume recommend`: items for a person's likes and dislikes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::error::Result;
use osusume::engine::{
    Answer, Because, Condition, Engine, EngineError, Id, ModelChoice, Request, Warning,
    WeightedItem,
};
use osusume::names::ByName;
use osusume_release::{ReleaseError, open};
use serde::de::{Deserialize, Deserializer, Error as _};

use crate::{output, title};

/// Recommend items by liked and disliked items.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A liked item: id, text id or title (as `similar` takes it), then perhaps a colon and a
    /// weight (5:2). May be repeated.
    #[arg(long = "like", value_name = "ITEM[:WEIGHT]")]
    liked: Vec<String>,
    /// A disliked item. May be repeated.
    #[arg(long = "dislike", value_name = "ITEM[:WEIGHT]")]
    disliked: Vec<String>,
    /// A description of what you look for, in your own words.
    #[arg(long)]
    text: Option<String>,
    /// Most results, 1 to 1000.
    #[arg(short = 'n', long, default_value_t = 10)]
    limit: usize,
    /// Model that answers, or several with weights: ncf=2,synopsis=1.
    #[arg(long, value_name = "NAME|NAME=WEIGHT,…", value_parser = parse_model)]
    model: Option<ModelChoice>,
    /// Conditions on declared fields in JSON, for instance
    /// `{"score": {"min": 8}, "genres": {"none": ["Horror"]}}`. `osusume inspect` lists the fields.
    #[arg(long, value_name = "JSON", value_parser = parse_object::<FilterJson>)]
    filter: Option<FilterJson>,
    /// An item that may be a result; no other may be. May be repeated.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// An item that may not be a result. May be repeated.
    #[arg(long, value_name = "ID")]
    exclude: Vec<String>,
    /// Show only the best item of each group, for instance of each series.
    #[arg(long)]
    collapse: bool,
    /// 0 (popular) to 1 (hidden gems).
    #[arg(long, value_name = "0…1")]
    niche: Option<f32>,
    /// 0 (ordered by score alone) to 1 (results as different from each other as possible).
    #[arg(long, value_name = "0…1", default_value_t = 0.0)]
    diversity: f32,
    /// Show which liked items and models contribute most to each result.
    #[arg(long)]
    explain: bool,
    /// Declared fields to show with each result, separated by commas.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    fields: Vec<String>,
    /// A whole request in JSON, instead of the options above.
    #[arg(long, value_name = "JSON", value_parser = parse_object::<Request>,
        conflicts_with_all = ["liked", "disliked", "text", "limit", "model", "filter",
        "only", "exclude", "collapse", "niche", "diversity", "explain", "fields"])]
    request: Option<Request>,
    /// A file of requests in JSON, one a line; - is standard input. Prints one line of JSON for
    /// each: the answer, or `{"error": {"code", "class", "message", "hint"}}`.
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["liked", "disliked", "text",
        "limit", "model", "filter", "only", "exclude", "collapse", "niche", "diversity", "explain",
        "fields", "request"])]
    requests: Option<PathBuf>,
    /// The release's folder.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    release: PathBuf,
}

/// The filter of a request.
#[derive(Debug, Clone)]
struct FilterJson(ByName<String, Condition>);

impl<'de> Deserialize<'de> for FilterJson {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> std::result::Result<Self, D::Error> {
        let filter = serde_json::Value::deserialize(reader)?;
        let request = serde_json::json!({ "filter": filter });
        let request: Request = serde_json::from_value(request).map_err(D::Error::custom)?;
        Ok(Self(request.filter))
    }
}

/// Parses a JSON object; serde would also take an array of its fields.
fn parse_object<T: serde::de::DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| e.to_string())
    } else {
        Err("expected a JSON object".to_owned())
    }
}

fn parse_model(text: &str) -> std::result::Result<ModelChoice, String> {
    if !text.contains('=') {
        return Ok(ModelChoice::One(text.to_owned()));
    }
    let weight = |part: &str| {
        let (name, weight) = part.split_once('=').ok_or("expected NAME=WEIGHT")?;
        Ok((name.to_owned(), weight.parse().map_err(|_| format!("{weight:?} is not a number"))?))
    };
    text.split(',').map(weight).collect::<std::result::Result<_, String>>().map(ModelChoice::Blend)
}

/// Parses an item and its weight. A colon without a number after it belongs to the title.
fn parse_item(engine: &Engine, text: &str) -> Result<WeightedItem> {
    let split = text.rsplit_once(':').and_then(|(item, weight)| Some((item, weight.parse().ok()?)));
    let (item, weight) = match (engine.row(text), split) {
        (Ok(row), _) => (row, 1.0),
        (Err(_), Some((item, weight))) => (title::row(engine, item)?, weight),
        (Err(_), None) => (title::row(engine, text)?, 1.0),
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
        items.iter().map(|text| parse_item(&engine, text)).collect::<Result<Vec<_>>>()
    };
    let id = |text: &String| match engine.row_by_id(text) {
        Ok(row) => Id::Number(engine.catalogue().id(row)),
        Err(_) => Id::Key(text.clone()),
    };
    let ids = |texts: &[String]| texts.iter().map(id).collect::<Vec<Id>>();
    let request = if let Some(request) = &args.request {
        request.clone()
    } else {
        Request {
            liked: all(&args.liked)?,
            disliked: all(&args.disliked)?,
            text: args.text.clone(),
            limit: args.limit,
            model: args.model.clone(),
            filter: args.filter.clone().map(|filter| filter.0).unwrap_or_default(),
            only: (!args.only.is_empty()).then(|| ids(&args.only)),
            exclude: ids(&args.exclude),
            collapse: args.collapse,
            niche: args.niche,
            diversity: args.diversity,
            explain: args.explain,
            fields: args.fields.clone(),
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

/// Answers the requests of a file, one on each line that is not blank.
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
            let request = text.and_then(parse_object::<Request>).map_err(EngineError::Request);
            match request.and_then(|request| engine.recommend(&request)) {
                Ok(answer) => output::json(&answer),
                Err(error) => output::json(&output::error_json(error.code(), &error.to_string())),
            }
        }
        line.clear();
    }
    Ok(())
}

/// Prints an answer as text.
pub fn show(engine: &Engine, answer: &Answer<'_>) {
    output::line(&format!("by {} (release {}):", answer.model, answer.release));
    for warning in &answer.warnings {
        let note = match warning {
            Warning::UnknownIds { ids } => {
                let ids: Vec<String> = ids.iter().take(10).map(Id::to_string).collect();
                format!("skipped, since the release does not have them: {}", ids.join(", "))
            }
            Warning::TextCut { used } => format!("the text is cut after {used} characters"),
            Warning::ModelFallback { asked, used } => {
                format!("{asked} does not cover the liked items, so {used} answers")
            }
            Warning::PartlyCovered { model, missing } => {
                format!("{model} does not cover {missing:?}")
            }
            Warning::FewMatches { found, .. } => format!("only {found} items match"),
            Warning::StartList => {
                "no liked item that a model covers: a list to start from".to_owned()
            }
            Warning::UnknownWords { words } => format!("unknown words: {}", words.join(", ")),
            Warning::IsTitle { ids } => {
                let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
                format!(
                    "this is a title; for similar items run: osusume similar {}",
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
            let reason = match because {
                Because::Item { id, .. } => {
                    engine.catalogue().title(engine.catalogue().row_of_id(*id)?)
                }
                Because::Word { word, .. } => word,
            };
            Some(format!("{reason} {:.0}%", because.share() * 100.0))
        });
        let mut reasons: Vec<String> = because.collect();
        if let Some(by_model) = item.by_model.as_ref().filter(|by_model| by_model.len() > 1) {
            reasons.extend(by_model.iter().map(|(name, value)| format!("{name} {value:+.2}")));
        }
        let fields = item.fields.iter().flatten().map(output::field);
        let fields: Vec<String> = fields.collect();
        if !fields.is_empty() {
            output::line(&format!("{:>22}{}", "", fields.join("; ")));
        }
        if !reasons.is_empty() {
            output::line(&format!("{:>22}because of {}", "", reasons.join(", ")));
        }
    }
}
