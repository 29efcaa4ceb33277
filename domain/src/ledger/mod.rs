//! The ledger: every movement of money is a transfer from one account to another.
//!
//! A transfer has a debit account, a credit account, one positive amount and one currency, so nothing unbalanced
//! can be written. Transfers are never changed; a correction is a new transfer. Posting the same thing twice is
//! posting it once: a transfer is known by its source (a report, a run, a payment) and its purpose there.
//!
//! Sides: what we own or are owed grows by debits (receivable, advances, cash), what we owe or keep for somebody
//! grows by credits (payable, suspense, margin, wallets).

mod model;
mod post;
mod proof;
mod read;

pub use model::{AccountKey, AccountKind, Balance, Posting, Transfer};
pub use post::{post, post_pending, settle, void};
pub use proof::{Conservation, conservation};
pub use read::{Account, AccountFilter, TransferRow, account, accounts, accounts_of, balance, balances, transfers};
