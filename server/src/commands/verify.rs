//! `verify`: whether a file is the one that was published, without a database or a network.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use formats::documents::seal::{Hash, Proof, Verified};
use serde_json::json;

use crate::cli::Verify;
use crate::say;
use crate::stop::Stop;

/// Largest file that is read: no statement is near it.
const LARGEST_BYTES: u64 = 1024 * 1024 * 1024;
/// Largest proof that is read.
const LARGEST_PROOF_BYTES: u64 = 1024 * 1024;

/// Checks the files one by one.
///
/// # Errors
/// When one of them is not proven; all have been told by then.
pub fn verify(flags: &Verify) -> Result<(), Stop> {
    if flags.proof.is_some() && flags.files.len() > 1 {
        return Err(Stop::wrong_use("--proof goes with one file; several files are each looked for beside"));
    }
    let key = flags.key.as_deref().map(public_key).transpose()?;
    let mut failed = 0_usize;
    for file in &flags.files {
        let proof = flags.proof.clone().unwrap_or_else(|| beside(file));
        failed += usize::from(!one(file, &proof, key.as_ref(), flags.json)?);
    }
    match failed {
        0 => Ok(()),
        1 => Err(Stop::failed("one file is not as it was published")),
        several => Err(Stop::failed(format!("{several} files are not as they were published"))),
    }
}

/// Checks one file and tells.
fn one(file: &Path, proof_file: &Path, key: Option<&Hash>, as_json: bool) -> Result<bool, Stop> {
    let bytes = read(file, LARGEST_BYTES)?;
    let proof_bytes = read(proof_file, LARGEST_PROOF_BYTES).map_err(|stop| {
        Stop::wrong_use(format!("{stop}\nThe proof is downloaded with the statement; name it with --proof."))
    })?;
    let parsed = Proof::parse(&proof_bytes);
    let outcome = parsed.as_ref().map_err(Clone::clone).and_then(|proof| proof.check(&bytes, key));
    let name = file.display().to_string();
    match &outcome {
        Ok(verified) if as_json => say::line(report(&name, verified, parsed.as_ref().ok(), key.is_some())),
        Ok(verified) => {
            say::line(format_args!("{name}: as published"));
            tell(verified, parsed.as_ref().ok(), key.is_some());
        }
        Err(error) if as_json => say::line(json!({ "file": name, "published": false, "error": error.to_string() })),
        Err(error) => say::line(format_args!("{name}: NOT as published: {error}")),
    }
    Ok(outcome.is_ok())
}

fn tell(verified: &Verified<'_>, proof: Option<&Proof>, key_was_given: bool) {
    let (statement, seal) = (verified.statement, verified.seal);
    say::line(format_args!("  statement   {} ({}), form {}", statement.number, statement.id, verified.file.form));
    say::line(format_args!("  content     {}", hex::encode(statement.content)));
    say::line(format_args!("  batch       {}, seal {} of {}", seal.batch, seal.sequence, seal.tenant));
    let instant = DateTime::from_timestamp_micros(seal.sealed_at_micros).map(|at| at.to_rfc3339()).unwrap_or_default();
    say::line(format_args!("  sealed      {instant}, {} statements, root {}", seal.leaves, hex::encode(seal.root)));
    let public = proof.map(|proof| hex::encode(proof.public_key)).unwrap_or_default();
    let trust = if key_was_given {
        "the key you gave"
    } else {
        "compare it with the issuer's, or give it with --key: a forger has a key too"
    };
    say::line(format_args!("  signed by   {public} ({trust})"));
}

fn report(name: &str, verified: &Verified<'_>, proof: Option<&Proof>, key_was_given: bool) -> serde_json::Value {
    json!({
        "file": name,
        "published": true,
        "statement": verified.statement.id,
        "number": verified.statement.number,
        "form": verified.file.form,
        "content": hex::encode(verified.statement.content),
        "batch": verified.seal.batch,
        "tenant": verified.seal.tenant,
        "sequence": verified.seal.sequence,
        "root": hex::encode(verified.seal.root),
        "public_key": proof.map(|proof| hex::encode(proof.public_key)),
        "key_was_given": key_was_given,
    })
}

/// `AUR-2026-01-000001.pdf` has its proof in `AUR-2026-01-000001.proof.json`.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("proof.json")
}

fn public_key(text: &str) -> Result<Hash, Stop> {
    let mut key = Hash::default();
    hex::decode_to_slice(text.trim(), &mut key)
        .map_err(|_| Stop::wrong_use("--key takes the public key: 64 hexadecimal digits"))?;
    Ok(key)
}

fn read(path: &Path, largest: u64) -> Result<Vec<u8>, Stop> {
    let failed = |error: std::io::Error| Stop::wrong_use(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > largest {
        return Err(Stop::wrong_use(format!("{}: {size} bytes are more than any such file has", path.display())));
    }
    std::fs::read(path).map_err(failed)
}
