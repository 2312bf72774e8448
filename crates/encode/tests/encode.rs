//! Tests of the encoder: the vectors of another implementation, broken model folders and the resume
//! file.

#[path = "../../../tests/missing/mod.rs"]
mod missing;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use osusume_encode::{EncodeError, Encoder, encode_all};
use osusume_tables::{Cancel, Vectors};
use serde_json::{Value, json};

/// The settings of [`Model`].
const HIDDEN: usize = 8;
const WIDE: usize = 16;
const POSITIONS: usize = 12;
const WORDS: [&str; 9] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##a", "##b"];

fn config() -> Value {
    json!({
        "model_type": "bert", "hidden_size": HIDDEN, "intermediate_size": WIDE,
        "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": WORDS.len(),
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
    })
}

fn tokenizer() -> Value {
    let vocab: HashMap<&str, usize> =
        WORDS.iter().enumerate().map(|(id, word)| (*word, id)).collect();
    let special = |name: &str, id: usize| json!({ "id": name, "ids": [id], "tokens": [name] });
    json!({
        "version": "1.0", "added_tokens": [], "decoder": null,
        // The real model also has settings of its training, which the encoder ignores.
        "truncation": {
            "max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right",
        },
        "padding": {
            "strategy": { "Fixed": 11 }, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
        },
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": false,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } },
            ],
            "pair": [
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "Sequence": { "id": "B", "type_id": 1 } },
            ],
            "special_tokens": { "[CLS]": special("[CLS]", 2), "[SEP]": special("[SEP]", 3) },
        },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab,
        },
    })
}

fn tensors(seed: u64) -> HashMap<String, Tensor> {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![WORDS.len(), HIDDEN]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![POSITIONS, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
    ];
    let mut linear = |name: String, from: usize, to: usize| {
        shapes.push((format!("{name}.weight"), if from == 0 { vec![to] } else { vec![to, from] }));
        shapes.push((format!("{name}.bias"), vec![to]));
    };
    linear("embeddings.LayerNorm".to_owned(), 0, HIDDEN);
    for layer in 0..2 {
        for (part, from, to) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("attention.output.LayerNorm", 0, HIDDEN),
            ("intermediate.dense", HIDDEN, WIDE),
            ("output.dense", WIDE, HIDDEN),
            ("output.LayerNorm", 0, HIDDEN),
        ] {
            linear(format!("encoder.layer.{layer}.{part}"), from, to);
        }
    }
    let mut state = seed;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| random()).collect();
        (name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
    };
    shapes.into_iter().map(tensor).collect()
}

/// A random BERT of 2 layers and 8 values, with the files of a sentence transformer.
struct Model(tempfile::TempDir);

impl Model {
    fn new() -> Self {
        let model = Self(tempfile::tempdir().unwrap());
        model.json("config.json", &config());
        model.json("tokenizer.json", &tokenizer());
        model.weights(&tensors(1));
        model
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), bytes).unwrap();
    }

    fn json(&self, file: &str, value: &Value) {
        self.write(file, value.to_string().as_bytes());
    }

    /// Writes `config.json` with one setting changed, or left out if `value` is null.
    fn setting(&self, name: &str, value: Value) {
        let mut all = config();
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value,
        }
        self.json("config.json", &all);
    }

    fn weights(&self, tensors: &HashMap<String, Tensor>) {
        candle_core::safetensors::save(tensors, self.path("model.safetensors")).unwrap();
    }

    fn open(&self) -> Encoder {
        Encoder::open(self.0.path()).unwrap()
    }

    /// Returns the code of the error for the folder, or nothing if it is accepted.
    fn code(&self) -> &'static str {
        Encoder::open(self.0.path()).err().map_or("", |error| error.code().as_str())
    }
}

fn texts() -> Vec<(u32, String)> {
    let texts =
        ["a b c", "", "aab c", "c c c c c c c c c c c c c c c c", "b", "a b c", "日本 é 🎤", "cab"];
    texts.into_iter().enumerate().map(|(at, text)| (100 - at as u32, text.to_owned())).collect()
}

fn run(
    encoder: &Encoder,
    texts: &[(u32, String)],
    resume: &Path,
) -> (Vectors, Vec<(usize, usize)>) {
    let mut steps = Vec::new();
    let vectors = encode_all(
        encoder,
        texts,
        resume,
        &mut |done, total| steps.push((done, total)),
        &Cancel::new(),
    )
    .unwrap();
    (vectors, steps)
}

