//! Sentence vectors.
