//! Visitors' lists that come as gzip.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use osusume::profile::{MAX_PROFILE_BYTES, ProfileError};
use osusume_release::{open, read_profile};

const LIST: &str = "<myanimelist><anime><series_animedb_id>10</series_animedb_id>\
    <my_score>8</my_score><my_status>Completed</my_status></anime></myanimelist>";

#[test]
fn gzip_is_undone_within_bounds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/format-2");
    let engine = open(&folder, Some(&[])).unwrap();
    let read = |bytes: &[u8]| read_profile(bytes, engine.catalogue());
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let packed = gzip(LIST.as_bytes());
    assert_eq!(read(&packed).unwrap().exclude, [10]);
    assert_eq!(read(&packed).unwrap(), read(LIST.as_bytes()).unwrap());
    let broken = read(&packed[..packed.len() / 2]).unwrap_err();
    assert_eq!(broken.code().as_str(), "profile_invalid");
    let bomb = gzip(&vec![b' '; MAX_PROFILE_BYTES + 1]);
    assert_eq!(read(&bomb).unwrap_err(), ProfileError::TooLarge);
}
