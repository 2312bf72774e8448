//! The untrained model that a recipe names.
//!
//! The only file that knows every learner.

use super::average::Averaged;
use super::gmf::Gmf;
use super::ials::{Ials, IalsSettings};
use super::inbatch::InBatch;
use super::learner::Learner;
use super::neumf::{NetworkShape, NeuMf, Pretraining};
use super::objective::{BinaryCrossEntropy, Ranking, SampledSoftmax};
use super::recipe::{Loss, ModelKind, Recipe};

impl Recipe {
    /// Returns the untrained model.
    pub(super) fn learner(&self, users: usize, items: usize) -> Box<dyn Learner> {
        let shape = (users, items, self.dims);
        match self.model {
            ModelKind::Gmf => self.gmf(shape),
            ModelKind::Mlp => self.network(shape, 0, 0),
            ModelKind::Neumf => self.network(shape, self.dims, self.pretrain),
            ModelKind::Ials => {
                let settings =
                    IalsSettings { unseen: self.unseen, lambda: self.lambda, nu: self.nu };
                Box::new(Ials::new(shape, settings, self.seed))
            }
        }
    }

    fn network(
        &self,
        (users, items, _): (usize, usize, usize),
        factors: usize,
        epochs: u32,
    ) -> Box<dyn Learner> {
        let shape = NetworkShape { users, items, factors, layers: self.layers.clone() };
        let objective = BinaryCrossEntropy { negatives: self.negatives };
        let pretraining = Pretraining { epochs, rate: self.pretrained_rate, average: self.average };
        let (deviation, adam) = (self.deviation(), self.adam());
        self.averaged(NeuMf::new(
            shape,
            deviation,
            self.seed,
            objective,
            adam,
            self.batch,
            pretraining,
        ))
    }

    fn gmf(&self, shape: (usize, usize, usize)) -> Box<dyn Learner> {
        let Self { negatives, batch, seed, .. } = *self;
        let (deviation, adam) = (self.deviation(), self.adam());
        match self.loss {
            Loss::Bce => {
                let objective = BinaryCrossEntropy { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, true, objective, adam, batch))
            }
            Loss::Bpr => {
                let objective = Ranking { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, false, objective, adam, batch))
            }
            Loss::Softmax => {
                let objective = SampledSoftmax { negatives };
                self.averaged(Gmf::new(shape, deviation, seed, false, objective, adam, batch))
            }
            Loss::InBatch => {
                let temperature = (self.temperature > 0.0).then_some(self.temperature);
                self.averaged(InBatch::new(shape, deviation, seed, temperature, adam, batch))
            }
        }
    }

    fn averaged(&self, learner: impl Learner + 'static) -> Box<dyn Learner> {
        if self.average > 1 {
            Box::new(Averaged::new(learner, self.average, self.epochs))
        } else {
            Box::new(learner)
        }
    }
}
