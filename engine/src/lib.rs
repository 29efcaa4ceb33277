//! The royalty mathematics: from revenue lines to what every payee earns, exactly, with its derivation.
//!
//! Pure: no clock, no files, no database, no floating point. The same rules, rates, scope and lines give the same
//! result to the last digit, whatever the order of lines, the size of batches and the number of threads.
//!
//! ```text
//! Rules ─┐
//! Rates ─┼─ compile ─▶ CompiledRules ─ compute(lines) ─▶ Outcome { rows, suspense, totals, summary }
//! Scope ─┘                   │                                   │ (outcomes of batches add up)
//!                            ├─ explain(line, row) ─▶ Explanation
//!                            └─ close_period(summary, opening) ─▶ Closing { posted, recouped, payable } ─ next ─▶ opening
//! ```
//!
//! # How an amount comes about
//!
//! 1. *Participation*: per contract the most specific participation (item, group, whole catalogue) in force on the
//!    sale date in the line's territory says which share of the money enters the contract. Ownerships of more than 1
//!    over all contracts pay nobody.
//! 2. *Term*: of the terms that match, the most specific wins in a fixed order.
//! 3. *Royalty*: `base × participation × (1 − deductions) × rate × reductions`, exact, then rounded **once to 18
//!    places** in the line's currency (an amount per unit: in its own).
//! 4. *Split*: level by level by **largest remainder at 18 places**, ties to the smaller payee id. Each level sums
//!    exactly to what it divides.
//! 5. *Currency*: each payee's part × rate, exact, rounded **once to 12 places** in the contract's currency.
//! 6. *Period end* ([`close`]): each payee's sum plus the carried remainder, rounded **once to the currency's exponent**;
//!    the remainder is carried. Then reserves, recoupment, crossing, guarantees, letters of direction and holds move whole
//!    minor units, in one fixed order.
//!
//! Models beyond a percentage or an amount per unit (tiers, statutory rates, formulas, hybrids), prices, the deductions of
//! the physical trade and the waterfall are evaluated step by step, exact between the roundings that [`explain`] names.
//!
//! # Where the order of lines counts
//!
//! Counters of tiers, caps of the waterfall and whole-file taxes depend on the lines before a line. Rules that have such
//! terms want to see the lines first, in any order and batches, and then compute each on its own:
//!
//! ```text
//! let rules = rules.compile(&rates, &scope)?.opening(&opening);
//! let mut order = rules.ordering();
//! while order.is_open() {
//!     for batch in batches { order.note(&rules, batch) }
//!     order.end_pass(&rules);
//! }
//! let rules = rules.ordered(order);
//! ```
//!
//! A line that was not noted waits with `NOT_ORDERED`. Where counters and caps stand at the end
//! ([`CompiledRules::closing_counters`], [`CompiledRules::closing_steps`]) is part of the next opening state.
//!
//! Rounding is a setting of the rules (half up by default) and symmetric: a line and its reversal cancel out.

pub mod check;
pub mod close;
mod compile;
mod compute;
pub mod explain;
pub mod fixed;
pub mod formula;
pub mod model;
pub mod outcome;
pub mod scenario;

pub use compile::{Account, CompiledRules, Conversion, ConversionMethod, InvalidRules, convert_on};
pub use compute::order::Order;
