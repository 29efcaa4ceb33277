//! Bitcoin: addresses, and batches as unsigned transactions (PSBT, BIP-174) for a wallet to sign.

use std::str::FromStr as _;

use bitcoin::absolute::LockTime;
use bitcoin::address::NetworkUnchecked;
use bitcoin::psbt::Psbt;
use bitcoin::transaction::Version;
use bitcoin::{Address, Amount, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use rust_decimal::Decimal;

use super::token::units;
use crate::payments::problem::{Problem, Problems, Refused};

/// Decimal places of a bitcoin.
const PLACES: u32 = 8;
/// Virtual bytes of an input that spends a witness output, about; of a transaction's frame; of an output.
const INPUT_BYTES: u64 = 68;
const FRAME_BYTES: u64 = 11;
const OUTPUT_BYTES: u64 = 43;

/// A batch of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitcoinBatch {
    /// `bitcoin`, `testnet`, `signet` or `regtest`: addresses of another are refused.
    pub network: String,
    /// The payments.
    pub payments: Vec<BitcoinPayment>,
    /// Coins of the own wallet to pay from; none leaves the choice to the wallet that signs.
    pub coins: Vec<BitcoinCoin>,
    /// Where the rest goes; needed with coins.
    pub change: Option<String>,
    /// Satoshi per virtual byte; needed with coins.
    pub fee_rate: u64,
    /// The most that may be paid as fee, in satoshi.
    pub fee_limit: u64,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitcoinPayment {
    /// Our id of the payment.
    pub id: String,
    /// The payee's address.
    pub to: String,
    /// In bitcoins.
    pub amount: Decimal,
}

/// A coin: an output that was not spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitcoinCoin {
    /// Its transaction.
    pub transaction: String,
    /// Which output of it.
    pub output: u32,
    /// Satoshi.
    pub units: u64,
    /// The address that it belongs to.
    pub address: String,
}

/// A written batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitcoinWritten {
    /// The PSBT, binary.
    pub bytes: Vec<u8>,
    /// Amounts in satoshi, in the order of the payments.
    pub units: Vec<u64>,
    /// The fee in satoshi; zero when the wallet adds coins.
    pub fee: u64,
    /// What comes back, in satoshi.
    pub change: u64,
    /// The id that the transaction will have if its coins are all witness outputs; empty when the wallet adds coins.
    pub transaction: String,
}

/// Reads an address of a network.
///
/// # Errors
/// `BITCOIN_ADDRESS`, `BITCOIN_NETWORK`.
pub fn bitcoin_address(text: &str, network: &str) -> Result<String, Problem> {
    address(text, self::network(network)?).map(|address| address.to_string())
}

fn network(name: &str) -> Result<Network, Problem> {
    Network::from_str(name).map_err(|_| {
        let message = format!("`{name}` is none of bitcoin, testnet, signet and regtest.");
        Problem::new("BITCOIN_NETWORK", message).of_field("network")
    })
}

fn address(text: &str, network: Network) -> Result<Address, Problem> {
    let wrong = |code, message: String| Problem::new(code, message).of_field("address");
    let read = Address::<NetworkUnchecked>::from_str(text.trim())
        .map_err(|error| wrong("BITCOIN_ADDRESS", format!("This is no Bitcoin address: {error}.")))?;
    read.require_network(network)
        .map_err(|_| wrong("BITCOIN_NETWORK", format!("The address belongs to another network than {network}.")))
}

/// Writes a batch as a PSBT without signatures.
///
/// # Errors
/// [`Refused`] with every field that is wrong.
pub fn write_psbt(batch: &BitcoinBatch) -> Result<BitcoinWritten, Refused> {
    let mut problems = Problems::default();
    let network = match network(&batch.network) {
        Ok(network) => network,
        Err(problem) => return Err(Refused(vec![problem])),
    };
    if batch.payments.is_empty() {
        problems.refuse("payments", "BITCOIN_EMPTY", "A batch has at least one payment.");
    }
    let own: Vec<&str> = batch.coins.iter().map(|coin| coin.address.as_str()).chain(batch.change.as_deref()).collect();
    let mut outputs = Vec::with_capacity(batch.payments.len() + 1);
    let mut amounts = Vec::with_capacity(batch.payments.len());
    for (index, payment) in batch.payments.iter().enumerate() {
        let path = format!("payments.{index}");
        match output(payment, network, &own) {
            Ok(output) => {
                amounts.push(output.value.to_sat());
                outputs.push(output);
            }
            Err(problem) => {
                let field = problem.field.clone().unwrap_or_default();
                problems.push(problem.of_field(format!("{path}.{field}")));
            }
        }
    }
    let coins = coins(batch, network, &mut problems);
    let change = change(batch, network, &mut problems);
    problems.or_refuse()?;
    let (fee, rest) = funds(batch, &amounts, change.as_ref())?;
    if let Some(script) = change.filter(|_| rest > 0) {
        outputs.push(TxOut { value: Amount::from_sat(rest), script_pubkey: script });
    }
    let transaction = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: coins
            .iter()
            .map(|(point, _)| TxIn {
                previous_output: *point,
                script_sig: ScriptBuf::new(),
                sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
                witness: Witness::new(),
            })
            .collect(),
        output: outputs,
    };
    let id = if coins.is_empty() { String::new() } else { transaction.compute_txid().to_string() };
    let failed = |error: bitcoin::psbt::Error| {
        Refused(vec![Problem::new("BITCOIN_TRANSACTION", format!("The transaction cannot be made: {error}."))])
    };
    let mut psbt = Psbt::from_unsigned_tx(transaction).map_err(failed)?;
    for (input, (_, output)) in psbt.inputs.iter_mut().zip(coins) {
        input.witness_utxo = Some(output);
    }
    Ok(BitcoinWritten { bytes: psbt.serialize(), units: amounts, fee, change: rest, transaction: id })
}

