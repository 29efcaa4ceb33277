//! `tunemantra`: the API, the worker and their tools in one program. Here the crates are put together; what they do
//! stands elsewhere.

mod bench;
mod cli;
mod commands;
mod demo;
mod say;
mod service;
mod stop;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::remark(format_args!("tunemantra: the program cannot start threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            say::remark(format_args!("tunemantra: {stop}"));
            ExitCode::from(stop.status())
        }
    }
}
