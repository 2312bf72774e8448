//! The map of a release: its items in the plane, similar items near each other.
//! This reads models and a catalogue; [`add_map`] alone touches a folder.
//!
//! Each item's nearest neighbours are the exact ones of the release's own models. t-SNE (van der
//! Maaten and Hinton 2008, with the Barnes-Hut approximation of van der Maaten 2014, by the crate
//! `bhtsne`) lays them out. It starts from the graph's spectral layout and runs on one thread, so
//! the same release gives the same map.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use bhtsne::{Neighbor, tSNE};

use crate::error::{MapError, PackError, Result};
use crate::publish::publish_file;
use crate::workers::map_in_parts;
use osusume::catalogue::Catalogue;
use osusume::format::{Manifest, MapBlob, ModelBlob};
use osusume::kernel;
use osusume_release::{self as release, Trust};
use osusume_tables::Cancel;

/// The kind of file that holds a map, and the stem of its name.
pub(crate) const MAP: &str = "map";

/// Neighbours of an item that draw it towards them.
const NEIGHBOURS: usize = 90;

/// Groups that the items are coloured by; more colours cannot be told apart.
const GROUPS: usize = 9;

/// How exact Barnes-Hut is; 0.5 is its authors' choice.
const THETA: f32 = 0.5;

/// Adds a map to the release in `folder`, or replaces the one it has. Of the other files only the
/// manifest changes.
pub fn add_map(folder: &Path, cancel: &Cancel) -> Result<Manifest> {
    let manifest = release::manifest(folder)?;
    let engine = release::assemble(manifest.clone(), Trust::Nothing, Some(&[]), |file| {
        release::read(folder, file)
    })?;
    let mut models = Vec::new();
    for model in &manifest.models {
        models.push(ModelBlob::decode(release::verified(folder, manifest.file(model)?)?)?);
    }
    let map = draw(&models, engine.catalogue(), cancel)?;
    publish_file(folder, manifest, MAP, map.encode(), cancel)
}

/// Lays out the items of `catalogue`, which `models` cover.
pub(crate) fn draw(
    models: &[ModelBlob],
    catalogue: &Catalogue,
    cancel: &Cancel,
) -> Result<MapBlob> {
    let items = catalogue.items() as usize;
    if items < 10 {
        return Err(MapError::TooFew(items).into());
    }
    if models.iter().all(|model| model.rows_with_vector() == 0) {
        return Err(MapError::NoVectors.into());
    }
    let near = neighbours(models, items, NEIGHBOURS.min(items / 2), cancel)?;
    let (tags, groups) = groups(&near, catalogue);
    let places = layout(&near, cancel)?;
    let (xs, ys) = whole(&places);
    Ok(MapBlob { tags, xs, ys, groups })
}

/// Returns for each item its nearest `count` others and their distances, ascending.
///
/// Each model that covers an item scores the others by cosine, in standard deviations from its mean
/// score. An item's score is the mean over the models that cover both. The distance is the root of
/// the difference to the best score: t-SNE squares distances, and a constant that all distances of
/// an item share does not change its layout.
fn neighbours(
    models: &[ModelBlob],
    items: usize,
    count: usize,
    cancel: &Cancel,
) -> Result<Vec<Vec<(u32, f32)>>> {
    let inverse = |norm: f32| if norm > 0.0 { 1.0 / norm } else { 0.0 };
    let lengths = |model: &ModelBlob| -> Vec<f32> {
        let rows = 0..model.rows_with_vector();
        rows.map(|row| inverse(kernel::norm(model.row(row)))).collect()
    };
    let lengths: Vec<Vec<f32>> = models.iter().map(lengths).collect();
    let near = |&item: &u32| {
        let mut sums = vec![(0.0_f32, 0.0_f32); items];
        for (model, lengths) in models.iter().zip(&lengths) {
            let with_vector = model.rows_with_vector();
            let Some(row) = model.row_of(item).filter(|&row| row < with_vector) else { continue };
            let query: Vec<f32> = model.row(row).iter().map(|v| v.to_f32()).collect();
            let mut scores = vec![0.0; with_vector as usize];
            kernel::dots(&query, model.values(), &mut scores);
            scores.iter_mut().zip(lengths).for_each(|(score, length)| *score *= length);
            let (mean, spread) = mean_and_spread(&scores);
            for (score, row) in scores.iter().zip(0..) {
                let (sum, times) = &mut sums[model.item_row(row) as usize];
                *sum += (score - mean) * inverse(spread);
                *times += 1.0;
            }
        }
        let known = |&(sum, times): &(f32, f32)| if times > 0.0 { sum / times } else { f32::MIN };
        let mut order: Vec<(f32, u32)> =
            sums.iter().map(known).zip(0..).filter(|&(_, at)| at != item).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(count);
        let best = order[0].0;
        // Items that no model compares with this one come last.
        let last = order
            .iter()
            .rev()
            .find(|(score, _)| *score > f32::MIN)
            .map_or(best, |(score, _)| *score);
        Ok(order.into_iter().map(|(score, at)| (at, (best - score.max(last)).sqrt())).collect())
    };
    map_in_parts(&(0..items as u32).collect::<Vec<_>>(), cancel, near)
}

