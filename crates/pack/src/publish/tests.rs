//! Publishing with a disk that fails, or a process that dies, at each of its steps.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use osusume_release as release;
use osusume_tables::{Entry, Provenance, ReleaseRecipe, Vectors};

use super::*;
use crate::assemble::{NewRelease, assemble};
use crate::input::{Metric, ModelInput};

/// The fault at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The disk refuses the step.
    Error,
    /// The disk refuses a write after the first half.
    ErrorHalfway,
    /// The process ends before the step.
    Kill,
    /// The process ends after the first half of a write.
    KillHalfway,
    /// The step succeeds, and the run is cancelled.
    Cancel,
}

/// A disk with one fault.
struct FaultyDisk<'a> {
    steps: usize,
    fault_at: usize,
    fault: Fault,
    cancel: &'a Cancel,
    /// Whether the manifest had been swapped before the fault.
    is_swapped: bool,
}

impl FaultyDisk<'_> {
    fn step(
        &mut self,
        whole: impl FnOnce() -> io::Result<()>,
        half: impl FnOnce(),
    ) -> io::Result<()> {
        self.steps += 1;
        if self.steps != self.fault_at {
            return whole();
        }
        match self.fault {
            Fault::Error => {}
            Fault::ErrorHalfway => half(),
            Fault::Kill => resume_unwind(Box::new("killed")),
            Fault::KillHalfway => {
                half();
                resume_unwind(Box::new("killed"));
            }
            Fault::Cancel => {
                self.cancel.cancel();
                return whole();
            }
        }
        Err(io::Error::other("the disk is faulty"))
    }
}

impl Disk for FaultyDisk<'_> {
    fn write(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let half = || std::fs::write(path, &content[..content.len() / 2]).unwrap();
        self.step(|| System.write(path, content), half)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let done = self.step(|| System.rename(from, to), || {});
        self.is_swapped |= done.is_ok() && to.ends_with(MANIFEST);
        done
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.step(|| System.remove(path), || {})
    }
}

/// A release of as many items, with a picture each, so that it has files of every kind.
fn release_of(items: u32) -> NewRelease {
    let entry = |id: u32| Entry {
        id,
        title: format!("Title {id}"),
        popularity: Some(f64::from(id)),
        image: Some(format!("https://pictures.example/{id}.jpg")),
        ..Entry::default()
    };
    let values = (1..=items).flat_map(|id| [id as f32, 2.0]).collect();
    let ids = (1..=items).collect();
    let vectors = Vectors { ids, dims: 2, values, provenance: Provenance::default() };
    let models = [ModelInput::new("ncf", vectors, Metric::Cosine)];
    let entries: Vec<Entry> = (1..=items).map(entry).collect();
    assemble(&entries, &[], &models, &ReleaseRecipe::default(), &Cancel::new()).unwrap()
}

/// The files below a folder, by name.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(file, content)| (format!("{name}/{file}"), content)));
        } else {
            found.insert(name, std::fs::read(path).unwrap());
        }
    }
    found
}

/// Publishes `new` over `old` with a fault at one step. Returns whether the old release is still
/// there, or `None` if there are fewer steps.
fn publish_with(old: &NewRelease, new: &NewRelease, fault: Fault, fault_at: usize) -> Option<bool> {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    old.publication(folder, Some("title = \"old\"\n")).publish(&Cancel::new()).unwrap();
    let before = files(folder);
    let cancel = Cancel::new();
    let (steps, is_swapped) = (0, false);
    let mut disk = FaultyDisk { steps, fault_at, fault, cancel: &cancel, is_swapped };
    let publication = new.publication(folder, Some("title = \"new\"\n"));
    let done = catch_unwind(AssertUnwindSafe(|| publication.publish_on(&mut disk, &cancel)));
    if disk.steps < fault_at {
        assert!(done.unwrap().is_ok());
        return None;
    }
    let place = format!("{fault:?} at step {fault_at}");
    let after = files(folder);
    let engine = release::verify(folder).unwrap_or_else(|error| panic!("{place}: {error}"));
    let is_old = engine.manifest() == old.publication(folder, None).manifest;
    assert_eq!(is_old, !disk.is_swapped, "{place}");
    if is_old {
        for (name, content) in &before {
            assert!(after.get(name) == Some(content), "{place}: {name} is another");
        }
        if matches!(fault, Fault::Error | Fault::ErrorHalfway | Fault::Cancel) {
            assert!(after == before, "{place}: no new file stays");
            let code = done.unwrap().unwrap_err().code().as_str();
            assert_eq!(code, if fault == Fault::Cancel { "interrupted" } else { "io" }, "{place}");
        }
    } else {
        assert_eq!(engine.manifest(), publication.manifest, "{place}");
        // A run that has committed is not cancelled any more.
        assert!(!cancel.is_cancelled(), "{place}");
    }
    // The next publication leaves the same files as one without a fault.
    publication.publish(&Cancel::new()).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let site = Some("title = \"new\"\n");
    new.publication(whole.path(), site).publish(&Cancel::new()).unwrap();
    assert!(files(folder) == files(whole.path()), "{place}: other files in the end");
    Some(is_old)
}

#[test]
fn a_fault_at_any_step_leaves_the_old_release_or_the_new_one() {
    let (old, new) = (release_of(12), release_of(15));
    for fault in [Fault::Kill, Fault::KillHalfway, Fault::Error, Fault::ErrorHalfway, Fault::Cancel]
    {
        let outcomes: Vec<bool> =
            (1..).map_while(|at| publish_with(&old, &new, fault, at)).collect();
        // Four files and two of related lists are written and renamed, then manifest and site. Then
        // three files and a folder are removed: the file about the release is the same.
        assert_eq!(outcomes.len(), 6 * 2 + 2 + 2 + 4, "{fault:?}");
        let swap = if fault == Fault::Cancel { 14 } else { 15 };
        let want: Vec<bool> = (1..=outcomes.len()).map(|at| at <= swap).collect();
        assert_eq!(outcomes, want, "{fault:?}: all steps up to the swap leave the old release");
    }
}

#[test]
fn a_folder_that_is_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("release");
    std::fs::write(&folder, "not a folder").unwrap();
    let error = release_of(3).publication(&folder, None).publish(&Cancel::new()).unwrap_err();
    assert_eq!(error.code().as_str(), "io");
}
