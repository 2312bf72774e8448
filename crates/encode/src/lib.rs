//! Texts to sentence vectors: the forward pass of a BERT-type sentence transformer.
//!
//! A model is an unchanged Hugging Face folder. It holds `config.json`, `model.safetensors` and
//! `tokenizer.json`. It may hold `modules.json`, `sentence_bert_config.json` and a pooling folder.
//! [`Encoder::open`] refuses a model that this crate cannot compute exactly, such as another
//! architecture or another pooling. This crate may import `osusume` and `osusume-tables`, and no
//! other crate of the project.

mod batch;
mod bert;
mod distil;
mod elementwise;
mod encoder;
mod error;
mod eval;
mod folder;
mod math;
mod resume;

pub use batch::encode_all;
pub use distil::{Distil, Sentence, sentences, sentences_of};
pub use encoder::Encoder;
pub use error::EncodeError;
pub use eval::{Answered, Bm25, HeldOut, Question, TextReport, items_held_out, sentences_held_out};
