//! tensorpress engine.