fn bits(vectors: &Vectors) -> Vec<u32> {
    vectors.values.iter().map(|v| v.to_bits()).collect()
}

// --- Against another implementation ---

/// Returns the folder of the real model. Without it a test fails, or is skipped with `OSUSUME_SKIP=1`.
fn real_model() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let folder = std::env::var_os("OSUSUME_ENCODER")
        .map(PathBuf::from)
        .or_else(|| cache.map(|cache| cache.join("osusume/all-MiniLM-L6-v2")))
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        missing::missing("all-MiniLM-L6-v2", "fetch it with pkg-scripts/fetch-encoder.sh");
    }
    folder
}

#[test]
fn vectors_equal_those_of_sentence_transformers() {
    let Some(folder) = real_model() else { return };
    let encoder = Encoder::open(&folder).unwrap();
    let golden: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/encode_golden.json")).unwrap();
    let rows = golden["texts"].as_array().unwrap();
    let texts: Vec<(u32, String)> = rows
        .iter()
        .zip(0..)
        .map(|(row, at)| (at, row["text"].as_str().unwrap().to_owned()))
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let (all, _) = run(&encoder, &texts, &dir.path().join("resume"));
    assert_eq!((all.dims, encoder.max_tokens()), (384, 256));
    assert!(
        all.provenance.recipe.contains(golden["weights_sha256"].as_str().unwrap()),
        "another model is here"
    );
    for (row, (at, text)) in rows.iter().zip(&texts) {
        let want: Vec<f64> =
            row["vector"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let found = all.row(*at as usize);
        let worst = found
            .iter()
            .zip(&want)
            .map(|(&v, want)| (f64::from(v) - want).abs())
            .fold(0.0, f64::max);
        assert_eq!(found.len(), want.len());
        assert!(worst < 2e-6, "{text:?} differs by {worst}");
        // One text alone has the same bits as among others on every core.
        assert_eq!(encoder.encode(text).unwrap(), found, "{text:?}");
    }
}

// --- Folders that work ---

#[test]
fn a_text_is_cut_and_never_padded() {
    let model = Model::new();
    let encoder = model.open();
    assert_eq!((encoder.dims(), encoder.max_tokens()), (HIDDEN, POSITIONS));
    let vector = encoder.encode("a b").unwrap();
    assert!((vector.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-6);
    // The encoder reads 10 tokens and two special ones.
    let ten = "a b c a b c a b c a";
    assert_eq!(encoder.encode(ten).unwrap(), encoder.encode(&format!("{ten} b c c")).unwrap());
    assert_ne!(encoder.encode(ten).unwrap(), encoder.encode("a b c a b c a b c").unwrap());

    model.json("sentence_bert_config.json", &json!({ "max_seq_length": 6, "do_lower_case": true }));
    let encoder = model.open();
    assert_eq!(encoder.max_tokens(), 6);
    assert_eq!(encoder.encode("A b c A").unwrap(), encoder.encode("a b c a b").unwrap());
    assert_ne!(encoder.encode("a b c a").unwrap(), encoder.encode("a b c").unwrap());

    fs::remove_file(model.path("sentence_bert_config.json")).unwrap();
    model.json("tokenizer_config.json", &json!({ "model_max_length": 5 }));
    assert_eq!(model.open().max_tokens(), 5);
    model.json("tokenizer_config.json", &json!({ "model_max_length": 1e30 }));
    assert_eq!(model.open().max_tokens(), POSITIONS);
}

#[test]
fn every_common_layout_of_a_folder_gives_the_same_vector() {
    let model = Model::new();
    let want = model.open().encode("a b cab").unwrap();
    let renamed = |new: &dyn Fn(&str) -> String| {
        model.weights(&tensors(1).into_iter().map(|(name, tensor)| (new(&name), tensor)).collect());
        assert_eq!(model.open().encode("a b cab").unwrap(), want);
    };
    renamed(&|name| format!("bert.{name}"));
    renamed(&|name| {
        name.replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta")
    });
    renamed(&str::to_owned);

    for pooling in [
        json!({
            "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
            "pooling_mode_max_tokens": false,
        }),
        json!({ "embedding_dimension": HIDDEN, "pooling_mode": "mean", "include_prompt": true }),
    ] {
        model.json("1_Pooling/config.json", &pooling);
        assert_eq!(model.open().encode("a b cab").unwrap(), want);
    }

    // Old models keep the transformer in a folder of its own.
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::create_dir_all(model.path("0_BERT")).unwrap();
        fs::rename(model.path(file), model.path(&format!("0_BERT/{file}"))).unwrap();
    }
    let module = |at: usize, path: &str, kind: &str| {
        let kind = format!("sentence_transformers.models.{kind}");
        json!({ "idx": at, "name": at.to_string(), "path": path, "type": kind })
    };
    model.json(
        "modules.json",
        &json!([
            module(0, "0_BERT", "Transformer"),
            module(1, "1_Pooling", "Pooling"),
            module(2, "2_Normalize", "Normalize"),
        ]),
    );
    assert_eq!(model.open().encode("a b cab").unwrap(), want);
}

#[test]
fn half_precision_weights_are_converted() {
    let model = Model::new();
    let narrow =
        |dtype| tensors(1).into_iter().map(move |(name, t)| (name, t.to_dtype(dtype).unwrap()));
    model.weights(&narrow(DType::F16).collect());
    let half = model.open().encode("a b").unwrap();
    model.weights(
        &narrow(DType::F16).map(|(name, t)| (name, t.to_dtype(DType::F32).unwrap())).collect(),
    );
    assert_eq!(model.open().encode("a b").unwrap(), half);
}

// --- Folders that are refused ---

#[test]
fn missing_files_are_named() {
    let model = Model::new();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let aside = model.path("aside");
        fs::rename(model.path(file), &aside).unwrap();
        let error = Encoder::open(model.0.path()).err().unwrap();
        assert!(
            matches!(&error, EncodeError::MissingFile { path } if path.ends_with(file)),
            "{error}"
        );
        assert_eq!(error.code().as_str(), "encoder_missing_file");
        fs::rename(&aside, model.path(file)).unwrap();
    }
    let empty = tempfile::tempdir().unwrap();
    for folder in [empty.path(), &empty.path().join("none")] {
        assert_eq!(Encoder::open(folder).err().unwrap().code().as_str(), "encoder_missing_file");
    }
}

