//! Writes a release into its folder, which holds one whole release at any moment.
//! This knows the manifest and the file system, and nothing of models.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use osusume::format::{FileEntry, Manifest};
use osusume::internal::is_hex;
use osusume_release::related::{self, Shards};
use osusume_release::{MANIFEST, ReleaseError};
use osusume_tables::{Cancel, TableError};

use crate::error::Result;
use crate::manifest::release_id;

/// The file beside the manifest that says what a page calls the release.
const SITE: &str = "site.toml";

/// A release that is to replace the one in a folder.
pub(crate) struct Publication<'a> {
    pub folder: &'a Path,
    pub manifest: &'a Manifest,
    /// The files that may be new. The manifest may also name files of the old release.
    pub files: &'a [(FileEntry, Vec<u8>)],
    /// The related lists, if they may be new.
    pub related: Option<&'a Shards>,
    /// The text of `site.toml`. Without it the folder keeps the one it has.
    pub site: Option<&'a str>,
}

impl Publication<'_> {
    /// Publishes the release, unless the run is cancelled before the manifest is swapped.
    ///
    /// New files are written beside the old ones, the manifest is swapped last, and only then
    /// are the files removed that it does not name. An interruption at any point leaves the old
    /// release or the new one. After an error before the swap no new file stays behind.
    pub fn publish(&self, cancel: &Cancel) -> Result<()> {
        self.publish_on(&mut System, cancel)
    }

    fn publish_on(&self, disk: &mut dyn Disk, cancel: &Cancel) -> Result<()> {
        let mut written = Vec::new();
        let swapped = self.prepare(disk, cancel, &mut written).and_then(|()| {
            // From here on the release is the new one.
            take_name(disk, &self.folder.join(MANIFEST))
        });
        if let Err(error) = swapped {
            for path in written {
                let _ = disk.remove(&path); // the next publication removes what stays
            }
            return Err(error);
        }
        if self.site.is_some() {
            take_name(disk, &self.folder.join(SITE))?;
        }
        self.remove_stale(disk)
    }

    /// Writes everything under names that no reader looks for, and lists in `written` what is new.
    fn prepare(
        &self,
        disk: &mut dyn Disk,
        cancel: &Cancel,
        written: &mut Vec<PathBuf>,
    ) -> Result<()> {
        std::fs::create_dir_all(self.folder).map_err(ReleaseError::io(self.folder))?;
        for (file, content) in self.files {
            for (name, range) in file.parts() {
                self.write(disk, &name, &content[range], cancel, written)?;
            }
        }
        if let Some(Shards { entry, files, index }) = self.related {
            let folder = self.folder.join(&entry.folder);
            if !folder.exists() {
                std::fs::create_dir(&folder).map_err(ReleaseError::io(&folder))?;
                written.push(folder);
            }
            for (at, content) in files.iter().enumerate() {
                let name = format!("{}/{at}.json", entry.folder);
                self.write(disk, &name, content, cancel, written)?;
            }
            let name = format!("{}/{}", entry.folder, related::INDEX);
            self.write(disk, &name, index, cancel, written)?;
        }
        let json = serde_json::to_string_pretty(self.manifest)
            .expect("a manifest has string keys and finite numbers");
        let manifest = Some((MANIFEST, json + "\n"));
        let site = self.site.map(|text| (SITE, text.to_owned()));
        for (name, text) in manifest.into_iter().chain(site) {
            let path = self.folder.join(name);
            written.push(aside(&path));
            write_aside(disk, &path, text.as_bytes())?;
        }
        Ok(cancel.commit()?)
    }

    /// Writes a file that no reader looks for until the manifest names it.
    fn write(
        &self,
        disk: &mut dyn Disk,
        name: &str,
        content: &[u8],
        cancel: &Cancel,
        written: &mut Vec<PathBuf>,
    ) -> Result<()> {
        cancel.check()?;
        let path = self.folder.join(name);
        let is_new = !path.exists();
        written.push(aside(&path));
        write_aside(disk, &path, content)?;
        take_name(disk, &path)?;
        if is_new {
            written.push(path);
        }
        Ok(())
    }

    fn remove_stale(&self, disk: &mut dyn Disk) -> Result<()> {
        let io = || ReleaseError::io(self.folder);
        let parts = self.manifest.files.iter().flat_map(FileEntry::parts);
        let mut named: HashSet<String> = parts.map(|(name, _)| name).collect();
        named.extend(self.manifest.related.as_ref().map(|related| related.folder.clone()));
        for found in std::fs::read_dir(self.folder).map_err(io())? {
            let path = found.map_err(io())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if is_packed(&name) && !named.contains(&*name) {
                disk.remove(&path).map_err(ReleaseError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Publishes the release of `folder` with a new file of `kind`; all other files stay as they are.
pub(crate) fn publish_file(
    folder: &Path,
    mut manifest: Manifest,
    kind: &str,
    content: Vec<u8>,
    cancel: &Cancel,
) -> Result<Manifest> {
    let file = FileEntry::new(kind, kind, &content);
    manifest.files.retain(|file| file.kind != kind);
    manifest.files.push(file.clone());
    manifest.release = release_id(&manifest);
    let manifest = manifest.checked()?;
    let files = [(file, content)];
    Publication { folder, manifest: &manifest, files: &files, related: None, site: None }
        .publish(cancel)?;
    Ok(manifest)
}

/// The changes that publishing makes to a folder. Tests let each of them fail.
trait Disk {
    /// Writes a whole file and waits until it is on the disk.
    fn write(&mut self, path: &Path, content: &[u8]) -> std::io::Result<()>;
    fn rename(&mut self, from: &Path, to: &Path) -> std::io::Result<()>;
    /// Removes a file, or a folder with all that is in it.
    fn remove(&mut self, path: &Path) -> std::io::Result<()>;
}

/// The disk of the machine.
struct System;

impl Disk for System {
    fn write(&mut self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> std::io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> std::io::Result<()> {
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
    }
}

/// Returns where a file is written before it gets its name.
fn aside(path: &Path) -> PathBuf {
    path.with_extension("part")
}

fn write_aside(disk: &mut dyn Disk, path: &Path, content: &[u8]) -> Result<()> {
    Ok(disk.write(&aside(path), content).map_err(TableError::io(&aside(path)))?)
}

/// Gives a file that was written aside its name.
fn take_name(disk: &mut dyn Disk, path: &Path) -> Result<()> {
    Ok(disk.rename(&aside(path), path).map_err(TableError::io(path))?)
}

/// Says whether packing wrote a file or folder: `stem.16 hexadecimal digits.bin`, a part of it with a
/// number before `.bin`, `.json`, or `.part` if it was cut off, and `related.16 hexadecimal digits`.
fn is_packed(name: &str) -> bool {
    if [MANIFEST, SITE].iter().any(|file| aside(Path::new(file)) == Path::new(name)) {
        return true;
    }
    if name.strip_prefix("related.").is_some_and(|tag| is_hex(tag, 16)) {
        return true;
    }
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if !matches!(extension, "bin" | "json" | "part") {
        return false;
    }
    // A part of a long file has its number behind the hash.
    let ends = |text: &str| text.rsplit_once('.').is_some_and(|(_, hash)| is_hex(hash, 16));
    let is_part = |(stem, at): (&str, &str)| at.parse::<u32>().is_ok() && ends(stem);
    ends(stem) || stem.rsplit_once('.').is_some_and(is_part)
}

#[cfg(test)]
pub(crate) mod tests;
