//! Rights holders in the schema.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::{Core, parties};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::PartyId;

use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::loader::Batch;
use crate::frame::scalars::{CurrencyCode, Decimal, Ipi, Isni, TerritoryCode};
use crate::{payload, user_errors};

user_errors! {
    PartyUserError, PartyErrorCode, "parties",
    REFERENCE_MISSING => "The party needs a key of its own.",
    NAME_MISSING => "The name is empty or too long.",
    EMAIL_INVALID => "This is no e-mail address.",
    THRESHOLD_INVALID => "The threshold is negative or has no currency.",
}

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "parties::PartyKind")]
pub enum PartyKind {
    /// A natural person.
    Person,
    /// A band or ensemble.
    Group,
    /// A legal person.
    Company,
}

/// A rights holder or other party to contracts.
#[derive(Clone, SimpleObject)]
pub struct Party {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Your own key of the party.
    reference: String,
    /// The name.
    name: String,
    /// What the party is.
    kind: PartyKind,
    /// Residence.
    country: Option<TerritoryCode>,
    /// The e-mail address.
    email: Option<String>,
    /// IPI name number.
    ipi: Option<Ipi>,
    /// ISNI.
    isni: Option<Isni>,
    /// In which currency the party is paid; null: by configuration.
    payment_currency: Option<CurrencyCode>,
    /// From which amount on, in that currency; null: by configuration.
    payment_threshold: Option<Decimal>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
}

impl From<parties::Party> for Party {
    fn from(row: parties::Party) -> Self {
        Self {
            id: ID(row.id.to_string()),
            reference: row.reference,
            name: row.fields.name,
            kind: row.fields.kind.into(),
            country: row.fields.country.map(Into::into),
            email: row.fields.email,
            ipi: row.fields.ipi.map(Into::into),
            isni: row.fields.isni.map(Into::into),
            payment_currency: row.fields.payment_currency.map(Into::into),
            payment_threshold: row.fields.payment_threshold.map(Into::into),
            version: row.version,
        }
    }
}

/// Parties by id.
pub struct PartyBatch;

impl Batch for PartyBatch {
    type Key = PartyId;
    type Value = parties::Party;

    async fn load(ctx: &OpContext, core: &Core, keys: &[PartyId]) -> Outcome<HashMap<PartyId, Self::Value>> {
        Ok(parties::parties_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// What a party is known by: exactly one.
#[derive(OneofObject)]
pub enum PartyLookup {
    /// Your own key.
    Reference(String),
    /// The IPI name number.
    Ipi(Ipi),
    /// The ISNI.
    Isni(Isni),
}

/// Which parties.
#[derive(InputObject, Default)]
pub struct PartyFilter {
    /// Only those whose name or reference contains this text.
    search: Option<String>,
    /// Only of this kind.
    kind: Option<PartyKind>,
}

/// What is said of a party. What is left out is empty afterwards.
#[derive(InputObject)]
pub struct PartyFieldsInput {
    /// The name.
    name: String,
    /// What the party is.
    kind: PartyKind,
    /// Residence.
    country: Option<TerritoryCode>,
    /// The e-mail address.
    email: Option<String>,
    /// IPI name number.
    ipi: Option<Ipi>,
    /// ISNI.
    isni: Option<Isni>,
    /// In which currency the party is paid; by configuration when not given.
    payment_currency: Option<CurrencyCode>,
    /// From which amount on, in that currency; by configuration when not given.
    payment_threshold: Option<Decimal>,
}

impl From<PartyFieldsInput> for parties::PartyFields {
    fn from(input: PartyFieldsInput) -> Self {
        Self {
            name: input.name,
            kind: input.kind.into(),
            country: input.country.map(Into::into),
            email: input.email,
            ipi: input.ipi.map(Into::into),
            isni: input.isni.map(Into::into),
            payment_currency: input.payment_currency.map(Into::into),
            payment_threshold: input.payment_threshold.map(Into::into),
        }
    }
}

/// A party to be created.
#[derive(InputObject)]
pub struct PartyCreateInput {
    /// Your own key of the party, unique in the tenant.
    reference: String,
    /// What is said of it.
    #[graphql(flatten)]
    fields: PartyFieldsInput,
}

/// A party to be changed.
#[derive(InputObject)]
pub struct PartyUpdateInput {
    /// Which party.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// What is said of it now.
    #[graphql(flatten)]
    fields: PartyFieldsInput,
}

payload! {
    /// What `partyCreate` answers.
    PartyCreatePayload(PartyUserError) {
        /// The party; null when it was refused.
        party: Party,
    }
}

payload! {
    /// What `partyUpdate` answers.
    PartyUpdatePayload(PartyUserError) {
        /// The party as it is now; null when it was refused.
        party: Party,
    }
}

/// Reading parties.
#[derive(Default)]
pub struct PartiesQuery;

#[Object]
impl PartiesQuery {
    /// One party. Null when there is none here. Requires: PARTY_READ.
    async fn party(&self, gql: &Context<'_>, #[graphql(desc = "Its global id.")] id: ID) -> Result<Option<Party>> {
        frame::read(gql, |ctx, core| async move {
            Ok(parties::party(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// One party by what it is known by. Null when there is none here. Requires: PARTY_READ.
    async fn party_by(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What it is known by.")] by: PartyLookup,
    ) -> Result<Option<Party>> {
        frame::read(gql, |ctx, core| async move {
            let key = match by {
                PartyLookup::Reference(reference) => parties::PartyKey::Reference(reference),
                PartyLookup::Ipi(ipi) => parties::PartyKey::Ipi(ipi.into()),
                PartyLookup::Isni(isni) => parties::PartyKey::Isni(isni.into()),
            };
            Ok(parties::party_by(&ctx, &core, key).await?.map(Into::into))
        })
        .await
    }

    /// Parties, oldest first. Requires: PARTY_READ.
    async fn parties(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<PartyFilter>,
    ) -> Result<List<Party>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default();
            let filter = parties::PartyFilter { search: filter.search, kind: filter.kind.map(Into::into) };
            let rows = parties::parties(&ctx, &core, filter, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row: &parties::Party| row.id.uuid()))
        })
        .await
    }
}

/// Changing parties.
#[derive(Default)]
pub struct PartiesMutation;

#[Object]
impl PartiesMutation {
    /// Creates a party. Requires: PARTY_MANAGE.
    async fn party_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The party.")] input: PartyCreateInput,
    ) -> Result<PartyCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            parties::party_create(&ctx, &core, &input.reference, input.fields.into()).await
        })
        .await;
        PartyCreatePayload::of(outcome)
    }

    /// Changes a party. Requires: PARTY_MANAGE.
    async fn party_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The party as it shall be.")] input: PartyUpdateInput,
    ) -> Result<PartyUpdatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            parties::party_update(&ctx, &core, id, input.expected_version, input.fields.into()).await
        })
        .await;
        PartyUpdatePayload::of(outcome)
    }
}
