//! The ten steps of collection, as stages of the operation that does them.
//!
//! A stage is a row: a killed worker's successor enters it again, and what is counted is counted from the data, so that
//! a step that is done twice shows the same figures.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::operation::Column;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::OperationId;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::ConnectionTrait;

use super::service::change;
use crate::Core;

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $shown:literal;)*) => {
        /// The steps in which revenue is collected.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum Step { $($(#[$doc])* $name = $number,)* }

        impl Step {
            /// All ten, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What people read while it lasts.
            #[must_use]
            pub const fn shown(self) -> &'static str {
                match self { $(Self::$name => $shown,)* }
            }
        }
    };
}

steps! {
    /// What is to be collected, and with which settings.
    Initiation = 1, "INITIATION", "Beginning";
    /// The provider is reached and has let us in.
    Connection = 2, "CONNECTION", "Connecting";
    /// New files come over.
    Retrieval = 3, "RETRIEVAL", "Retrieving the file";
    /// Each file is what it should be: complete, of a known layout.
    InitialValidation = 4, "INITIAL_VALIDATION", "Checking the file";
    /// Rows become lines of one form.
    Normalisation = 5, "NORMALISATION", "Reading and matching";
    /// What came before is recognised.
    DeDuplication = 6, "DE_DUPLICATION", "Looking for duplicates";
    /// Totals are held against what the file says.
    EnhancedValidation = 7, "ENHANCED_VALIDATION", "Checking totals";
    /// What cannot be read or matched is put where a person finds it.
    ErrorResolution = 8, "ERROR_RESOLUTION", "Setting aside what needs a decision";
    /// Lines are posted.
    Staging = 9, "STAGING", "Storing totals";
    /// Everybody concerned is told.
    Notification = 10, "NOTIFICATION", "Telling";
}

impl Step {
    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> i16 {
        self as i16
    }

    fn from_number(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.number() == number)
    }
}

/// How far a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Here it failed; it may be tried again.
    Failed,
}

impl StageState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
        }
    }
}

/// What a step has had in hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Files.
    pub files: i64,
    /// Rows.
    pub rows: i64,
    /// Money per currency, as exact texts.
    pub amounts: BTreeMap<String, String>,
}

impl Count {
    /// Files only.
    #[must_use]
    pub fn files(files: usize) -> Self {
        Self { files: i64::try_from(files).unwrap_or(i64::MAX), ..Self::default() }
    }
}

/// One step of an operation, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The operation.
    pub operation_id: OperationId,
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub state: StageState,
    /// What it has had in hand.
    pub count: Count,
    /// What a person should know; why it failed.
    pub note: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Tells the steps of one operation.
#[derive(Clone)]
pub struct Stages {
    core: Core,
    ctx: OpContext,
    id: OperationId,
}

impl Stages {
    /// For one operation.
    #[must_use]
    pub const fn new(core: Core, ctx: OpContext, id: OperationId) -> Self {
        Self { core, ctx, id }
    }

    /// Enters a step; people see it at once.
    ///
    /// # Errors
    /// Database failures.
    pub async fn enter(&self, step: Step) -> Outcome<()> {
        let tx = self.core.db.tenant(&self.ctx).await?;
        write(&tx, self.id, step, StageState::Running, &Count::default(), None, (self.core.clock)()).await?;
        change(&tx, self.id, (self.core.clock)(), vec![(Column::Stage, step.shown().into())]).await?;
        tx.commit().await
    }

    /// Leaves a step that is done.
    ///
    /// # Errors
    /// Database failures.
    pub async fn done(&self, step: Step, count: &Count, note: Option<&str>) -> Outcome<()> {
        let tx = self.core.db.tenant(&self.ctx).await?;
        settle(&tx, self.id, step, count, note, (self.core.clock)()).await?;
        tx.commit().await
    }

    /// Marks the steps under way as failed, with what a person needs to know.
    ///
    /// # Errors
    /// Database failures.
    pub async fn fail(&self, note: &str) -> Outcome<()> {
        let tx = self.core.db.tenant(&self.ctx).await?;
        tx.execute_raw(sql(
            "UPDATE operation_stage SET state = 'FAILED', note = $3, finished_at = greatest($4, started_at)
             WHERE tenant_id = $1 AND operation_id = $2 AND state = 'RUNNING'",
            [tx.tenant_id().uuid().into(), self.id.uuid().into(), note.into(), (self.core.clock)().into()],
        ))
        .await
        .or_fail()?;
        tx.commit().await
    }
}

/// Leaves a step in the transaction that makes its result visible.
///
/// # Errors
/// Database failures.
pub async fn settle(
    tx: &TenantTx,
    id: OperationId,
    step: Step,
    count: &Count,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    write(tx, id, step, StageState::Done, count, note, now).await
}

async fn write(
    tx: &TenantTx,
    id: OperationId,
    step: Step,
    state: StageState,
    count: &Count,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let finished = (state != StageState::Running).then_some(now);
    tx.execute_raw(sql(
        "INSERT INTO operation_stage (tenant_id, operation_id, step, state, file_count, row_count, amounts, note, started_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant_id, operation_id, step) DO UPDATE SET state = excluded.state,
             file_count = CASE WHEN excluded.state = 'RUNNING' THEN operation_stage.file_count ELSE excluded.file_count END,
             row_count = CASE WHEN excluded.state = 'RUNNING' THEN operation_stage.row_count ELSE excluded.row_count END,
             amounts = CASE WHEN excluded.state = 'RUNNING' THEN operation_stage.amounts ELSE excluded.amounts END,
             note = excluded.note, finished_at = excluded.finished_at",
        [
            tx.tenant_id().uuid().into(),
            id.uuid().into(),
            step.number().into(),
            state.as_str().into(),
            count.files.into(),
            count.rows.into(),
            serde_json::json!(count.amounts).into(),
            note.into(),
            now.into(),
            finished.into(),
        ],
    ))
    .await
    .or_fail()?;
    Ok(())
}

/// The stages of several operations, in order of the steps, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn stages(ctx: &OpContext, core: &Core, ids: &[OperationId]) -> Outcome<Vec<Stage>> {
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            "SELECT operation_id, step, state, file_count, row_count, amounts, note, started_at, finished_at
             FROM operation_stage WHERE tenant_id = $1 AND operation_id = ANY($2) ORDER BY operation_id, step",
            [ctx.tenant_id.uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(step) = Step::from_number(row.try_get("", "step").or_fail()?) else { continue };
        let state: String = row.try_get("", "state").or_fail()?;
        let amounts: serde_json::Value = row.try_get("", "amounts").or_fail()?;
        found.push(Stage {
            operation_id: row.try_get::<uuid::Uuid>("", "operation_id").or_fail()?.into(),
            step,
            state: match state.as_str() {
                "RUNNING" => StageState::Running,
                "DONE" => StageState::Done,
                _ => StageState::Failed,
            },
            count: Count {
                files: row.try_get("", "file_count").or_fail()?,
                rows: row.try_get("", "row_count").or_fail()?,
                amounts: serde_json::from_value(amounts).unwrap_or_default(),
            },
            note: row.try_get("", "note").or_fail()?,
            started_at: row.try_get("", "started_at").or_fail()?,
            finished_at: row.try_get("", "finished_at").or_fail()?,
        });
    }
    Ok(found)
}
