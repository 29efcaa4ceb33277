//! One binary, so that it links once. Each file is a room of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod access;
mod acquire;
mod architecture;
mod bad_input;
mod calculation;
mod catalogue;
mod collection;
mod configuration;
mod cycle;
mod isolation;
mod kill;
mod kill_program;
mod layouts;
mod payments;
mod queries;
mod rates;
mod roles;
mod samples;
mod samples_payments;
mod schema;
mod search;
mod second;
mod settings;
mod streams;
mod subscriptions;
