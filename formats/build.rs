//! Lists the layout and provider files, so that adding one is adding a file.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "how a build script and cargo talk")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    list("layouts")?;
    list("providers")?;
    list("positive_pay")?;
    list("bank_layouts")
}

/// Writes the list of the TOML files of a folder: name and text.
fn list(folder: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={folder}");
    let path = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join(folder);
    let mut files: Vec<_> =
        fs::read_dir(&path)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut list = String::from("&[\n");
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        writeln!(list, "    ({name:?}, include_str!({:?})),", path.to_string_lossy()).map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join(format!("{folder}.rs")), list)
}
