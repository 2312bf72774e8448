//! The files of a model folder, read and checked.
//! It imports the error; the encoder and BERT import it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use crate::error::EncodeError;

/// The settings of `config.json` that change the result.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    model_type: String,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// A model folder whose settings are read and supported. The large files are not read yet.
pub(super) struct Folder {
    /// The folder of the transformer's own files: the model folder, or the one that `modules.json`
    /// names.
    base: PathBuf,
    pub config: Config,
    pub config_sha: [u8; 32],
    /// The number of tokens read of a text, with special ones.
    pub max_tokens: usize,
    /// Whether texts are lowercased before the tokenizer sees them.
    pub lowercase: bool,
}

/// One entry of `modules.json`: a step of a sentence transformer.
#[derive(Deserialize)]
struct Module {
    path: String,
    r#type: String,
}

/// `sentence_bert_config.json`.
#[derive(Default, Deserialize)]
struct SentenceConfig {
    #[serde(default)]
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

/// `tokenizer_config.json`. Some models state a length of 1e30.
#[derive(Default, Deserialize)]
struct TokenizerConfig {
    #[serde(default)]
    model_max_length: Option<f64>,
}

impl Folder {
    /// Reads and checks the settings of the model in `folder`.
    pub fn open(folder: &Path) -> Result<Self, EncodeError> {
        let (base, pooling) = modules(folder)?;
        let path = base.join("config.json");
        let bytes = read(&path)?;
        // Another architecture may lack BERT's settings. Its name explains more than a missing
        // field.
        let config: Config =
            parse(&path, &bytes).map_err(|error| match parse::<ModelType>(&path, &bytes) {
                Ok(ModelType { model_type }) if model_type != "bert" => {
                    EncodeError::NotBert { path: path.clone(), found: model_type }
                }
                _ => error,
            })?;
        check(&path, &config)?;
        check_pooling(&pooling.join("config.json"))?;

        let sentence: SentenceConfig =
            optional(&base.join("sentence_bert_config.json"))?.unwrap_or_default();
        let tokenizer: TokenizerConfig =
            optional(&base.join("tokenizer_config.json"))?.unwrap_or_default();
        let stated =
            sentence.max_seq_length.or(tokenizer.model_max_length.map(|length| length as usize));
        let max_tokens = config.max_position_embeddings.min(stated.unwrap_or(usize::MAX));
        let config_sha = Sha256::digest(&bytes).into();
        Ok(Self { base, config, config_sha, max_tokens, lowercase: sentence.do_lower_case })
    }

    /// Returns the tensors by name, as f32, and the hash of their file.
    pub fn weights(&self) -> Result<(HashMap<String, Tensor>, [u8; 32]), EncodeError> {
        let path = self.base.join("model.safetensors");
        let bytes = read(&path)?;
        let bad = |e: candle_core::Error| EncodeError::Weights {
            path: path.clone(),
            reason: e.to_string(),
        };
        let mut tensors =
            candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).map_err(bad)?;
        for tensor in tensors.values_mut() {
            *tensor = tensor.to_dtype(DType::F32).map_err(bad)?;
        }
        Ok((tensors, Sha256::digest(&bytes).into()))
    }

    /// Returns the tokenizer and the hash of its file. It cuts at [`Folder::max_tokens`] and never
    /// pads.
    pub fn tokenizer(&self) -> Result<(Tokenizer, [u8; 32]), EncodeError> {
        let path = self.base.join("tokenizer.json");
        let bytes = read(&path)?;
        let bad = |reason: String| EncodeError::Tokenizer { path: path.clone(), reason };
        let mut tokenizer = Tokenizer::from_bytes(&bytes).map_err(|e| bad(e.to_string()))?;
        if let Some(id) = tokenizer.get_vocab(true).into_values().max()
            && id as usize >= self.config.vocab_size
        {
            return Err(bad(format!(
                "token {id} is not in the model's vocabulary of {}",
                self.config.vocab_size
            )));
        }
        let added =
            tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        if self.max_tokens <= added {
            return Err(bad(format!(
                "{added} special tokens leave no room for text in {} tokens",
                self.max_tokens
            )));
        }
        // The file's own truncation and padding are those of the training. MiniLM's file says 128
        // tokens, but the model reads 256.
        tokenizer.with_padding(None);
        let truncation =
            TruncationParams { max_length: self.max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|e| bad(e.to_string()))?;
        Ok((tokenizer, Sha256::digest(&bytes).into()))
    }
}

