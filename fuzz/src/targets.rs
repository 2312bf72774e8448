//! The targets: a reader each, with files to begin from.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use osusume::catalogue::Catalogue;
use osusume::engine::{Answer, Engine, Id, Request};
use osusume::format::{
    AlignedBytes, CatalogueFile, Columns, Manifest, MapBlob, ModelBlob, ResidualBlob, TextFile,
};
use osusume::text::{MAX_PIECES, TextEncoder};
use osusume_release as release;
use osusume_serve::http::{self, Options, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};

use crate::release::{Folder, engine, sound};
use crate::tables;

/// A reader under attack.
pub struct Target {
    pub name: &'static str,
    pub attack: fn(&[u8]),
    /// What to begin from.
    seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: [Target; 17] = [
    Target { name: "manifest", attack: manifest, seeds: manifests },
    Target { name: "model", attack: model, seeds: || files("model") },
    Target { name: "residual", attack: residual, seeds: || files("residual") },
    Target { name: "related", attack: related, seeds: || shards().to_vec() },
    Target { name: "text", attack: text, seeds: text_seeds },
    Target { name: "map", attack: map, seeds: || files("map") },
    Target { name: "columns", attack: columns, seeds: columns_seeds },
    Target { name: "release", attack: a_release, seeds: edits },
    Target { name: "request", attack: request, seeds: requests },
    Target { name: "http", attack: http, seeds: http_requests },
    Target { name: "find", attack: find, seeds: texts },
    Target { name: "profile", attack: profile, seeds: profiles },
    Target { name: "ratings", attack: tables::ratings, seeds: tables::ratings_seeds },
    Target { name: "catalogue", attack: tables::catalogue, seeds: tables::catalogue_seeds },
    Target { name: "vectors", attack: tables::vectors, seeds: tables::vectors_seeds },
    Target { name: "recipe", attack: tables::recipe, seeds: tables::recipe_seeds },
    Target { name: "import", attack: tables::imported, seeds: tables::imported_seeds },
];

/// Writes what each target begins from into a folder of its name.
pub fn write_seeds(folder: &Path) {
    for target in &TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder).unwrap();
        for (at, seed) in (target.seeds)().into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at}")), seed).unwrap();
        }
    }
}

fn files(kind: &str) -> Vec<Vec<u8>> {
    let sound = sound();
    let of_kind = sound.manifest.files.iter().filter(|file| file.kind == kind);
    of_kind.map(|file| sound.files[&file.name].clone()).collect()
}

fn manifest(data: &[u8]) {
    let Ok(manifest) = serde_json::from_slice::<Manifest>(data) else { return };
    let Ok(checked) = manifest.checked() else { return };
    for model in &checked.models {
        checked.file(model).unwrap();
        let _ = (checked.residual_file(model), checked.text_file(model));
    }
    let _ = checked.map();
    checked.catalogue().unwrap();
}

fn manifests() -> Vec<Vec<u8>> {
    vec![serde_json::to_vec(&sound().manifest).unwrap()]
}

fn aligned(data: &[u8]) -> AlignedBytes {
    let mut bytes = AlignedBytes::zeroed(data.len());
    bytes.copy_from_slice(data);
    bytes
}

fn model(data: &[u8]) {
    let Ok(blob) = ModelBlob::decode(aligned(data)) else { return };
    let mut before = None;
    for row in 0..blob.rows() {
        if row == blob.rows_with_vector() {
            before = None; // the rows without a vector ascend anew
        }
        assert!(blob.row(row).iter().all(|value| value.is_finite()));
        let item = blob.item_row(row);
        assert!(item < blob.items() && before < Some(item));
        assert_eq!(blob.row_of(item), Some(row));
        before = Some(item);
    }
}

fn residual(data: &[u8]) {
    let Ok(blob) = ResidualBlob::decode(data) else { return };
    for row in 0..blob.rows() {
        for (column, weight) in blob.of(row) {
            assert!(column < blob.rows() && weight.is_finite());
            assert_eq!(blob.at(row, column), Some(weight));
        }
    }
}

