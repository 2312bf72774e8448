//! One hostile file for each MUST of docs/FORMAT.md, made from a right release; the two lists must be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use half::f16;
use osusume::engine::{ModelChoice, Request};
use osusume::format::Role;
use osusume::format::{
    CatalogueFile, Columns, FileEntry, ITSELF, MapBlob, PackedNumbers, ResidualBlob, TitleColumn,
    framed, hex_sha256, sha256,
};
use osusume_pack::{Metric, ModelInput, WeightsInput, pack};
use osusume_release::related::Shards;
use osusume_release::{self as release, related};
use osusume_tables::{Entry, FieldColumn, FieldValues, Provenance, TextTable, Vectors};

/// A rule, the code its breach must give, and how to break it.
type Case = (&'static str, &'static str, fn(&mut Release));

/// A release in memory, written as it is after it was broken.
#[derive(Clone)]
struct Release {
    manifest: serde_json::Value,
    files: BTreeMap<String, Vec<u8>>,
    /// Set where the manifest itself is the hostile file.
    raw_manifest: Option<Vec<u8>>,
}

fn entry(id: u32) -> Entry {
    Entry {
        id,
        title: format!("Title {id}"),
        titles: BTreeMap::from([("english".into(), format!("Name {id}"))]),
        popularity: Some(f64::from(100 - id)),
        // The first two are one series, the others alone.
        group: Some(format!("series {}", id.max(2))),
        ..Entry::default()
    }
}

/// The fields of the entries.
fn fields(entries: &[Entry]) -> [FieldColumn; 5] {
    let count = entries.len();
    let number = |value: f64| FieldValues::Number(vec![Some(value); count]);
    let members = FieldValues::Number(entries.iter().map(|entry| entry.popularity).collect());
    [
        FieldColumn::new("genres", None, FieldValues::Tags(vec![vec!["Action".into()]; count])),
        FieldColumn::new("type", None, FieldValues::Category(vec![Some("TV".into()); count])),
        FieldColumn::new("year", None, number(2000.0)),
        FieldColumn::new("score", None, number(1.0 / 3.0)),
        FieldColumn::new("members", Some(Role::Popularity), members),
    ]
}

/// Whole numbers of one byte each.
#[derive(bincode::Encode, bincode::Decode)]
struct Whole {
    width: u8,
    numbers: Vec<u8>,
}

#[derive(bincode::Encode, bincode::Decode)]
struct WireHead {
    name: String,
    kind: u8,
    role: u8,
}

/// The columns of the sound release's catalogue in the order of docs/FORMAT.md.
#[derive(bincode::Encode, bincode::Decode)]
struct WireColumns {
    ids: Whole,
    keys: String,
    count: u32,
    main: (WireHead, String),
    other: (WireHead, String),
    genres: (WireHead, Vec<String>, Whole, Whole),
    kind: (WireHead, Vec<String>, Whole),
    /// Form, scale, decimals of two bytes.
    year: (WireHead, u8, u8, Vec<i16>),
    /// Form, f64.
    score: (WireHead, u8, Vec<f64>),
    /// Form, scale, decimals of one byte.
    members: (WireHead, u8, u8, Vec<i8>),
    /// Form, distances to the first item.
    series: (WireHead, u8, Whole),
}

/// The columns of a text encoder in the order of docs/FORMAT.md.
#[derive(bincode::Encode, bincode::Decode)]
struct WireText {
    longest: u32,
    firsts: Vec<u32>,
    lasts: Vec<u32>,
    folded: String,
    prefix: String,
    pieces: String,
    others: String,
    words: String,
    shifts: Vec<u8>,
    scales: Vec<u16>,
    frequencies: Vec<u16>,
    coded: Vec<u8>,
}

/// Decodes the columns, changes them, and encodes them without the writer's own checks.
fn rewired<T: bincode::Decode<()> + bincode::Encode>(
    plain: &mut Vec<u8>,
    change: impl FnOnce(&mut T),
) {
    let standard = bincode::config::standard().with_fixed_int_encoding();
    let (mut columns, read) = bincode::decode_from_slice(plain, standard).unwrap();
    assert_eq!(read, plain.len());
    change(&mut columns);
    *plain = bincode::encode_to_vec(&columns, standard).unwrap();
}

