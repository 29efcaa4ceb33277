//! `Node`: everything with a global id, looked up by it.
//!
//! A type joins by a variant of [`Node`], an arm in [`load`], and an `id` field that returns `ID` by value (in a
//! `SimpleObject`: `#[graphql(owned)] pub id: ID`).

use async_graphql::{Context, ID, Interface, Object};
use domain::{Core, catalog};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{
    AccountId, ContractId, ControlTotalId, GroupId, MemberId, OperationId, OrganisationId, PartyId, PaymentBatchId,
    PaymentId, RecordingId, ReleaseId, ReportId, RunId, SourceId, StatementBatchId, StatementId, UploadId, WorkId,
    parse_typeid,
};
use kernel::limits::NODES_MAX;
use uuid::Uuid;

use crate::calculation::CalculationRun;
use crate::catalog::{CatalogueGroup, Recording, Release, Work};
use crate::collection::{ControlTotal, RevenueReport, Source, StagedUpload};
use crate::frame;
use crate::frame::errors::top_level;
use crate::ledger::LedgerAccount;
use crate::operations::Operation;
use crate::parties::Party;
use crate::payments::{Payment, PaymentBatch};
use crate::rights::Contract;
use crate::statements::{Statement, StatementBatch};
use crate::tenancy::{Member, Organisation};

/// Something with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id: a prefix that names the type, and 26 characters."))]
#[allow(clippy::large_enum_variant, reason = "nodes live for one answer")]
pub enum Node {
    /// A calculation run.
    CalculationRun(CalculationRun),
    /// A contract.
    Contract(Contract),
    /// A payment that is held against reports.
    ControlTotal(ControlTotal),
    /// A named group of catalogue items.
    CatalogueGroup(CatalogueGroup),
    /// An account of the ledger.
    LedgerAccount(LedgerAccount),
    /// A member of the tenant.
    Member(Member),
    /// Long work.
    Operation(Operation),
    /// A label, sub-label, imprint, publisher or distributor.
    Organisation(Organisation),
    /// A rights holder or other party.
    Party(Party),
    /// A payment to one payee.
    Payment(Payment),
    /// Payments made together.
    PaymentBatch(PaymentBatch),
    /// A sound recording.
    Recording(Recording),
    /// A release.
    Release(Release),
    /// A provider's sales report.
    RevenueReport(RevenueReport),
    /// Where reports come from.
    Source(Source),
    /// A file on its way in.
    StagedUpload(StagedUpload),
    /// A royalty statement.
    Statement(Statement),
    /// The statements of one accounting month.
    StatementBatch(StatementBatch),
    /// A musical work.
    Work(Work),
}

/// Loads one node. `None` when it does not exist, belongs to somebody else, or has no type that is a node.
///
/// # Errors
/// Those of the use case of its type.
pub async fn load(ctx: &OpContext, core: &Core, prefix: &str, id: Uuid) -> Outcome<Option<Node>> {
    Ok(match prefix {
        MemberId::PREFIX => domain::tenancy::member(ctx, core, id.into()).await?.map(|row| Node::Member(row.into())),
        OrganisationId::PREFIX => {
            domain::tenancy::organisation(ctx, core, id.into()).await?.map(|row| Node::Organisation(row.into()))
        }
        OperationId::PREFIX => {
            domain::operations::get(ctx, core, id.into()).await?.map(|row| Node::Operation(row.into()))
        }
        PartyId::PREFIX => domain::parties::party(ctx, core, id.into()).await?.map(|row| Node::Party(row.into())),
        ContractId::PREFIX => {
            domain::rights::contract(ctx, core, id.into()).await?.map(|row| Node::Contract(row.into()))
        }
        RecordingId::PREFIX => catalog::recording(ctx, core, catalog::RecordingKey::Id(id.into()))
            .await?
            .map(|row| Node::Recording(row.into())),
        WorkId::PREFIX => {
            catalog::work(ctx, core, catalog::WorkKey::Id(id.into())).await?.map(|row| Node::Work(row.into()))
        }
        ReleaseId::PREFIX => {
            catalog::release(ctx, core, catalog::ReleaseKey::Id(id.into())).await?.map(|row| Node::Release(row.into()))
        }
        GroupId::PREFIX => catalog::group(ctx, core, id.into()).await?.map(|row| Node::CatalogueGroup(row.into())),
        RunId::PREFIX => {
            domain::calculation::run(ctx, core, id.into()).await?.map(|row| Node::CalculationRun(row.into()))
        }
        AccountId::PREFIX => {
            domain::ledger::account(ctx, core, id.into()).await?.map(|row| Node::LedgerAccount(row.into()))
        }
        ReportId::PREFIX => {
            domain::collection::report(ctx, core, id.into()).await?.map(|row| Node::RevenueReport(row.into()))
        }
        ControlTotalId::PREFIX => {
            domain::collection::control_total(ctx, core, id.into()).await?.map(|row| Node::ControlTotal(row.into()))
        }
        SourceId::PREFIX => {
            domain::collection::sources::source(ctx, core, id.into()).await?.map(|row| Node::Source(row.into()))
        }
        UploadId::PREFIX => {
            domain::collection::staged_upload(ctx, core, id.into()).await?.map(|row| Node::StagedUpload(row.into()))
        }
        StatementId::PREFIX => {
            domain::statements::statement(ctx, core, id.into()).await?.map(|row| Node::Statement(row.into()))
        }
        StatementBatchId::PREFIX => {
            domain::statements::batch(ctx, core, id.into()).await?.map(|row| Node::StatementBatch(row.into()))
        }
        PaymentId::PREFIX => {
            domain::payments::payment(ctx, core, id.into()).await?.map(|row| Node::Payment(row.into()))
        }
        PaymentBatchId::PREFIX => {
            domain::payments::payment_batch(ctx, core, id.into()).await?.map(|row| Node::PaymentBatch(row.into()))
        }
        _ => None,
    })
}

/// Loads a node by its global id. What the caller may not see is as missing as what does not exist.
///
/// # Errors
/// `BAD_USER_INPUT` for a text that is no id.
pub async fn by_id(ctx: &OpContext, core: &Core, id: &str) -> Outcome<Option<Node>> {
    let (prefix, uuid) =
        parse_typeid(id).map_err(|error| Failure::refused("BAD_USER_INPUT", error.to_string()).at(["id"]))?;
    match load(ctx, core, prefix, uuid).await {
        Err(failure) if matches!(failure.kind, kernel::failure::FailureKind::Forbidden) => Ok(None),
        outcome => outcome,
    }
}

/// Looking things up by global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything with a global id. Null when there is no such thing, or when it is somebody else's.
    async fn node(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The global id.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        frame::read(gql, |ctx, core| async move { by_id(&ctx, &core, &id).await }).await
    }

    /// Several things by global id, in the order asked for, at most 100. Null for each that is not there.
    async fn nodes(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The global ids, at most 100.")] ids: Vec<ID>,
    ) -> async_graphql::Result<Vec<Option<Node>>> {
        if ids.len() > NODES_MAX {
            let message = format!("At most {NODES_MAX} ids at once, not {}.", ids.len());
            return Err(top_level(Failure::refused("BAD_USER_INPUT", message).at(["ids"])));
        }
        frame::read(gql, |ctx, core| async move {
            let mut nodes = Vec::with_capacity(ids.len());
            for id in &ids {
                nodes.push(by_id(&ctx, &core, id).await?);
            }
            Ok(nodes)
        })
        .await
    }
}
