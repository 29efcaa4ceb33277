//! The files of the catalogue.

pub(super) mod aliases;
pub(super) mod groups;
pub(super) mod recordings;
pub(super) mod releases;
pub(super) mod works;
