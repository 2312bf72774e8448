//! Decodes compressed files in several tasks, so that a page's thread can do other work between.
//! Imports `fetch` (for the platform's decoder) and `failure`.

use super::failure::JsFailure;
use super::fetch;
use crate::catalogue::Catalogue;
use crate::format::{
    AlignedBytes, CatalogueFile, Columns, FormatError, Neighbours, NeighboursFile, TextFile,
};
use crate::text::{EncoderLoader, TextEncoder};

/// Adds the addresses of pictures, if there is a file of images.
pub(super) async fn with_images(
    whole: Catalogue,
    images: Option<AlignedBytes>,
) -> Result<Catalogue, JsFailure> {
    let Some(file) = images else { return Ok(whole) };
    Ok(whole.with_images(&catalogue(&file).await?)?)
}

/// Decodes a catalogue: a whole one, one of titles, or one of images.
pub(super) async fn catalogue(file: &[u8]) -> Result<Catalogue, JsFailure> {
    let CatalogueFile { items, column_bytes, gzip } = CatalogueFile::decode(file)?;
    let broken = FormatError::Catalogue("its gzip is broken");
    let columns = Columns::decode(&fetch::gunzip(gzip, column_bytes, broken).await?, items)?;
    fetch::next_task().await; // each of the two steps takes some hundredths of a second
    Ok(Catalogue::new(columns)?)
}

/// Decodes a text encoder.
pub(super) async fn text(file: &[u8]) -> Result<TextEncoder, JsFailure> {
    let file = TextFile::decode(file)?;
    let broken = FormatError::Text("its gzip is broken");
    let columns = fetch::gunzip(file.gzip, file.column_bytes, broken).await?;
    let mut loader = EncoderLoader::new(&file, &columns)?;
    while loader.step()? {
        fetch::next_task().await;
    }
    Ok(loader.finish()?)
}

/// Decodes neighbour lists.
pub(super) async fn neighbours(file: &[u8]) -> Result<Neighbours, JsFailure> {
    let file = NeighboursFile::decode(file)?;
    let broken = FormatError::Rows("the gzip of the neighbours is broken");
    let lists = fetch::gunzip(file.gzip, file.list_bytes(), broken).await?;
    Ok(file.lists(&lists)?)
}
