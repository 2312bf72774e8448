//! `osusume eval`: how well models rank. This file chooses the protocol.

mod args;
mod leave_one_out;
mod models;
mod plot;
mod protocols;
mod search;
mod text;
mod visitor;
mod visitor_data;
mod wishes;

use osusume_tables::ItemKeys;
use osusume_train::{Interactions, Keep, LeaveOneOut, Tenth};

pub use self::args::Args;
use self::args::Protocol;
use crate::error::Error;

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> crate::error::Result<()> {
    if args.protocol == Protocol::Text {
        let (catalogue, recipe) = (args.catalogue.as_deref(), args.release_recipe()?);
        return args.text.run(catalogue, &recipe, args.named_models(), json);
    }
    if args.protocol == Protocol::Wishes {
        return args.wishes.run(json);
    }
    let Some(ratings) = &args.ratings else {
        let expected = "a file of ratings; only --protocol text and wishes need none";
        return Err(Error::usage("ratings", "is missing", expected));
    };
    let mut tenth = None;
    let split = if let Some(test) = &args.test {
        LeaveOneOut::published(ratings, test, args.negatives.as_deref())?
    } else {
        if args.protocol == Protocol::Visitor {
            return visitor::run(args, ratings, json);
        }
        let keep = Keep { ratings: true, order: true };
        let dislikes = args.dislikes();
        let (data, _) = Interactions::read(ratings, None, &dislikes, ItemKeys::Any, keep)?;
        let data = data.core(args.core, args.core);
        match args.protocol {
            Protocol::Newcomers => return protocols::newcomers_protocol(args, data, json),
            Protocol::Cold => return protocols::cold_protocol(args, data, json),
            Protocol::Fidelity => {
                return protocols::fidelity_protocol(args, &data.ascending(), json);
            }
            _ => {}
        }
        tenth = args.tenth.then(|| Tenth::new(data.clone(), 1));
        LeaveOneOut::new(data, 1)
    };
    let data = &split.train;
    eprintln!(
        "{} training interactions of {} users and {} items",
        data.len(),
        data.users(),
        data.items()
    );
    match args.protocol {
        Protocol::Profile => protocols::profile_protocol(args, &split, json),
        Protocol::Knob => protocols::knob_protocol(args, &split, json),
        Protocol::All => leave_one_out::all_protocol(args, &split, tenth.as_ref(), json),
        _ => {
            let value = format!("{:?} with --test", args.protocol).to_lowercase();
            let expected = "all, profile or knob; only these take a published split";
            Err(Error::usage("protocol", &value, expected))
        }
    }
}