#[test]
fn other_architectures_are_refused() {
    let model = Model::new();
    model.json("config.json", &json!({ "model_type": "distilbert", "dim": 768, "n_layers": 6 }));
    assert_eq!(model.code(), "encoder_not_bert");
    for (setting, value, code) in [
        ("model_type", json!("roberta"), "encoder_not_bert"),
        ("model_type", Value::Null, "encoder_not_bert"),
        ("model_type", json!(7), "encoder_config"),
        ("hidden_act", json!("relu"), "encoder_unsupported"),
        ("position_embedding_type", json!("relative_key"), "encoder_unsupported"),
        ("hidden_size", Value::Null, "encoder_config"),
        ("hidden_size", json!(0), "encoder_config"),
        ("hidden_size", json!(-8), "encoder_config"),
        ("hidden_size", json!(16), "encoder_shape"),
        ("hidden_size", json!(u64::MAX - 1), "encoder_shape"),
        ("intermediate_size", json!(u64::MAX), "encoder_shape"),
        ("num_attention_heads", json!(0), "encoder_config"),
        ("num_attention_heads", json!(3), "encoder_config"),
        ("num_hidden_layers", json!(3), "encoder_missing_tensor"),
        ("num_hidden_layers", json!(u64::MAX), "encoder_missing_tensor"),
        ("vocab_size", json!(8), "encoder_shape"),
        ("max_position_embeddings", json!(u64::MAX), "encoder_shape"),
        ("type_vocab_size", json!(1), "encoder_shape"),
        ("layer_norm_eps", json!(-1.0), "encoder_config"),
    ] {
        model.setting(setting, value.clone());
        assert_eq!(model.code(), code, "{setting}: {value}");
    }
    for text in ["", "<!DOCTYPE html><p>Not found", "[1]", "{}}", "null"] {
        model.write("config.json", text.as_bytes());
        assert_eq!(model.code(), "encoder_config", "{text}");
    }
}

#[test]
fn other_pooling_than_the_mean_is_refused() {
    let model = Model::new();
    for pooling in [
        json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false }),
        json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true }),
        json!({ "pooling_mode_mean_tokens": false }),
        json!({ "pooling_mode": "lasttoken" }),
        json!({ "pooling_mode": ["mean", "max"] }),
        json!({}),
    ] {
        model.json("1_Pooling/config.json", &pooling);
        assert_eq!(model.code(), "encoder_pooling", "{pooling}");
    }
    fs::remove_dir_all(model.path("1_Pooling")).unwrap();
    model.json(
        "modules.json",
        &json!([{ "path": "2_Dense", "type": "sentence_transformers.models.Dense" }]),
    );
    assert_eq!(model.code(), "encoder_unsupported");
    model.json("modules.json", &json!({ "no": "list" }));
    assert_eq!(model.code(), "encoder_config");
}