fn output(payment: &BitcoinPayment, network: Network, own: &[&str]) -> Result<TxOut, Problem> {
    let to = address(&payment.to, network).map_err(|problem| problem.of_field("to"))?;
    if own.iter().any(|own| *own == to.to_string()) {
        return Err(Problem::new("BITCOIN_OWN_ADDRESS", "This is an own address, not the payee's.").of_field("to"));
    }
    let value = units(payment.amount, PLACES)?;
    let value = u64::try_from(value).ok().map(Amount::from_sat).filter(|value| *value <= Amount::MAX_MONEY);
    let Some(value) = value else {
        return Err(Problem::new("CHAIN_AMOUNT", "There are not so many bitcoins.").of_field("amount"));
    };
    let script = to.script_pubkey();
    let least = script.minimal_non_dust();
    if value < least {
        let message =
            format!("Below {} satoshi an output is dust and no node passes it on: carry it forward.", least.to_sat());
        return Err(Problem::new("BITCOIN_DUST", message).of_field("amount"));
    }
    Ok(TxOut { value, script_pubkey: script })
}

fn coins(batch: &BitcoinBatch, network: Network, problems: &mut Problems) -> Vec<(OutPoint, TxOut)> {
    let mut found: Vec<(OutPoint, TxOut)> = Vec::with_capacity(batch.coins.len());
    for (index, coin) in batch.coins.iter().enumerate() {
        let at = |field: &str| format!("coins.{index}.{field}");
        let Ok(transaction) = Txid::from_str(&coin.transaction) else {
            problems.refuse(at("transaction"), "BITCOIN_COIN", "A transaction's id has 64 hexadecimal digits.");
            continue;
        };
        let script = match address(&coin.address, network) {
            Ok(address) => address.script_pubkey(),
            Err(problem) => {
                problems.push(problem.of_field(at("address")));
                continue;
            }
        };
        if !script.is_witness_program() {
            let message = "Only coins of witness addresses (bc1…) can be spent without their whole transaction.";
            problems.refuse(at("address"), "BITCOIN_COIN", message);
        }
        let point = OutPoint { txid: transaction, vout: coin.output };
        if found.iter().any(|(own, _)| *own == point) {
            problems.refuse(at("output"), "BITCOIN_COIN_TWICE", "The coin is given twice.");
        }
        found.push((point, TxOut { value: Amount::from_sat(coin.units), script_pubkey: script }));
    }
    found
}

fn change(batch: &BitcoinBatch, network: Network, problems: &mut Problems) -> Option<ScriptBuf> {
    match &batch.change {
        Some(text) => match address(text, network) {
            Ok(address) => Some(address.script_pubkey()),
            Err(problem) => {
                problems.push(problem.of_field("change"));
                None
            }
        },
        None => {
            if !batch.coins.is_empty() {
                problems.refuse("change", "BITCOIN_CHANGE", "Say where the rest of the coins goes.");
            }
            None
        }
    }
}

