//! Where `pkg-scripts/fetch-ml-100k.sh` keeps `MovieLens`-100K.

use std::path::PathBuf;

/// Returns the file, or `None`, saying "skipped", where it was not fetched.
pub fn path() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let path = cache.join("osusume/ml-100k/ml-100k.inter");
    if !path.exists() {
        eprintln!("skipped: no ml-100k; run pkg-scripts/fetch-ml-100k.sh");
        return None;
    }
    Some(path)
}
