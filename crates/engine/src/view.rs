//! The plan of an archive as callers see it: with what only the rest of the manifest and the header say.

use crate::schema::{PlanFile, PlanStream, PlanTensor};
use serde::Serialize;

/// Everything an archive says about its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ArchivePlan<'a> {
    /// Original files, in order.
    pub files: Vec<ArchiveFile<'a>>,
    /// Streams; stream 0 is the skeleton.
    pub streams: Vec<ArchiveStream<'a>>,
    /// All tensors that were found.
    pub tensors: &'a [PlanTensor],
}

/// One original file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ArchiveFile<'a> {
    /// What the plan says.
    #[serde(flatten)]
    pub file: &'a PlanFile,
    /// XXH3-128 of the file, 32 hexadecimal digits.
    pub digest: String,
}

/// One stream of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ArchiveStream<'a> {
    /// What the plan says.
    #[serde(flatten)]
    pub stream: &'a PlanStream,
    /// Where its encoded bytes begin in the archive.
    pub offset: u64,
    /// Encoded bytes, without padding.
    pub encoded: u64,
}
