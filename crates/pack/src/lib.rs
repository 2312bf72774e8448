//! From ratings, texts and a catalogue to a release in a folder, and the build pipeline that does
//! all of it. This uses the trainer and the encoder; nothing on a visitor's device uses this.
//!
//! - [`assemble`] and [`pack`] put vectors and a catalogue together; [`add_map`] draws a map.
//! - [`import`] reads the vectors of other trainers.
//! - [`pipeline`] runs all stages and publishes once, at the end.

mod adapters;
mod assemble;
mod columns;
mod eigen;
mod entries;
mod error;
mod f16_rows;
mod files;
mod groups;
pub mod import;
mod input;
mod manifest;
mod map;
pub mod pipeline;
mod publish;
mod related;
pub mod rotation;
mod series;
mod text;
mod workers;

pub use assemble::{NewRelease, PackReport, assemble, pack};
pub use error::{MapError, PackError, Result};
pub use import::ImportError;
pub use input::{Metric, ModelInput, WeightsInput};
pub use map::add_map;
pub use text::{PackedText, STEPS};

#[cfg(test)]
mod tests;
