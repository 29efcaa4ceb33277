//! Checks of waterfalls.

use std::collections::BTreeSet;

use kernel::failure::Finding;
use kernel::ids::{PartyId, SplitId};
use rust_decimal::Decimal;

use super::tables::{amount, names};
use super::{finding, under};
use crate::model::{Model, SplitNode, StepAmount, StepBase, Term, TierMode, WaterfallStage, WaterfallStep};

/// Most steps of a contract version.
const STEPS: usize = 50;
/// Most steps with a cap: each is a further pass over the lines.
const CAPPED_STEPS: usize = 8;

/// Checks the waterfall of a contract version with the split of its royalty.
///
/// Codes: `STEPS_TOO_MANY`, `NAME_MISSING`, `NAME_TWICE`, `DUPLICATE_ID`, `AMOUNT_NEGATIVE`, `AMOUNT_TOO_FINE`,
/// `CAP_WITHOUT_LINES`, `STEP_OF_ROYALTY`, `STEP_PARTY_UNKNOWN`, `STEP_FEE_UNKNOWN`, `STEP_FEE_PAID`,
/// `STEP_WITHOUT_RECIPIENT`.
pub(super) fn validate_waterfall(steps: &[WaterfallStep], splits: &[SplitNode]) -> Vec<Finding> {
    if steps.len() > STEPS {
        return vec![finding("STEPS_TOO_MANY", format!("{} steps; at most {STEPS} are allowed.", steps.len()), &[])];
    }
    let mut found = names(steps.iter().map(|step| step.name.as_str()), "step", "name");
    let capped = steps.iter().filter(|step| step.cap.is_some() || step.cap_per_period.is_some()).count();
    if capped > CAPPED_STEPS {
        let message = format!("{capped} steps have a cap; at most {CAPPED_STEPS} may.");
        found.push(finding("STEPS_TOO_MANY", message, &[]));
    }
    let mut ids: BTreeSet<SplitId> = BTreeSet::new();
    let mut payees: BTreeSet<PartyId> = BTreeSet::new();
    leaves(splits, &mut ids, &mut payees);
    for (position, step) in steps.iter().enumerate() {
        found.extend(under([position.to_string()], check_step(step, &steps[..position], &mut ids, &payees)));
    }
    found
}

/// A cap off the top decides what retroactive tiers are applied to, and is itself settled line by line: what earlier
/// lines have accrued would not be what they were paid on. One of the two may stand in a version.
///
/// Codes: `CAP_BEFORE_RETROACTIVE`.
pub(super) fn check_caps_before_tiers(steps: &[WaterfallStep], terms: &[Term]) -> Vec<Finding> {
    if !terms.iter().any(|term| is_retroactive(&term.model)) {
        return Vec::new();
    }
    let capped = |step: &WaterfallStep| {
        step.stage == WaterfallStage::OffTheTop && (step.cap.is_some() || step.cap_per_period.is_some())
    };
    let message = "A step off the top with a cap cannot stand before retroactive tiers: take the cap away, let the step come \
                   before the split, or make the tiers marginal.";
    let positions = steps.iter().enumerate().filter(|(_, step)| capped(step)).map(|(position, _)| position.to_string());
    positions.map(|position| finding("CAP_BEFORE_RETROACTIVE", message, &[&position, "cap"])).collect()
}

fn is_retroactive(model: &Model) -> bool {
    match model {
        Model::Tiered { mode, .. } => *mode == TierMode::Retroactive,
        Model::Hybrid { models, .. } => models.iter().any(is_retroactive),
        _ => false,
    }
}

fn check_step(
    step: &WaterfallStep,
    before: &[WaterfallStep],
    ids: &mut BTreeSet<SplitId>,
    payees: &BTreeSet<PartyId>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    if !ids.insert(step.id) {
        found.push(finding("DUPLICATE_ID", format!("The place {} appears twice.", step.id), &["id"]));
    }
    match &step.amount {
        StepAmount::Percentage { of, .. } => {
            if *of == StepBase::Royalty && step.stage == WaterfallStage::OffTheTop {
                let message = "Off the top there is no royalty yet: take the part of RECEIPTS or REMAINING.";
                found.push(finding("STEP_OF_ROYALTY", message, &["amount", "of"]));
            }
        }
        StepAmount::PerLine { amount: flat } | StepAmount::PerUnit { amount: flat } => {
            found.extend(amount(*flat, "A flat amount", &["amount", "amount"]));
        }
        StepAmount::PerPeriod { amount: flat } => {
            found.extend(amount(*flat, "A flat amount", &["amount", "amount"]));
            if step.cap_per_period.is_some() {
                let message = "An amount per period is its own cap.";
                found.push(finding("CAP_WITHOUT_LINES", message, &["capPerPeriod"]));
            }
        }
    }
    for (cap, field) in [(step.cap, "cap"), (step.cap_per_period, "capPerPeriod")] {
        found.extend(cap.map(|cap: Decimal| amount(cap, "A cap", &[field])).unwrap_or_default());
    }
    match &step.stage {
        WaterfallStage::AfterSplit { party_id } if !payees.contains(party_id) => {
            let message = format!("{party_id} is no payee of the split.");
            found.push(finding("STEP_PARTY_UNKNOWN", message, &["stage", "partyId"]));
        }
        WaterfallStage::FromFee { step: name } => match before.iter().find(|one| one.name == *name) {
            None => {
                let message = format!("No step before this one is called `{name}`.");
                found.push(finding("STEP_FEE_UNKNOWN", message, &["stage", "step"]));
            }
            Some(fee) if fee.recipient.is_some() => {
                let message = format!("`{name}` is paid to a party: only what the tenant keeps can pay a commission.");
                found.push(finding("STEP_FEE_PAID", message, &["stage", "step"]));
            }
            Some(_) if step.recipient.is_none() => {
                let message = "A commission out of a fee needs somebody who gets it.";
                found.push(finding("STEP_WITHOUT_RECIPIENT", message, &["recipient"]));
            }
            Some(_) => {}
        },
        _ => {}
    }
    found
}

fn leaves(nodes: &[SplitNode], ids: &mut BTreeSet<SplitId>, payees: &mut BTreeSet<PartyId>) {
    for node in nodes {
        ids.insert(node.id);
        if node.children.is_empty() {
            payees.insert(node.party_id);
        }
        leaves(&node.children, ids, payees);
    }
}
