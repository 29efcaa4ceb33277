//! Uploading, importing, deciding on suspense.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::collection as revenue;
use domain::operations as long_work;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RecordingId, ReleaseId, WorkId};

use super::types::{ReportDecision, RevenueReport, StagedUpload, SuspenseGroup};
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{BigInt, Month};
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    CollectionUserError, CollectionErrorCode, "revenue collection",
    FILE_NAME_INVALID => "The name of the file is empty, too long, or contains a folder.",
    FILE_TOO_LARGE => "The file is empty or larger than an upload may be.",
    UPLOAD_UNKNOWN => "There is no such upload.",
    UPLOAD_EMPTY => "The bytes of the upload have not arrived yet.",
    REPORT_UNKNOWN => "There is no such report.",
    REPORT_NOT_HELD => "The report does not wait for a decision.",
    DECISION_UNFIT => "The decision does not fit what was found.",
    REPORT_RECEIVED_TWICE => "The same file is being received by another request.",
    ITEM_UNKNOWN => "There is no such catalogue item.",
    SUSPENSE_UNKNOWN => "Nothing open in suspense fits.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

/// A file to be uploaded.
#[derive(InputObject)]
pub struct StagedUploadCreateInput {
    /// The plain name of the file; layouts may read a period from it.
    file_name: String,
    /// Its size in bytes. More is refused while uploading.
    byte_size: BigInt,
}

payload! {
    /// What `stagedUploadCreate` answers.
    StagedUploadCreatePayload(CollectionUserError) {
        /// The upload, with the address to PUT the bytes to; null when it was refused.
        upload: StagedUpload,
    }
}

