//! The related lists of a release: the best neighbours of each item by each model, as small JSON
//! files that pages read without the module. `docs/FORMAT.md`, section 9, has the layout.
//!
//! Imports the engine, whose answers the lists are.

use std::collections::HashMap;
use std::path::Path;

use osusume::engine::{Engine, EngineError, ModelChoice, Recommended, Request, Warning};
use osusume::format::{FormatError, RelatedEntry, hex_sha256, sha256, shard_of};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::disk::read_at_most;
use crate::error::Result;

/// The file of the shards' hashes.
pub const INDEX: &str = "index.bin";

/// Most bytes of a shard.
pub const MAX_SHARD_BYTES: u64 = 1 << 22;

/// How many items [`verify`] asks the engine about.
const SAMPLE: u32 = 200;

/// The lists of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLists {
    /// The item's text id or, if it has none, its id in digits.
    pub name: String,
    /// The lists in JSON.
    pub json: String,
}

/// The files of all lists.
#[derive(Debug, Clone)]
pub struct Shards {
    /// How the manifest describes them.
    pub entry: RelatedEntry,
    /// The files, by their numbers.
    pub files: Vec<Vec<u8>>,
    /// The hashes of the files, one after the other.
    pub index: Vec<u8>,
}

/// An item and its lists, as they stand in a shard.
#[derive(Serialize)]
struct Listing<'a> {
    id: u32,
    title: &'a str,
    /// The models that know the item by its content alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    predicted: Vec<&'a str>,
    lists: Pairs<'a>,
}

/// The lists by model, in the order of the manifest.
struct Pairs<'a>(Vec<(&'a str, Vec<Listed<'a>>)>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, list) in &self.0 {
            map.serialize_entry(name, list)?;
        }
        map.end()
    }
}

/// A result of a list: what an answer has, with the score as the f32 that it is.
#[derive(Serialize)]
struct Listed<'a> {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    score: f32,
}

/// Returns the models that have lists: all, the default one first.
#[must_use]
pub fn models(engine: &Engine) -> Vec<String> {
    let default = &engine.manifest().default.model;
    let others = engine.manifest().models.iter().map(|model| &model.name);
    let others = others.filter(|name| *name != default);
    std::iter::once(default).chain(others).cloned().collect()
}

/// Returns the lists of the item in a row of the catalogue, each of at most `listed` results. The
/// list of the first model answers the default question. A model that does not cover the item has no
/// list.
pub fn lists_of(
    engine: &Engine,
    row: u32,
    models: &[String],
    listed: u32,
) -> Result<ItemLists, EngineError> {
    let catalogue = engine.catalogue();
    let id = catalogue.id(row);
    let mut lists = Vec::new();
    for (at, name) in models.iter().enumerate() {
        let liked = vec![id.into()];
        let model = (at > 0).then(|| ModelChoice::One(name.clone()));
        let request = Request { liked, limit: listed as usize, model, ..Request::default() };
        let answer = engine.recommend(&request)?;
        // Another model stood in for this one, or nothing is known that is like the item.
        if answer.model != *name || answer.warnings.contains(&Warning::StartList) {
            continue;
        }
        let listed = answer.items.into_iter().map(|item| {
            let Recommended { id, key, title, url, image, score, .. } = item;
            Listed { id, key, title, url, image, score: score as f32 }
        });
        lists.push((name.as_str(), listed.collect()));
    }
    let key = catalogue.key(row).filter(|key| !key.is_empty());
    let name = key.map_or_else(|| id.to_string(), str::to_owned);
    let predicted = engine.models_predicting(id)?;
    let listing = Listing { id, title: catalogue.title(row), predicted, lists: Pairs(lists) };
    Ok(ItemLists { name, json: json(&listing) })
}

