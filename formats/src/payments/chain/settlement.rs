//! Whether what is seen on a chain settles a payment: only if everything agrees.

use serde::Serialize;

use super::address::EvmAddress;
use crate::payments::problem::Problem;

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedTransfer {
    /// The chain's id.
    pub chain: u64,
    /// The token's contract; `None` for the chain's own coin.
    pub token: Option<EvmAddress>,
    /// The paying wallet.
    pub from: EvmAddress,
    /// The payee.
    pub to: EvmAddress,
    /// The amount in smallest units.
    pub units: u128,
}

/// What is seen: one transfer of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTransfer {
    /// The chain's id.
    pub chain: u64,
    /// The transaction's hash.
    pub hash: String,
    /// Which log of the transaction; together with the hash it settles one payment, once.
    pub log_index: u64,
    /// Whether the transaction succeeded.
    pub succeeded: bool,
    /// The token's contract; `None` for the chain's own coin.
    pub token: Option<EvmAddress>,
    /// From.
    pub from: EvmAddress,
    /// To.
    pub to: EvmAddress,
    /// The amount in smallest units.
    pub units: u128,
    /// Blocks on top of its own.
    pub confirmations: u64,
    /// Whether its block is final by the chain's own word.
    pub finalised: bool,
}

/// When a transfer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Finality {
    /// With so many blocks on top.
    Confirmations(u64),
    /// When the chain calls its block final.
    Finalised,
}

/// Whether a transfer settles a payment.
///
/// # Errors
/// Every point in which it does not; `SETTLEMENT_NOT_FINAL` alone means: look again later.
pub fn settles(expected: &ExpectedTransfer, seen: &SeenTransfer, finality: Finality) -> Result<(), Vec<Problem>> {
    let mut wrong = Vec::new();
    let mut claim = |holds: bool, code: &'static str, field: &str, message: String| {
        if !holds {
            wrong.push(Problem::new(code, message).of_field(field));
        }
    };
    let name =
        |token: &Option<EvmAddress>| token.map_or_else(|| "the chain's own coin".to_owned(), |one| one.to_string());
    claim(seen.succeeded, "SETTLEMENT_FAILED", "status", "The transaction failed: nothing moved.".into());
    claim(
        expected.chain == seen.chain,
        "SETTLEMENT_CHAIN",
        "chain",
        format!("It is on chain {}, not {}.", seen.chain, expected.chain),
    );
    claim(
        expected.token == seen.token,
        "SETTLEMENT_TOKEN",
        "token",
        format!("It moved {}, not {}.", name(&seen.token), name(&expected.token)),
    );
    claim(
        expected.from == seen.from,
        "SETTLEMENT_PAYER",
        "from",
        format!("It came from {}, not {}.", seen.from, expected.from),
    );
    claim(expected.to == seen.to, "SETTLEMENT_PAYEE", "to", format!("It went to {}, not {}.", seen.to, expected.to));
    claim(
        expected.units == seen.units,
        "SETTLEMENT_AMOUNT",
        "amount",
        format!("It moved {} units, not {}.", seen.units, expected.units),
    );
    let (is_final, wanted) = match finality {
        Finality::Confirmations(least) => (seen.confirmations >= least, format!("{least} confirmations")),
        Finality::Finalised => (seen.finalised, "a final block".to_owned()),
    };
    claim(
        is_final,
        "SETTLEMENT_NOT_FINAL",
        "confirmations",
        format!("It has {} confirmations; {wanted} is needed.", seen.confirmations),
    );
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::super::evm_address;
    use super::*;

    #[test]
    fn only_full_agreement_settles() {
        let address = |text: &str| evm_address(text).unwrap();
        let (from, to) = (
            address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
            address("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"),
        );
        let usdc = Some(address("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"));
        let expected = ExpectedTransfer { chain: 1, token: usdc, from, to, units: 12_340_000 };
        let seen = SeenTransfer {
            chain: 1,
            hash: "0xab".into(),
            log_index: 3,
            succeeded: true,
            token: usdc,
            from,
            to,
            units: 12_340_000,
            confirmations: 12,
            finalised: false,
        };
        let codes = |seen: &SeenTransfer, finality| {
            settles(&expected, seen, finality)
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|one| one.code)
                .collect::<Vec<_>>()
        };
        let twelve = Finality::Confirmations(12);
        assert_eq!(codes(&seen, twelve), [""; 0]);
        assert_eq!(codes(&seen, Finality::Finalised), ["SETTLEMENT_NOT_FINAL"]);
        let with = |change: fn(&mut SeenTransfer)| {
            let mut seen = seen.clone();
            change(&mut seen);
            codes(&seen, twelve)
        };
        assert_eq!(with(|seen| seen.units += 1), ["SETTLEMENT_AMOUNT"]);
        assert_eq!(with(|seen| seen.token = None), ["SETTLEMENT_TOKEN"]);
        assert_eq!(with(|seen| seen.chain = 137), ["SETTLEMENT_CHAIN"]);
        assert_eq!(with(|seen| seen.to = seen.from), ["SETTLEMENT_PAYEE"]);
        assert_eq!(with(|seen| seen.succeeded = false), ["SETTLEMENT_FAILED"]);
        assert_eq!(with(|seen| seen.confirmations = 11), ["SETTLEMENT_NOT_FINAL"]);
    }
}