/// A catalogue file of the first items, with nothing but titles.
fn titles(items: u32) -> Vec<u8> {
    let lines = vec!["T"; items as usize].join("\n");
    let columns = Columns {
        ids: (1..=items).collect(),
        titles: vec![TitleColumn { name: "romaji".into(), lines }],
        ..Columns::default()
    };
    let plain = columns.encode(items).unwrap();
    CatalogueFile::encode(items, plain.len() as u32, &gzip(&plain))
}

/// Items of the sound release.
const ITEMS: u32 = 7;

/// Its shards of related lists.
const SHARDS: u32 = 3;

/// Where the payload of its files begins: none has more than one chunk.
const PAYLOAD: usize = 64;

fn sound() -> Release {
    static SOUND: OnceLock<Release> = OnceLock::new();
    SOUND.get_or_init(packed).clone()
}

fn packed() -> Release {
    let dir = tempfile::tempdir().unwrap();
    let vectors = |ids: &[u32]| Vectors {
        ids: ids.into(),
        dims: 3,
        values: ids.iter().flat_map(|&id| [1.0, id as f32, -0.5]).collect(),
        provenance: Provenance::default(),
    };
    let model = |name: &str, ids: &[u32], metric| ModelInput::new(name, vectors(ids), metric);
    let mut models =
        [model("a", &[1, 2, 3, 4, 5], Metric::Dot(0.5)), model("b", &[2, 5, 6, 9], Metric::Cosine)];
    // The rows of `a`, which `pack` orders as the ids: 0 to 1 and 2, and 3 to 4.
    models[0].residual = Some(WeightsInput {
        factor: 0.5,
        pairs: vec![vec![(1, 0.5), (2, -1.0)], vec![], vec![], vec![(4, 2.0)]],
    });
    models[1].text = Some(TextTable {
        vectors: vectors(&[0, 1, 2]),
        uses: vec![1, 9, 3],
        pieces: vec!["##b".into(), "a".into()],
        others: vec![",".into()],
        words: vec!["ab".into()],
        prefix: "##".into(),
        longest: 9,
        foldings: vec![
            (0x20, 0x20, " ".into()),
            (0x2c, 0x2e, format!(" {ITSELF} ")),
            (0x41, 0x41, "a".into()),
        ],
    });
    let entries: Vec<Entry> = (1..=9).map(entry).collect();
    let packed = pack(dir.path(), &entries, &fields(&entries), "romaji", &models);
    let manifest = packed.unwrap().manifest;
    let read =
        |file: &FileEntry| (file.name.clone(), std::fs::read(dir.path().join(&file.name)).unwrap());
    let files = manifest.files.iter().map(read).collect();
    let mut sound =
        Release { manifest: serde_json::to_value(manifest).unwrap(), files, raw_manifest: None };
    let engine = release::open(dir.path(), None).unwrap();
    let models = related::models(&engine);
    let rows = 0..engine.catalogue().items();
    let lists: Vec<_> =
        rows.map(|row| related::lists_of(&engine, row, &models, 10).unwrap()).collect();
    sound.relate(&related::shards(&lists, SHARDS, &models, 10));
    let map = MapBlob {
        tags: vec![0],
        xs: vec![9; ITEMS as usize],
        ys: vec![7; ITEMS as usize],
        groups: vec![1; ITEMS as usize],
    };
    sound.add("map", &map.encode());
    sound
}

