//! Reads a published split: training pairs, test pairs and the negatives of each test pair.
//!
//! Imports the split and the builder of interactions.

use std::collections::HashMap;
use std::path::Path;

use csv::ReaderBuilder;

use super::data::{Builder, Keep};
use super::split::LeaveOneOut;
use osusume_tables::{Dislikes, ItemKeys, Rating, TableError, open_table, read_ratings};

impl LeaveOneOut {
    /// Reads a published leave-one-out split, such as that of He et al. 2017. `test` holds one row
    /// for each user; `negatives` holds the user, the item and the negatives, below a header line.
    /// Each file is plain or gzip.
    pub fn published(
        train: &Path,
        test: &Path,
        negatives: Option<&Path>,
    ) -> Result<Self, TableError> {
        let mut builder = Builder::new(Keep { ratings: false, order: true });
        // All training rows are equally old and every test row is younger, so leave-one-out holds
        // out exactly the test rows.
        let older = |rating: Rating| Rating { timestamp: 0, ..rating };
        let (none, any) = (Dislikes::default(), ItemKeys::Any);
        let (_, mut names) =
            read_ratings(train, None, &none, any, |rating| builder.push(older(rating)))?;
        let mut users: HashMap<String, u32> =
            (0..).zip(&names).map(|(user, name)| (name.clone(), user)).collect();
        let mut tests = Vec::new();
        let (_, test_names) = read_ratings(test, None, &none, any, |rating| tests.push(rating))?;
        for rating in tests {
            let name = &test_names[rating.user as usize];
            let user = *users.entry(name.clone()).or_insert_with(|| {
                names.push(name.clone());
                names.len() as u32 - 1
            });
            builder.push(Rating { user, timestamp: 1, ..rating });
        }
        let place: Vec<u32> = (0..names.len() as u32).collect();
        let mut split = Self::new(builder.finish(&place).0, 1);
        let Some(path) = negatives else { return Ok(split) };
        let mut given = vec![Vec::new(); split.train.users()];
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(open_table(path)?);
        for record in reader.records() {
            let broken = |line, reason| TableError::Row { path: path.to_owned(), line, reason };
            let record = record
                .map_err(|e| broken(e.position().map_or(0, csv::Position::line), e.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let Some(&user) = record.get(0).and_then(|name| users.get(name.trim())) else {
                return Err(broken(line, "a user without training rows".to_owned()));
            };
            for text in record.iter().skip(2) {
                let item = text
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|id| split.train.ids().binary_search(&id).ok());
                let item = item
                    .ok_or_else(|| broken(line, format!("item \"{text}\" has no training row")))?;
                given[user as usize].push(item as u32);
            }
        }
        split.given = Some(given);
        Ok(split)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_split_is_read_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let train = write("train.csv", "user,item\n0,5\n0,7\n1,7\n1,9\n");
        let test = write("test.csv", "user,item,rating,timestamp\n1,5,3,978\n0,11,4,977\n");
        let negatives = write("negatives.csv", "user,item,n1,n2\n0,11,9,11\n1,5,11,11\n");
        let split = LeaveOneOut::published(&train, &test, Some(&negatives)).unwrap();
        assert_eq!(split.train.ids(), [5, 7, 9, 11]);
        assert_eq!((split.test.as_slice(), split.latest.as_slice()), (&[3, 0][..], &[1, 2][..]));
        assert_eq!((split.train.of(0), split.train.of(1)), (&[0, 1][..], &[1, 2][..]));
        assert_eq!(split.given, Some(vec![vec![2, 3], vec![3, 3]]));
        let strange = write("strange.csv", "user,item,n1\n0,11,77\n");
        let error = LeaveOneOut::published(&train, &test, Some(&strange)).unwrap_err();
        assert_eq!(error.code().as_str(), "row_broken");
    }
}
