//! BERT's encoder on one text: Devlin et al. 2018 on top of Vaswani et al. 2017, with layer
//! normalisation behind each step and GELU by `erf`. This file imports the model folder's settings
//! and the elementwise functions.
//!
//! candle multiplies the matrices, and [`elementwise`](crate::elementwise) does the rest. candle's
//! own elementwise operations share one spinning thread pool in the process. With a text on each of
//! two cores they took more time than the products (28 texts/s instead of 54).

use std::collections::HashMap;

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result as CandleResult, Tensor};

use crate::elementwise::{LayerNorm, add_bias, add_bias_gelu, add_rows, softmax};
use crate::error::EncodeError;
use crate::folder::Config;

/// Weights of the whole encoder. Shapes: `n` tokens, `h` hidden values, `a` heads of `h / a`
/// values.
pub(super) struct Bert {
    /// The vectors of tokens, `vocabulary × h`.
    tokens: Tensor,
    /// The vectors of positions, `positions × h`. The vector of segment 0 is added to each, because
    /// a single text has no other segment.
    positions: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    dims: usize,
}

/// One encoder layer: self-attention and a feed-forward net, each added to its input and
/// normalised.
struct Layer {
    /// Query, key and value in one product: `h → 3h`.
    attention: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    output_norm: LayerNorm,
    heads: usize,
}

/// `x · weight + bias`. The weight is transposed, `from × to` and contiguous, because the product
/// packs that faster.
struct Linear {
    weight: Tensor,
    bias: Vec<f32>,
}

impl Bert {
    /// Returns the encoder with its weights from `tensors`. Each must have the shape that follows
    /// from `config`.
    pub fn new(config: &Config, tensors: &HashMap<String, Tensor>) -> Result<Self, EncodeError> {
        let prefix = if tensors.contains_key("bert.embeddings.word_embeddings.weight") {
            "bert."
        } else {
            ""
        };
        let weights = Weights { tensors, prefix, eps: config.layer_norm_eps as f32 };
        let (hidden, positions) = (config.hidden_size, config.max_position_embeddings);
        let segments = weights
            .tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, hidden])?
            .narrow(0, 0, 1)?;
        let positions =
            weights.tensor("embeddings.position_embeddings.weight", &[positions, hidden])?;
        Ok(Self {
            tokens: weights
                .tensor("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            positions: positions.broadcast_add(&segments)?,
            norm: weights.norm("embeddings.LayerNorm", hidden)?,
            layers: (0..config.num_hidden_layers)
                .map(|at| Layer::new(config, &weights, &format!("encoder.layer.{at}")))
                .collect::<Result<_, _>>()?,
            dims: hidden,
        })
    }

    /// Returns the number of values per vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Returns the number of layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Returns the sum, over all tokens `ids`, of the last layer's vectors.
    pub fn sum_of_tokens(&self, ids: &[u32]) -> CandleResult<Vec<f32>> {
        let tokens = Tensor::new(ids, self.tokens.device())?;
        let x = self.tokens.index_select(&tokens, 0)?;
        update_with(&x, &self.positions.narrow(0, 0, ids.len())?, add_rows)?;
        update(&x, |x| self.norm.apply(x))?;
        let mut x = x;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        x.sum(0)?.to_vec1()
    }
}

impl Layer {
    fn new(config: &Config, weights: &Weights, name: &str) -> Result<Self, EncodeError> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let linear = |part: &str, from, to| weights.linear(&format!("{name}.{part}"), from, to);
        let norm = |part: &str| weights.norm(&format!("{name}.{part}"), hidden);
        let [query, key, value] = [
            linear("attention.self.query", hidden, hidden)?,
            linear("attention.self.key", hidden, hidden)?,
            linear("attention.self.value", hidden, hidden)?,
        ];
        Ok(Self {
            attention: Linear {
                weight: Tensor::cat(&[query.weight, key.weight, value.weight], 1)?.contiguous()?,
                bias: [query.bias, key.bias, value.bias].concat(),
            },
            attention_output: linear("attention.output.dense", hidden, hidden)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            widen: linear("intermediate.dense", hidden, wide)?,
            narrow: linear("output.dense", wide, hidden)?,
            output_norm: norm("output.LayerNorm")?,
            heads: config.num_attention_heads,
        })
    }

    /// Returns the output of the layer, which has the shape of its input, `n × h`.
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let (tokens, hidden) = x.dims2()?;
        let size = hidden / self.heads;
        let all = x.matmul(&self.attention.weight)?;
        update(&all, |all| add_bias(all, &self.attention.bias))?;
        // The shape becomes 3 × a × n × h/a.
        let all =
            all.reshape((tokens, 3, self.heads, size))?.permute((1, 2, 0, 3))?.contiguous()?;
        let (query, key, value) = (all.get(0)?, all.get(1)?, all.get(2)?);
        let weights = query.matmul(&key.t()?)?; // a × n × n
        update(&weights, |weights| softmax(weights, tokens, 1.0 / (size as f32).sqrt()))?;
        let mixed = weights.matmul(&value)?.transpose(0, 1)?.reshape((tokens, hidden))?;
        let x = self.attention_output.add_and_norm(&mixed, x, &self.attention_norm)?;
        let wide = x.matmul(&self.widen.weight)?;
        update(&wide, |wide| add_bias_gelu(wide, &self.widen.bias))?;
        self.narrow.add_and_norm(&wide, &x, &self.output_norm)
    }
}