/// A report to be imported.
#[derive(InputObject)]
pub struct RevenueReportImportInput {
    /// The uploaded file.
    upload_id: ID,
    /// The month to account the money in; the present one when not given. A closed month gives way to the first
    /// open one after it.
    accounting_month: Option<Month>,
    /// The source it belongs to, for what is expected of it: one of the method upload, or any whose file came by hand this
    /// time.
    source_id: Option<ID>,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What `revenueReportImport` answers.
#[derive(SimpleObject)]
pub struct RevenueReportImportPayload {
    /// The report; null when it was refused.
    report: Option<RevenueReport>,
    /// The import at work; null when it was refused.
    operation: Option<Operation>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// Whether the same bytes were imported before: the report is the earlier one, and nothing changed.
    is_duplicate: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<CollectionUserError>,
}

/// A decision about a held report.
#[derive(InputObject)]
pub struct RevenueReportDecideInput {
    /// The report.
    report_id: ID,
    /// What to do with it.
    decision: ReportDecision,
}

/// What `revenueReportDecide` answers.
#[derive(SimpleObject)]
pub struct RevenueReportDecidePayload {
    /// The report; null when the decision was refused.
    report: Option<RevenueReport>,
    /// The booking at work; null when nothing is booked.
    operation: Option<Operation>,
    /// What was refused; empty when it was done.
    user_errors: Vec<CollectionUserError>,
}

/// A catalogue item.
#[derive(OneofObject)]
pub enum ItemInput {
    /// A recording.
    RecordingId(ID),
    /// A work.
    WorkId(ID),
    /// A release.
    ReleaseId(ID),
}

impl ItemInput {
    fn checked(&self) -> Outcome<revenue::ItemRef> {
        Ok(match self {
            Self::RecordingId(id) => ids::parse::<RecordingId>(id, ["input", "item", "recordingId"])?.into(),
            Self::WorkId(id) => ids::parse::<WorkId>(id, ["input", "item", "workId"])?.into(),
            Self::ReleaseId(id) => ids::parse::<ReleaseId>(id, ["input", "item", "releaseId"])?.into(),
        })
    }
}

/// A decision about waiting money: either `groupIds`, or `source` and `sourceKey` for all open groups with the key.
#[derive(InputObject)]
pub struct SuspenseResolveInput {
    /// These groups.
    group_ids: Option<Vec<ID>>,
    /// All open groups of this source with the key.
    source: Option<String>,
    /// The key.
    source_key: Option<String>,
    /// The item the lines belong to.
    item: ItemInput,
    /// Whether the key means this item for this source from now on.
    #[graphql(default = true)]
    remember: bool,
}

impl SuspenseResolveInput {
    fn checked(self) -> Outcome<revenue::SuspenseDecision> {
        let item = self.item.checked()?;
        let target = match (self.group_ids, self.source, self.source_key) {
            (Some(groups), None, None) => {
                revenue::SuspenseTarget::Groups(ids::parse_all(&groups, &["input", "groupIds"])?)
            }
            (None, Some(source), Some(source_key)) => revenue::SuspenseTarget::Key { source, source_key },
            _ => {
                return Err(Failure::refused(
                    "BAD_USER_INPUT",
                    "Give either `groupIds`, or `source` together with `sourceKey`.",
                )
                .at(["input"]));
            }
        };
        Ok(revenue::SuspenseDecision { target, item, remember: self.remember })
    }
}

/// What `suspenseResolve` answers.
#[derive(SimpleObject)]
pub struct SuspenseResolvePayload {
    /// The groups decided now; null when it was refused.
    groups: Option<Vec<SuspenseGroup>>,
    /// What was refused; empty when it was done.
    user_errors: Vec<CollectionUserError>,
}

/// Changing collection.
#[derive(Default)]
pub struct CollectionMutation;

#[Object]
impl CollectionMutation {
    /// Gives an address to PUT a file to; it holds for fifteen minutes. Requires: REPORT_MANAGE, CATALOG_MANAGE or
    /// CONTRACT_MANAGE.
    async fn staged_upload_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The file.")] input: StagedUploadCreateInput,
    ) -> Result<StagedUploadCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let byte_size = u64::try_from(input.byte_size.0).unwrap_or_default();
            let new = revenue::NewUpload { file_name: input.file_name, byte_size };
            revenue::staged_upload_create(&ctx, &core, new).await
        })
        .await;
        StagedUploadCreatePayload::of(outcome)
    }

    /// Imports an uploaded sales report. The same file twice is recognised and changes nothing. Requires:
    /// REPORT_MANAGE.
    async fn revenue_report_import(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The report.")] input: RevenueReportImportInput,
    ) -> Result<RevenueReportImportPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let request = revenue::ImportRequest {
                upload_id: ids::parse(&input.upload_id, ["input", "uploadId"])?,
                accounting_month: input.accounting_month.map(Into::into),
                source_id: input.source_id.map(|id| ids::parse(&id, ["input", "sourceId"])).transpose()?,
                idempotency_key: input.idempotency_key,
            };
            let imported = revenue::revenue_report_import(&ctx, &core, request).await?;
            let operation = long_work::get(&ctx, &core, imported.report.operation_id).await?;
            Ok((imported, operation))
        })
        .await;
        let (done, user_errors) = CollectionUserError::split(outcome)?;
        Ok(match done {
            Some((imported, operation)) => RevenueReportImportPayload {
                report: Some(imported.report.into()),
                operation: operation.map(Into::into),
                is_replay: imported.is_replay,
                is_duplicate: imported.is_duplicate,
                user_errors,
            },
            None => RevenueReportImportPayload {
                report: None,
                operation: None,
                is_replay: false,
                is_duplicate: false,
                user_errors,
            },
        })
    }

    /// Decides what becomes of a report that repeats others. What was reported is never touched: a report that is
    /// replaced is taken back by one with the opposite sign, in the first open month. Requires: REPORT_MANAGE.
    async fn revenue_report_decide(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The decision.")] input: RevenueReportDecideInput,
    ) -> Result<RevenueReportDecidePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.report_id, ["input", "reportId"])?;
            let decided = revenue::report_decide(&ctx, &core, id, input.decision.into()).await?;
            let operation = match decided.operation_id {
                Some(id) => long_work::get(&ctx, &core, id).await?,
                None => None,
            };
            Ok((decided.report, operation))
        })
        .await;
        let (done, user_errors) = CollectionUserError::split(outcome)?;
        let (report, operation) = done.unzip();
        Ok(RevenueReportDecidePayload {
            report: report.map(Into::into),
            operation: operation.flatten().map(Into::into),
            user_errors,
        })
    }

    /// Assigns waiting lines to a catalogue item; the next run reports them as late money. Requires:
    /// REPORT_MANAGE.
    async fn suspense_resolve(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The decision.")] input: SuspenseResolveInput,
    ) -> Result<SuspenseResolvePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let decision = input.checked()?;
            revenue::suspense_resolve(&ctx, &core, decision).await
        })
        .await;
        let (groups, user_errors) = CollectionUserError::split(outcome)?;
        Ok(SuspenseResolvePayload {
            groups: groups.map(|groups| groups.into_iter().map(Into::into).collect()),
            user_errors,
        })
    }
}
