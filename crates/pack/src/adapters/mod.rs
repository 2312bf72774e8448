//! Rules that belong to one domain and not to the core: each adapter is a folder of its own.
//! An adapter may use the crate's small data types; the core calls it in one place.

pub mod series_titles;
