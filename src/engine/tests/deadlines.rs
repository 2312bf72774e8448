//! Requests whose time is over: refused at every look, and no later answer changes.

use std::cell::Cell;

use serde_json::json;

use super::super::{Engine, EngineError, Request};
use super::drawn::{USUAL, drawn};

/// Requests that reach every loop: one model, a blend, `niche`, diversity, reasons, a start list.
fn requests() -> Vec<Request> {
    let many: Vec<u32> = (1..=60).collect();
    [
        json!({ "liked": [1], "model": "a" }),
        json!({ "liked": [1], "model": "b", "niche": 0.2 }),
        json!({ "liked": many, "disliked": [70, 71], "model": "b", "limit": 40, "explain": true }),
        json!({ "liked": [2, 3], "model": { "a": 1, "b": 0.5 }, "limit": 30, "diversity": 0.5 }),
        json!({ "limit": 20 }),
    ]
    .into_iter()
    .map(|request| serde_json::from_value(request).unwrap())
    .collect()
}

/// Returns the answer as JSON if `looks` looks do not find the time over, and how often it looked.
fn answer(engine: &Engine, request: &Request, looks: u32) -> (Result<String, EngineError>, u32) {
    let looked = Cell::new(0);
    let is_over = || looked.replace(looked.get() + 1) >= looks;
    let answer = engine.recommend_until(request, &is_over);
    (answer.map(|answer| serde_json::to_string(&answer).unwrap()), looked.get())
}

#[test]
fn a_request_stops_at_whichever_look_finds_the_time_over() {
    for (request, least) in requests().into_iter().zip([5, 8, 100, 30, 10]) {
        // With codes and without: the first search of an engine makes none.
        for uses_codes in [true, false] {
            let new = || drawn(3, 16, uses_codes, &USUAL);
            let (want, looks) = answer(&new(), &request, u32::MAX);
            assert!(looks > least, "{looks} looks: {request:?}");
            let engine = new();
            for stop in 0..looks {
                let (stopped, looked) = answer(&engine, &request, stop);
                assert_eq!(stopped, Err(EngineError::DeadlineExceeded), "{stop}: {request:?}");
                assert_eq!(looked, stop + 1, "it does no more work");
                if stop % 7 == 0 {
                    assert_eq!(answer(&engine, &request, u32::MAX).0, want, "{stop}: {request:?}");
                }
            }
            let whole = serde_json::to_string(&engine.recommend(&request).unwrap()).unwrap();
            assert_eq!(Ok(whole), want);
        }
    }
}

#[test]
fn the_error_has_a_code_and_comes_after_what_the_caller_can_mend() {
    let engine = drawn(3, 8, true, &USUAL);
    let refused = |request| engine.recommend_until(&request, &|| true).unwrap_err().code().as_str();
    assert_eq!(refused(Request::default()), "deadline_exceeded");
    assert_eq!(refused(Request { limit: 0, ..Request::default() }), "limit_out_of_range");
}
