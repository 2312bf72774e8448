//! Typed words: the browser's tokenizer beside the model's own, distilling, and the whole way from words to an answer.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use osusume::format::{PackedNumbers, TextColumns, TextFile, framed};
use osusume::text::TextEncoder;
use osusume_encode::{Distil, Encoder, Sentence};
use osusume_pack::PackedText;
use osusume_tables::{Cancel, Provenance, TextTable, Vectors};
use tokenizers::Tokenizer;

/// The folder of the sentence transformer, fetched where it is not there.
fn model() -> PathBuf {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    std::env::var_os("OSUSUME_ENCODER").map_or_else(
        || {
            let found = std::process::Command::new(root.join("pkg-scripts/fetch-encoder.sh"))
                .output()
                .unwrap();
            assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
            String::from_utf8(found.stdout).unwrap().trim().into()
        },
        PathBuf::from,
    )
}

fn of(vectors: usize, dims: usize, values: Vec<f32>) -> Vectors {
    Vectors { ids: (0..vectors as u32).collect(), dims, values, provenance: Provenance::default() }
}

/// A table of the model's tokenizer that knows the pieces of one sentence.
fn table() -> TextTable {
    static TABLE: OnceLock<TextTable> = OnceLock::new();
    TABLE.get_or_init(distilled).clone()
}

fn distilled() -> TextTable {
    let encoder = Encoder::open(&model()).unwrap();
    let sentence = "Lonely spacemen, far from home.";
    let target = encoder.encode(sentence).unwrap();
    let alone = of(0, encoder.dims(), vec![]);
    let targets = of(1, encoder.dims(), target);
    let settings = Distil { epochs: 2, ..Distil::default() };
    let sentence = Sentence { text: sentence, of: Some(0) };
    encoder
        .distil(&[sentence], &targets, &alone, &settings, &mut |_, _| {}, &Cancel::new())
        .unwrap()
}

#[test]
fn the_packed_encoder_points_where_the_table_does() {
    let encoder = Encoder::open(&model()).unwrap();
    let texts = [
        "Kaname lives in Morioh.",
        "Morioh is where Shimakaze, a destroyer, sleeps.",
        "A cat sleeps here.",
    ];
    let targets = of(
        3,
        encoder.dims(),
        texts.iter().flat_map(|text| encoder.encode(text).unwrap()).collect(),
    );
    let sentences: Vec<Sentence<'_>> =
        texts.iter().map(|text| Sentence { text, of: Some(0) }).collect();
    let settings = Distil { epochs: 30, word_uses: 1, ..Distil::default() };
    let alone = of(0, encoder.dims(), vec![]);
    let table = encoder
        .distil(&sentences, &targets, &alone, &settings, &mut |_, _| {}, &Cancel::new())
        .unwrap();
    assert_eq!(table.words, ["kaname", "morioh", "shimakaze"]);
    let packed = PackedText::new(&table, &targets, 32.0).unwrap();
    let asked =
        [&texts[..], &["kaname, MORIOH and a pirate", "Shima kaze", "a destroyer", "Morioh’s"]]
            .concat();
    for (text, exact) in asked.iter().zip(encoder.by_table(&table, &asked).unwrap()) {
        let query = packed.query(text);
        let dot =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let cosine = dot(&query, &exact) / (dot(&query, &query) * dot(&exact, &exact)).sqrt();
        assert!(cosine > 0.99, "{text}: {cosine}");
    }
}

/// An encoder in which every piece has a vector of one value.
fn every_piece(table: &TextTable) -> (TextEncoder, Vec<String>) {
    let mut pieces: Vec<String> = table.pieces.iter().chain(&table.others).cloned().collect();
    pieces.sort();
    let folded: Vec<&str> = table.foldings.iter().map(|(_, _, to)| to.as_str()).collect();
    let columns = TextColumns {
        longest: table.longest,
        firsts: table.foldings.iter().map(|range| range.0).collect(),
        lasts: table.foldings.iter().map(|range| range.1).collect(),
        folded: folded.join("\n"),
        prefix: table.prefix.clone(),
        pieces: pieces.join("\n"),
        others: String::new(),
        words: String::new(),
        shifts: vec![0; pieces.len()],
        values: PackedNumbers::encode(&vec![1; pieces.len()], pieces.len()),
    };
    let (mut file, plain) = columns.encode(1, pieces.len() as u32, 1).unwrap();
    file.resize(file.len() + plain.len() / 1032 + 1, 0); // stands for the gzip
    let file = framed(&file);
    (TextEncoder::new(&TextFile::decode(&file).unwrap(), &plain).unwrap(), pieces)
}

