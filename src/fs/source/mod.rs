//! What a backup reads: walking the sources, their metadata, exclude rules and the content of files.
//!
//! [`Sources`] merges the paths to back up into one tree, [`Walk`] goes through it and yields [`Event`]s in the order in
//! which trees are built, [`Rules`] says what to leave out, and [`SourceFile`] reads one file.
mod directory;
mod excludes;
mod glob;
mod input;
mod local_rules;
mod metadata;
mod names;
mod reader;
mod scan;
mod sources;
mod special;
mod steps;
mod walk;
mod why;

#[cfg(test)]
mod tests;

pub use directory::{Directory, Place};
pub use excludes::{Exclusion, Marker, Own, Rules, numbered_exclude_lines, parse_exclude_lines};
pub use input::{parse_globs, parse_lines, parse_raw};
pub use names::Names;
pub use reader::{ReadReport, SourceFile};
pub use scan::scan;
pub use sources::Sources;
pub use steps::{PathPatterns, PathSteps};
pub use walk::{Entry, Event, Walk, WalkOptions};
pub use why::{Reason, Why, why};
