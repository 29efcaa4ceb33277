//! The end of a period: what every payee of every contract gets, and what is carried.
//!
//! # The stages, in their order
//!
//! Amounts are exact at 12 places up to the posting, whole minor units of the contract's currency from there on.
//!
//! 1. *Earned*: the sum of a payee's royalty rows.
//! 2. *Profit share*: the rows are a project's income. `share × max(0, income − costs − overhead − loss)` is divided
//!    over the payees of the split instead; a loss is carried forward inside the project.
//! 3. *Producer points*: what is earned before the recording costs are recouped waits, or is forgone, by mode.
//! 4. *Overrides*: amounts entered by hand, with reason and approval.
//! 5. *Steps per period*: flat amounts of the waterfall, with their caps, out of all payees' or one payee's royalty.
//! 6. *Posting*: what is due plus the carried remainder, rounded **once** to the currency's exponent, the accounts of a
//!    contract together; the rest is carried. What is taken or divided afterwards is whole minor units.
//! 7. *Reserves*: returns take from what is held; what is due is released; a part of this period's positive lines is
//!    held back.
//! 8. *Held items*: what a disputed item earned is kept out of everything below, and comes back here.
//! 9. *Recoupment*: advances and costs of the contract, oldest first, pro rata or by priority, out of what is free of
//!    all payees together, borne in proportion.
//! 10. *Crossing*: what is left recoups open balances of other contracts of the group, by its condition.
//! 11. *Guarantees*: true-ups whose day has come, divided over the payees of the split.
//! 12. *Letters of direction*: parts of what became payable go to others.
//! 13. *Holds* on payees, contracts, accounts: a part of what is left is kept.
//!
//! Whoever is paid by a step of the waterfall or by a letter, and by no split, takes part in 1, 4 to 6, 12 and 13 only:
//! the advances and reserves of a contract are not theirs.

mod claims;
mod closing;
mod cross;
mod crossing;
mod digest;
mod direct;
mod earn;
mod exceptions;
mod explain;
mod finish;
mod minor;
mod next;
mod opening;
mod outlier;
mod pay;
mod post;
mod producer;
mod profit;
mod promise;
mod recoupment;
mod reserve;
mod run;
mod sums;
mod tree;
mod work;

pub use claims::ClaimKey;
pub use closing::*;
pub use exceptions::{Exception, ExceptionCode, History, SuspenseTally, exceptions};
pub use explain::{ClosingStep, ClosingStepCode, ClosingTerm};
pub use next::GUARANTEE_COST;
pub use outlier::{Outlier, OutlierSettings, outlier};
pub(crate) use recoupment::is_unrecouped;
