//! Batches for signers of EVM chains: the Safe's Transaction Builder as JSON, and the CSV Airdrop app's list.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};

use super::address::{EvmAddress, evm_address};
use super::token::{Chain, Token, Tokens, units};
use crate::payments::problem::{Problems, Refused};

/// `transfer(address,uint256)`: the first four bytes of its hash.
const TRANSFER: &str = "a9059cbb";
/// Decimal places of every chain's own coin.
const COIN_PLACES: u32 = 18;

/// Transfers of one chain from one Safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvmBatch {
    /// The chain's id.
    pub chain: u64,
    /// The paying Safe.
    pub safe: String,
    /// What signers see as the batch's name.
    pub name: String,
    /// And as its description.
    pub description: String,
    /// Milliseconds since 1970, as stored with the batch.
    pub created_at_ms: u64,
    /// Addresses that are never paid: own wallets, contracts.
    pub refused_receivers: Vec<String>,
    /// The transfers.
    pub transfers: Vec<ChainTransfer>,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainTransfer {
    /// Our id of the payment.
    pub id: String,
    /// The receiver.
    pub to: String,
    /// The token's symbol; the chain's own coin by its name.
    pub symbol: String,
    /// The amount, in tokens.
    pub amount: Decimal,
}

/// A written batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeBatch {
    /// The file.
    pub bytes: Vec<u8>,
    /// The checksum that the Safe app compares.
    pub checksum: String,
    /// Amounts in smallest units, in the order of the transfers: what settlement is held against.
    pub units: Vec<u128>,
}

/// A transfer that was checked.
struct Checked<'a> {
    to: EvmAddress,
    units: u128,
    /// `None` for the chain's own coin.
    token: Option<(&'a Token, EvmAddress)>,
    amount: Decimal,
}

/// Writes a batch for the Safe's Transaction Builder.
///
/// # Errors
/// [`Refused`] with every field that is wrong.
pub fn safe_batch(batch: &EvmBatch, tokens: &Tokens) -> Result<SafeBatch, Refused> {
    let (safe, checked) = check(batch, tokens)?;
    let transactions: Vec<Value> = checked
        .iter()
        .map(|one| match &one.token {
            Some((_, contract)) => json!({
                "to": contract.to_string(),
                "value": "0",
                "data": format!("0x{TRANSFER}{:0>64}{:064x}", hex::encode(one.to.bytes()), one.units),
                "contractMethod": Value::Null,
                "contractInputsValues": Value::Null,
            }),
            None => json!({
                "to": one.to.to_string(),
                "value": one.units.to_string(),
                "data": Value::Null,
                "contractMethod": Value::Null,
                "contractInputsValues": Value::Null,
            }),
        })
        .collect();
    let mut file = json!({
        "version": "1.0",
        "chainId": batch.chain.to_string(),
        "createdAt": batch.created_at_ms,
        "meta": {
            "name": batch.name,
            "description": batch.description,
            "txBuilderVersion": "1.17.1",
            "createdFromSafeAddress": safe.to_string(),
            "createdFromOwnerAddress": "",
        },
        "transactions": transactions,
    });
    let checksum = safe_checksum(&file);
    file["meta"]["checksum"] = Value::String(checksum.clone());
    let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
    Ok(SafeBatch { bytes, checksum, units: checked.iter().map(|one| one.units).collect() })
}

/// The list of the CSV Airdrop app: amounts in tokens.
///
/// # Errors
/// [`Refused`] with every field that is wrong.
pub fn airdrop_csv(batch: &EvmBatch, tokens: &Tokens) -> Result<Vec<u8>, Refused> {
    let (_, checked) = check(batch, tokens)?;
    let mut text = String::from("token_type,token_address,receiver,amount,id\n");
    for one in &checked {
        let (kind, contract) = match &one.token {
            Some((_, contract)) => ("erc20", contract.to_string()),
            None => ("native", String::new()),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{kind},{contract},{},{},", one.to, one.amount.normalize());
    }
    Ok(text.into_bytes())
}

fn check<'a>(batch: &EvmBatch, tokens: &'a Tokens) -> Result<(EvmAddress, Vec<Checked<'a>>), Refused> {
    let mut problems = Problems::default();
    let chain = tokens.chain(batch.chain);
    if chain.is_none() {
        problems.refuse("chain", "CHAIN_UNKNOWN", format!("Chain {} is not on the list.", batch.chain));
    }
    let safe = evm_address(&batch.safe).map_err(|problem| problems.push(problem.of_field("safe"))).ok();
    let mut refused: BTreeSet<EvmAddress> = safe.into_iter().collect();
    for (index, text) in batch.refused_receivers.iter().enumerate() {
        match evm_address(text) {
            Ok(address) => drop(refused.insert(address)),
            Err(problem) => problems.push(problem.of_field(format!("refusedReceivers.{index}"))),
        }
    }
    refused.extend(
        tokens.tokens.iter().filter(|token| token.chain == batch.chain).filter_map(|token| token.address().ok()),
    );
    if batch.transfers.is_empty() {
        problems.refuse("transfers", "CHAIN_EMPTY", "A batch has at least one transfer.");
    }
    let mut ids = BTreeSet::new();
    let mut checked = Vec::with_capacity(batch.transfers.len());
    for (index, transfer) in batch.transfers.iter().enumerate() {
        let at = |field: &str| format!("transfers.{index}.{field}");
        if !ids.insert(&transfer.id) {
            problems.refuse(at("id"), "CHAIN_ID_TWICE", format!("`{}` stands in the batch twice.", transfer.id));
        }
        let one = check_one(transfer, batch.chain, chain, tokens, &refused).map_err(|problem| {
            let field = problem.field.clone().unwrap_or_default();
            problems.push(problem.of_field(at(&field)));
        });
        checked.extend(one);
    }
    problems.or_refuse()?;
    // Without problems the Safe's address was read.
    let Some(safe) = safe else { return Err(Refused(Vec::new())) };
    Ok((safe, checked))
}