fn mean_and_spread(values: &[f32]) -> (f32, f32) {
    let count = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
    let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt() as f32)
}

/// Returns x and y of each item, unless the run is cancelled first.
///
/// t-SNE takes minutes for a large catalogue and cannot be stopped, so it has a thread of its own.
/// A cancelled run leaves that thread behind; it ends with its last epoch or with the process.
fn layout(near: &[Vec<(u32, f32)>], cancel: &Cancel) -> Result<Vec<f32>> {
    let neighbour = |&(at, distance): &(u32, f32)| Neighbor { index: at as usize, distance };
    let table: Vec<Vec<Neighbor<f32>>> =
        near.iter().map(|row| row.iter().map(neighbour).collect()).collect();
    let (sender, places) = channel();
    let thread = std::thread::Builder::new()
        .name("t-SNE".to_owned())
        .spawn(move || sender.send(embed(&table)))
        .map_err(|error| MapError::Threads(error.to_string()))?;
    loop {
        match places.recv_timeout(Duration::from_millis(100)) {
            Ok(places) => return Ok(places?),
            Err(RecvTimeoutError::Timeout) => cancel.check()?,
            Err(RecvTimeoutError::Disconnected) => {
                let panic = thread.join().err();
                return Err(PackError::panicked(panic.as_deref().unwrap_or(&"no layout")));
            }
        }
    }
}

fn embed(table: &[Vec<Neighbor<f32>>]) -> Result<Vec<f32>, MapError> {
    // One thread adds in one order.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let threads = threads.map_err(|error| MapError::Threads(error.to_string()))?;
    Ok(threads.install(|| {
        let nothing = vec![(); table.len()]; // the neighbours are known
        let mut tsne: tSNE<f32, ()> = tSNE::new(&nothing);
        let perplexity = (table[0].len() as f32 / 3.0).max(1.0);
        tsne.perplexity(perplexity)
            .epochs(1000)
            .learning_rate((table.len() as f32 / 12.0).max(200.0));
        tsne.spectral_init().barnes_hut_with_neighbors(THETA, table);
        tsne.embedding()
    }))
}

/// Returns the places as whole numbers, both axes on one scale, centred.
fn whole(places: &[f32]) -> (Vec<u16>, Vec<u16>) {
    let axis = |at: usize| places.iter().skip(at).step_by(2).copied();
    let range =
        |at: usize| axis(at).fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let ranges = [range(0), range(1)];
    let widest = ranges.iter().fold(0.0_f32, |widest, (low, high)| widest.max(high - low));
    let scale = if widest > 0.0 { f32::from(u16::MAX) / widest } else { 0.0 };
    let scaled = |at: usize| {
        let middle = f32::midpoint(ranges[at].0, ranges[at].1);
        axis(at).map(|v| ((v - middle) * scale + 32767.5).round() as u16).collect()
    };
    (scaled(0), scaled(1))
}

