//! Sizes and terms that every implementation shares.
//! Imports nothing, because every other file of the kernel imports it.

/// Lanes that a sum is spread over.
pub const LANES: usize = 16;

/// Rows in a block. A block holds its codes together: four dims of each row, then the next four
/// dims of each row, and so on.
pub const BLOCK: usize = 32;

/// The terms that turn a sum of codes into an upper bound of a score:
/// `((sum × scale + slack) × scales + rest × rests) × factors × times`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a> {
    pub scale: f32,
    pub slack: f32,
    pub rest: f32,
    pub times: [f32; 2],
    /// One value for each row of the block, as in the next two fields.
    pub scales: &'a [f32; BLOCK],
    pub rests: &'a [f32; BLOCK],
    pub factors: &'a [f32; BLOCK],
}
