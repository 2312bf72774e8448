//! Whole trainings on small data.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::dot::dot;
use super::learner::{EpochInput, EpochStats, Learner, Scorer};
use super::random::mix;
use super::train::train_with;
use super::*;
use osusume_tables::Rating;

/// An unrated row without a time stamp.
fn row(user: u32, item: u32) -> Rating {
    Rating { user, item, ..Rating::default() }
}

/// Users of `groups` tastes, each with items of their own taste only.
fn tastes(groups: u32, users: u32, each: u32) -> Interactions {
    let mut builder = Builder::new(Keep::default());
    for user in 0..users {
        for n in 0..each {
            let item = (user % groups) * 100 + (mix(u64::from(user), u64::from(n)) % 20) as u32;
            builder.push(row(user, item));
        }
    }
    builder.finish(&(0..users).collect::<Vec<_>>()).0
}

fn run(
    data: Interactions,
    recipe: &Recipe,
    threads: usize,
) -> Result<(TrainOutput, Vec<Epoch>), TrainError> {
    let mut epochs = Vec::new();
    let cancel = AtomicBool::new(false);
    let mut progress = |epoch: &Epoch| epochs.push(*epoch);
    let output = train(
        data,
        recipe,
        &mut Control { progress: &mut progress, cancel: &cancel, resume: None, threads },
    )?;
    Ok((output, epochs))
}

fn recipe() -> Recipe {
    Recipe { dims: 8, epochs: 12, learning_rate: 0.01, ..Recipe::default() }
}

#[test]
fn tastes_are_learnt() {
    let (output, epochs) = run(tastes(4, 200, 12), &recipe(), 1).unwrap();
    let last = epochs.last().unwrap();
    assert!(last.loss < epochs[0].loss && last.hr10 > 0.7, "{epochs:?}");
    assert_eq!((epochs.len(), output.stopped), (12, None));
    assert_eq!(output.vectors.provenance.exponent, Some(output.exponent));
    assert_eq!(output.counts.len(), output.vectors.ids.len());
    // Neighbours by cosine share the taste.
    let vectors = &output.vectors;
    let cosine = |a: usize, b: usize| {
        let (a, b) = (vectors.row(a), vectors.row(b));
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let rows = vectors.ids.len();
    let right = (0..rows)
        .filter(|&row| {
            let others = (0..rows).filter(|&other| other != row);
            let near = others.max_by(|&a, &b| cosine(row, a).total_cmp(&cosine(row, b))).unwrap();
            vectors.ids[near] / 100 == vectors.ids[row] / 100
        })
        .count();
    assert!(right * 10 >= rows * 9, "{right} of {rows}");
}

#[test]
fn one_thread_and_one_seed_give_the_same_bytes() {
    let values = |seed, threads| {
        let recipe = Recipe { seed, epochs: 3, ..recipe() };
        run(tastes(3, 60, 8), &recipe, threads).unwrap().0.vectors.values
    };
    assert_eq!(values(1, 1), values(1, 1));
    assert_ne!(values(1, 1), values(2, 1));
    assert_eq!(values(1, 2).len(), values(1, 1).len());
}

#[test]
fn data_that_cannot_be_learnt_from_are_refused() {
    let code = |data, recipe: &Recipe| run(data, recipe, 1).unwrap_err().code().as_str();
    assert_eq!(code(Interactions::default(), &recipe()), "too_few_interactions");
    assert_eq!(code(tastes(1, 1, 50), &recipe()), "too_few_interactions");
    assert_eq!(
        code(tastes(4, 200, 12), &Recipe { min_interactions: 5000, ..recipe() }),
        "too_few_interactions"
    );
    let once = Recipe { min_interactions: 1, ..recipe() };
    assert_eq!(code(tastes(2, 60, 1), &once), "nothing_to_learn");
    assert_eq!(code(tastes(2, 60, 8), &Recipe { dims: 0, ..recipe() }), "setting_out_of_range");
}

#[test]
fn users_of_everything_and_of_one_thing_do_no_harm() {
    let mut builder = Builder::new(Keep::default());
    for item in 0..6 {
        for user in 0..9 {
            builder.push(row(user, item));
        }
    }
    builder.push(row(9, 0));
    let (data, _) = builder.finish(&(0..10).collect::<Vec<_>>());
    let (output, _) = run(data, &recipe(), 2).unwrap();
    assert!(output.vectors.values.iter().all(|v| v.is_finite()));
}

#[test]
fn a_wild_step_size_ends_with_numbers_or_a_code() {
    let wild = Recipe { learning_rate: 1.0, init: 10.0, epochs: 4, ..recipe() };
    match run(tastes(4, 200, 12), &wild, 1) {
        Ok((output, _)) => assert!(output.vectors.values.iter().all(|v| v.is_finite())),
        Err(error) => assert_eq!(error.code().as_str(), "loss_not_finite"),
    }
}

/// Learns as the model in it does, until an epoch whose loss is not a number.
struct Faulty(Box<dyn Learner>, u32);

impl Scorer for Faulty {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        self.0.score(user, items, out);
    }
}