/// Returns the files of these lists, in so many shards. The same lists give the same bytes.
#[must_use]
pub fn shards(lists: &[ItemLists], shards: u32, models: &[String], listed: u32) -> Shards {
    let mut bodies = vec![String::new(); shards as usize];
    for ItemLists { name, json: lists } in lists {
        let body = &mut bodies[shard_of(name, shards) as usize];
        body.push(if body.is_empty() { '{' } else { ',' });
        body.extend([json(name).as_str(), ":", lists]);
    }
    for body in &mut bodies {
        body.push_str(if body.is_empty() { "{}" } else { "}" });
    }
    let tag = hex_sha256(bodies.join("\n").as_bytes())[..16].to_owned();
    let file = |body: &String| format!("{{\"set\":\"{tag}\",\"items\":{body}}}\n").into_bytes();
    let files: Vec<Vec<u8>> = bodies.iter().map(file).collect();
    let index: Vec<u8> = files.iter().flat_map(|file| sha256(file)).collect();
    let entry = RelatedEntry {
        folder: format!("related.{tag}"),
        shards,
        listed,
        models: models.to_vec(),
        sha256: hex_sha256(&index),
    };
    Shards { entry, files, index }
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("texts and finite numbers")
}

/// A shard. The lists stay as they are.
#[derive(Deserialize)]
struct Shard<'a> {
    set: String,
    #[serde(borrow)]
    items: HashMap<String, &'a RawValue>,
}

/// Checks the related lists in `folder`, if the release has some: the hash of every file, that each
/// item is in its shard and nowhere else, and of some items spread over the catalogue that their
/// lists are the answers of `engine`, which has every model.
pub fn verify(folder: &Path, engine: &Engine) -> Result<()> {
    let Some(entry) = &engine.manifest().related else { return Ok(()) };
    let folder = folder.join(&entry.folder);
    let wrong = |file: &str| FormatError::Integrity { file: format!("{}/{file}", entry.folder) };
    let index = read_at_most(&folder.join(INDEX), u64::from(entry.shards) * 32)?;
    if hex_sha256(&index) != entry.sha256 {
        return Err(wrong(INDEX).into());
    }
    let items = engine.catalogue().items();
    let mut seen = 0;
    for (at, hash) in (0..).zip(index.chunks(32)) {
        let name = format!("{at}.json");
        let shard = read_at_most(&folder.join(&name), MAX_SHARD_BYTES)?;
        if sha256(&shard) != *hash {
            return Err(wrong(&name).into());
        }
        seen += check_shard(&shard, at, entry, engine, |row| row % items.div_ceil(SAMPLE) == 0)?;
    }
    if seen != items {
        let why = format!("they have {seen} items, and the catalogue has {items}");
        return Err(FormatError::Related(why).into());
    }
    Ok(())
}

/// Checks one shard without its hash, and returns how many items it has. The lists of the items in
/// rows that `is_asked` chooses must be the answers of `engine`.
pub fn check_shard(
    shard: &[u8],
    at: u32,
    entry: &RelatedEntry,
    engine: &Engine,
    is_asked: impl Fn(u32) -> bool,
) -> Result<u32> {
    let broken = |why: &str| FormatError::Related(format!("{}/{at}.json {why}", entry.folder));
    let Shard { set, items } =
        serde_json::from_slice(shard).map_err(|error| broken(&error.to_string()))?;
    if set != tag(entry) {
        return Err(broken("is of another release").into());
    }
    for (name, lists) in &items {
        let row = engine.row_by_id(name).map_err(|_| broken("has an unknown item"))?;
        if shard_of(name, entry.shards) != at {
            return Err(broken("has an item of another shard").into());
        }
        if !is_asked(row) {
            continue;
        }
        let wanted = lists_of(engine, row, &entry.models, entry.listed)?;
        if (&wanted.name, wanted.json.as_str()) != (name, lists.get()) {
            return Err(broken("has lists that are not the answers of this release").into());
        }
    }
    Ok(items.len() as u32)
}

/// Returns the tag that every shard of a folder repeats.
fn tag(entry: &RelatedEntry) -> &str {
    entry.folder.strip_prefix("related.").unwrap_or_default()
}