fn check_one<'a>(
    transfer: &ChainTransfer,
    id: u64,
    chain: Option<&Chain>,
    tokens: &'a Tokens,
    refused: &BTreeSet<EvmAddress>,
) -> Result<Checked<'a>, crate::payments::problem::Problem> {
    use crate::payments::problem::Problem;
    let to = evm_address(&transfer.to).map_err(|problem| problem.of_field("to"))?;
    if refused.contains(&to) {
        let message = "This is an own wallet or a token's contract: what is sent there does not reach the payee.";
        return Err(Problem::new("CHAIN_RECEIVER", message).of_field("to"));
    }
    let own_coin = chain.is_some_and(|chain| chain.coin == transfer.symbol);
    let token = tokens.token(id, &transfer.symbol);
    let token = match token {
        Some(token) => Some((token, token.address()?)),
        None if own_coin => None,
        None => {
            let message = format!("`{}` is not on the list of chain {id}.", transfer.symbol);
            return Err(Problem::new("CHAIN_TOKEN", message).of_field("symbol"));
        }
    };
    let places = token.map_or(COIN_PLACES, |(token, _)| token.decimals);
    Ok(Checked { to, units: units(transfer.amount, places)?, token, amount: transfer.amount })
}

/// The checksum of a batch as the Safe app computes it: Keccak of the keys in order and the values, without the name
/// and without the checksum itself.
#[must_use]
pub fn safe_checksum(file: &Value) -> String {
    let mut file = file.clone();
    if let Some(meta) = file.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("checksum");
        meta.insert("name".into(), Value::Null);
    }
    let mut text = String::new();
    serialise(&file, &mut text);
    format!("0x{}", hex::encode(Keccak256::digest(text.as_bytes())))
}

fn serialise(value: &Value, text: &mut String) {
    match value {
        Value::Array(all) => {
            text.push('[');
            for (index, one) in all.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                serialise(one, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            text.push('{');
            text.push_str(&json!(keys).to_string());
            for key in keys {
                serialise(&fields[key], text);
                text.push(',');
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    const SAFE: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    const PAYEE: &str = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";

    fn batch(transfers: &[(&str, &str, Decimal)]) -> EvmBatch {
        EvmBatch {
            chain: 1,
            safe: SAFE.into(),
            name: "Royalties 2026-Q3".into(),
            description: "BATCH-7".into(),
            created_at_ms: 1_795_600_000_000,
            refused_receivers: vec!["0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB".into()],
            transfers: transfers
                .iter()
                .enumerate()
                .map(|(index, (to, symbol, amount))| ChainTransfer {
                    id: format!("P-{index}"),
                    to: (*to).into(),
                    symbol: (*symbol).into(),
                    amount: *amount,
                })
                .collect(),
        }
    }

    #[test]
    fn a_batch_has_calls_that_any_signer_can_read() {
        let order = batch(&[(PAYEE, "USDC", dec!(12.34)), (PAYEE, "ETH", dec!(0.5))]);
        let written = safe_batch(&order, Tokens::shipped()).unwrap();
        assert_eq!(written.units, [12_340_000, 500_000_000_000_000_000]);
        let file: Value = serde_json::from_slice(&written.bytes).unwrap();
        // 12,340,000 = 0xbc4b20
        let data = format!("0xa9059cbb{:0>64}{:0>64}", "fb6916095ca1df60bb79ce92ce3ea74c37c5d359", "bc4b20");
        assert_eq!(file["transactions"][0]["data"], data);
        assert_eq!(file["transactions"][0]["to"], "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
        assert_eq!(file["transactions"][1]["value"], "500000000000000000");
        assert_eq!(file["meta"]["checksum"], safe_checksum(&file));
        assert_eq!(safe_batch(&order, Tokens::shipped()).unwrap(), written);
        let mut changed = file.clone();
        changed["transactions"][1]["value"] = "600000000000000000".into();
        assert_ne!(safe_checksum(&changed), written.checksum);
        let csv = String::from_utf8(airdrop_csv(&order, Tokens::shipped()).unwrap()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[1], format!("erc20,0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48,{PAYEE},12.34,"));
        assert_eq!(lines[2], format!("native,,{PAYEE},0.5,"));
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let own = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB";
        let contract = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
        let order = batch(&[
            (SAFE, "USDC", dec!(1)),
            (own, "USDC", dec!(1)),
            (contract, "USDC", dec!(1)),
            (PAYEE, "SHIB", dec!(1)),
            (PAYEE, "USDC", dec!(0.0000001)),
            ("0xnone", "USDC", dec!(1)),
        ]);
        let found: Vec<(String, &str)> = safe_batch(&order, Tokens::shipped())
            .unwrap_err()
            .0
            .into_iter()
            .map(|one| (one.field.unwrap_or_default(), one.code))
            .collect();
        let wanted = [
            ("transfers.0.to", "CHAIN_RECEIVER"),
            ("transfers.1.to", "CHAIN_RECEIVER"),
            ("transfers.2.to", "CHAIN_RECEIVER"),
            ("transfers.3.symbol", "CHAIN_TOKEN"),
            ("transfers.4.amount", "CHAIN_AMOUNT"),
            ("transfers.5.to", "CHAIN_ADDRESS_FORM"),
        ];
        assert_eq!(found, wanted.map(|(field, code)| (field.to_owned(), code)));
        let strange = EvmBatch { chain: 5, ..batch(&[]) };
        assert_eq!(safe_batch(&strange, Tokens::shipped()).unwrap_err().0.len(), 2);
    }
}