impl Learner for Faulty {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        let stats = self.0.train_epoch(input);
        if input.epoch < self.1 {
            return stats;
        }
        let ruined: Vec<Vec<u32>> =
            self.0.state().iter().map(|words| vec![f32::NAN.to_bits(); words.len()]).collect();
        self.0.restore(&ruined);
        EpochStats { loss: f64::NAN, ..stats }
    }

    fn dims(&self) -> usize {
        self.0.dims()
    }

    fn item_vectors(&self) -> Vec<f32> {
        self.0.item_vectors()
    }
}

#[test]
fn a_loss_that_is_not_a_number_leaves_the_last_good_epoch() {
    let go = |epoch| {
        let cancel = AtomicBool::new(false);
        let mut control =
            Control { progress: &mut |_| {}, cancel: &cancel, resume: None, threads: 1 };
        train_with(recipe().enough_of(tastes(3, 60, 8)).unwrap(), &recipe(), &mut control, |data| {
            Box::new(Faulty(recipe().learner(data.users(), data.items()), epoch))
        })
    };
    let output = go(2).unwrap();
    assert_eq!(output.stopped, Some(Stopped::Diverged(3)));
    let two = run(tastes(3, 60, 8), &Recipe { epochs: 2, ..recipe() }, 1).unwrap().0;
    assert_eq!(output.vectors.values, two.vectors.values);
    assert!(output.vectors.provenance.quality.values().all(|figure| figure.is_finite()));
    // Without a good epoch there is nothing to keep. The message names the setting to change.
    let error = go(0).unwrap_err();
    assert_eq!(error.code().as_str(), "loss_not_finite");
    assert!(error.to_string().contains("lower learning_rate"), "{error}");
}

#[test]
fn ratings_weigh_and_aim() {
    // Everybody has all of ten items; the even ones are rated higher.
    let data = |rating: fn(u32) -> Option<f32>| {
        let mut builder = Builder::new(Keep { ratings: true, order: false });
        for (user, item) in (0..40).flat_map(|user| (0..20).map(move |item| (user, item))) {
            if (user + item) % 3 > 0 {
                builder.push(Rating { rating: rating(item), ..row(user, item) });
            }
        }
        builder.finish(&(0..40).collect::<Vec<_>>()).0
    };
    let rated = || data(|item| Some(if item % 2 == 0 { 10.0 } else { 1.0 }));
    for (model, feedback) in [
        (ModelKind::Gmf, Feedback::Explicit),
        (ModelKind::Neumf, Feedback::Explicit),
        (ModelKind::Gmf, Feedback::Weighted),
        (ModelKind::Ials, Feedback::Weighted),
    ] {
        let recipe = Recipe { model, feedback, layers: vec![16, 8], epochs: 30, ..recipe() };
        recipe.check().unwrap();
        let data = rated().weigh(feedback).unwrap();
        let mut learner = recipe.learner(data.users(), data.items());
        let cancel = AtomicBool::new(false);
        for epoch in 0..recipe.epochs {
            let stats = learner.train_epoch(&EpochInput {
                data: &data,
                epoch,
                seed: 1,
                threads: 1,
                cancel: &cancel,
            });
            assert!(
                stats.loss.is_finite() && stats.loss > 0.0,
                "{recipe}: a loss below 0 has no minimum"
            );
        }
        let all: Vec<u32> = (0..20).collect();
        let (mut high, mut low) = (0.0, 0.0);
        for user in 0..40 {
            let mut scores = vec![0.0; 20];
            learner.score(user, &all, &mut scores);
            high += scores.iter().step_by(2).sum::<f32>();
            low += scores.iter().skip(1).step_by(2).sum::<f32>();
        }
        assert!(high > low, "{recipe}: {high} {low}");
    }
    // Without ratings there is nothing to weigh by; equal ratings weigh nothing.
    let refused = |data, feedback| run(data, &Recipe { feedback, ..recipe() }, 1).unwrap_err();
    for feedback in [Feedback::Weighted, Feedback::Explicit] {
        assert_eq!(refused(tastes(3, 60, 8), feedback).code().as_str(), "no_ratings");
        assert_eq!(refused(data(|_| None), feedback).code().as_str(), "no_ratings");
    }
    let error = refused(rated(), Feedback::Ratings);
    assert_eq!(error.code().as_str(), "ratings_as_targets");
    assert!(
        ["implicit", "weighted", "explicit"].iter().all(|way| error.to_string().contains(way)),
        "{error}"
    );
    let alike = || data(|_| Some(7.0));
    let values =
        |feedback| run(alike(), &Recipe { feedback, ..recipe() }, 1).unwrap().0.vectors.values;
    assert_eq!(values(Feedback::Weighted), values(Feedback::Implicit));
    assert_eq!(values(Feedback::Explicit), values(Feedback::Implicit));
}

