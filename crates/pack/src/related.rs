//! The related lists of a new release: asks the engine for every item, and chooses the number of
//! shards. This knows nothing of folders.

use std::cmp::Reverse;
use std::collections::HashSet;

use brotli::enc::BrotliEncoderParams;

use crate::error::Result;
use crate::workers::map_in_parts;
use osusume::engine::Engine;
use osusume::format::MAX_SHARDS;
use osusume_release::related::{self, ItemLists, Shards};
use osusume_tables::Cancel;

/// Results in a list: as many as an answer has that names no limit.
const LISTED: u32 = 10;

/// Releases with more items get no lists. Each list is a search through all items, so a hundred
/// times as many take ten thousand times as long.
const MAX_ITEMS: u32 = 200_000;

/// Most bytes of a shard as a server sends it, compressed by brotli.
const MAX_SENT: usize = 4000;

/// How many of the longest shards are compressed to see whether a number of shards will do.
const COMPRESSED: usize = 32;

/// Returns the related lists of a release, unless it has too many items, nothing to list, or two
/// items of one name.
/// `engine` has every model.
pub(crate) fn make(engine: &Engine, cancel: &Cancel) -> Result<Option<Shards>> {
    let items = engine.catalogue().items();
    if !(2..=MAX_ITEMS).contains(&items) {
        return Ok(None);
    }
    let models = related::models(engine);
    let rows: Vec<u32> = (0..items).collect();
    let each = |&row: &u32| Ok(related::lists_of(engine, row, &models, LISTED)?);
    let lists = map_in_parts(&rows, cancel, each)?;
    let names: HashSet<&String> = lists.iter().map(|lists| &lists.name).collect();
    if names.len() < lists.len() {
        return Ok(None); // a text id of digits is the id of another item
    }
    let shards = shards_of(&lists);
    Ok(Some(related::shards(&lists, shards, &models, LISTED)))
}

/// Returns a number of shards, as few as possible, of which none has more than [`MAX_SENT`] bytes. If
/// one item alone has more, there are four times as many shards as items.
fn shards_of(lists: &[ItemLists]) -> u32 {
    let most = (lists.len() as u32 * 4).min(MAX_SHARDS);
    let (mut too_few, mut enough) = (0, most);
    while enough - too_few > enough / 64 + 1 {
        let middle = too_few.midpoint(enough);
        if are_short(related::shards(lists, middle, &[], LISTED).files) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    enough
}

/// Returns whether the longest shards are short enough once they are compressed.
fn are_short(mut files: Vec<Vec<u8>>) -> bool {
    files.sort_by_key(|file| Reverse(file.len()));
    files.iter().take(COMPRESSED).all(|file| sent(file) <= MAX_SENT)
}

/// Returns the bytes of a file as a server sends it that keeps files compressed.
fn sent(file: &[u8]) -> usize {
    let mut sent = Vec::new();
    brotli::BrotliCompress(&mut &file[..], &mut sent, &BrotliEncoderParams::default())
        .expect("memory does not fail");
    sent.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(items: usize, words: usize) -> Vec<ItemLists> {
        let noise = |at: usize| format!("{:x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let json = |item: usize| {
            let words: Vec<String> = (0..words).map(|word| noise(item * words + word)).collect();
            format!("{:?}", words.join(" "))
        };
        (0..items).map(|item| ItemLists { name: item.to_string(), json: json(item) }).collect()
    }

    #[test]
    fn no_shard_is_longer_than_a_few_packets() {
        for (items, words) in [(2, 1), (300, 20), (1000, 30)] {
            let lists = lists(items, words);
            let shards = shards_of(&lists);
            let files = related::shards(&lists, shards, &[], LISTED).files;
            let longest = files.iter().map(|file| sent(file)).max();
            assert!(longest <= Some(MAX_SENT), "{items}: {longest:?} in {shards}");
            assert!(shards < items as u32, "{shards}");
        }
    }

    #[test]
    fn an_item_that_is_longer_by_itself_does_not_end_the_search_for_ever() {
        assert_eq!(shards_of(&lists(5, 2000)), 20);
    }
}
