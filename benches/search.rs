//! Whole questions to a release, for `pkg-scripts/bench-native.sh`, which compares them with numpy.
//!
//! Reads lines of ids from the standard input and answers each with the nanoseconds that it took and the ten ids found.

use std::io::{BufRead, Write};
use std::time::Instant;

use osusume::engine::{ModelChoice, Request};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, model] = arguments.as_slice() else {
        eprintln!("run pkg-scripts/bench-native.sh");
        return Ok(());
    };
    let engine = osusume_release::open(folder.as_ref(), Some(&[model.as_str()]))?;
    for line in std::io::stdin().lock().lines() {
        let id: u32 = line?.trim().parse()?;
        let model = Some(ModelChoice::One(model.clone()));
        let request = Request { liked: vec![id.into()], limit: 10, model, ..Request::default() };
        let started = Instant::now();
        let answer = engine.recommend(&request)?;
        let taken = started.elapsed().as_nanos();
        let ids: Vec<String> = answer.items.iter().map(|item| item.id.to_string()).collect();
        println!("{taken} {}", ids.join(" "));
        std::io::stdout().flush()?;
    }
    Ok(())
}
