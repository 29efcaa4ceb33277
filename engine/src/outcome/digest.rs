//! A digest of what a run computed.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Outcome, RoyaltyRow, Suspended};
use crate::compile::CompiledRules;
use crate::model::Line;

/// A digest over the outcomes of lines that depends neither on their order nor on batches and threads.
///
/// The outcome of every line (its key, its rows or the reason it waits, with ids and exact amounts) is hashed with
/// BLAKE3 and the hashes are added; the sum is hashed again at the end. Equal digests mean equal outcomes; it is a
/// check of equality, not a commitment against somebody who can choose the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest {
    lines: u64,
    sum: [u64; 4],
}

impl Digest {
    /// Adds the digest of another batch.
    pub fn merge(&mut self, other: &Self) {
        self.lines = self.lines.wrapping_add(other.lines);
        for (sum, part) in self.sum.iter_mut().zip(other.sum) {
            *sum = sum.wrapping_add(part);
        }
    }

    /// The 32 bytes to store.
    #[must_use]
    pub fn finish(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.lines.to_le_bytes());
        for part in self.sum {
            hasher.update(&part.to_le_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    fn add(&mut self, canonical: &[u8]) {
        let hash = blake3::hash(canonical);
        self.lines = self.lines.wrapping_add(1);
        for (sum, bytes) in self.sum.iter_mut().zip(hash.as_bytes().as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*bytes));
        }
    }
}

impl CompiledRules {
    /// The digest of a batch: its lines and what [`CompiledRules::compute`] made of them.
    #[must_use]
    pub fn digest(&self, lines: &[Line], outcome: &Outcome) -> Digest {
        const CHUNK: usize = 8192;
        let parts: Vec<Digest> = (0..lines.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let from = chunk * CHUNK;
                let to = (from + CHUNK).min(lines.len());
                self.digest_of(lines, outcome, from, to)
            })
            .collect();
        parts.iter().fold(Digest::default(), |mut sum, part| {
            sum.merge(part);
            sum
        })
    }

    fn digest_of(&self, lines: &[Line], outcome: &Outcome, from: usize, to: usize) -> Digest {
        let mut digest = Digest::default();
        let mut row = outcome.rows.partition_point(|row| (row.line as usize) < from);
        let mut wait = outcome.suspense.partition_point(|one| (one.line as usize) < from);
        let mut bytes = Vec::with_capacity(512);
        for (index, line) in lines.iter().enumerate().take(to).skip(from) {
            bytes.clear();
            if let Some(report) = self.scope.reports.get(line.report as usize) {
                bytes.extend_from_slice(report.id.uuid().as_bytes());
            }
            bytes.extend_from_slice(&line.line_no.to_le_bytes());
            while let Some(one) = outcome.rows.get(row).filter(|one| one.line as usize == index) {
                self.canonical_row(one, &mut bytes);
                row += 1;
            }
            while let Some(one) = outcome.suspense.get(wait).filter(|one| one.line as usize == index) {
                canonical_suspense(one, &mut bytes);
                wait += 1;
            }
            digest.add(&bytes);
        }
        digest
    }

    fn canonical_row(&self, row: &RoyaltyRow, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.participations[row.participation as usize].fingerprint.to_le_bytes());
        bytes.extend_from_slice(&self.terms[row.term as usize].fingerprint.to_le_bytes());
        bytes.extend_from_slice(&self.leaves[row.split as usize].fingerprint.to_le_bytes());
        let rate = row.rate.map_or(0, |rate| self.conversions()[rate as usize].fingerprint);
        bytes.extend_from_slice(&rate.to_le_bytes());
        bytes.push(row.part);
        bytes.extend_from_slice(&row.units.to_le_bytes());
        bytes.extend_from_slice(row.source_currency.code().as_bytes());
        bytes.extend_from_slice(&row.source_amount.0.to_le_bytes());
        bytes.extend_from_slice(&row.amount.0.to_le_bytes());
    }
}

fn canonical_suspense(one: &Suspended, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(one.reason.as_str().as_bytes());
    bytes.extend_from_slice(one.currency.code().as_bytes());
    bytes.extend_from_slice(one.amount.normalize().to_string().as_bytes());
}
