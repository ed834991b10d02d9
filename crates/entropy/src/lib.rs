//! tensorpress entropy.
