//! How names of columns are compared. It imports nothing of the project.

/// Returns the name of a column in lower case, without a `:type` suffix.
pub(super) fn plain_name(name: &str) -> String {
    name.split(':').next().unwrap_or_default().trim().to_ascii_lowercase()
}
