//! One binary, so that it links once. Each file is a room of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod access;
mod acquire;
mod architecture;
mod bad_input;
mod calculation;
mod catalogue;
mod collection;
mod compute;
mod configuration;
mod cycle;
mod dead_jobs;
mod duplicates;
mod isolation;
mod kill;
mod kill_program;
mod layouts;
mod queries;
mod rates;
mod repairs;
mod roles;
mod samples;
mod samples_payments;
mod schema;
mod search;
mod second;
mod settings;
mod statements;
mod stored_facts;
mod streams;
mod subscriptions;
