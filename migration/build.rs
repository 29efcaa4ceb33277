//! The SQL files are compiled into the crate by a macro that the compiler does not see reading them: a new file must
//! make it look again.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=sql");
}
