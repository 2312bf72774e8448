//! The progress of a run on standard error: bars on a terminal, plain lines elsewhere.
//! This knows the events of the pipeline and their reports, and no subcommand.

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use osusume_pack::PackReport;
use osusume_pack::pipeline::{Event, Stage};
use osusume_train::{ContentReport, Epoch};

use crate::report::{self, Summary};

const EPOCHS: &str = "{bar:24} {pos}/{len} epochs, {eta} left  {msg}";
const TEXTS: &str = "{bar:24} {pos}/{len} texts, {per_sec}, {eta} left";
const STEPS: &str = "{bar:24} {pos}/{len} steps, {eta} left";
const WAITING: &str = "{spinner} {msg}";

/// How often a line about texts is printed where there is no bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the events of a run, and collects those that `--json` prints at its end.
pub struct Progress {
    shown: RefCell<Shown>,
    summary: RefCell<Summary>,
}

/// The bar of the current stage.
struct Shown {
    bar: ProgressBar,
    texts: Option<Texts>,
}

impl Progress {
    /// Shows nothing yet.
    pub fn new() -> Self {
        let shown = Shown { bar: ProgressBar::hidden(), texts: None };
        Self { shown: RefCell::new(shown), summary: RefCell::default() }
    }

    /// Shows an event.
    pub fn show(&self, event: Event<'_>) {
        self.summary.borrow_mut().add(&event);
        let shown = &mut *self.shown.borrow_mut();
        match event {
            Event::Started(stage) => shown.start(stage),
            Event::CatalogueRead { path, report } => {
                let path = path.display().to_string();
                shown.lines(&report::catalogue(&path, report));
            }
            Event::RatingsRead { report, interactions, items } => {
                shown.lines(&report::ratings(report, interactions, items));
            }
            Event::TooFewInteractions { min_interactions, items } => {
                shown.line(&report::rare_items(min_interactions, items));
            }
            Event::Uncovered { groups, are_kept } => {
                shown.lines(&report::uncovered(groups, are_kept));
            }
            Event::Tried(trial) => {
                shown.line(&format!("validation NDCG@10 {:.4}  {}", trial.ndcg10, trial.recipe));
            }
            Event::Resumed { path, epochs } => {
                shown.line(&format!("resuming from {} after epoch {epochs}", path.display()));
            }
            Event::Epoch(epoch) => shown.epoch(epoch),
            Event::Diverged(epoch) => shown.line(&format!(
                "the loss of epoch {epoch} is not a number; these are the vectors of the epoch \
                 before (try a lower learning_rate)"
            )),
            Event::ColdItemsPlaced(count) => {
                shown.line(&format!("{count} items without ratings placed by their texts"));
            }
            Event::ContentAdded(ContentReport { predicted, explained }) => shown.line(&format!(
                "{predicted} items without ratings have weights by their content (R² {explained:.2})"
            )),
            Event::Encoded { done, total, resume } => shown.encoded(done, total, resume),
            Event::Step { done, total } => {
                shown.bar.set_length(total as u64);
                shown.bar.set_position(done as u64);
            }
            Event::DistillationAhead { sentences, time } => {
                shown.line(&report::distillation(sentences, time));
            }
            Event::Distilled { pieces, words, sentences } => shown.line(&format!(
                "text encoder: {pieces} pieces and {words} words, from {sentences} sentences"
            )),
            Event::Published { folder, report } => shown.published(folder, report),
            Event::Warning(text) => shown.line(&text),
            _ => {}
        }
    }

    /// Removes the bar, and returns the run's report.
    pub fn finish(self) -> Summary {
        self.shown.borrow_mut().finish();
        self.summary.take()
    }
}

