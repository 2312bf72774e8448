//! A table of token vectors, distilled from the sentence transformer. A text's vector is the sum of
//! its rows. This module imports the encoder and `encode_all`; the evaluation imports it.
//!
//! Each row starts from the transformer's vector of its piece alone. Frequent pieces start shorter
//! (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings",
//! section 3: a / (a + p)). Training then turns each sum towards the transformer's vector of the
//! sentence, and towards the sentences around it. Frequent words of several pieces, most of them
//! names, have a row of their own beside those of their pieces. `Model2Vec` (2024) is the published
//! reference for tables of this kind. The training here uses the catalogue's own sentences, and
//! other sentences for words that these lack.

mod examples;
mod foldings;
mod forecast;
mod run;
mod selection;
mod sentences;
mod settings;
mod train;
mod vocabulary;

pub use sentences::{Sentence, sentences, sentences_of};
pub use settings::Distil;
