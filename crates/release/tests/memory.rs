//! No file makes a reader take more memory than its own size justifies: every word of every header of the embedded
//! release is set to what asks for the most, and the memory that is in use at the peak is counted.

use std::path::{Path, PathBuf};

use osusume::format::{
    AlignedBytes, CatalogueFile, Columns, Field, FieldValues, FileEntry, HEADER_BYTES, Manifest,
    MapBlob, ModelBlob, ResidualBlob, TagList, TextFile, TitleColumn, framed, head_bytes,
};
use osusume_release as release;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The values that a word of a header is set to.
const WORDS: [u32; 7] = [0, 1, 0xffff, 1 << 24, i32::MAX as u32, u32::MAX - 1, u32::MAX];

/// Bytes beyond what was in use before, at the peak of `work`.
fn peak(work: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    work();
    MEMORY.peak_usage().saturating_sub(before)
}

fn embeddings() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings")
}

/// Reads a file of this kind, whatever is wrong with it.
fn decode(kind: &str, file: &[u8], manifest: &Manifest) {
    match kind {
        "model" => {
            let mut aligned = AlignedBytes::zeroed(file.len());
            aligned.copy_from_slice(file);
            drop(ModelBlob::decode(aligned));
        }
        "residual" => drop(ResidualBlob::decode(file)),
        "map" => drop(MapBlob::decode(file, manifest.items, 50)),
        "text" => drop(TextFile::decode(file)),
        "catalogue" => drop(CatalogueFile::decode(file)),
        other => panic!("files of kind {other} are not tried here"),
    }
}

// One test, because the allocator counts for the whole process.
#[test]
fn memory_stays_in_proportion_to_the_file() {
    let manifest = release::manifest(&embeddings()).unwrap();
    try_files(&manifest);
    try_columns();
    try_folders(&manifest);
}

/// Cuts and changes each file of the release.
fn try_files(manifest: &Manifest) {
    for entry in manifest.files.iter().filter(|entry| entry.kind != "about") {
        let sound = release::read(&embeddings(), entry).unwrap();
        // Behind the header and the first thousand bytes a cut changes no more than the length.
        let cuts = [0, 7, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 4, 1000, sound.len()];
        for cut in cuts {
            let head = head_bytes(cut as u64) as usize;
            for at in (8..HEADER_BYTES).chain(head..head + 32).step_by(4) {
                for word in WORDS {
                    let mut file = sound[..cut].to_vec();
                    let Some(place) = file.get_mut(at..at + 4) else { continue };
                    place.copy_from_slice(&word.to_le_bytes());
                    let most = peak(|| decode(&entry.kind, &file, manifest));
                    let allowed = 4 * file.len() + (16 << 10);
                    assert!(
                        most <= allowed,
                        "{}, {cut} bytes of it, word {word:#x} at {at}: {most} bytes of memory",
                        entry.name
                    );
                }
            }
        }
    }
}

/// Changes the lengths of 64 bits in the columns behind a catalogue's gzip.
fn try_columns() {
    let tags = TagList::new(vec!["t".into()], [1, 0].into_iter(), vec![0]);
    let types = FieldValues::Category { names: vec!["TV".into()], values: vec![0; 2] };
    let columns = Columns {
        ids: vec![1, 2],
        titles: [("main", "a\nb"), ("other", "c\nd")]
            .map(|(name, lines)| TitleColumn { name: name.into(), lines: lines.into() })
            .into(),
        fields: vec![
            Field { name: "genres".into(), role: None, values: FieldValues::Tags(tags) },
            Field { name: "type".into(), role: None, values: types },
        ],
        ..Columns::default()
    };
    let sound = columns.encode(2).unwrap();
    for at in 0..sound.len() - 8 {
        for length in [3, 1 << 16, 1 << 24, 1 << 29, 1 << 30, 1 << 40, u64::MAX] {
            let mut bytes = sound.clone();
            bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(length));
            let most = peak(|| drop(Columns::decode(&bytes, 2)));
            assert!(
                most <= 4 * bytes.len() + 1024,
                "length {length:#x} at {at} of the columns: {most} bytes of memory"
            );
        }
    }
}

/// Changes whole folders: a gzip may decompress to 1,032 times its bytes, and no more memory is taken.
fn try_folders(manifest: &Manifest) {
    for kind in ["catalogue", "text"] {
        let entry = manifest.files.iter().find(|entry| entry.kind == kind).unwrap();
        for word in WORDS {
            for at in [16, 20, 24, 28] {
                let folder = tempfile::tempdir().unwrap();
                let file = release::read(&embeddings(), entry).unwrap();
                let payload = &file[head_bytes(file.len() as u64) as usize..][..20_000];
                let mut file = [&file[..HEADER_BYTES], payload].concat();
                file[at..at + 4].copy_from_slice(&word.to_le_bytes());
                let file = framed(&file);
                write_changed(folder.path(), manifest, entry, &file);
                let whole: u64 = manifest.files.iter().map(|file| file.bytes).sum();
                let most = peak(|| drop(release::verify(folder.path())));
                let allowed = 1100 * file.len() + 4 * whole as usize;
                assert!(most <= allowed, "{kind}, word {word:#x} at {at}: {most} bytes of memory");
            }
        }
    }
}

/// Writes the release with `file` in the place of `entry`, pinned.
fn write_changed(folder: &Path, manifest: &Manifest, entry: &FileEntry, file: &[u8]) {
    let new = FileEntry::new(&entry.kind, entry.name.split('.').next().unwrap(), file);
    let mut json = serde_json::to_value(manifest).unwrap();
    for place in json["files"].as_array_mut().unwrap() {
        if place["name"] == entry.name.as_str() {
            *place = serde_json::to_value(&new).unwrap();
        }
    }
    let json = json.to_string().replace(&entry.name, &new.name);
    std::fs::write(folder.join("manifest.json"), json).unwrap();
    std::fs::write(folder.join(&new.name), file).unwrap();
    for other in manifest.files.iter().filter(|other| other.name != entry.name) {
        for (name, _) in other.parts() {
            std::fs::copy(embeddings().join(&name), folder.join(&name)).unwrap();
        }
    }
}