impl Release {
    fn code(&self) -> &'static str {
        let dir = tempfile::tempdir().unwrap();
        let json = self
            .raw_manifest
            .clone()
            .unwrap_or_else(|| serde_json::to_vec(&self.manifest).unwrap());
        std::fs::write(dir.path().join("manifest.json"), json).unwrap();
        for (name, content) in &self.files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        release::verify(dir.path()).map_or_else(|error| error.code().as_str(), |_| "ok")
    }

    fn add(&mut self, kind: &str, content: &[u8]) {
        let file = FileEntry::new(kind, kind, content);
        self.files.insert(file.name.clone(), content.into());
        self.manifest["files"].as_array_mut().unwrap().push(serde_json::to_value(file).unwrap());
    }

    fn place(&self, stem: &str) -> usize {
        let files = self.manifest["files"].as_array().unwrap();
        files
            .iter()
            .position(|file| file["name"].as_str().unwrap().starts_with(&format!("{stem}.")))
            .unwrap()
    }

    /// Changes a file and nothing else: what the manifest pins no longer holds.
    fn file(&mut self, stem: &str) -> &mut Vec<u8> {
        let at = self.place(stem);
        let name = self.manifest["files"][at]["name"].as_str().unwrap().to_owned();
        self.files.get_mut(&name).unwrap()
    }

    /// Puts another file in the place of one, and pins it.
    fn replaced(&mut self, stem: &str, content: Vec<u8>) {
        let at = self.place(stem);
        let old = self.manifest["files"][at]["name"].as_str().unwrap().to_owned();
        self.files.remove(&old).unwrap();
        let kind = self.manifest["files"][at]["kind"].as_str().unwrap();
        let file = FileEntry::new(kind, stem, &content);
        self.files.insert(file.name.clone(), content);
        let name = file.name.clone();
        self.manifest["files"][at] = serde_json::to_value(file).unwrap();
        for model in self.manifest["models"].as_array_mut().unwrap() {
            for field in ["file", "text"] {
                if model[field] == old.as_str() {
                    model[field] = name.clone().into();
                }
            }
            if model["residual"]["file"] == old.as_str() {
                model["residual"]["file"] = name.clone().into();
            }
        }
    }

    /// Changes the header and the payload of a file. Hashes and pins it anew, so that the format's
    /// own check must find the change.
    fn pinned(&mut self, stem: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let file = self.file(stem);
        let mut plain = [&file[..32], &file[PAYLOAD..]].concat();
        change(&mut plain);
        self.replaced(stem, framed(&plain));
    }

    /// Changes bytes of the header and the payload, which begins at 32 here.
    fn bytes(&mut self, stem: &str, at: usize, bytes: &[u8]) {
        self.pinned(stem, |file| file[at..at + bytes.len()].copy_from_slice(bytes));
    }

    /// Changes the catalogue's columns.
    fn columns(&mut self, change: impl FnOnce(&mut WireColumns)) {
        self.plain("catalogue", |plain| rewired(plain, change));
    }

    /// Changes the columns of `b`'s text encoder.
    fn text(&mut self, change: impl FnOnce(&mut WireText)) {
        self.plain("b-text", |plain| rewired(plain, change));
    }

    /// Changes the columns that a gzip behind a header holds, and their length in the header.
    fn plain(&mut self, stem: &str, change: impl FnOnce(&mut Vec<u8>)) {
        self.pinned(stem, |file| {
            let mut plain = gunzip(&file[32..]);
            change(&mut plain);
            file[28..32].copy_from_slice(&(plain.len() as u32).to_le_bytes());
            file.truncate(32);
            file.extend(gzip(&plain));
        });
    }

    /// Has these related lists.
    fn relate(&mut self, related: &Shards) {
        let Shards { entry, files, index } = related;
        self.manifest["related"] = serde_json::to_value(entry).unwrap();
        for (at, file) in files.iter().enumerate() {
            self.files.insert(format!("{}/{at}.json", entry.folder), file.clone());
        }
        self.files.insert(format!("{}/index.bin", entry.folder), index.clone());
    }

    /// The name of a file of related lists.
    fn listed(&self, file: &str) -> String {
        format!("{}/{file}", self.manifest["related"]["folder"].as_str().unwrap())
    }

    /// Changes the shards and pins them anew.
    fn shards(&mut self, change: impl FnOnce(&mut [String])) {
        let names: Vec<String> = (0..SHARDS).map(|at| self.listed(&format!("{at}.json"))).collect();
        let text = |name: &String| String::from_utf8(self.files[name].clone()).unwrap();
        let mut shards: Vec<String> = names.iter().map(text).collect();
        change(&mut shards);
        let index: Vec<u8> = shards.iter().flat_map(|shard| sha256(shard.as_bytes())).collect();
        self.manifest["related"]["sha256"] = hex_sha256(&index).into();
        self.files.insert(self.listed("index.bin"), index);
        self.files.extend(names.into_iter().zip(shards.into_iter().map(String::into_bytes)));
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

// `a` covers rows 0 to 4, one run; `b` rows 0, 1, 5 and 6, two runs.
const CASES: &[Case] = &[
    ("manifest-json", "manifest_invalid", |r| r.raw_manifest = Some(b"<!doctype html>".to_vec())),
    ("manifest-version", "blob_version", |r| r.manifest["format"] = 1.into()),
    ("release-id", "manifest_invalid", |r| r.manifest["release"] = "../../x".into()),
    ("manifest-items", "manifest_invalid", |r| r.manifest["items"] = 0.into()),
    ("models", "manifest_invalid", |r| {
        let model = r.manifest["models"][0].clone();
        let models = (0..101).map(|at| {
            let mut model = model.clone();
            model["name"] = format!("{at}").into();
            model
        });
        r.manifest["models"] = models.collect::<Vec<_>>().into();
    }),
    ("default-niche", "manifest_invalid", |r| r.manifest["default"]["niche"] = (-1).into()),
    ("default-model", "manifest_invalid", |r| r.manifest["default"]["model"] = "c".into()),
    ("fields", "manifest_invalid", |r| {
        let field = |at: usize| serde_json::json!({ "name": at.to_string(), "type": "text" });
        r.manifest["fields"] = (0..101).map(field).collect::<Vec<_>>().into();
    }),
    ("field-twice", "manifest_invalid", |r| r.manifest["fields"][1]["name"] = "genres".into()),
    ("field-type", "manifest_invalid", |r| r.manifest["fields"][0]["type"] = "colour".into()),
    ("field-role", "manifest_invalid", |r| r.manifest["fields"][0]["role"] = "url".into()),
    ("role-twice", "manifest_invalid", |r| r.manifest["fields"][3]["role"] = "popularity".into()),
    ("manifest-fields", "catalogue_invalid", |r| r.manifest["fields"][0]["name"] = "tags".into()),
    ("one-about", "manifest_invalid", |r| r.add("about", b"{}")),
    ("about-bytes", "manifest_invalid", |r| {
        let at = r.place("about");
        r.manifest["files"][at]["bytes"] = 262_145.into();
    }),
    ("about-json", "manifest_invalid", |r| r.replaced("about", b"{\"models\": []}".to_vec())),
    ("about-pinned", "integrity", |r| r.file("about")[2] ^= 1),
    ("file-name", "manifest_invalid", |r| {
        let name = format!("../{}", r.manifest["files"][0]["name"].as_str().unwrap());
        r.manifest["files"][0]["name"] = name.into();
    }),
    ("file-twice", "manifest_invalid", |r| {
        let file = r.manifest["files"][1].clone();
        r.manifest["files"].as_array_mut().unwrap().push(file);
    }),
    ("one-catalogue", "manifest_invalid", |r| r.manifest["files"][1]["kind"] = "catalogue".into()),
    ("one-map", "manifest_invalid", |r| r.add("map", b"another")),
    ("file-bytes", "manifest_invalid", |r| r.manifest["files"][0]["bytes"] = (1_u64 << 31).into()),
    ("file-hash", "manifest_invalid", |r| r.manifest["files"][0]["sha256"] = "Z".repeat(64).into()),
    ("model-twice", "manifest_invalid", |r| r.manifest["models"][1]["name"] = "a".into()),
    ("model-file", "manifest_invalid", |r| r.manifest["models"][1]["file"] = "b.bin".into()),
    ("model-metric", "manifest_invalid", |r| r.manifest["models"][1]["metric"] = "euclid".into()),
    ("model-exponent", "manifest_invalid", |r| r.manifest["models"][1]["exponent"] = 0.5.into()),
    ("model-shape", "blob_shape", |r| r.manifest["models"][0]["dims"] = 4.into()),
    ("residual-file", "manifest_invalid", |r| {
        let model = r.manifest["models"][0]["file"].clone();
        r.manifest["models"][0]["residual"]["file"] = model;
    }),
    // JSON has no infinity, but an f32 rounds to it.
    ("residual-factor", "manifest_invalid", |r| {
        r.manifest["models"][0]["residual"]["factor"] = 1e39.into();
    }),
    ("profile-scale", "manifest_invalid", |r| {
        r.manifest["models"][0]["profile"]["scale"] = 1e7.into();
    }),
    ("model-scale", "manifest_invalid", |r| r.manifest["models"][0]["scale"] = 0.into()),
    ("model-niche", "manifest_invalid", |r| r.manifest["models"][0]["niche"] = 101.into()),
    ("profile-kind", "manifest_invalid", |r| {
        r.manifest["models"][0]["profile"]["kind"] = "median".into();
    }),
    ("profile-exponent", "manifest_invalid", |r| {
        r.manifest["models"][0]["profile"]["exponent"] = 1.5.into();
    }),
    ("profile-unseen", "manifest_invalid", |r| {
        r.manifest["models"][0]["profile"]["a0"] = (-1).into();
    }),
    ("profile-lambda", "manifest_invalid", |r| {
        r.manifest["models"][0]["profile"]["lambda"] = 0.into();
    }),
    ("short", "blob_truncated", |r| r.file("a").truncate(77)),
    ("long", "blob_length", |r| r.file("a").push(0)),
    ("pinned", "integrity", |r| r.file("a")[40] ^= 1),
    ("chunk", "integrity", |r| r.file("a")[100] ^= 1),
    ("magic", "blob_magic", |r| r.bytes("a", 0, b"<html>")),
    ("version", "blob_version", |r| r.bytes("a", 8, &[1])),
    ("kind", "blob_kind", |r| r.bytes("a", 12, &[2])),
    ("items", "blob_shape", |r| r.bytes("a", 16, &[8])),
    ("header-short", "blob_truncated", |r| {
        let content = r.file("a")[..31].to_vec();
        r.replaced("a", content);
    }),
    ("chunk-empty", "blob_truncated", |r| {
        let content = r.file("a")[..PAYLOAD].to_vec();
        r.replaced("a", content);
    }),
    ("dims", "blob_shape", |r| r.bytes("a", 24, &[0xff; 4])),
    ("rows", "blob_shape", |r| r.bytes("a", 20, &[9])),
    ("runs", "blob_shape", |r| r.bytes("a", 28, &[0xff; 4])),
    ("with-vector", "blob_shape", |r| r.bytes("a", 32, &[6])),
    ("first-runs", "blob_shape", |r| r.bytes("a", 36, &[2])),
    ("layers", "blob_shape", |r| r.bytes("a", 40, &[4])),
    ("widths", "blob_shape", |r| r.bytes("a", 48, &[2])),
    ("count-zero", "blob_rows", |r| r.bytes("a", 44, &[1])),
    ("padding", "blob_rows", |r| r.bytes("a", 60, &[1])),
    ("front-short", "blob_truncated", |r| r.pinned("a", |file| file.truncate(63))),
    ("values-short", "blob_truncated", |r| r.pinned("a", |file| file.truncate(file.len() - 1))),
    ("values-long", "blob_length", |r| r.pinned("a", |file| file.push(0))),
    ("runs-order", "blob_rows", |r| r.bytes("b", 60, &[0])),
    ("runs-inside", "blob_rows", |r| r.bytes("a", 52, &[3])),
    ("runs-sum", "blob_rows", |r| r.bytes("a", 56, &[4])),
    ("runs-twice", "blob_rows", |r| {
        // The second run of `b` has no vectors now, and begins inside the first.
        r.pinned("b", |file| {
            (file[32], file[36], file[60]) = (2, 1, 1);
            file.truncate(file.len() - 12);
        });
    }),
    ("finite", "blob_value", |r| r.bytes("a", 64, &[0x00, 0x7c])),
    ("residual-rows", "blob_shape", |r| r.bytes("a-residual", 20, &[9])),
    ("residual-width", "blob_shape", |r| r.bytes("a-residual", 24, &[3])),
    ("residual-model", "blob_shape", |r| {
        let other = ResidualBlob::encode(ITEMS, &[vec![(1, f16::ONE)], vec![]]).unwrap();
        r.replaced("a-residual", other);
    }),
    ("residual-short", "blob_truncated", |r| {
        r.pinned("a-residual", |file| file.truncate(file.len() - 1));
    }),
    ("residual-long", "blob_length", |r| r.pinned("a-residual", |file| file.push(0))),
    ("residual-ends", "blob_rows", |r| r.bytes("a-residual", 32, &[3])),
    ("residual-pairs", "blob_rows", |r| r.bytes("a-residual", 52, &[5])),
    ("residual-finite", "blob_value", |r| r.bytes("a-residual", 58, &[0x00, 0x7c])),
    ("one-images", "manifest_invalid", |r| {
        r.add("images", &titles(2));
        r.add("images", &titles(3));
    }),
    ("images-items", "blob_shape", |r| r.add("images", &titles(ITEMS + 1))),
    ("related-folder", "manifest_invalid", |r| {
        r.manifest["related"]["folder"] = "related.0123456789abcde/".into();
    }),
    ("related-shards", "manifest_invalid", |r| r.manifest["related"]["shards"] = 0.into()),
    ("related-listed", "manifest_invalid", |r| r.manifest["related"]["listed"] = 101.into()),
    ("related-models", "manifest_invalid", |r| {
        r.manifest["related"]["models"] = serde_json::json!(["b", "a"]);
    }),
    ("related-hash", "manifest_invalid", |r| r.manifest["related"]["sha256"] = "0".into()),
    ("related-index", "integrity", |r| {
        let index = r.listed("index.bin");
        r.files.get_mut(&index).unwrap()[3] ^= 1;
    }),
    ("related-shard", "integrity", |r| {
        let shard = r.listed("1.json");
        r.files.get_mut(&shard).unwrap()[9] ^= 1;
    }),
    ("related-json", "related_invalid", |r| r.shards(|shards| shards[1].truncate(30))),
    ("related-set", "related_invalid", |r| {
        r.shards(|shards| shards[2] = shards[2].replace("{\"set\":\"", "{\"set\":\"f"));
    }),
    ("related-place", "related_invalid", |r| r.shards(|shards| shards.swap(0, 1))),
    ("related-answers", "related_invalid", |r| {
        r.shards(|shards| {
            for shard in shards {
                *shard = shard.replace("\"score\":", "\"score\":1");
            }
        });
    }),
    ("related-known", "related_invalid", |r| {
        r.shards(|shards| {
            for shard in shards {
                *shard = shard.replace("\"1\":{", "\"7\":{");
            }
        });
    }),
    ("related-all", "related_invalid", |r| {
        r.shards(|shards| {
            for shard in shards {
                let (set, _) = shard.split_once(",\"items\"").unwrap();
                *shard = format!("{set},\"items\":{{}}}}");
            }
        });
    }),
    ("text-file", "manifest_invalid", |r| {
        let model = r.manifest["models"][1]["file"].clone();
        r.manifest["models"][1]["text"] = model;
    }),
    ("text-metric", "manifest_invalid", |r| {
        let text = r.manifest["models"][1].as_object_mut().unwrap().remove("text").unwrap();
        r.manifest["models"][0]["text"] = text;
    }),
    ("text-rows", "blob_shape", |r| r.bytes("b-text", 20, &[0])),
    ("text-dims", "blob_shape", |r| r.bytes("b-text", 24, &[0])),
    ("text-items", "blob_shape", |r| r.bytes("b-text", 16, &[8])),
    ("text-model", "blob_shape", |r| {
        r.text(|c| {
            let values = PackedNumbers::encode(&[1; 12], 3);
            (c.scales, c.frequencies, c.coded) = (values.scales, values.frequencies, values.coded);
        });
        r.bytes("b-text", 24, &[4]);
    }),
    ("text-bytes", "blob_shape", |r| r.bytes("b-text", 28, &[1, 0, 0, 0x10])),
    ("text-ratio", "blob_shape", |r| r.bytes("b-text", 28, &[0, 0, 0, 1])),
    ("text-gzip", "text_invalid", |r| r.bytes("b-text", 32, b"....")),
    ("text-short", "blob_truncated", |r| {
        r.pinned("b-text", |file| file[28] += 1);
    }),
    ("text-long", "blob_length", |r| {
        r.pinned("b-text", |file| file[28] -= 1);
    }),
    ("text-longest", "text_invalid", |r| r.text(|c| c.longest = 1001)),
    ("text-ranges", "text_invalid", |r| r.text(|c| c.lasts.truncate(2))),
    ("text-folded", "text_invalid", |r| r.text(|c| c.folded.push('\n'))),
    ("text-ascend", "text_invalid", |r| r.text(|c| c.firsts[1] = 0x20)),
    ("text-pieces", "text_invalid", |r| r.text(|c| c.pieces = "a\n##b".into())),
    ("text-others", "text_invalid", |r| r.text(|c| c.others = "b\na".into())),
    ("text-words", "text_invalid", |r| r.text(|c| c.words = "b\na".into())),
    ("text-number", "text_invalid", |r| r.text(|c| c.words.clear())),
    ("text-shifts", "text_invalid", |r| r.text(|c| c.shifts[0] = 8)),
    ("text-scales", "text_invalid", |r| r.text(|c| c.scales[0] = 0)),
    ("text-frequencies", "text_invalid", |r| r.text(|c| c.frequencies[0] += 1)),
    ("text-codes", "text_invalid", |r| r.text(|c| c.coded.push(0))),
    ("text-end", "text_invalid", |r| r.plain("b-text", |plain| plain.push(0))),
    ("text-decode", "text_invalid", |r| r.plain("b-text", |plain| plain[11] = 0xff)),
    ("catalogue-shape", "blob_shape", |r| r.bytes("catalogue", 24, &[1])),
    ("columns-bytes", "blob_shape", |r| r.bytes("catalogue", 28, &[1, 0, 0, 0x40])),
    ("columns-ratio", "blob_shape", |r| r.bytes("catalogue", 28, &[0, 0, 0, 0x10])),
    ("gzip", "catalogue_invalid", |r| r.bytes("catalogue", 32, b"....")),
    ("columns-short", "blob_truncated", |r| r.pinned("catalogue", |file| file[28] += 1)),
    ("columns-long", "blob_length", |r| r.pinned("catalogue", |file| file[28] -= 1)),
    ("ids", "catalogue_invalid", |r| r.columns(|c| c.ids.numbers[0] = c.ids.numbers[1])),
    ("keys", "catalogue_invalid", |r| r.columns(|c| c.keys.push('k'))),
    ("widths-whole", "catalogue_invalid", |r| r.columns(|c| c.ids.width = 3)),
    ("column-type", "catalogue_invalid", |r| r.columns(|c| c.genres.0.kind = 5)),
    ("column-role", "catalogue_invalid", |r| r.columns(|c| c.genres.0.role = 7)),
    ("titles", "catalogue_invalid", |r| {
        r.columns(|c| (c.main.0.role, c.other.0.role) = (0, 0));
    }),
    ("titles-first", "catalogue_invalid", |r| r.columns(|c| c.main.0.role = 0)),
    ("titles-lines", "catalogue_invalid", |r| r.columns(|c| c.other.1.push('\n'))),
    ("title", "catalogue_invalid", |r| r.columns(|c| c.main.1 = "\n".repeat(6))),
    ("tags-sum", "catalogue_invalid", |r| r.columns(|c| c.genres.2.numbers[0] = 2)),
    ("tags-known", "catalogue_invalid", |r| r.columns(|c| c.genres.3.numbers[0] = 1)),
    ("categories-known", "catalogue_invalid", |r| r.columns(|c| c.kind.2.numbers[0] = 2)),
    ("number-form", "catalogue_invalid", |r| r.columns(|c| c.year.1 = 7)),
    ("number-scale", "catalogue_invalid", |r| r.columns(|c| c.year.2 = 4)),
    ("number-finite", "catalogue_invalid", |r| r.columns(|c| c.score.2[0] = f64::INFINITY)),
    ("group-whole", "catalogue_invalid", |r| {
        r.columns(|c| (c.score.0.role, c.series.0.role) = (5, 0));
    }),
    ("group-first", "catalogue_invalid", |r| r.columns(|c| c.series.2.numbers[2] = 3)),
    ("columns-length", "catalogue_invalid", |r| r.columns(|c| c.year.3.truncate(6))),
    ("columns-end", "catalogue_invalid", |r| r.plain("catalogue", |plain| plain.push(0))),
    ("columns-decode", "catalogue_invalid", |r| r.plain("catalogue", |plain| plain[6] = 0xff)),
    ("map-rows", "blob_shape", |r| r.bytes("map", 20, &[6])),
    ("map-dims", "blob_shape", |r| r.bytes("map", 24, &[3])),
    ("map-extent", "blob_shape", |r| r.bytes("map", 28, &[0, 1])),
    ("map-tags", "blob_rows", |r| r.bytes("map", 32, &[1])),
    ("map-groups", "blob_rows", |r| r.bytes("map", 62, &[2])),
    ("map-short", "blob_truncated", |r| r.pinned("map", |file| file.truncate(file.len() - 1))),
    ("map-long", "blob_length", |r| r.pinned("map", |file| file.push(0))),
];

#[test]
fn each_must_is_enforced_by_name() {
    assert_eq!(sound().code(), "ok");
    for &(rule, want, break_it) in CASES {
        let mut release = sound();
        break_it(&mut release);
        assert_eq!(release.code(), want, "[{rule}]");
    }
}

#[test]
fn a_long_file_is_held_to_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let ids: Vec<u32> = (1..=3000).collect();
    let values = ids.iter().flat_map(|&id| (0..48).map(move |dim| ((id * dim) % 97) as f32 - 40.0));
    let vectors = Vectors {
        ids: ids.clone(),
        dims: 48,
        values: values.collect(),
        provenance: Provenance::default(),
    };
    let entries: Vec<Entry> =
        ids.iter().map(|&id| Entry { id, title: format!("T{id}"), ..Entry::default() }).collect();
    let model = ModelInput::new("a", vectors, Metric::Cosine);
    let manifest = pack(dir.path(), &entries, &[], "romaji", &[model]).unwrap().manifest;
    let entry = manifest.files.iter().find(|file| file.kind == "model").unwrap();
    let parts = entry.parts();
    assert_eq!(parts.len(), 3, "a head and two chunks");
    let code = || release::verify(dir.path()).map_or_else(|error| error.code().as_str(), |_| "ok");
    assert_eq!(code(), "ok");
    for (name, _) in parts {
        let path = dir.path().join(name);
        let sound = std::fs::read(&path).unwrap();
        let with = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            code()
        };
        assert_eq!(with(&sound[1..]), "blob_truncated", "{path:?}");
        assert_eq!(with(&[&sound[..], &[0]].concat()), "blob_length", "{path:?}");
        let mut changed = sound.clone();
        changed[sound.len() / 2] ^= 1;
        assert_eq!(with(&changed), "integrity", "{path:?}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(code(), "file_missing", "{path:?}");
        assert_eq!(with(&sound), "ok");
    }
}

