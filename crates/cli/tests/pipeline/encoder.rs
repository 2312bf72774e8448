//! A tiny random sentence transformer, as a folder of files that the command reads.

use std::path::Path;

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::json;

const HIDDEN: usize = 32;
const WIDE: usize = 64;
const LAYERS: usize = 2;
/// Tokens of a text. The long ones make encoding slow enough to be interrupted.
const POSITIONS: usize = 512;
const WORDS: [&str; 9] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##a", "##b"];

/// Writes the transformer into `folder`.
pub fn write_encoder(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let config = json!({
        "model_type": "bert", "hidden_size": HIDDEN, "intermediate_size": WIDE,
        "num_hidden_layers": LAYERS, "num_attention_heads": 2, "vocab_size": WORDS.len(),
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    write_weights(&folder.join("model.safetensors"));
}

fn tokenizer() -> serde_json::Value {
    let vocab: serde_json::Map<String, serde_json::Value> =
        WORDS.iter().zip(0..).map(|(word, id)| ((*word).to_owned(), json!(id))).collect();
    let special = |name: &str, id: usize| json!({ "id": name, "ids": [id], "tokens": [name] });
    json!({
        "version": "1.0", "added_tokens": [], "decoder": null, "truncation": null, "padding": null,
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

fn write_weights(path: &Path) {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![WORDS.len(), HIDDEN]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![POSITIONS, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
    ];
    let mut add = |name: String, from: Option<usize>, to: usize| {
        shapes.push((
            format!("{name}.weight"),
            from.into_iter().fold(vec![to], |mut shape, from| {
                shape.push(from);
                shape
            }),
        ));
        shapes.push((format!("{name}.bias"), vec![to]));
    };
    add("embeddings.LayerNorm".to_owned(), None, HIDDEN);
    for layer in 0..LAYERS {
        for (part, from, to) in [
            ("attention.self.query", Some(HIDDEN), HIDDEN),
            ("attention.self.key", Some(HIDDEN), HIDDEN),
            ("attention.self.value", Some(HIDDEN), HIDDEN),
            ("attention.output.dense", Some(HIDDEN), HIDDEN),
            ("attention.output.LayerNorm", None, HIDDEN),
            ("intermediate.dense", Some(HIDDEN), WIDE),
            ("output.dense", Some(WIDE), HIDDEN),
            ("output.LayerNorm", None, HIDDEN),
        ] {
            add(format!("encoder.layer.{layer}.{part}"), from, to);
        }
    }
    let mut state = 1_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let count = shape.iter().product();
            let bytes = (0..count).flat_map(|_: usize| random().to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    std::fs::write(path, serialize(views, None).unwrap()).unwrap();
}
