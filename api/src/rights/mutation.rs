//! Changing contracts. Nothing that a contract said is overwritten.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::rights;

use super::input::ContractVersionInput;
use super::types::{Advance, Contract, ContractCalendar, ContractFxRule, ContractKind};
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{CurrencyCode, Date, Decimal};
use crate::{payload, user_errors};

user_errors! {
    RightsUserError, RightsErrorCode, "rights",
    NAME_MISSING => "A name or number is empty or too long.",
    REFERENCE_MISSING => "The advance needs a key of its own.",
    RATIO_OUT_OF_BOUNDS => "A ratio is from 0 to 1 with at most 12 decimal places.",
    SPLIT_EMPTY => "There is no payee.",
    SPLIT_SUM => "The ratios of one level do not total exactly 1.",
    SPLIT_DUPLICATE => "A party stands twice on one level.",
    SPLIT_CYCLE => "A party would share its own share.",
    SPLIT_TOO_DEEP => "The split is nested too deep.",
    SPLIT_TOO_MANY => "The split has too many payees.",
    TERMS_MISSING => "There is no term.",
    TERMS_TOO_MANY => "There are too many terms.",
    TERM_TIE => "Two terms are equally specific, have the same priority and match some of the same lines.",
    PARTICIPATIONS_MISSING => "There is nothing to take part in.",
    PARTICIPATIONS_TOO_MANY => "There are too many participations.",
    PARTICIPATION_OVERLAP => "Two participations speak of the same item in the same territory at the same time.",
    DUPLICATE_ID => "The same part stands twice.",
    PERIOD_REVERSED => "A period ends before it begins.",
    TERRITORIES_EMPTY => "Every listed territory is also excluded.",
    AMOUNT_NEGATIVE => "An amount per unit is negative.",
    AMOUNT_TOO_FINE => "An amount per unit has too many decimal places.",
    AMOUNT_INVALID => "The advance is not above zero, or has too many decimal places for its currency.",
    DEDUCTIONS_WITHOUT_BASE => "Deductions come off a base, and an amount per unit has none.",
    DEDUCTIONS_OVER_ONE => "The deductions take more than there is.",
    DEDUCTIONS_TOO_FINE => "The deductions leave a part with too many decimal places.",
    NOT_SUPPORTED_YET => "This version does not compute it.",
    RULE_INVALID => "A rule cannot be saved as it is; the message says why.",
    ITEM_UNKNOWN => "There is no such item or group.",
    PARTY_UNKNOWN => "There is no such party.",
    CONTRACT_UNKNOWN => "There is no such contract.",
    CONTRACT_STATUS => "The contract is in that state already, or has ended.",
    CONTRACT_WITHOUT_VERSION => "The contract has no version that holds.",
    CONTRACT_WITHOUT_TERMS => "A contract in force needs a term.",
    CONTRACT_WITHOUT_PARTICIPATIONS => "A contract in force needs something to take part in.",
    CONTRACT_WITHOUT_SPLITS => "A contract in force needs a payee.",
    TERMINATION_TOO_EARLY => "The contract begins after this day.",
    NOTHING_FINALISED => "No run of these months is finalised.",
    SIMULATION_WITHOUT_CHANGES => "Nothing is different from the history.",
    CHANGES_TOO_MANY => "More contracts than one simulation may change.",
    RATE_NOT_POSITIVE => "A rate is above zero.",
    RATE_TOO_FINE => "A rate has at most 18 decimal places.",
    RATE_SAME_CURRENCY => "A currency needs no rate to itself.",
    RATE_DUPLICATE => "Two rates for one pair and day.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

/// A contract to be created, as a draft.
#[derive(InputObject)]
pub struct ContractCreateInput {
    /// The number printed on statements, unique in the tenant.
    number: String,
    /// The title.
    name: String,
    /// What it is about.
    kind: ContractKind,
    /// The currency royalties are computed, stated and recouped in; the tenant's base currency when not given. It
    /// never changes.
    currency: Option<CurrencyCode>,
    /// How often it is stated; as configured (`statement_calendar`) when not given.
    calendar: Option<ContractCalendar>,
    /// Which exchange rate it uses.
    #[graphql(default_with = "ContractFxRule::MonthEnd")]
    fx_rule: ContractFxRule,
    /// The party.
    party_id: ID,
    /// The organisation on our side; the tenant itself when not given.
    organisation_id: Option<ID>,
    /// What it says first.
    version: ContractVersionInput,
}

/// What a contract says from now on about a period.
#[derive(InputObject)]
pub struct ContractVersionAddInput {
    /// Which contract.
    contract_id: ID,
    /// The version of the contract you read.
    expected_version: i32,
    /// What it says.
    version: ContractVersionInput,
}

/// A contract to come into force.
#[derive(InputObject)]
pub struct ContractActivateInput {
    /// Which contract.
    id: ID,
    /// The version you read.
    expected_version: i32,
}

/// A contract to end.
#[derive(InputObject)]
pub struct ContractTerminateInput {
    /// Which contract.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// The last sale date it covers; without one it stops calculating at once.
    last_day: Option<Date>,
}

/// An advance that was paid.
#[derive(InputObject)]
pub struct AdvanceCreateInput {
    /// Under which contract.
    contract_id: ID,
    /// Its key in the contract.
    reference: String,
    /// What it was paid for.
    #[graphql(default)]
    description: String,
    /// How much, in the currency of the contract.
    amount: Decimal,
    /// When it was paid.
    paid_on: Date,
    /// Which instalment it is (`signature`, `delivery`); not given: it was paid at once.
    instalment: Option<String>,
    /// Where the contract recoups by priority, the higher is recouped first.
    #[graphql(default)]
    priority: i32,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

payload! {
    /// What `contractCreate` answers.
    ContractCreatePayload(RightsUserError) {
        /// The draft; null when it was refused.
        contract: Contract,
    }
}

payload! {
    /// What `contractVersionAdd` answers.
    ContractVersionAddPayload(RightsUserError) {
        /// The contract with its new version; null when it was refused.
        contract: Contract,
    }
}

payload! {
    /// What `contractActivate` answers.
    ContractActivatePayload(RightsUserError) {
        /// The contract, now in force; null when it was refused.
        contract: Contract,
    }
}

payload! {
    /// What `contractTerminate` answers.
    ContractTerminatePayload(RightsUserError) {
        /// The contract; null when it was refused.
        contract: Contract,
    }
}

payload! {
    /// What `advanceCreate` answers.
    AdvanceCreatePayload(RightsUserError) {
        /// The advance; null when it was refused.
        advance: Advance,
    }
}

/// Changing contracts.
#[derive(Default)]
pub struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Creates a contract as a draft, with what it says first. Requires: CONTRACT_MANAGE.
    async fn contract_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The contract.")] input: ContractCreateInput,
    ) -> Result<ContractCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = rights::NewContract {
                number: input.number,
                name: input.name,
                kind: input.kind.into(),
                currency: input.currency.map(Into::into),
                calendar: input.calendar.map(Into::into),
                fx_rule: input.fx_rule.into(),
                party_id: ids::parse(&input.party_id, ["input", "partyId"])?,
                organisation_id: ids::parse_opt(input.organisation_id.as_ref(), ["input", "organisationId"])?,
                version: input.version.checked()?,
            };
            rights::contract_create(&ctx, &core, new).await
        })
        .await;
        ContractCreatePayload::of(outcome)
    }

    /// Records what a contract says during a period. What it said of these days is superseded, and stays readable.
    /// Requires: CONTRACT_MANAGE.
    async fn contract_version_add(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The version.")] input: ContractVersionAddInput,
    ) -> Result<ContractVersionAddPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.contract_id, ["input", "contractId"])?;
            let version = input.version.checked()?;
            rights::contract_version_add(&ctx, &core, id, input.expected_version, version).await
        })
        .await;
        ContractVersionAddPayload::of(outcome)
    }

    /// Puts a draft into force. Requires: CONTRACT_MANAGE.
    async fn contract_activate(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which contract.")] input: ContractActivateInput,
    ) -> Result<ContractActivatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            rights::contract_activate(&ctx, &core, id, input.expected_version).await
        })
        .await;
        ContractActivatePayload::of(outcome)
    }

    /// Ends a contract. Requires: CONTRACT_MANAGE.
    async fn contract_terminate(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which contract, and when.")] input: ContractTerminateInput,
    ) -> Result<ContractTerminatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let last_day = input.last_day.map(Into::into);
            rights::contract_terminate(&ctx, &core, id, input.expected_version, last_day).await
        })
        .await;
        ContractTerminatePayload::of(outcome)
    }

    /// Records an advance that was paid, and posts it to the ledger. Requires: CONTRACT_MANAGE.
    async fn advance_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The advance.")] input: AdvanceCreateInput,
    ) -> Result<AdvanceCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = rights::NewAdvance {
                contract_id: ids::parse(&input.contract_id, ["input", "contractId"])?,
                reference: input.reference,
                description: input.description,
                amount: input.amount.into(),
                paid_on: input.paid_on.into(),
                instalment: input.instalment,
                priority: input.priority,
                idempotency_key: input.idempotency_key,
            };
            rights::advance_create(&ctx, &core, new).await
        })
        .await;
        AdvanceCreatePayload::of(outcome)
    }
}