#[test]
fn damaged_weights_are_refused() {
    let model = Model::new();
    let whole = fs::read(model.path("model.safetensors")).unwrap();
    for length in (0..whole.len()).step_by(37).chain([whole.len() - 1]) {
        model.write("model.safetensors", &whole[..length]);
        assert_eq!(model.code(), "encoder_weights", "at {length} bytes");
    }
    // A flipped bit in the header may be an error, but must not panic.
    let header = 8 + u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
    for at in (0..header).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 7);
        model.write("model.safetensors", &bytes);
        model.code();
    }

    let name = "encoder.layer.1.attention.output.dense.weight";
    let mut all = tensors(1);
    for shape in [vec![HIDDEN, HIDDEN + 1], vec![HIDDEN * HIDDEN], vec![0, HIDDEN], vec![]] {
        all.insert(name.to_owned(), Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap());
        model.weights(&all);
        let error = Encoder::open(model.0.path()).err().unwrap();
        assert!(matches!(&error, EncodeError::Shape { tensor, .. } if tensor == name), "{error}");
        assert_eq!(error.code().as_str(), "encoder_shape");
    }
    all.remove(name);
    model.weights(&all);
    assert_eq!(model.code(), "encoder_missing_tensor");
}

#[test]
fn a_tokenizer_that_does_not_fit_is_refused() {
    let model = Model::new();
    let whole = tokenizer().to_string();
    for length in (0..whole.len()).step_by(11) {
        model.write("tokenizer.json", &whole.as_bytes()[..length]);
        assert_eq!(model.code(), "encoder_tokenizer", "at {length} bytes");
    }
    let mut foreign = tokenizer();
    foreign["model"]["vocab"]["d"] = json!(WORDS.len());
    model.json("tokenizer.json", &foreign);
    assert_eq!(model.code(), "encoder_tokenizer");
    model.json("tokenizer.json", &tokenizer());
    for (length, code) in [(0, "encoder_tokenizer"), (2, "encoder_tokenizer"), (3, "")] {
        model.json("sentence_bert_config.json", &json!({ "max_seq_length": length }));
        assert_eq!(model.code(), code, "{length} tokens");
    }
}

#[test]
fn nan_is_never_returned() {
    let model = Model::new();
    for (name, value) in [
        ("embeddings.word_embeddings.weight", f32::NAN),
        ("encoder.layer.0.attention.self.key.weight", f32::NAN),
        ("encoder.layer.0.attention.self.query.weight", f32::INFINITY),
        ("encoder.layer.0.intermediate.dense.bias", f32::NAN),
        ("encoder.layer.1.output.LayerNorm.bias", f32::NEG_INFINITY),
    ] {
        let mut all = tensors(1);
        let shape = all[name].shape().clone();
        all.insert(name.to_owned(), Tensor::full(value, shape, &Device::Cpu).unwrap());
        model.weights(&all);
        let encoder = model.open();
        assert_eq!(
            encoder.encode("a b").unwrap_err().code().as_str(),
            "encoder_not_finite",
            "{name}"
        );
        let error =
            encode_all(&encoder, &texts(), &model.path("resume"), &mut |_, _| (), &Cancel::new())
                .unwrap_err();
        assert_eq!(error.code().as_str(), "encoder_not_finite", "{name}");
    }
}

// --- The resume file ---