/// A shard of related lists, without its hash.
fn related(data: &[u8]) {
    let engine = engine();
    let entry = engine.manifest().related.as_ref().unwrap();
    let items = release::related::check_shard(data, 0, entry, engine, |_| true);
    assert!(items.is_ok_and(|items| items <= engine.catalogue().items()) || data != shards()[0]);
}

fn shards() -> &'static [Vec<u8>] {
    let (_index, shards) = sound().related.split_last().unwrap();
    shards
}

/// The header as it is sent, and behind it the columns as they are after decompression; then texts by what came of them.
fn text(data: &[u8]) {
    let Ok(file) = TextFile::decode(data) else { return };
    let Ok(encoder) = TextEncoder::new(&file, file.gzip) else { return };
    let dims = encoder.shape().1;
    for text in ["a", "A space cowboy, 1998", "ab\u{0}\u{fffd}ÅÄ\u{202e}宇宙", "\u{10ffff}b##b"]
    {
        let words = encoder.words(text);
        assert!(words.iter().map(|word| word.pieces.len()).sum::<usize>() <= MAX_PIECES);
        let encoded = encoder.encode(text);
        let sum =
            |dim: usize| encoded.words.iter().map(|(_, part)| f64::from(part[dim])).sum::<f64>();
        let length = (0..dims).map(|dim| sum(dim).powi(2)).sum::<f64>();
        assert!(encoded.words.is_empty() || (length - 1.0).abs() < 1e-3, "{length}");
    }
}

fn text_seeds() -> Vec<Vec<u8>> {
    files("text").iter().map(|file| unpacked(file, TextFile::decode(file).unwrap().gzip)).collect()
}

/// A file that ends with `gzip`, with what that holds in its place.
fn unpacked(file: &[u8], gzip: &[u8]) -> Vec<u8> {
    [&file[..file.len() - gzip.len()], &gunzip(gzip)].concat()
}

fn gunzip(gzip: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain).unwrap();
    plain
}

fn map(data: &[u8]) {
    let items = sound().manifest.items;
    let Ok(map) = MapBlob::decode(data, items, 3) else { return };
    assert!(
        map.xs.len() == items as usize
            && map.groups.iter().all(|&group| usize::from(group) <= map.tags.len())
    );
}

/// A catalogue's columns as they are after decompression, used as every face uses them.
fn columns(data: &[u8]) {
    let items = sound().manifest.items;
    let Ok(columns) = Columns::decode(data, items) else { return };
    let Ok(catalogue) = Catalogue::new(columns) else { return };
    for row in 0..catalogue.items() {
        let item = catalogue.item(row);
        assert_eq!(catalogue.row_of_id(item.id), Some(row));
        let _ = (catalogue.group(row), catalogue.popularity(row), catalogue.url(row));
        assert!(
            catalogue.rows_titled(catalogue.title(row)).contains(&row)
                || catalogue.title(row).is_empty()
        );
    }
    let _ = (catalogue.fields(), catalogue.tag_list(), catalogue.find("a", 5));
}

fn columns_seeds() -> Vec<Vec<u8>> {
    let files = files("catalogue");
    files.iter().map(|file| gunzip(CatalogueFile::decode(file).unwrap().gzip)).collect()
}

/// The first byte names a file of a sound release; behind it stand edits: where, how many bytes, the bytes. The file is
/// pinned anew, and the release opened as a server opens it, then asked.
fn a_release(data: &[u8]) {
    thread_local! { static FOLDER: Folder = Folder::new(); }
    let Some((&file, mut edits)) = data.split_first() else { return };
    let sound = sound();
    let place = usize::from(file) % sound.manifest.files.len();
    let mut content = sound.files[&sound.manifest.files[place].name].clone();
    while let [low, high, count, rest @ ..] = edits {
        let at = usize::from(u16::from_le_bytes([*low, *high])) % (content.len() + 1);
        let (bytes, rest) = rest.split_at(usize::from(count & 15).min(rest.len()));
        match count >> 6 {
            0 => content.truncate(at),
            1 => drop(content.splice(at..at, bytes.iter().copied())),
            _ => bytes.iter().zip(&mut content[at..]).for_each(|(new, old)| *old = *new),
        }
        edits = rest;
    }
    FOLDER.with(|folder| {
        for old in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::remove_file(old.unwrap().path()).unwrap();
        }
        sound.write_changed(folder.path(), place, content);
        let Ok(engine) = release::verify(folder.path()) else { return };
        for text in [
            "{}",
            r#"{"liked": [1, 7], "disliked": [2], "explain": true}"#,
            r#"{"liked": [4], "model": {"viewers": 1, "story": 2}, "niche": 0.9, "diversity": 0.5}"#,
            r#"{"text": "space cowboys", "liked": [3], "model": {"story": 1}, "explain": true}"#,
        ] {
            ask(&engine, &serde_json::from_str(text).unwrap());
        }
    });
}

