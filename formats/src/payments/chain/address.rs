//! Addresses of Ethereum and its kin, with the checksum of EIP-55.

use std::fmt;

use sha3::{Digest as _, Keccak256};

use crate::payments::problem::Problem;

/// An address: 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EvmAddress([u8; 20]);

impl EvmAddress {
    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for EvmAddress {
    /// In the capitals of EIP-55: a letter is a capital where the hash of the small letters has a digit of 8 or more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = hex::encode(self.0);
        let hash = Keccak256::digest(small.as_bytes());
        f.write_str("0x")?;
        for (index, letter) in small.chars().enumerate() {
            let byte = hash[index / 2];
            let digit = if index % 2 == 0 { byte >> 4 } else { byte & 15 };
            let letter = if digit >= 8 { letter.to_ascii_uppercase() } else { letter };
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads an address. Capitals and small letters mixed must be those of EIP-55; of one kind only they say nothing.
///
/// # Errors
/// `CHAIN_ADDRESS_FORM`, `CHAIN_ADDRESS_CHECK`, `CHAIN_ADDRESS_ZERO`.
pub fn evm_address(text: &str) -> Result<EvmAddress, Problem> {
    let wrong = |code, message: &str| Problem::new(code, message).of_field("address");
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).filter(|digits| digits.len() == 40);
    let bytes = digits.and_then(|digits| hex::decode(digits).ok()).and_then(|bytes| bytes.try_into().ok());
    let (Some(digits), Some(bytes)) = (digits, bytes) else {
        return Err(wrong("CHAIN_ADDRESS_FORM", "An address is 0x and 40 hexadecimal digits."));
    };
    let address = EvmAddress(bytes);
    if address.0 == [0; 20] {
        return Err(wrong("CHAIN_ADDRESS_ZERO", "The zero address belongs to nobody: what is sent there is lost."));
    }
    let mixed =
        digits.bytes().any(|byte| byte.is_ascii_uppercase()) && digits.bytes().any(|byte| byte.is_ascii_lowercase());
    if mixed && address.to_string()[2..] != *digits {
        let message = "The capitals do not fit the address (EIP-55): a digit was mistyped.";
        return Err(wrong("CHAIN_ADDRESS_CHECK", message));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_a_checksum() {
        // The examples of EIP-55.
        for text in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(evm_address(text).map(|address| address.to_string()).as_deref(), Ok(text));
            assert!(evm_address(&text.to_ascii_lowercase()).is_ok());
        }
        let code = |text: &str| evm_address(text).unwrap_err().code;
        assert_eq!(code("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"), "CHAIN_ADDRESS_CHECK");
        assert_eq!(code("0x0000000000000000000000000000000000000000"), "CHAIN_ADDRESS_ZERO");
        assert_eq!(code("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), "CHAIN_ADDRESS_FORM");
        assert_eq!(code("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA"), "CHAIN_ADDRESS_FORM");
        assert_eq!(code("0x住"), "CHAIN_ADDRESS_FORM");
    }
}
