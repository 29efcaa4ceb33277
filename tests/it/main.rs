//! One binary, so that it links once. Each file is a room of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod architecture;
mod catalogue;
mod collection;
mod cycle;
mod isolation;
mod kill;
mod roles;
mod samples;
mod schema;
mod statements;
mod subscriptions;
