//! What goes in: rules, rates, opening state and lines, as plain serialisable values.
//!
//! JSON uses camelCase fields, SCREAMING_SNAKE names, decimals as strings and ids as UUIDs. Everything here
//! is recorded with a run, so that the run can be computed again.

mod line;
mod opening;
mod rates;
mod rules;
mod split;
mod term;
mod territory;

pub use line::{Interner, ItemKey, ItemRef, Line};
pub use opening::{OpenAccount, OpenAdvance, OpenContract, OpeningState};
pub use rates::{FxRule, Rate, Rates, Report, Scope, StatedRate};
pub use rules::{Contract, ContractVersion, Group, ItemScope, Participation, ParticipationKind, Rules};
pub use split::SplitNode;
pub use term::{Base, Deduction, DeductionBase, Model, Reduction, ReductionKind, Term, TermMatch};
pub use territory::TerritorySet;
