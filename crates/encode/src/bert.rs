//! BERT's encoder on one text: Devlin et al. 2018 on top of Vaswani et al. 2017, post-layer-norm, GELU by `erf`.
//!
//! candle multiplies the matrices; what is done value by value is in [`rows`](crate::rows). candle's own
//! element-wise operations share one spinning thread pool in the process: with a text on each of two cores they
//! took more time than the products (28 texts/s instead of 54).

use std::collections::HashMap;

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result as Computed, Tensor};

use crate::error::EncodeError;
use crate::folder::Config;
use crate::rows::{Norm, add_bias, add_bias_gelu, add_rows, softmax};

/// Weights of the whole encoder. Shapes: `n` tokens, `h` hidden values, `a` heads of `h / a` values.
pub(super) struct Bert {
    /// `vocabulary × h`.
    words: Tensor,
    /// `positions × h`: position vectors, the vector of segment 0 added (a single text has no other segment).
    places: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    dims: usize,
}

/// One encoder layer: self-attention and a feed-forward net, each added to its input and normalised.
struct Layer {
    /// Query, key and value in one product: `h → 3h`.
    attention: Linear,
    attended: Linear,
    attention_norm: Norm,
    widen: Linear,
    narrow: Linear,
    output_norm: Norm,
    heads: usize,
}

/// `x · weight + bias`. The weight is kept transposed, `from × to` contiguous, which the product packs faster.
struct Linear {
    weight: Tensor,
    bias: Vec<f32>,
}

impl Bert {
    /// Takes its tensors out of `tensors`, each checked against the shape that `config` gives it.
    pub fn new(config: &Config, tensors: &HashMap<String, Tensor>) -> Result<Self, EncodeError> {
        let prefix = if tensors.contains_key("bert.embeddings.word_embeddings.weight") {
            "bert."
        } else {
            ""
        };
        let weights = Weights { tensors, prefix, eps: config.layer_norm_eps as f32 };
        let (hidden, places) = (config.hidden_size, config.max_position_embeddings);
        let segments = weights
            .tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, hidden])?
            .narrow(0, 0, 1)?;
        let places = weights.tensor("embeddings.position_embeddings.weight", &[places, hidden])?;
        Ok(Self {
            words: weights
                .tensor("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            places: places.broadcast_add(&segments)?,
            norm: weights.norm("embeddings.LayerNorm", hidden)?,
            layers: (0..config.num_hidden_layers)
                .map(|at| Layer::new(config, &weights, &format!("encoder.layer.{at}")))
                .collect::<Result<_, _>>()?,
            dims: hidden,
        })
    }

    pub fn dims(&self) -> usize {
        self.dims
    }

    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Returns the sum, over all tokens `ids`, of the last layer's vectors.
    pub fn sum_of_tokens(&self, ids: &[u32]) -> Computed<Vec<f32>> {
        let tokens = Tensor::new(ids, self.words.device())?;
        let x = self.words.index_select(&tokens, 0)?;
        update_with(&x, &self.places.narrow(0, 0, ids.len())?, add_rows)?;
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
            attended: linear("attention.output.dense", hidden, hidden)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            widen: linear("intermediate.dense", hidden, wide)?,
            narrow: linear("output.dense", wide, hidden)?,
            output_norm: norm("output.LayerNorm")?,
            heads: config.num_attention_heads,
        })
    }

    /// `n × h → n × h`.
    fn forward(&self, x: &Tensor) -> Computed<Tensor> {
        let (tokens, hidden) = x.dims2()?;
        let size = hidden / self.heads;
        let all = x.matmul(&self.attention.weight)?;
        update(&all, |all| add_bias(all, &self.attention.bias))?;
        let all =
            all.reshape((tokens, 3, self.heads, size))?.permute((1, 2, 0, 3))?.contiguous()?; // 3 × a × n × h/a
        let (query, key, value) = (all.get(0)?, all.get(1)?, all.get(2)?);
        let shares = query.matmul(&key.t()?)?; // a × n × n
        update(&shares, |shares| softmax(shares, tokens, 1.0 / (size as f32).sqrt()))?;
        let mixed = shares.matmul(&value)?.transpose(0, 1)?.reshape((tokens, hidden))?;
        let x = self.attended.add_and_norm(&mixed, x, &self.attention_norm)?;
        let wide = x.matmul(&self.widen.weight)?;
        update(&wide, |wide| add_bias_gelu(wide, &self.widen.bias))?;
        self.narrow.add_and_norm(&wide, &x, &self.output_norm)
    }
}

impl Linear {
    /// Returns `norm(x · weight + bias + residual)`.
    fn add_and_norm(&self, x: &Tensor, residual: &Tensor, norm: &Norm) -> Computed<Tensor> {
        let y = x.matmul(&self.weight)?;
        update_with(&y, residual, |y, residual| {
            add_bias(y, &self.bias);
            add_rows(y, residual);
            norm.apply(y);
        })?;
        Ok(y)
    }
}

/// Changes the values of `x`, a tensor that nothing else shares, where they are.
fn update(x: &Tensor, f: impl Fn(&mut [f32])) -> Computed<()> {
    x.inplace_op1(&InPlace(f))
}

/// [`update`], with the values of another tensor.
fn update_with(x: &Tensor, other: &Tensor, f: impl Fn(&mut [f32], &[f32])) -> Computed<()> {
    x.inplace_op2(other, &InPlace(f))
}

struct InPlace<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(&self, x: &mut CpuStorage, layout: &Layout) -> Computed<()> {
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
    ) -> Computed<()> {
        match (x, to.contiguous_offsets(), y, from.contiguous_offsets()) {
            (CpuStorage::F32(x), Some(to), CpuStorage::F32(y), Some(from)) => {
                (self.0)(&mut x[to.0..to.1], &y[from.0..from.1]);
            }
            _ => candle_core::bail!("not contiguous f32"),
        }
        Ok(())
    }
}

/// The tensors of the file, looked up by the names that BERT's parts have without a prefix.
struct Weights<'a> {
    tensors: &'a HashMap<String, Tensor>,
    prefix: &'static str,
    eps: f32,
}

impl Weights<'_> {
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

    /// Weights converted from TensorFlow call them `gamma` and `beta`.
    fn norm(&self, name: &str, size: usize) -> Result<Norm, EncodeError> {
        let old = self.tensors.contains_key(&format!("{}{name}.gamma", self.prefix));
        let [weight, bias] = if old { ["gamma", "beta"] } else { ["weight", "bias"] };
        let values = |part| {
            Ok::<_, EncodeError>(self.tensor(&format!("{name}.{part}"), &[size])?.to_vec1()?)
        };
        Ok(Norm { weight: values(weight)?, bias: values(bias)?, eps: self.eps })
    }
}
