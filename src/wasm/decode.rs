//! Decodes compressed files in several tasks, so that a page's thread can do other work between.
//! Imports `stream` (for the platform's decoder) and `failure`.

use super::failure::JsFailure;
use super::stream::{gunzip, next_task};
use crate::catalogue::Catalogue;
use crate::format::{CatalogueFile, Columns, FormatError, TextFile};
use crate::text::{EncoderLoader, TextEncoder};

/// Decodes a catalogue: a whole one, or one of images.
pub(super) async fn catalogue(file: &[u8]) -> Result<Catalogue, JsFailure> {
    let CatalogueFile { items, column_bytes, gzip } = CatalogueFile::decode(file)?;
    let broken = FormatError::Catalogue("its gzip is broken");
    let columns = Columns::decode(&gunzip(gzip, column_bytes, broken).await?, items)?;
    next_task().await; // each of the two steps takes some hundredths of a second
    Ok(Catalogue::new(columns)?)
}

/// Decodes a text encoder.
pub(super) async fn text(file: &[u8]) -> Result<TextEncoder, JsFailure> {
    let file = TextFile::decode(file)?;
    let broken = FormatError::Text("its gzip is broken");
    let columns = gunzip(file.gzip, file.column_bytes, broken).await?;
    let mut loader = EncoderLoader::new(&file, &columns)?;
    while loader.step()? {
        next_task().await;
    }
    Ok(loader.finish()?)
}
