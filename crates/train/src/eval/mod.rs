//! Measures of a ranking: one protocol a file.
//!
//! Only re-exports; every protocol imports `rank`, and none imports this file.

mod cold;
mod fidelity;
mod knob;
mod lists;
mod newcomers;
mod profile;
mod rank;
mod report;
mod sampled;
mod tenth;
mod visitor;

pub use cold::{Cold, ColdReport, ColdRow, cold};
pub use fidelity::{Fidelity, fidelity};
pub use knob::{KnobPoint, knob};
pub use lists::Lists;
pub use newcomers::{NewcomerReport, Newcomers, newcomers};
pub use profile::RuleReport;
pub use rank::Ranks;
pub use report::{Report, leave_one_out};
pub(crate) use sampled::full_ndcg;
pub use sampled::{Quality, pairs, sampled};
pub use tenth::{TenthReport, tenth};
pub use visitor::{
    ListReport, Recommended, SHOWN, Visitor, Visitors, judge, median_rank, shared, standard_error,
};
