//! A small sound release with every kind of file, and ways to break it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use osusume::engine::Engine;
use osusume::format::Role;
use osusume::format::{ABOUT, FileEntry, HEADER_BYTES, Manifest, framed, head_bytes};
use osusume_pack::add_map;
use osusume_pack::{Metric, ModelInput, WeightsInput, pack};
use osusume_release as release;
use osusume_tables::{
    Cancel, CatalogueDate, Entry, FieldColumn, FieldValues, Provenance, TextTable, Vectors,
};

/// Items of the release.
const ITEMS: u32 = 40;

/// A release in memory.
pub struct Sound {
    pub manifest: Manifest,
    /// By name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The related lists: the shards, in their order, and then the index.
    pub related: Vec<Vec<u8>>,
}

fn entry(id: u32) -> Entry {
    let titles = [("english", format!("The {id}th Name")), ("japanese", format!("第{id}話"))];
    Entry {
        id,
        key: (id % 2 == 0).then(|| format!("key-{id}")),
        title: format!("Daihyō Bangumi {id}"),
        titles: titles.into_iter().map(|(language, title)| (language.into(), title)).collect(),
        popularity: Some(f64::from(1000 / id)),
        group: (id % 4 == 0).then(|| (id / 8).to_string()),
        ..Entry::default()
    }
}

fn fields(entries: &[Entry]) -> [FieldColumn; 6] {
    let ids = || entries.iter().map(|entry| entry.id);
    let tags = |id: u32| {
        ["Action", "Drama", "Space"].iter().take(id as usize % 4).map(|&tag| tag.into()).collect()
    };
    let kind =
        |id: u32| (id % 5 != 0).then(|| if id % 3 == 0 { "Movie".into() } else { "TV".into() });
    let year = |id: u32| (id % 7 != 0).then(|| f64::from(1980 + id));
    let score = |id: u32| (id % 6 != 0).then_some(5.0 + f64::from(id) / 10.0);
    let day = |id: u32| CatalogueDate::parse(&format!("20{:02}-0{}-11", id, 1 + id % 9));
    let members = FieldValues::Number(entries.iter().map(|entry| entry.popularity).collect());
    [
        FieldColumn::new("genres", None, FieldValues::Tags(ids().map(tags).collect())),
        FieldColumn::new("type", None, FieldValues::Category(ids().map(kind).collect())),
        FieldColumn::new("year", None, FieldValues::Number(ids().map(year).collect())),
        FieldColumn::new("score", None, FieldValues::Number(ids().map(score).collect())),
        FieldColumn::new(
            "aired",
            Some(Role::Published),
            FieldValues::Date(ids().map(day).collect()),
        ),
        FieldColumn::new("members", Some(Role::Popularity), members),
    ]
}