#[test]
fn users_who_are_all_the_same_do_no_harm() {
    for model in [ModelKind::Gmf, ModelKind::Neumf, ModelKind::Ials] {
        let mut builder = Builder::new(Keep::default());
        for (user, item) in (0..30).flat_map(|user| (0..12).map(move |item| (user, item))) {
            builder.push(row(user, if item < 6 { item } else { item * 10 }));
        }
        // One more user: otherwise nobody lacks an item and there is no negative.
        builder.push(row(30, 0));
        let data = builder.finish(&(0..31).collect::<Vec<_>>()).0;
        let recipe = Recipe { model, residual: 3, layers: vec![16, 8], ..recipe() };
        let (output, _) = run(data, &recipe, 2).unwrap();
        assert!(output.vectors.values.iter().all(|v| v.is_finite()), "{recipe}");
        let residual = output.residual.unwrap();
        assert!(
            residual.weights.iter().all(|w| w.is_finite()) && residual.factor.is_finite(),
            "{recipe}"
        );
    }
}

#[test]
fn an_item_of_one_interaction_is_left_out_by_default() {
    let mut builder = Builder::new(Keep::default());
    for (user, item) in (0..20).flat_map(|user| (0..6).map(move |item| (user, (user + item) % 9))) {
        builder.push(row(user, item));
    }
    builder.push(row(3, 77));
    let data = builder.finish(&(0..20).collect::<Vec<_>>()).0;
    assert!(!run(data.clone(), &recipe(), 1).unwrap().0.vectors.ids.contains(&77));
    let all = Recipe { min_interactions: 1, residual: 3, ..recipe() };
    let output = run(data, &all, 1).unwrap().0;
    assert!(
        output.vectors.ids.contains(&77) && output.vectors.values.iter().all(|v| v.is_finite())
    );
}

#[test]
fn a_cancelled_training_gives_no_output() {
    // Within an epoch, and after the last one, before the measurements.
    for stop_after in [2, recipe().epochs] {
        let cancel = AtomicBool::new(false);
        let mut progress = |epoch: &Epoch| cancel.store(epoch.epoch == stop_after, Relaxed);
        let mut control =
            Control { progress: &mut progress, cancel: &cancel, resume: None, threads: 1 };
        let code = train(tastes(3, 60, 8), &recipe(), &mut control).unwrap_err().code().as_str();
        assert_eq!(code, "interrupted");
    }
    let now = AtomicBool::new(true);
    let mut control = Control { progress: &mut |_| {}, cancel: &now, resume: None, threads: 1 };
    assert_eq!(
        train(tastes(3, 60, 8), &recipe(), &mut control).unwrap_err().code().as_str(),
        "interrupted"
    );
}

