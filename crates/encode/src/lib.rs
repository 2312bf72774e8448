//! Texts to sentence vectors: the forward pass of a BERT-type sentence transformer.
//!
//! A model is a Hugging Face folder, read as it is: `config.json`, `model.safetensors`, `tokenizer.json` and, if
//! they are there, `modules.json`, `sentence_bert_config.json` and the pooling folder. [`Encoder::open`] refuses a
//! model that this crate cannot compute exactly, such as another architecture or another pooling.

mod batch;
mod bert;
mod distil;
mod encoder;
mod error;
mod eval;
mod folder;
mod math;
mod rows;

pub use batch::encode_all;
pub use distil::{Distil, Sentence, sentences, sentences_of};
pub use encoder::Encoder;
pub use error::EncodeError;
pub use eval::{Answered, Bm25, HeldOut, Question, TextReport, items_held_out, sentences_held_out};
