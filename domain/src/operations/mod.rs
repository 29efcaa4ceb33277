//! Long work as seen from outside: what runs, how far it is, how it ended.
//!
//! An operation is created in the transaction that enqueues its job. The job reports progress at most twice a
//! second; every change is an event, which subscriptions push.

mod progress;
mod service;
mod stages;

pub use progress::Progress;
pub use service::{
    Operation, OperationFilter, OperationState, about, cancel, create, fail, finish, get, get_many, list, start,
};
pub use stages::{Count, Stage, StageState, Stages, Step, settle, stages};