#[test]
fn a_finished_run_is_repeated_from_the_file() {
    let model = Model::new();
    let (encoder, resume) = (model.open(), model.path("resume"));
    let texts = texts();
    let (fresh, steps) = run(&encoder, &texts, &resume);
    assert_eq!(fresh.ids, texts.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    for (row, (_, text)) in texts.iter().enumerate() {
        assert_eq!(fresh.row(row), encoder.encode(text).unwrap(), "{text:?}");
    }
    // "a b c" occurs twice and is encoded once.
    assert_eq!((steps[0], steps[steps.len() - 1], steps.len()), ((0, 8), (8, 8), 8));
    let bytes = fs::read(&resume).unwrap();

    let (again, steps) = run(&model.open(), &texts, &resume);
    assert_eq!(again, fresh);
    assert_eq!(steps, [(8, 8)]);
    assert_eq!(fs::read(&resume).unwrap(), bytes);

    let (none, steps) = run(&encoder, &[], &resume);
    assert_eq!((none.ids.len(), none.values.len(), steps), (0, 0, vec![(0, 0)]));
}

#[test]
fn a_torn_file_is_used_up_to_its_first_damaged_record() {
    let model = Model::new();
    let (encoder, resume, texts) = (model.open(), model.path("resume"), texts());
    let (fresh, _) = run(&encoder, &texts, &resume);
    let whole = fs::read(&resume).unwrap();
    let record = 16 + 4 + 4 * HIDDEN + 8;
    assert_eq!(whole.len(), 8 + 7 * record);
    let check = |bytes: &[u8], known: std::ops::RangeInclusive<usize>| {
        fs::write(&resume, bytes).unwrap();
        let (vectors, steps) = run(&encoder, &texts, &resume);
        assert_eq!(bits(&vectors), bits(&fresh));
        assert!(known.contains(&steps[0].0), "{steps:?} at {} bytes", bytes.len());
        assert_eq!(fs::read(&resume).unwrap().len(), whole.len(), "after {} bytes", bytes.len());
    };
    for length in 0..whole.len() {
        let records = length.saturating_sub(8) / record;
        check(&whole[..length], records..=records + 1); // one record may serve two texts
    }
    for at in (8..whole.len()).step_by(13) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let records = (at - 8) / record;
        check(&bytes, records..=records + 1);
    }
    // A length beyond the end of the file.
    let mut bytes = whole.clone();
    bytes[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&bytes, 0..=0);
}

#[test]
fn changed_texts_and_models_are_encoded_again() {
    let model = Model::new();
    let (resume, mut texts) = (model.path("resume"), texts());
    run(&model.open(), &texts, &resume);
    texts[4].1 = "b b".to_owned();
    texts.swap(0, 3);
    let (mixed, steps) = run(&model.open(), &texts, &resume);
    assert_eq!(steps, [(7, 8), (8, 8)]);
    let (fresh, _) = run(&model.open(), &texts, &model.path("fresh"));
    assert_eq!(bits(&mixed), bits(&fresh));

    let identity = model.open().identity();
    let check = |part: &str, change: &dyn Fn()| {
        change();
        let encoder = model.open();
        assert_ne!(encoder.identity(), identity, "{part}");
        let (_, steps) = run(&encoder, &texts, &resume);
        assert_eq!(steps[0], (0, 8), "{part}");
    };
    check("settings", &|| model.json("sentence_bert_config.json", &json!({ "max_seq_length": 5 })));
    check("weights", &|| model.weights(&tensors(2)));
    // The file still holds the vectors of the first model.
    fs::remove_file(model.path("sentence_bert_config.json")).unwrap();
    model.weights(&tensors(1));
    assert_eq!(run(&model.open(), &texts, &resume).1, [(8, 8)]);
}

#[test]
fn another_file_is_never_overwritten() {
    let model = Model::new();
    let resume = model.path("ratings.csv");
    for text in ["user,item\n1,2\n", "OSUENC\x02\n", "O!"] {
        fs::write(&resume, text).unwrap();
        let error = encode_all(&model.open(), &texts(), &resume, &mut |_, _| (), &Cancel::new())
            .unwrap_err();
        assert_eq!(error.code().as_str(), "resume_file");
        assert_eq!(fs::read_to_string(&resume).unwrap(), text);
    }
    let error = encode_all(
        &model.open(),
        &texts(),
        &model.path("no/folder"),
        &mut |_, _| (),
        &Cancel::new(),
    )
    .unwrap_err();
    assert_eq!(error.code().as_str(), "io");
}

#[test]
fn a_cancelled_run_ends_after_its_text_and_keeps_it() {
    let model = Model::new();
    let (encoder, resume) = (model.open(), model.path("resume"));
    let cancel = Cancel::new();
    let mut progress = |done: usize, _: usize| {
        if done > 0 {
            cancel.cancel();
        }
    };
    let error = encode_all(&encoder, &texts(), &resume, &mut progress, &cancel).unwrap_err();
    assert_eq!(error.code().as_str(), "interrupted");
    let (_, steps) = run(&encoder, &texts(), &resume);
    assert!((1..texts().len()).contains(&steps[0].0), "{steps:?}");
}