impl Shown {
    fn start(&mut self, stage: Stage<'_>) {
        self.finish();
        let (length, template, text) = match stage {
            Stage::Reading(path) => (0, WAITING, format!("reading {} ...", path.display())),
            Stage::TryingSettings => (0, WAITING, "trying settings ...".to_owned()),
            Stage::Training(epochs) => {
                (u64::from(epochs), EPOCHS, format!("training for {epochs} epochs ..."))
            }
            Stage::Encoding => (0, TEXTS, "encoding ...".to_owned()),
            Stage::Distilling(sentences) => {
                (0, STEPS, format!("distilling a text encoder from {sentences} sentences ..."))
            }
            Stage::Packing => (0, WAITING, "packing ...".to_owned()),
            Stage::DrawingMap => (0, WAITING, "drawing the map ...".to_owned()),
            Stage::Publishing => (0, WAITING, "publishing ...".to_owned()),
            _ => return,
        };
        self.bar = new_bar(length, template);
        if self.bar.is_hidden() {
            eprintln!("{text}");
        } else if template == WAITING {
            self.bar.set_message(text);
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn line(&self, text: &str) {
        if self.bar.is_hidden() { eprintln!("{text}") } else { self.bar.println(text) }
    }

    fn lines(&self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    fn epoch(&self, epoch: &Epoch) {
        let text = format!(
            "loss {:.4}  HR@10 {:.4}  NDCG@10 {:.4}  {:.2} M samples/s",
            epoch.loss,
            epoch.hr10,
            epoch.ndcg10,
            epoch.samples_per_s / 1e6
        );
        if self.bar.is_hidden() {
            eprintln!("epoch {}/{}  {text}", epoch.epoch, epoch.epochs);
        }
        self.bar.set_message(text);
        self.bar.set_position(u64::from(epoch.epoch));
    }

    fn encoded(&mut self, done: usize, total: usize, resume: &Path) {
        if let Some(texts) = &mut self.texts {
            texts.show(&self.bar, done, total);
        } else {
            self.texts = Some(Texts::start(&self.bar, done, total, resume));
        }
    }

    fn published(&mut self, folder: &Path, report: &PackReport) {
        self.finish();
        for (name, count) in report.unknown.iter().filter(|(_, count)| **count > 0) {
            eprintln!(
                "{name}: {count} vectors of items that the catalogue does not have, left out"
            );
        }
        let manifest = &report.manifest;
        let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
        eprintln!(
            "{}: release {}, {} items, {bytes} bytes",
            folder.display(),
            manifest.release,
            manifest.items
        );
        if let Some(map) = manifest.map() {
            eprintln!("with a map of {} bytes", map.bytes);
        }
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
        if let Some(texts) = self.texts.take() {
            texts.finish();
        }
        self.bar = ProgressBar::hidden();
    }
}

/// How far a run of the encoder is.
struct Texts {
    start: Instant,
    /// Texts that an earlier run had encoded.
    first: usize,
    done: usize,
    last_line: Instant,
}

impl Texts {
    fn start(bar: &ProgressBar, done: usize, total: usize, resume: &Path) -> Self {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.reset_eta(); // the texts of earlier runs do not belong to the rate
        if done > 0 {
            eprintln!("{}: {done} of {total} texts are there already", resume.display());
        }
        let now = Instant::now();
        Self { start: now, first: done, done, last_line: now }
    }

    fn show(&mut self, bar: &ProgressBar, done: usize, total: usize) {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        self.done = done;
        if bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let rate = (done - self.first) as f64 / self.start.elapsed().as_secs_f64();
            let left = (total - done) as f64 / rate;
            eprintln!("{done}/{total} texts, {rate:.1}/s, {left:.0} s left");
        }
    }

    fn finish(&self) {
        let (count, seconds) = (self.done - self.first, self.start.elapsed().as_secs_f64());
        if count > 0 {
            let rate = count as f64 / seconds;
            eprintln!("{count} texts encoded in {seconds:.1} s, {rate:.1}/s");
        }
    }
}

/// Shows how far an encoder is that runs outside the pipeline.
pub fn show_texts<T>(resume: &Path, encode: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T) -> T {
    let progress = Progress::new();
    progress.show(Event::Started(Stage::Encoding));
    let done = encode(&mut |done, total| progress.show(Event::Encoded { done, total, resume }));
    let _ = progress.finish();
    done
}

/// Shows how far the distilling of a text encoder is that runs outside the pipeline.
pub fn show_steps<T>(distil: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T) -> T {
    let bar = new_bar(0, STEPS);
    let done = distil(&mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    done
}

fn new_bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