/// Chooses the tags that the map is coloured by, and returns them with the group of each item.
///
/// The local share of a tag around an item is its share among the item's nearest items, minus its
/// share among all items. Each item has the group of its tag with the largest local share. The tags
/// are chosen greedily: each adds the most to the sum of the items' largest local shares.
fn groups(near: &[Vec<(u32, f32)>], catalogue: &Catalogue) -> (Vec<u16>, Vec<u8>) {
    let Some(list) = catalogue.tag_list() else { return (Vec::new(), vec![0; near.len()]) };
    let tags = |item: usize| list.of(item as u32);
    let mut uses = vec![0_u32; list.names.len()];
    (0..near.len()).flat_map(tags).for_each(|&tag| uses[tag as usize] += 1);
    let home: Vec<Vec<(u32, f32)>> = near
        .iter()
        .zip(0..)
        .map(|(row, item)| {
            let nearest = &row[..row.len().div_ceil(3)]; // as many as t-SNE's perplexity
            let share = |tag: u32| {
                let having =
                    nearest.iter().filter(|(at, _)| tags(*at as usize).contains(&tag)).count();
                having as f32 / nearest.len() as f32 - uses[tag as usize] as f32 / near.len() as f32
            };
            tags(item)
                .iter()
                .map(|&tag| (tag, share(tag)))
                .filter(|&(_, share)| share > 0.0)
                .collect()
        })
        .collect();
    let mut chosen: Vec<u16> = Vec::new();
    let mut best: Vec<(f32, u8)> = vec![(0.0, 0); near.len()];
    while chosen.len() < GROUPS {
        let mut gains = vec![0.0_f32; uses.len()];
        for (home, (most, _)) in home.iter().zip(&best) {
            for &(tag, share) in home {
                gains[tag as usize] += (share - most).max(0.0);
            }
        }
        let Some((tag, &gain)) =
            gains.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
        else {
            break;
        };
        if gain <= 0.0 {
            break;
        }
        chosen.push(tag as u16);
        for (home, best) in home.iter().zip(&mut best) {
            if let Some(&(_, share)) =
                home.iter().find(|(other, share)| *other as usize == tag && *share > best.0)
            {
                *best = (share, chosen.len() as u8);
            }
        }
    }
    (chosen, best.into_iter().map(|(_, group)| group).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Metric, ModelInput, pack};
    use osusume_tables::{Entry, FieldColumn, FieldValues, Provenance, Vectors};

    /// Items in three heaps, each with a genre of its own. Only the second model covers the last five.
    fn release(folder: &Path, items: u32) {
        let entry = |id: u32| Entry {
            id,
            title: format!("Title {id}"),
            popularity: Some(f64::from(100 - id)),
            ..Entry::default()
        };
        let tags = |id: u32| vec!["All".into(), format!("Heap {}", id % 3)];
        let tags = FieldValues::Tags((1..=items).map(tags).collect());
        let vectors = |ids: Vec<u32>| {
            let value = |id: u32, at: u32| {
                if id % 3 == at { 1.0 } else { (id * 7 + at) as f32 % 5.0 / 50.0 }
            };
            let values = ids.iter().flat_map(|&id| (0..3).map(move |at| value(id, at))).collect();
            Vectors { ids, dims: 3, values, provenance: Provenance::default() }
        };
        let entries: Vec<Entry> = (1..=items).map(entry).collect();
        let models = [
            ModelInput::new(
                "ncf",
                vectors((1..=items.saturating_sub(5).max(1)).collect()),
                Metric::Dot(0.5),
            ),
            ModelInput::new("synopsis", vectors((1..=items).collect()), Metric::Cosine),
        ];
        let fields = [FieldColumn::new("topics", None, tags)];
        pack(folder, &entries, &fields, "title", &models).unwrap();
    }

    #[test]
    fn alike_items_lie_together_and_have_the_colour_of_what_they_share() {
        let dir = tempfile::tempdir().unwrap();
        release(dir.path(), 30);
        let before = release::manifest(dir.path()).unwrap();
        let after = add_map(dir.path(), &Cancel::new()).unwrap();
        assert_ne!(
            before.release, after.release,
            "a page that keeps the old release must see that there is more"
        );
        assert_eq!(before.files[..], after.files[..before.files.len()]);
        assert_eq!(
            add_map(dir.path(), &Cancel::new()).unwrap(),
            after,
            "the same release gets the same map"
        );
        let engine = release::verify(dir.path()).unwrap();
        let (catalogue, file) =
            (engine.catalogue(), release::read(dir.path(), after.map().unwrap()).unwrap());
        let names = &catalogue.tag_list().unwrap().names;
        let map = MapBlob::decode(&file, 30, names.len()).unwrap();
        let heap = |row: usize| catalogue.id(row as u32) % 3;
        let far = |a: usize, b: usize| {
            let square = |x: u16, y: u16| (i64::from(x) - i64::from(y)).pow(2);
            square(map.xs[a], map.xs[b]) + square(map.ys[a], map.ys[b])
        };
        for row in 0..30 {
            let nearest =
                (0..30).filter(|&other| other != row).min_by_key(|&other| far(row, other)).unwrap();
            assert_eq!(heap(row), heap(nearest), "row {row}");
            let tag = map.tags[usize::from(map.groups[row]) - 1];
            assert_eq!(names[usize::from(tag)], format!("Heap {}", heap(row)));
        }
        assert!(map.xs.iter().chain(&map.ys).any(|&v| v == u16::MAX), "it fills the plane");
    }

    #[test]
    fn a_handful_of_items_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        release(dir.path(), 9);
        assert_eq!(add_map(dir.path(), &Cancel::new()).unwrap_err().code().as_str(), "map_too_few");
    }
}
