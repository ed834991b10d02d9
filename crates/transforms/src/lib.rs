//! What makes weights smaller by changing them. Pure functions: a [`Unit`] of weights goes through a chain of
//! [`Step`]s and comes out with its representation, an [`Outcome`], which the engine stores.
//!
//! A step is a file here and a line of registration in [`step`]. Whatever decides bytes uses IEEE basic operations in
//! a fixed order, so that every machine, with or without SIMD, makes the same archive.
#![forbid(unsafe_code)]

pub mod binarize;
mod channels;
pub mod clip;
pub mod cluster;
mod error;
mod factor;
pub mod factorize;
mod geometry;
mod outcome;
mod per;
mod points;
pub mod prune;
pub mod quantize;
mod random;
pub mod rate;
mod restore;
mod scaled;
mod signs;
pub mod step;
mod survey;
pub mod ternarize;
mod unit;

pub use error::{Fault, TransformError};
pub use factor::Factor;
pub use geometry::{Geometry, Grouping};
pub use outcome::{Codebook, LowRank, Outcome};
pub use per::Per;
pub use quantize::{float, fp4, fp8, nf4};
pub use scaled::{Levels, Scaled, Scales, Zeros};
pub use step::{Open, Step, Transform, apply_chain, settle_chain, survey_chain};
pub use survey::{Survey, Tally};
pub use unit::{Context, Unit};