#[test]
fn the_specification_and_the_cases_name_the_same_rules() {
    let page = include_str!("../../../docs/FORMAT.md");
    let named: BTreeSet<&str> = page
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']').map(|(rule, _)| rule))
        .filter(|rule| rule.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        .collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(named, cases);
    assert_eq!(cases.len(), CASES.len(), "a rule has two cases");
}

#[test]
fn every_code_is_in_the_specification() {
    let page = include_str!("../../../docs/FORMAT.md");
    for (rule, code, _) in CASES {
        assert!(page.contains(&format!("`{code}`")), "{code} of [{rule}]");
    }
}

fn kept(format: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures")).join(format)
}

/// A release of every format version is kept, so that a later reader either loads it or refuses it by name.
#[test]
fn the_kept_release_of_format_2_answers() {
    let folder = kept("format-2");
    let engine = release::verify(&folder).unwrap();
    assert_eq!((engine.manifest().items, engine.manifest().models.len()), (12, 2));
    let want = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    assert_eq!(answers(&engine), want.trim_end());
}

#[test]
fn the_kept_release_of_format_1_is_refused_by_name() {
    let refused = release::open(&kept("format-1"), None).unwrap_err();
    assert_eq!(refused.code().as_str(), "blob_version");
    let message = refused.to_string();
    assert!(message.starts_with("version 1 of the format"), "{message}");
    assert!(message.contains("pack the release again"), "{message}");
}

/// The content of `expected.json`: every item's neighbours by both models, a line each.
fn answers(engine: &osusume::engine::Engine) -> String {
    let mut lines = Vec::new();
    for row in 0..engine.catalogue().items() {
        for model in ["ncf", "synopsis"] {
            let liked = vec![engine.catalogue().id(row).into()];
            let request = Request {
                liked,
                limit: 5,
                model: Some(ModelChoice::One(model.into())),
                ..Request::default()
            };
            lines.push(serde_json::to_string(&engine.recommend(&request).unwrap()).unwrap());
        }
    }
    format!("[\n{}\n]", lines.join(",\n"))
}