fn edits() -> Vec<Vec<u8>> {
    let files = 0..sound().manifest.files.len() as u8;
    files.flat_map(|file| [vec![file], vec![file, 40, 0, 0x84, 255, 255, 255, 255]]).collect()
}

/// Asks, and holds the answer to what docs/ENGINE.md promises of every answer.
fn ask(engine: &Engine, request: &Request) {
    let Ok(answer) = engine.recommend(request) else { return };
    let Answer { items, .. } = &answer;
    assert!(items.len() <= request.limit);
    assert!(items.iter().all(|item| item.score.is_finite()), "a score is no number");
    // The start list is varied, too.
    if request.diversity == 0.0 && !request.liked.is_empty() {
        assert!(items.is_sorted_by(|a, b| a.score >= b.score), "not in order");
    }
    let ids: HashSet<u32> = items.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), items.len(), "an item comes twice");
    let asked = request.liked.iter().chain(&request.disliked).map(|weighted| &weighted.id);
    for id in asked.chain(&request.exclude) {
        let row = match id {
            Id::Number(id) => engine.catalogue().row_of_id(*id),
            Id::Key(key) => engine.catalogue().row_of_key(key),
        };
        assert!(
            row.is_none_or(|row| !ids.contains(&engine.catalogue().id(row))),
            "what was asked came back"
        );
    }
    for because in items.iter().filter_map(|item| item.because.as_ref()) {
        let shares: f64 = because.iter().map(|part| part.share()).sum();
        let whole = if because.len() < 10 { (shares - 1.0).abs() < 1e-3 } else { shares < 1.001 };
        assert!(because.is_empty() || whole, "shares add up to {shares}");
    }
    serde_json::to_string(&answer).unwrap();
}

fn request(data: &[u8]) {
    let Ok(request) = serde_json::from_slice::<Request>(data) else { return };
    ask(engine(), &request);
}

fn requests() -> Vec<Vec<u8>> {
    let texts = [
        r#"{}"#,
        r#"{"liked": [1], "limit": 5}"#,
        r#"{"liked": [{"id": "key-2", "weight": 2.5}, 7, 9], "disliked": [3], "explain": true}"#,
        r#"{"liked": [4], "model": "story", "niche": 0.25, "diversity": 0.75, "limit": 1000}"#,
        r#"{"liked": [5, 6], "model": {"viewers": 1, "story": 0.5}, "explain": true}"#,
        r#"{"text": "Cowboys, in SPACE", "liked": [5], "disliked": [6], "explain": true}"#,
        r#"{"filter": {"genres": {"any": ["action"], "none": ["Space"]}, "type": {"all": ["TV"]}, "year": {"min": 1980, "max": 2030}}}"#,
        r#"{"filter": {"score": {"min": 5.5}, "members": {"min": 20, "max": 900}}, "exclude": [1, "key-8"], "collapse": true}"#,
        r#"{"liked": [2, "none"], "only": [1, 3, "key-8", 4711], "fields": ["genres", "year", "english"]}"#,
    ];
    texts.map(|text| text.into()).into()
}

