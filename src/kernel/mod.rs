//! Similarity arithmetic, the only place with `unsafe`. Imports no other module of the crate.
//! Lowest first: `lanes`, the implementations (`scalar`, `avx`, `simd128`), `dispatch`,
//! `quantized`.
//!
//! Every implementation computes the same bits. It adds the products into sixteen lanes, value `i`
//! into lane `i % 16`, and then adds the lanes as a fixed tree (`lane j + lane j+8`, then `+4`,
//! `+2`, `+1`), without fused multiply-add. [`scalar`] is the definition; `tests` hold the others
//! to it. [`QuantizedRows`] sums integers. The few f32 operations of its bounds have one order, so
//! they give the same bits everywhere too.

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector loads take pointers, and the processor is asked at run time"
)]
mod avx;
mod dispatch;
mod lanes;
mod quantized;
pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[expect(unsafe_code, reason = "vector loads take pointers")]
mod simd128;
#[cfg(test)]
mod tests;

pub use dispatch::{decode, dots, norm};
pub use lanes::BLOCK;
pub use quantized::{QuantizedQuery, QuantizedRows};
