//! The report of a run: lines for people, and one object for `--json`.
//! This knows the events of the pipeline, and prints nothing.

use std::time::Duration;

use osusume_pack::pipeline::{Event, UncoveredGroup};
use osusume_tables::{CatalogueReport, Count, FieldReport, RatingsReport};
use serde_json::{Map, Value, json};

/// The report of a run as JSON: what was read, what was lost, and what was published.
#[derive(Debug, Default)]
pub struct Summary(Map<String, Value>);

impl Summary {
    /// Adds what an event says.
    pub fn add(&mut self, event: &Event<'_>) {
        let (name, value) = match event {
            Event::CatalogueRead { path, report } => {
                ("catalogue", with(json!(report), json!({ "path": path })))
            }
            Event::RatingsRead { report, interactions, items } => {
                let more = json!({ "interactions": interactions, "items": items });
                ("ratings", with(json!(report), more))
            }
            Event::TooFewInteractions { min_interactions, items } => {
                let examples: Vec<Value> = items
                    .iter()
                    .take(EXAMPLES)
                    .map(|(id, count)| json!({ "id": id, "interactions": count }))
                    .collect();
                let count = items.len();
                let value = json!({
                    "minInteractions": min_interactions, "count": count, "examples": examples,
                });
                ("tooFewInteractions", value)
            }
            Event::Uncovered { groups, are_kept } => {
                ("uncovered", json!({ "groups": groups, "kept": are_kept }))
            }
            Event::Published { folder, report } => {
                let (release, items) = (&report.manifest.release, report.manifest.items);
                ("release", json!({ "folder": folder, "release": release, "items": items }))
            }
            Event::DistillationAhead { sentences, time } => {
                let seconds = time.as_secs();
                ("distillation", json!({ "sentences": sentences, "forecastSeconds": seconds }))
            }
            Event::Warning(text) => {
                let warnings = self.0.entry("warnings").or_insert_with(|| json!([]));
                warnings.as_array_mut().into_iter().for_each(|all| all.push(json!(text)));
                return;
            }
            _ => return,
        };
        self.0.insert(name.to_owned(), value);
    }

    /// Returns the object.
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// Adds the fields of one object to another.
fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}

/// How many things of a kind are named.
const EXAMPLES: usize = 3;

/// Returns the line about items that training leaves out.
pub fn rare_items(min_interactions: u32, items: &[(u32, u32)]) -> String {
    let named = items.iter().take(EXAMPLES);
    let mut named: Vec<String> = named
        .map(|(id, count)| format!("{id}, {}", Count(*count as usize, "interaction")))
        .collect();
    if items.len() > named.len() {
        named.push(format!("and {} more", items.len() - named.len()));
    }
    format!(
        "{} with fewer than {min_interactions} interactions (min_interactions of the training \
         recipe), not trained: {}",
        Count(items.len(), "item"),
        named.join("; ")
    )
}

/// Returns the line about a distillation before it starts.
pub fn distillation(sentences: usize, time: Duration) -> String {
    let seconds = time.as_secs();
    let long = if seconds < 90 {
        Count(seconds.max(1) as usize, "second").to_string()
    } else {
        format!("{} minutes", (seconds + 30) / 60)
    };
    format!(
        "after the texts, a text encoder will be distilled from {sentences} sentences, so that \
         visitors can search in their own words: about {long} more, less if an earlier run has \
         begun it. To leave it out, set distil = false in the recipe (with `encode`: no --distil)"
    )
}

/// Returns the lines about items that no model covers.
pub fn uncovered(groups: &[UncoveredGroup], are_kept: bool) -> Vec<String> {
    let mut lines: Vec<String> = groups.iter().map(ToString::to_string).collect();
    if !lines.is_empty() {
        let effect = if are_kept {
            "  they stay in the catalogue: they are found by title, and stand in no list"
        } else {
            "  they are left out of the release; uncovered = \"keep\" in the recipe keeps them in \
             its catalogue"
        };
        lines.push(effect.to_owned());
    }
    lines
}

/// Returns the lines about the ratings.
pub fn ratings(report: &RatingsReport, interactions: usize, items: usize) -> Vec<String> {
    let RatingsReport { rows, users, unrated, duplicates, dislikes, unknown_items, .. } = report;
    let mut lines = vec![format!(
        "{rows} rows of {users} users: {interactions} interactions with {items} items ({unrated} \
         unrated, {duplicates} repeated, {dislikes} dislikes, {unknown_items} of unknown items)"
    )];
    let named: Vec<String> = report.unknown_examples.iter().map(ToString::to_string).collect();
    if !named.is_empty() {
        lines.push(format!("  not in the catalogue, for instance: {}", named.join("; ")));
    }
    lines
}

/// Returns the lines about the catalogue.
pub fn catalogue(path: &str, report: &CatalogueReport) -> Vec<String> {
    let CatalogueReport { rows, items, text_id, fields, unused, losses, .. } = report;
    let mut lines = vec![format!("{path}: {} of {}", Count(*items, "item"), Count(*rows, "row"))];
    lines.extend(losses.iter().map(|loss| format!("  {loss}")));
    if let Some(example) = text_id {
        lines.push(format!("  the ids are texts, because not all are whole numbers: {example}"));
    }
    let named = |field: &FieldReport| {
        let separator = field.separator.as_ref();
        let by = separator.map_or_else(String::new, |text| format!(" separated by {text:?}"));
        format!("{} from {}{by}", field.name, field.columns.join(" or "))
    };
    if !fields.is_empty() {
        let fields: Vec<String> = fields.iter().map(named).collect();
        lines.push(format!("  fields: {}", fields.join(", ")));
    }
    if !unused.is_empty() {
        let columns = unused.join(", ");
        lines.push(format!("  columns not read: {columns} (a recipe can declare them as fields)"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distillation_says_how_long_and_how_to_leave_it_out() {
        let long = |seconds| distillation(1, Duration::from_secs(seconds));
        assert!(long(0).contains("about 1 second more") && long(89).contains("about 89 seconds"));
        assert!(long(90).contains("about 2 minutes") && long(1500).contains("about 25 minutes"));
        assert!(long(90).contains("distil = false"));
    }

    #[test]
    fn the_summary_holds_each_report_once_and_every_warning() {
        let mut summary = Summary::default();
        for text in ["a", "b"] {
            summary.add(&Event::Warning(text.to_owned()));
        }
        let report = CatalogueReport { rows: 3, items: 2, ..CatalogueReport::default() };
        let path = std::path::Path::new("items.csv");
        summary.add(&Event::CatalogueRead { path, report: &report });
        summary.add(&Event::TooFewInteractions { min_interactions: 5, items: &[(7, 4), (8, 1)] });
        assert_eq!(
            summary.into_json(),
            json!({
                "warnings": ["a", "b"],
                "catalogue": {
                    "path": "items.csv", "rows": 3, "items": 2, "fields": [], "unused": [],
                    "losses": [],
                },
                "tooFewInteractions": {
                    "minInteractions": 5, "count": 2,
                    "examples": [{ "id": 7, "interactions": 4 }, { "id": 8, "interactions": 1 }],
                },
            })
        );
    }
}
