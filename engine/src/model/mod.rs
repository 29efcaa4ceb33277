//! What goes in: rules, rates, opening state and lines, as plain serialisable values.
//!
//! JSON uses camelCase fields, SCREAMING_SNAKE names, decimals as strings and ids as UUIDs. Everything here
//! is recorded with a run, so that the run can be computed again.
//!
//! What a line is computed with (terms, models, deductions, the waterfall but its amounts per period, splits, prices)
//! is the work of `compile` and `compute`; what a period ends with (recoupment, crossing, reserves, guarantees,
//! producer points, profit shares, letters of direction, holds, amounts per period) that of `close`.

mod control;
mod deal;
mod deduction;
mod line;
mod opening;
mod price;
mod rate;
mod rates;
mod recoupment;
mod rules;
mod split;
mod term;
mod territory;

pub use control::{Direction, Hold, HoldKind, HoldTarget};
pub use deal::{
    AccountingPeriod, Guarantee, GuaranteeTerm, Milestone, ProducerMode, ProducerPoints, ProducerRate, ProfitShare,
};
pub use deduction::{
    Deduction, DeductionBase, FreeGoods, Physical, Reduction, ReductionKind, StepAmount, StepBase, WaterfallStage,
    WaterfallStep,
};
pub use line::{Interner, ItemKey, ItemRef, Line, LineDetails};
pub use opening::{
    OpenAccount, OpenAdvance, OpenContract, OpenCost, OpenCounter, OpenDirected, OpenGuarantee, OpenHeld, OpenProducer,
    OpenProject, OpenReserve, OpenStep, OpenWaiting, OpeningState,
};
pub use price::{Hop, Price, PriceKind, SourceChain, StatutoryRate};
pub use rate::{Base, Counter, CounterMeasure, CounterScope, HybridChoice, Model, Tier, TierMode, TierRate};
pub use rates::{Charge, ChargeKind, FxRule, Override, Rate, Rates, Report, Scope, StatedRate};
pub use recoupment::{
    CostType, CrossCondition, CrossGroup, CrossMember, RecoupOrder, Recoupment, Reserve, ReserveBasis,
};
pub use rules::{Contract, ContractVersion, Group, ItemScope, Participation, ParticipationKind, Release, Rules, Track};
pub use split::SplitNode;
pub use term::{DateBasis, RateCard, Term, TermLevel, TermMatch};
pub use territory::{TerritoryGroup, TerritorySet};