#[derive(Deserialize)]
struct ModelType {
    #[serde(default)]
    model_type: String,
}

/// Returns the transformer's folder and the pooling folder. A step that changes the vector in
/// another way is an error.
fn modules(folder: &Path) -> Result<(PathBuf, PathBuf), EncodeError> {
    let path = folder.join("modules.json");
    let (mut base, mut pooling) = (folder.to_owned(), folder.join("1_Pooling"));
    for module in optional::<Vec<Module>>(&path)?.unwrap_or_default() {
        match module.r#type.rsplit('.').next() {
            Some("Transformer") => base = folder.join(module.path),
            Some("Pooling") => pooling = folder.join(module.path),
            Some("Normalize") => {} // the encoder always does it
            _ => {
                let expected = "Transformer, Pooling or Normalize";
                return Err(EncodeError::Unsupported {
                    path,
                    setting: "a module",
                    found: module.r#type,
                    expected,
                });
            }
        }
    }
    Ok((base, pooling))
}

/// Returns an error if this crate cannot compute the model exactly.
fn check(path: &Path, config: &Config) -> Result<(), EncodeError> {
    if config.model_type != "bert" {
        return Err(EncodeError::NotBert {
            path: path.to_owned(),
            found: config.model_type.clone(),
        });
    }
    for (setting, found, expected) in [
        ("hidden_act", &config.hidden_act, "gelu"),
        ("position_embedding_type", &config.position_embedding_type, "absolute"),
    ] {
        if found != expected {
            let (path, found) = (path.to_owned(), found.clone());
            return Err(EncodeError::Unsupported { path, setting, found, expected });
        }
    }
    let bad = |reason: String| Err(EncodeError::Config { path: path.to_owned(), reason });
    for (setting, value) in [
        ("hidden_size", config.hidden_size),
        ("intermediate_size", config.intermediate_size),
        ("num_attention_heads", config.num_attention_heads),
        ("vocab_size", config.vocab_size),
        ("max_position_embeddings", config.max_position_embeddings),
        ("type_vocab_size", config.type_vocab_size),
    ] {
        if value == 0 {
            return bad(format!("{setting} is 0"));
        }
    }
    let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
    if hidden % heads != 0 {
        return bad(format!(
            "hidden_size {hidden} is not divisible by num_attention_heads {heads}"
        ));
    }
    if !(config.layer_norm_eps.is_finite() && config.layer_norm_eps >= 0.0) {
        return bad(format!("layer_norm_eps is {}", config.layer_norm_eps));
    }
    Ok(())
}

/// Returns an error if the pooling `config.json` asks for anything but the mean.
///
/// The file has a flag for each mode, or one `pooling_mode` by name. Without the file it is the
/// mean.
fn check_pooling(path: &Path) -> Result<(), EncodeError> {
    let Some(all) = optional::<serde_json::Map<String, serde_json::Value>>(path)? else {
        return Ok(());
    };
    let mut modes: Vec<&str> = Vec::new();
    for (key, value) in &all {
        match (key.strip_prefix("pooling_mode"), value) {
            (Some(""), serde_json::Value::String(mode)) => modes.push(mode),
            (Some(mode), serde_json::Value::Bool(true)) => modes.push(mode.trim_matches('_')),
            _ => {}
        }
    }
    match modes[..] {
        ["mean" | "mean_tokens"] => Ok(()),
        _ => Err(EncodeError::Pooling { path: path.to_owned(), found: modes.join(", ") }),
    }
}

/// Returns the content of a file that every model has.
fn read(path: &Path) -> Result<Vec<u8>, EncodeError> {
    std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => EncodeError::MissingFile { path: path.to_owned() },
        _ => EncodeError::Io { path: path.to_owned(), source },
    })
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, EncodeError> {
    serde_json::from_slice(bytes)
        .map_err(|e| EncodeError::Config { path: path.to_owned(), reason: e.to_string() })
}

/// Returns the content of a JSON file, or `None` if there is no such file.
fn optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EncodeError> {
    match read(path) {
        Ok(bytes) => parse(path, &bytes).map(Some),
        Err(EncodeError::MissingFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
