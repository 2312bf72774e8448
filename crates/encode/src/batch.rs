//! Encodes many texts on every core, with a file from which a later run resumes.
//! It imports the encoder and the resume file; the distillation imports it.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use sha2::{Digest, Sha256};

use osusume_tables::{Cancel, Provenance, Vectors};

use crate::encoder::Encoder;
use crate::error::EncodeError;
use crate::resume::{Key, ResumeFile};

/// Returns the vectors of `texts` (item and text), in their order. No item may occur twice.
///
/// Each vector is appended to the file `resume` under a key made of the model and the text. A later
/// run takes the vectors that it needs from there. So it resumes a stopped run, repeats a finished
/// run at once, and encodes changed texts again. `progress` gets the number of finished texts and
/// the number of all texts: at the start and after each text. `cancel` ends the run after the
/// current text.
pub fn encode_all(
    encoder: &Encoder,
    texts: &[(u32, String)],
    resume: &Path,
    progress: &mut dyn FnMut(usize, usize),
    cancel: &Cancel,
) -> Result<Vectors, EncodeError> {
    let keys: Vec<Key> = texts.iter().map(|(_, text)| encoder.key(text)).collect();
    let (mut file, mut known) = ResumeFile::open(resume)?;
    known.retain(|_, vector| vector.len() == encoder.dims());

    let mut copies: HashMap<Key, usize> = HashMap::new();
    let mut work: Vec<usize> = Vec::new();
    for (at, key) in keys.iter().enumerate().filter(|(_, key)| !known.contains_key(*key)) {
        let count = copies.entry(*key).or_default();
        *count += 1;
        if *count == 1 {
            work.push(at);
        }
    }
    // Longest first: the cores finish together, and the remaining time is over- rather than
    // underestimated.
    work.sort_by_key(|&at| Reverse(texts[at].1.len()));

    let mut done = texts.len() - copies.values().sum::<usize>();
    progress(done, texts.len());
    encode_each(encoder, texts, &work, |at, vector| {
        let key = keys[at];
        file.append(resume, key, &vector)?;
        known.insert(key, vector);
        done += copies.get(&key).copied().unwrap_or(1);
        progress(done, texts.len());
        Ok(cancel.check()?)
    })?;

    let rows = keys.iter().filter_map(|key| known.get(key));
    Ok(Vectors {
        ids: texts.iter().map(|(id, _)| *id).collect(),
        dims: encoder.dims(),
        values: rows.flatten().copied().collect(),
        provenance: Provenance {
            data: format!("{} texts", texts.len()),
            recipe: encoder.describe(),
            ..Provenance::default()
        },
    })
}

/// Encodes the texts at the positions `work` on every core. `each` gets the position and the vector
/// of each text as soon as it is done. The first error ends the work.
fn encode_each(
    encoder: &Encoder,
    texts: &[(u32, String)],
    work: &[usize],
    mut each: impl FnMut(usize, Vec<f32>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for pool in &encoder.pools {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                pool.install(move || {
                    while let Some(&at) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if sender.send((at, encoder.encode_here(&texts[at].1))).is_err() {
                            break; // the receiver stopped at an error
                        }
                    }
                });
            });
        }
        drop(sender);
        // An error drops the receiver, which ends the threads when they next send.
        results.into_iter().try_for_each(|(at, vector)| each(at, vector?))
    })
}

impl Encoder {
    /// Returns the key of a text in the resume file.
    fn key(&self, text: &str) -> Key {
        let digest = Sha256::new_with_prefix(self.identity).chain_update(text).finalize();
        std::array::from_fn(|at| digest[at])
    }
}
