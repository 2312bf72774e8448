//! NCF.
