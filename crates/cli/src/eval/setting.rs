//! The error of an option of `osusume eval` that has a wrong value.

use crate::error::Error;
use osusume_train::TrainError;

/// Returns the error `setting_out_of_range` for the option `name`.
pub fn invalid_setting(name: &'static str, value: &str, expected: &'static str) -> Error {
    TrainError::Setting { name, value: value.to_owned(), expected }.into()
}