/// Fee and change: coins = payments + fee + change, to the satoshi.
fn funds(batch: &BitcoinBatch, amounts: &[u64], change: Option<&ScriptBuf>) -> Result<(u64, u64), Refused> {
    if batch.coins.is_empty() {
        return Ok((0, 0));
    }
    let refuse = |field: &str, code, message: String| Err(Refused(vec![Problem::new(code, message).of_field(field)]));
    let sum = |mut all: Box<dyn Iterator<Item = u64> + '_>| all.try_fold(0_u64, u64::checked_add);
    let have = sum(Box::new(batch.coins.iter().map(|coin| coin.units)));
    let need = sum(Box::new(amounts.iter().copied()));
    let (Some(have), Some(need)) = (have, need) else {
        return refuse("coins", "CHAIN_AMOUNT", "The sums are too large.".into());
    };
    let bytes = FRAME_BYTES + INPUT_BYTES * batch.coins.len() as u64 + OUTPUT_BYTES * (amounts.len() as u64 + 1);
    let fee = bytes.saturating_mul(batch.fee_rate);
    if batch.fee_rate == 0 {
        return refuse("feeRate", "BITCOIN_FEE", "Without a fee no miner takes it.".into());
    }
    if fee > batch.fee_limit {
        let message = format!("The fee would be {fee} satoshi, above the limit of {}.", batch.fee_limit);
        return refuse("feeRate", "BITCOIN_FEE", message);
    }
    let Some(rest) = have.checked_sub(need).and_then(|rest| rest.checked_sub(fee)) else {
        let message = format!("The coins hold {have} satoshi; {need} and a fee of {fee} are needed.");
        return refuse("coins", "BITCOIN_FUNDS", message);
    };
    // A rest that would be dust goes to the miner.
    let least = change.map_or(0, |script| script.minimal_non_dust().to_sat());
    Ok(if rest < least { (fee + rest, 0) } else { (fee, rest) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    // The witness address and script hash of BIP-173, and the old style of BIP-13.
    const WITNESS: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    const OLD: &str = "3P14159f73E4gFr7JterCCQh9QjiTjiZrG";
    const OWN: &str = "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3";

    fn batch(payments: &[(&str, Decimal)]) -> BitcoinBatch {
        BitcoinBatch {
            network: "bitcoin".into(),
            payments: payments
                .iter()
                .enumerate()
                .map(|(index, (to, amount))| BitcoinPayment {
                    id: format!("P-{index}"),
                    to: (*to).into(),
                    amount: *amount,
                })
                .collect(),
            coins: vec![BitcoinCoin { transaction: "ab".repeat(32), output: 1, units: 100_000, address: OWN.into() }],
            change: Some(OWN.into()),
            fee_rate: 10,
            fee_limit: 10_000,
        }
    }

    #[test]
    fn coins_are_payments_fee_and_change() {
        let written = write_psbt(&batch(&[(WITNESS, dec!(0.0004)), (OLD, dec!(0.0001))])).unwrap();
        assert_eq!(written.units, [40_000, 10_000]);
        // 11 + 68 + 43 * 3 = 208 virtual bytes at 10: 2,080; 100,000 - 50,000 - 2,080 = 47,920.
        assert_eq!((written.fee, written.change), (2_080, 47_920));
        assert!(written.bytes.starts_with(b"psbt\xff"));
        let read = Psbt::deserialize(&written.bytes).unwrap();
        assert_eq!(read.unsigned_tx.output.len(), 3);
        assert_eq!(read.inputs[0].witness_utxo.as_ref().map(|coin| coin.value.to_sat()), Some(100_000));
        assert_eq!(read.unsigned_tx.compute_txid().to_string(), written.transaction);
        assert!(read.unsigned_tx.input.iter().all(|input| input.script_sig.is_empty() && input.witness.is_empty()));
        assert_eq!(write_psbt(&batch(&[(WITNESS, dec!(0.0004)), (OLD, dec!(0.0001))])).unwrap(), written);
        let open = BitcoinBatch { coins: vec![], change: None, ..batch(&[(WITNESS, dec!(1))]) };
        let template = write_psbt(&open).unwrap();
        assert_eq!((template.fee, template.transaction.as_str()), (0, ""));
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let code = |batch: &BitcoinBatch| {
            let problem = write_psbt(batch).unwrap_err().0.remove(0);
            (problem.code, problem.field.unwrap_or_default())
        };
        assert_eq!(code(&batch(&[(WITNESS, dec!(0.00000293))])), ("BITCOIN_DUST", "payments.0.amount".into()));
        assert_eq!(code(&batch(&[("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", dec!(1))])).0, "BITCOIN_ADDRESS");
        assert_eq!(code(&batch(&[("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", dec!(1))])).0, "BITCOIN_NETWORK");
        assert_eq!(code(&batch(&[(OWN, dec!(0.0001))])).0, "BITCOIN_OWN_ADDRESS");
        assert_eq!(code(&batch(&[(WITNESS, dec!(0.000000001))])).0, "CHAIN_AMOUNT");
        assert_eq!(code(&batch(&[(WITNESS, dec!(0.001))])), ("BITCOIN_FUNDS", "coins".into()));
        let dear = BitcoinBatch { fee_rate: 100, ..batch(&[(WITNESS, dec!(0.0004))]) };
        assert_eq!(code(&dear), ("BITCOIN_FEE", "feeRate".into()));
        let mut twice = batch(&[(WITNESS, dec!(0.0004))]);
        twice.coins.push(twice.coins[0].clone());
        assert_eq!(code(&twice).0, "BITCOIN_COIN_TWICE");
    }
}