/// `METHOD path?query`, a line for each header, an empty line and the body.
fn http(data: &[u8]) {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    let service = SERVICE.get_or_init(|| {
        let folder = Folder::new();
        sound().write(folder.path());
        let store = Store::new(
            Box::new(ReleaseFolder { path: folder.path().into(), trust: release::Trust::Nothing }),
            None,
        );
        // A pause of the machine is no fault: libFuzzer itself ends what takes long.
        let deadline = std::time::Duration::from_secs(3600);
        let service = Service::new(store, Options { deadline, ..Options::default() });
        service.refresh();
        service
    });
    let at = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let head = String::from_utf8_lossy(&data[..at]);
    let mut lines = head.split('\n');
    let (method, address) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let header = |line: &str| {
        line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
    };
    let request = http::Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: lines.filter_map(header).collect(),
        body: data.get(at + 2..).unwrap_or_default().into(),
        id: "fuzz".into(),
    };
    let reply = service.reply(&request);
    assert!(
        reply.status < 500,
        "{} {address}: {}",
        reply.status,
        String::from_utf8_lossy(&reply.body)
    );
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    if reply.header("content-encoding").is_none() && !reply.body.is_empty() {
        serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap();
    }
}

fn http_requests() -> Vec<Vec<u8>> {
    let texts = [
        "GET /v1/health\naccept-encoding: br\n\n",
        "GET /v1/find?text=dai%20ban&limit=3\naccept-language: ja, en;q=0.5\n\n",
        "GET /v1/similar?id=4&limit=5&model=story\nif-none-match: \"x\"\n\n",
        "GET /v1/similar?title=Daihy%C5%8D+Bangumi+7\n\n",
        "HEAD /v1/items/key-2\naccept-encoding: gzip, br;q=0.1\n\n",
        "OPTIONS /v1/recommend\norigin: https://example.org\n\n",
        "POST /v1/recommend\ncontent-type: application/json\n\n{\"liked\": [1, 2], \"n\": 3}",
        "POST /main\n\n{\"name\": \"Daihy\u{14d} Bangumi 7\", \"n\": 3}",
        "POST /synopsis/main\n\n{\"name\": \"x\", \"n\": 3}",
    ];
    texts.map(|text| text.into()).into()
}

fn find(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let engine = engine();
    if let Ok(found) = engine.find(text, 10) {
        assert!(found.len() <= 10);
    }
    let _ = (engine.row(text), engine.row_by_title(text), engine.row_by_id(text));
}

fn texts() -> Vec<Vec<u8>> {
    ["daihyo", "the 7th name", "第7話", "ｄａｉ ba n", "\u{202e}x\u{200b}\u{0301}", "key-2", "12"]
        .map(|text| text.into())
        .into()
}

fn profile(data: &[u8]) {
    let catalogue = engine().catalogue();
    let Ok(profile) = release::read_profile(data, catalogue) else { return };
    for weighted in profile.liked.iter().chain(&profile.disliked) {
        assert!(weighted.weight > 0.0 && weighted.weight <= 3.0);
        assert!(catalogue.row_of_id(weighted.id).is_some());
    }
    // What is made of a list can be asked.
    let list = |weighted: &[osusume::profile::WeightedItem]| {
        weighted
            .iter()
            .map(|w| serde_json::json!({ "id": w.id, "weight": w.weight }))
            .collect::<Vec<_>>()
    };
    let request = serde_json::json!({ "liked": list(&profile.liked), "disliked": list(&profile.disliked), "exclude": profile.exclude });
    engine().recommend(&serde_json::from_value(request).unwrap()).unwrap();
}

fn profiles() -> Vec<Vec<u8>> {
    let texts = [
        "<?xml version=\"1.0\"?><!-- x --><myanimelist><myinfo><user_id>1</user_id></myinfo><anime><series_animedb_id>1</series_animedb_id><series_title><![CDATA[A & B]]></series_title><my_score>8</my_score><my_status>Completed</my_status><my_tags/></anime><anime><series_animedb_id>2</series_animedb_id><my_score>3</my_score><my_status>Dropped</my_status></anime></myanimelist>",
        r#"{"data": {"MediaListCollection": {"lists": [{"name": "All", "entries": [{"score": 8.5, "status": "COMPLETED", "media": {"idMal": 3, "title": {"romaji": "T"}}}]}]}}}"#,
        r#"[{"mal_id": 1, "title": "A", "score": "9", "status": "completed"}, {"idMal": 4, "status": "PLANNING"}]"#,
    ];
    texts.map(|text| text.into()).into()
}