/// A number from -1 to 1 that looks drawn.
fn value(at: u32) -> f32 {
    (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn vectors(ids: impl Iterator<Item = u32>, dims: usize) -> Vectors {
    let ids: Vec<u32> = ids.collect();
    let values =
        ids.iter().flat_map(|&id| (0..dims as u32).map(move |dim| value(id * 97 + dim))).collect();
    Vectors { ids, dims, values, provenance: Provenance::default() }
}

/// Packs the release into a folder: too slow, with the sanitizer in it, for each run of a fuzzer.
pub fn pack_sound(folder: &Path) {
    let mut viewers = ModelInput::new("viewers", vectors(1..=30, 8), Metric::Dot(0.5));
    let pairs = |row: u32| (0..row % 4).map(|k| ((row + 7 * k + 1) % 30, value(row + k))).collect();
    viewers.residual = Some(WeightsInput { factor: 0.5, pairs: (0..30).map(pairs).collect() });
    let mut story =
        ModelInput::new("story", vectors((1..=ITEMS).filter(|id| id % 9 != 0), 12), Metric::Cosine);
    let pieces = ["##s", "a", "cow", "cowboy", "space"];
    let ranges = [
        (0x20, 0x20, " "),
        (0x2c, 0x2e, " \u{fffd} "),
        (0x43, 0x43, "c"),
        (0x4e00, 0x9fff, " \u{fffd} "),
    ];
    story.text = Some(TextTable {
        vectors: vectors(0..pieces.len() as u32 + 2, 12),
        uses: vec![200, 100, 1, 2, 50, 3, 30],
        words: vec!["as".into(), "cows".into()],
        pieces: pieces.map(str::to_owned).into(),
        others: vec!["##boy".into(), ",".into()],
        prefix: "##".into(),
        longest: 100,
        foldings: ranges.map(|(first, last, to)| (first, last, to.to_owned())).into(),
    });
    let entries: Vec<Entry> = (1..=ITEMS).map(entry).collect();
    pack(folder, &entries, &fields(&entries), "romaji", &[viewers, story]).unwrap();
    add_map(folder, &Cancel::new()).unwrap();
}

/// Returns the release that [`pack_sound`] has put into the folder that the environment variable `SOUND` names.
pub fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder =
            PathBuf::from(std::env::var_os("SOUND").expect("SOUND names the sound release"));
        let manifest = release::manifest(&folder).unwrap();
        let read =
            |file: &FileEntry| (file.name.clone(), std::fs::read(folder.join(&file.name)).unwrap());
        let files = manifest.files.iter().map(read).collect();
        let names = related_names(&manifest);
        let read = |name: &String| std::fs::read(folder.join(name)).unwrap();
        let related = names.iter().map(read).collect();
        Sound { manifest, files, related }
    })
}

/// Returns the names of the files of related lists.
fn related_names(manifest: &Manifest) -> Vec<String> {
    let Some(entry) = &manifest.related else { return Vec::new() };
    let shards = (0..entry.shards).map(|at| format!("{at}.json"));
    let names = shards.chain([release::related::INDEX.to_owned()]);
    names.map(|name| format!("{}/{name}", entry.folder)).collect()
}

/// Returns the engine of the sound release, opened once.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let folder = Folder::new();
        sound().write(folder.path());
        release::verify(folder.path()).unwrap()
    })
}

impl Sound {
    /// Writes it into a folder.
    pub fn write(&self, folder: &Path) {
        self.write_with(folder, &self.manifest, &self.files);
    }

    fn write_with(&self, folder: &Path, manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) {
        std::fs::write(folder.join("manifest.json"), serde_json::to_vec(manifest).unwrap())
            .unwrap();
        for (name, content) in files {
            std::fs::write(folder.join(name), content).unwrap();
        }
        for (name, content) in related_names(manifest).iter().zip(&self.related) {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }

    /// Writes it with the file of the given place changed to `content`, pinned anew, so that the format's own checks
    /// must find what is wrong with it.
    pub fn write_changed(&self, folder: &Path, place: usize, content: Vec<u8>) {
        let FileEntry { name: old, kind, .. } = &self.manifest.files[place];
        let content = if kind == ABOUT { content } else { hashed_anew(&content) };
        let entry = FileEntry::new(kind, old.split('.').next().unwrap_or_default(), &content);
        let new = entry.name.clone();
        // By the names in the text: every place that names the file has to name the new one.
        let json = serde_json::to_string(&self.manifest).unwrap().replace(old.as_str(), &new);
        let mut manifest: Manifest = serde_json::from_str(&json).unwrap();
        manifest.files[place] = entry;
        manifest.related = None; // they are the answers of the file as it was
        let mut files = self.files.clone();
        files.remove(old);
        files.insert(new, content);
        self.write_with(folder, &manifest, &files);
    }
}

/// Returns a binary file with the right hashes of its chunks, if it has a payload.
fn hashed_anew(file: &[u8]) -> Vec<u8> {
    let head = head_bytes(file.len() as u64) as usize;
    match file.get(head..) {
        Some(payload) if !payload.is_empty() => framed(&[&file[..HEADER_BYTES], payload].concat()),
        _ => file.to_vec(),
    }
}

/// A folder for files that a reader wants on disk, in memory where the machine has such a place; removed at the end.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let place: PathBuf = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        Self(tempfile::tempdir_in(place).unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
