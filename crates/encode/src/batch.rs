//! Many texts, on every core, with a file that a later run goes on from.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use sha2::{Digest, Sha256};

use osusume_tables::{Cancel, Provenance, Vectors};

use crate::encoder::Encoder;
use crate::error::EncodeError;

/// Names one text under one model: the first half of the SHA-256 of the model's identity and the text.
type Key = [u8; 16];

/// Returns the vectors of `texts` (item and text), in their order; no item may be there twice.
///
/// Each vector is appended to the file `resume` as it comes, under a key made of the model and the text, and a
/// later run takes from there what it already has. So a run that was stopped goes on, a finished one that is
/// repeated is instant, and changed texts are encoded anew. `progress` gets the texts done and their number: at the
/// start (with those that were there already) and after each text. `cancel` ends the run after the current text.
pub fn encode_all(
    encoder: &Encoder,
    texts: &[(u32, String)],
    resume: &Path,
    progress: &mut dyn FnMut(usize, usize),
    cancel: &Cancel,
) -> Result<Vectors, EncodeError> {
    let keys: Vec<Key> = texts.iter().map(|(_, text)| encoder.key(text)).collect();
    let (mut file, mut known) = Resume::open(resume)?;
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
    // Longest first: the cores finish together, and the time left is over- rather than underestimated.
    work.sort_by_key(|&at| std::cmp::Reverse(texts[at].1.len()));

    let mut done = texts.len() - copies.values().sum::<usize>();
    progress(done, texts.len());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for pool in &encoder.pools {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                pool.install(move || {
                    while let Some(&at) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if sender.send((at, encoder.encode_here(&texts[at].1))).is_err() {
                            break; // the other side has met an error
                        }
                    }
                });
            });
        }
        drop(sender);
        for (at, vector) in results {
            let (key, vector) = (keys[at], vector?);
            file.append(resume, key, &vector)?;
            known.insert(key, vector);
            done += copies.get(&key).copied().unwrap_or(1);
            progress(done, texts.len());
            cancel.check()?; // the threads end when they next send
        }
        Ok::<(), EncodeError>(())
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

impl Encoder {
    fn key(&self, text: &str) -> Key {
        let digest = Sha256::new_with_prefix(self.identity).chain_update(text).finalize();
        std::array::from_fn(|at| digest[at])
    }
}

const MAGIC: [u8; 8] = *b"OSUENC\x01\n";
/// Bytes of a record beside its values: key and number of values before them, half a checksum after.
const FRAME: usize = 16 + 4 + 8;

/// The resume file: [`MAGIC`], then records of key, number of values (u32), values (f32) and the first 8 bytes of
/// the SHA-256 of all that, little-endian.
struct Resume {
    file: File,
}

impl Resume {
    /// Returns the file, ready for more records, and what is in it. It is cut before the first damaged record, which
    /// is the last one when a run was killed while writing it.
    fn open(path: &Path) -> Result<(Self, HashMap<Key, Vec<f32>>), EncodeError> {
        let bytes = match std::fs::read(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(EncodeError::io(path))?,
        };
        if !bytes.starts_with(&MAGIC) && !MAGIC.starts_with(&bytes) {
            return Err(EncodeError::ResumeFile { path: path.to_owned() });
        }
        let mut known = HashMap::new();
        let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
        while let Some((key, vector, after)) = record(rest) {
            known.insert(key, vector);
            rest = after;
        }
        let mut options = File::options();
        let mut file =
            options.create(true).append(true).open(path).map_err(EncodeError::io(path))?;
        let whole = if bytes.len() < MAGIC.len() { 0 } else { bytes.len() - rest.len() };
        file.set_len(whole as u64).map_err(EncodeError::io(path))?;
        if whole == 0 {
            file.write_all(&MAGIC).map_err(EncodeError::io(path))?;
        }
        Ok((Self { file }, known))
    }

    fn append(&mut self, path: &Path, key: Key, vector: &[f32]) -> Result<(), EncodeError> {
        let mut bytes = Vec::with_capacity(FRAME + vector.len() * 4);
        bytes.extend(key);
        bytes.extend((vector.len() as u32).to_le_bytes());
        bytes.extend(vector.iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(checksum(&bytes));
        self.file.write_all(&bytes).map_err(EncodeError::io(path))
    }
}

/// Splits the first record off `bytes`; `None` if it is not whole.
fn record(bytes: &[u8]) -> Option<(Key, Vec<f32>, &[u8])> {
    let (key, rest) = bytes.split_first_chunk::<16>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let length = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
    let (values, rest) = rest.split_at_checked(length)?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    if *sum != checksum(&bytes[..20 + length]) {
        return None;
    }
    let words =
        values.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    Some((*key, words.collect(), rest))
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|at| digest[at])
}