#[test]
fn every_model_learns_tastes() {
    let small = Recipe { layers: vec![16, 16, 8], epochs: 10, vector: VectorForm::Raw, ..recipe() };
    let gmf = |loss, temperature| Recipe { loss, temperature, ..small.clone() };
    for (recipe, dims) in [
        (gmf(Loss::Bpr, 0.0), 8),
        (gmf(Loss::Softmax, 0.0), 8),
        (gmf(Loss::InBatch, 0.0), 8),
        (gmf(Loss::InBatch, 0.2), 8),
        // From vectors near zero a perceptron needs more steps than so few rows give.
        (
            Recipe {
                model: ModelKind::Mlp,
                learning_rate: 0.003,
                init: 0.5,
                batch: 32,
                ..small.clone()
            },
            8,
        ),
        (Recipe { model: ModelKind::Neumf, ..small.clone() }, 16),
        (
            Recipe {
                model: ModelKind::Neumf,
                learning_rate: 0.003,
                pretrain: 8,
                pretrained_rate: 1e-3,
                epochs: 3,
                ..small.clone()
            },
            16,
        ),
        (Recipe { model: ModelKind::Ials, unseen: 0.3, ..small.clone() }, 8),
        (Recipe { model: ModelKind::Ials, residual: 5, ease_lambda: 10.0, ..small.clone() }, 8),
    ] {
        let (output, epochs) = run(tastes(4, 200, 12), &recipe, 1).unwrap();
        assert!(epochs.last().unwrap().hr10 > 0.6, "{recipe}: {epochs:?}");
        assert_eq!(
            (output.vectors.dims, output.residual.is_some()),
            (dims, recipe.residual > 0),
            "{recipe}"
        );
        let again = run(tastes(4, 200, 12), &recipe, 1).unwrap().0;
        assert_eq!(output.vectors.values, again.vectors.values, "{recipe}");
    }
}

#[test]
fn the_recipe_or_the_number_of_items_says_how_ease_is_computed() {
    let of = |ease_matrix| Recipe { residual: 3, ease_lambda: 10.0, ease_matrix, ..recipe() };
    let residual = |matrix| run(tastes(4, 200, 12), &of(matrix), 1).unwrap().0.residual.unwrap();
    let (dense, sparse) = (residual(Some(EaseMatrix::Dense)), residual(Some(EaseMatrix::Sparse)));
    assert_eq!(dense, residual(None));
    assert!((dense.factor - sparse.factor).abs() < 0.1 * dense.factor, "{dense:?} {sparse:?}");
    assert_eq!(dense.offsets, sparse.offsets);
    assert_eq!(of(None).ease_matrix_for(12_000), EaseMatrix::Dense);
    assert_eq!(of(None).ease_matrix_for(12_001), EaseMatrix::Sparse);

    let mut many = Builder::new(Keep::default());
    for (user, item) in (0..2).flat_map(|user| (0..20_001).map(move |item| (user, item))) {
        many.push(row(user, item));
    }
    let dense = Recipe { min_interactions: 1, ..of(Some(EaseMatrix::Dense)) };
    let error = run(many.finish(&[0, 1]).0, &dense, 1).unwrap_err();
    assert!(error.to_string().contains("ease_matrix"), "{error}");
}

