//! Where `pkg-scripts/fetch-ml-100k.sh` keeps `MovieLens`-100K.

#[path = "../../../../tests/missing/mod.rs"]
mod missing;

use std::path::PathBuf;

/// Returns the file. Where it was not fetched the test fails, or gets `None` and is skipped with `OSUSUME_SKIP=1`.
pub fn path() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache =
        cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let path =
        cache.map(|cache| cache.join("osusume/ml-100k/ml-100k.inter")).filter(|path| path.exists());
    if path.is_none() {
        missing::missing("MovieLens-100K", "fetch it with pkg-scripts/fetch-ml-100k.sh");
    }
    path
}
