//! The list of what may be paid with.

use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::address::{EvmAddress, evm_address};
use crate::payments::problem::Problem;

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Its id (EIP-155).
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its own coin, of 18 places.
    pub coin: String,
    /// What counts as final on it, in words.
    pub finality: String,
}

/// A token on a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The chain's id.
    pub chain: u64,
    /// `USDC` …
    pub symbol: String,
    /// The contract, in the capitals of EIP-55.
    pub contract: String,
    /// Decimal places of one token.
    pub decimals: u32,
    /// The currency it is meant to be worth.
    #[serde(default)]
    pub pegged_to: Option<String>,
}

impl Token {
    /// The contract's address.
    ///
    /// # Errors
    /// As [`evm_address`]; not for the tokens of the shipped list.
    pub fn address(&self) -> Result<EvmAddress, Problem> {
        evm_address(&self.contract)
    }
}

/// A list of chains and tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The chains.
    #[serde(rename = "chain", default)]
    pub chains: Vec<Chain>,
    /// The tokens.
    #[serde(rename = "token", default)]
    pub tokens: Vec<Token>,
}

impl Tokens {
    /// The list that ships with the program.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Tokens> =
            LazyLock::new(|| toml::from_str(include_str!("../../../payment_data/tokens.toml")).unwrap_or_default());
        &SHIPPED
    }

    /// The chain of an id.
    #[must_use]
    pub fn chain(&self, id: u64) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.id == id)
    }

    /// The token of a symbol on a chain.
    #[must_use]
    pub fn token(&self, chain: u64, symbol: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.chain == chain && token.symbol == symbol)
    }
}

/// An amount in the smallest units of a token: an integer, exactly.
///
/// # Errors
/// `CHAIN_AMOUNT` for what is not above zero, has more places than the token or more digits than are exact here.
pub fn units(amount: Decimal, decimals: u32) -> Result<u128, Problem> {
    let wrong = |message: String| Problem::new("CHAIN_AMOUNT", message).of_field("amount");
    if amount <= Decimal::ZERO {
        return Err(wrong(format!("A payment is above zero, not {amount}.")));
    }
    let normal = amount.normalize();
    if normal.scale() > decimals {
        return Err(wrong(format!("{amount} has more than the token's {decimals} decimal places.")));
    }
    let factor = 10_u128.checked_pow(decimals - normal.scale());
    factor
        .and_then(|factor| normal.mantissa().unsigned_abs().checked_mul(factor))
        .ok_or_else(|| wrong(format!("{amount} is larger than can be counted exactly.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn the_shipped_list_is_good() {
        let list = Tokens::shipped();
        assert!(list.chains.len() >= 5 && list.tokens.len() >= 7);
        for token in &list.tokens {
            assert_eq!(token.address().unwrap().to_string(), token.contract, "{}", token.symbol);
            assert!(list.chain(token.chain).is_some());
        }
        assert_eq!(list.token(1, "DAI").map(|token| token.decimals), Some(18));
        assert_eq!(list.token(137, "USDT"), None);
    }

    #[test]
    fn amounts_are_integers_or_nothing() {
        assert_eq!(units(dec!(12.34), 6).ok(), Some(12_340_000));
        assert_eq!(units(dec!(0.000001), 6).ok(), Some(1));
        assert_eq!(units(dec!(1.50), 18).ok(), Some(1_500_000_000_000_000_000));
        for (amount, places) in [(dec!(0.0000001), 6), (dec!(0), 6), (dec!(-1), 6), (Decimal::MAX, 18)] {
            assert_eq!(units(amount, places).unwrap_err().code, "CHAIN_AMOUNT");
        }
    }
}