#[test]
fn auto_keeps_within_its_budget_and_finds_a_recipe() {
    let data = tastes(4, 60, 8);
    let cancel = AtomicBool::new(false);
    let control = Control { progress: &mut |_| {}, cancel: &cancel, resume: None, threads: 1 };
    let base = Recipe { dims: 8, ..recipe() };
    let mut trials = Vec::new();
    let now = std::time::Duration::ZERO;
    let found =
        Recipe::auto(&base, &data, now, &control, &mut |trial| trials.push(trial.clone())).unwrap();
    assert_eq!((trials.len(), found.dims, found.epochs), (1, 8, trials[0].recipe.epochs));
    let long = std::time::Duration::from_secs(600);
    let found = Recipe::auto(&base, &data, long, &control, &mut |trial| trials.push(trial.clone()))
        .unwrap();
    let best = trials.iter().map(|trial| trial.ndcg10).fold(0.0, f64::max);
    assert!(
        trials.iter().any(
            |t| t.ndcg10 >= best && Recipe { name: "auto".into(), ..t.recipe.clone() } == found
        )
    );
    cancel.store(true, Relaxed);
    let control = Control { progress: &mut |_| {}, cancel: &cancel, resume: None, threads: 1 };
    let code = Recipe::auto(&base, &data, long, &control, &mut |_| {}).unwrap_err().code().as_str();
    assert_eq!(code, "interrupted");
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let data = || tastes(3, 60, 8);
    let nets = [
        Recipe { model: ModelKind::Gmf, ..recipe() },
        Recipe { model: ModelKind::Gmf, dense_adam: true, ..recipe() },
        Recipe {
            model: ModelKind::Gmf,
            loss: Loss::InBatch,
            temperature: 0.2,
            batch: 64,
            ..recipe()
        },
        Recipe { model: ModelKind::Neumf, layers: vec![16, 8], pretrain: 2, ..recipe() },
        Recipe { model: ModelKind::Ials, ..recipe() },
        // Interrupted during the averaged epochs, and before them.
        Recipe { model: ModelKind::Gmf, average: 4, dense_adam: true, ..recipe() },
        Recipe { model: ModelKind::Gmf, average: 2, loss: Loss::InBatch, batch: 64, ..recipe() },
        Recipe {
            model: ModelKind::Neumf,
            layers: vec![16, 8],
            pretrain: 3,
            average: 4,
            ..recipe()
        },
    ];
    for (at, recipe) in nets.into_iter().enumerate() {
        let recipe = Recipe { epochs: 6, ..recipe };
        let path = dir.path().join(format!("{at}.resume"));
        let go = |epochs, stop_after: u32| {
            let cancel = AtomicBool::new(false);
            let mut made = Vec::new();
            let mut progress = |epoch: &Epoch| {
                made.push(epoch.epoch);
                cancel.store(epoch.epoch == stop_after, Relaxed);
            };
            let warn = &mut |why: String| panic!("{why}");
            let resume = Some(Resume { path: &path, warn });
            let mut control =
                Control { progress: &mut progress, cancel: &cancel, resume, threads: 1 };
            let output = train(data(), &Recipe { epochs, ..recipe.clone() }, &mut control);
            (output, made)
        };
        let want = run(data(), &recipe, 1).unwrap().0;
        let (output, made) = go(6, 3);
        assert_eq!((output.unwrap_err().code().as_str(), made), ("interrupted", vec![1, 2, 3]));
        let (output, made) = go(6, 0);
        let output = output.unwrap();
        assert_eq!((output.stopped, made), (None, vec![4, 5, 6]), "{at}");
        assert_eq!(output.vectors, want.vectors, "{at}");
        // A training that is over stays over, and may be made longer.
        let (output, made) = go(6, 0);
        assert_eq!((output.unwrap().vectors, made), (want.vectors, vec![]));
        if recipe.average == 0 {
            assert_eq!(go(7, 0).1, [7]);
        }
    }
}

#[test]
fn a_wrong_checkpoint_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.resume");
    let go = |data: Interactions, recipe: &Recipe, path: &Path, warnings: &mut Vec<String>| {
        let cancel = AtomicBool::new(false);
        let (progress, warn) = (&mut |_: &Epoch| {}, &mut |why| warnings.push(why));
        train(
            data,
            recipe,
            &mut Control {
                progress,
                cancel: &cancel,
                resume: Some(Resume { path, warn }),
                threads: 1,
            },
        )
    };
    let recipe = Recipe { epochs: 2, ..recipe() };
    let mut warnings = Vec::new();
    go(tastes(3, 60, 8), &recipe, &path, &mut warnings).unwrap();
    let good = std::fs::read(&path).unwrap();
    let refused = |data, recipe: &Recipe| {
        let before = std::fs::read(&path).unwrap();
        let code = go(data, recipe, &path, &mut Vec::new()).unwrap_err().code().as_str();
        assert_eq!(std::fs::read(&path).unwrap(), before);
        code
    };
    assert_eq!(refused(tastes(3, 61, 8), &recipe), "checkpoint_invalid", "other ratings");
    assert_eq!(
        refused(tastes(3, 60, 8), &Recipe { seed: 9, ..recipe.clone() }),
        "checkpoint_invalid"
    );
    for bytes in [b"".as_slice(), b"not one", &good[..good.len() - 1], &good[..20]] {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(refused(tastes(3, 60, 8), &recipe), "checkpoint_invalid");
    }
    // If the file cannot be written, training warns and goes on.
    let nowhere = dir.path().join("none/x.resume");
    let output = go(tastes(3, 60, 8), &recipe, &nowhere, &mut warnings).unwrap();
    assert_eq!((output.stopped, warnings.len()), (None, 2), "{warnings:?}");
}