impl Linear {
    /// Returns `norm(x · weight + bias + residual)`.
    fn add_and_norm(
        &self,
        x: &Tensor,
        residual: &Tensor,
        norm: &LayerNorm,
    ) -> CandleResult<Tensor> {
        let y = x.matmul(&self.weight)?;
        update_with(&y, residual, |y, residual| {
            add_bias(y, &self.bias);
            add_rows(y, residual);
            norm.apply(y);
        })?;
        Ok(y)
    }
}

/// Changes the values of `x` in place. No other tensor may share them.
fn update(x: &Tensor, f: impl Fn(&mut [f32])) -> CandleResult<()> {
    x.inplace_op1(&InPlace(f))
}

/// Changes the values of `x` in place, given those of another tensor.
fn update_with(x: &Tensor, other: &Tensor, f: impl Fn(&mut [f32], &[f32])) -> CandleResult<()> {
    x.inplace_op2(other, &InPlace(f))
}

struct InPlace<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(&self, x: &mut CpuStorage, layout: &Layout) -> CandleResult<()> {
        match (x, layout.contiguous_offsets()) {
            (CpuStorage::F32(x), Some((from, to))) => (self.0)(&mut x[from..to]),
            _ => candle_core::bail!("not contiguous f32"),
        }
        Ok(())
    }
}

impl<F: Fn(&mut [f32], &[f32])> InplaceOp2 for InPlace<F> {
    fn name(&self) -> &'static str {
        "update_with"
    }

    fn cpu_fwd(
        &self,
        x: &mut CpuStorage,
        to: &Layout,
        y: &CpuStorage,
        from: &Layout,
    ) -> CandleResult<()> {
        match (x, to.contiguous_offsets(), y, from.contiguous_offsets()) {
            (CpuStorage::F32(x), Some(to), CpuStorage::F32(y), Some(from)) => {
                (self.0)(&mut x[to.0..to.1], &y[from.0..from.1]);
            }
            _ => candle_core::bail!("not contiguous f32"),
        }
        Ok(())
    }
}

/// The tensors of the file by their names without the prefix `bert.`, which some files have.
struct Weights<'a> {
    tensors: &'a HashMap<String, Tensor>,
    prefix: &'static str,
    eps: f32,
}

impl Weights<'_> {
    /// Returns the tensor `name`, which must have the shape `expected`.
    fn tensor(&self, name: &str, expected: &[usize]) -> Result<Tensor, EncodeError> {
        let name = format!("{}{name}", self.prefix);
        match self.tensors.get(&name) {
            None => Err(EncodeError::MissingTensor(name)),
            Some(tensor) if tensor.dims() == expected => Ok(tensor.clone()),
            Some(tensor) => Err(EncodeError::Shape {
                tensor: name,
                found: tensor.dims().to_vec(),
                expected: expected.to_vec(),
            }),
        }
    }

    fn linear(&self, name: &str, from: usize, to: usize) -> Result<Linear, EncodeError> {
        let weight = self.tensor(&format!("{name}.weight"), &[to, from])?.t()?.contiguous()?;
        Ok(Linear { weight, bias: self.tensor(&format!("{name}.bias"), &[to])?.to_vec1()? })
    }

    /// Returns a layer normalisation. Weights converted from TensorFlow call its parts `gamma` and
    /// `beta`.
    fn norm(&self, name: &str, size: usize) -> Result<LayerNorm, EncodeError> {
        let old = self.tensors.contains_key(&format!("{}{name}.gamma", self.prefix));
        let [weight, bias] = if old { ["gamma", "beta"] } else { ["weight", "bias"] };
        let values = |part| {
            Ok::<_, EncodeError>(self.tensor(&format!("{name}.{part}"), &[size])?.to_vec1()?)
        };
        Ok(LayerNorm { weight: values(weight)?, bias: values(bias)?, eps: self.eps })
    }
}
