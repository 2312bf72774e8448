//! A byte buffer with the alignment that typed views need.
//! Imports nothing of the crate.

/// Bytes whose start is aligned to 16, so that a reader can view parts of a blob as `u32` and
/// `f16`.
#[derive(Debug, Clone, Default)]
pub struct AlignedBytes {
    blocks: Vec<u128>,
    len: usize,
}

impl AlignedBytes {
    /// Returns `len` zero bytes.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self { blocks: vec![0; len.div_ceil(16)], len }
    }

    /// Returns `len` zero bytes, or `None` if the allocation fails.
    #[must_use]
    pub fn try_zeroed(len: usize) -> Option<Self> {
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(len.div_ceil(16)).ok()?;
        blocks.resize(len.div_ceil(16), 0);
        Some(Self { blocks, len })
    }
}

impl From<&[u8]> for AlignedBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut out = Self::zeroed(bytes.len());
        out.copy_from_slice(bytes);
        out
    }
}

impl std::ops::Deref for AlignedBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.blocks)[..self.len]
    }
}

impl std::ops::DerefMut for AlignedBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.blocks)[..self.len]
    }
}
