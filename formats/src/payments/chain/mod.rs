//! Payments on chains: unsigned batches out, settlement judged from what is seen on the chain. No keys, ever: people
//! sign elsewhere.

mod address;
mod batch;
mod bitcoin_batch;
mod settlement;
mod token;

pub use address::{EvmAddress, evm_address};
pub use batch::{ChainTransfer, EvmBatch, SafeBatch, airdrop_csv, safe_batch, safe_checksum};
pub use bitcoin_batch::{BitcoinBatch, BitcoinCoin, BitcoinPayment, BitcoinWritten, bitcoin_address, write_psbt};
pub use settlement::{ExpectedTransfer, Finality, SeenTransfer, settles};
pub use token::{Chain, Token, Tokens, units};