/// Texts of every kind: the titles of the embedded release, and drawn ones of letters, marks, spaces and controls of every script.
fn texts() -> Vec<String> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let engine = osusume_release::open(&root.join("embeddings"), Some(&[])).unwrap();
    let catalogue = engine.catalogue();
    let mut texts: Vec<String> = (0..catalogue.items())
        .flat_map(|row| {
            let mut titles: Vec<(&str, &str)> = catalogue.titles(row).collect();
            titles.sort_unstable(); // by language, the order of the golden file
            let others: Vec<String> = titles.iter().map(|(_, title)| (*title).to_owned()).collect();
            std::iter::once(catalogue.title(row).to_owned()).chain(others)
        })
        .collect();
    let mut state = 7_u64;
    let mut below = |n: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(n)) as u32
    };
    let blocks = [
        (0x00, 0x80),
        (0x80, 0x250),
        (0x250, 0x600),
        (0x600, 0x2000),
        (0x2000, 0x2e80),
        (0x3000, 0x3400),
        (0x4e00, 0x5200),
        (0xac00, 0xd7a4),
        (0xf900, 0x1_0000),
        (0x1_d100, 0x1_d200),
        (0x1_f300, 0x1_fa00),
        (0x2_f800, 0x2_fa20),
        (0, 0x11_0000),
    ];
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..below(30) {
            let (from, to) = blocks[below(blocks.len() as u32) as usize];
            match below(4) {
                0 => text.push_str(
                    ["the ", "Astronaut", " a\u{301}", "naïve ", "ＡＢＣ ", "##", "-"]
                        [below(7) as usize],
                ),
                _ => text.extend(char::from_u32(from + below(to - from))),
            }
        }
        texts.push(text);
    }
    texts.push("x".repeat(100) + " " + &"y".repeat(101));
    texts
}

#[test]
fn the_browsers_tokenizer_is_the_models() {
    let table = table();
    let (encoder, pieces) = every_piece(&table);
    let mut own = Tokenizer::from_file(model().join("tokenizer.json")).unwrap();
    own.with_padding(None);
    own.with_truncation(None).unwrap();
    let mut compared = 0;
    let mut check = |text: &str| {
        // A token that its tokenizer takes for special, such as "[MASK]", is text to a visitor.
        if ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"]
            .iter()
            .any(|special| text.contains(special))
        {
            return;
        }
        let want: Vec<String> = own.encode(text, false).unwrap().get_tokens().to_vec();
        let want = &want[..want.len().min(osusume::text::MAX_PIECES)];
        let got: Vec<String> = encoder
            .words(text)
            .into_iter()
            .flat_map(|word| match word.pieces.as_slice() {
                [] => vec!["[UNK]".to_owned()],
                rows => rows.iter().map(|row| pieces[row.unwrap() as usize].clone()).collect(),
            })
            .collect();
        assert_eq!(got, want, "{text:?}");
        compared += 1;
    };
    for text in texts() {
        check(&text);
    }
    check(&"A lonely spaceman. ".repeat(6_000)); // 100 kB are cut
    if let Some(path) = std::env::var_os("OSUSUME_TEXTS") {
        std::fs::read_to_string(path).unwrap().lines().for_each(&mut check); // every synopsis, which are not published
    }
    assert!(compared > 10_000, "{compared}");
}

#[test]
fn a_table_is_read_as_it_was_written_and_has_no_marks() {
    let table = table();
    assert_eq!(table.pieces, ["##men", "far", "from", "home", "lonely", "space"]);
    assert!(table.others.iter().any(|piece| piece == ",") && table.others.len() > 30_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    table.write(&path).unwrap();
    assert_eq!(TextTable::read(&path).unwrap(), table);
    let vectors = of(2, 3, vec![0.5; 6]);
    vectors.write(&path).unwrap();
    assert_eq!(
        TextTable::read(&path).unwrap_err().code().as_str(),
        "vector_file",
        "vectors alone are no text encoder"
    );
}
