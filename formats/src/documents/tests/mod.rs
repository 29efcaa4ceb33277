//! The three forms against the model and against each other.
#![allow(clippy::unwrap_used)]

mod checks;
mod forms;
mod preview;
mod reading;
mod sample;
mod validation;
