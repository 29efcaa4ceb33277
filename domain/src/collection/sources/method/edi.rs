//! Electronic data interchange: deliveries of several files that belong together, and remittances.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;
use super::sftp::SftpMethod;

/// What is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EdiStandard {
    /// DDEX digital sales reports: files named `DSR_…_1of3_…`, taken when all parts of a set are there.
    DdexDsr,
    /// ANSI X12 820, payment order and remittance advice: kept as control totals.
    X12820,
}

/// Deliveries into a folder of an SFTP server, with its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EdiMethod {
    /// What is exchanged.
    pub standard: EdiStandard,
    /// The folder.
    pub sftp: SftpMethod,
}

/// A part of a set: what all parts have in common, which part it is, of how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsrPart {
    /// The name without the number of the part.
    pub set: String,
    /// Which part, from 1.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
}

/// Reads the `1of3` out of the name of a digital sales report.
#[must_use]
pub fn dsr_part(name: &str) -> Option<DsrPart> {
    let stem = name.split('.').next().unwrap_or(name);
    if !stem.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("DSR_")) {
        return None;
    }
    let pieces: Vec<&str> = stem.split('_').collect();
    for (index, piece) in pieces.iter().enumerate() {
        let lower = piece.to_ascii_lowercase();
        let Some((part, parts)) = lower.split_once("of") else { continue };
        let (Ok(part), Ok(parts)) = (part.parse::<u32>(), parts.parse::<u32>()) else { continue };
        if part == 0 || part > parts {
            continue;
        }
        // The moment of the message, which comes last, may differ between parts.
        let set = pieces.iter().take(index).copied().collect::<Vec<_>>().join("_");
        return Some(DsrPart { set, part, parts });
    }
    None
}

impl EdiMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        self.sftp.check(check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_set_are_read_from_their_names() {
        let name = "DSR_PADPIDA1_PADPIDA2_Streaming_Basic_2026-01_DE_2of3_20260210T120000.tsv.gz";
        let part = dsr_part(name);
        let set = "DSR_PADPIDA1_PADPIDA2_Streaming_Basic_2026-01_DE".to_owned();
        assert_eq!(part, Some(DsrPart { set, part: 2, parts: 3 }));
        for other in ["report.tsv", "DSR_a_b.tsv", "DSR_a_4of3_x.tsv", "DSR_a_0of3_x.tsv"] {
            assert_eq!(dsr_part(other), None, "{other}");
        }
    }
}
