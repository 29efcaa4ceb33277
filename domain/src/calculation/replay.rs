//! Computing a run again from its recorded inputs, and comparing every row with what is stored.

use std::sync::Arc;

use chrono::NaiveDate;
use engine::CompiledRules;
use engine::outcome::{Digest, RoyaltyRow, Summary, Totals};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::compute::{Hand, by_payee, start};
use super::input::{self, Selection};
use super::lines::{Batch, Decoder, RawChunk};
use super::model::{Run, RunState, unknown};
use super::read::find;
use super::{close, replay_sums};
use crate::Core;

/// Stored rows that are read at once.
const PAGE: usize = 20_000;

/// What computing a run again gave.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The run.
    pub run: Run,
    /// Revenue lines that were read.
    pub lines: u64,
    /// Royalty lines that were compared.
    pub royalty_lines: u64,
    /// The first thing that is not as it is stored; none: the run is identical, byte for byte.
    pub difference: Option<Difference>,
}

/// Something that is stored otherwise than it is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is: `royalty line 42: amount`.
    pub what: String,
    /// As it is stored.
    pub stored: String,
    /// As it is computed.
    pub computed: String,
}

impl Difference {
    pub(super) fn new(what: impl Into<String>, stored: impl ToString, computed: impl ToString) -> Self {
        Self { what: what.into(), stored: stored.to_string(), computed: computed.to_string() }
    }
}

/// Computes a run again from its recorded inputs and compares every royalty line, total and account with what is
/// stored. Changes nothing. `tell` hears how many revenue lines are done.
///
/// # Errors
/// `RUN_NOT_COMPUTED` for a run without a result; `NOT_FOUND`; `INTERNAL` when its inputs were changed; `FORBIDDEN`;
/// database failures.
pub async fn replay(ctx: &OpContext, core: &Core, id: RunId, mut tell: impl FnMut(u64)) -> Outcome<Replay> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let run = find(&tx, id).await?.ok_or_else(unknown)?;
    if !matches!(run.state, RunState::Calculated | RunState::Approved | RunState::Finalised) {
        let message = format!("The run has no result: it is {}.", run.state.as_str());
        return Err(Failure::refused("RUN_NOT_COMPUTED", message).at(["input", "id"]));
    }
    let inputs =
        input::recorded(&tx, id).await?.ok_or_else(|| Failure::internal(format!("run {id} has no recorded inputs")))?;
    let digest = input::recorded_digest(&tx, id).await?;
    tx.rollback().await?;
    let mut replay = Replay { run, lines: 0, royalty_lines: 0, difference: None };
    if replay.run.input_digest.as_deref() != Some(digest.as_slice()) {
        let stored = replay.run.input_digest.as_deref().map(hex::encode).unwrap_or_default();
        replay.difference = Some(Difference::new("digest of the recorded inputs", stored, hex::encode(digest)));
        return Ok(replay);
    }
    let rules = close::compile(core, ctx, &inputs).await?.rules;
    let hand = Again::new(&rules, &inputs.reports);
    let (handles, mut made) = start(core, ctx, &inputs.reports, hand);
    while let Some(chunk) = made.recv().await {
        let found = compare(ctx, core, &replay.run, replay.royalty_lines, &chunk.rows).await?;
        replay.lines += chunk.lines;
        replay.royalty_lines += chunk.rows.len() as u64;
        tell(replay.lines);
        if found.is_some() {
            replay.difference = found;
            return Ok(replay);
        }
    }
    let computed = handles.finish().await?;
    let tx = core.db.tenant_read(ctx).await?;
    replay.difference = replay_sums::first_difference(&tx, &replay, &rules, &inputs.opening, &computed).await?;
    Ok(replay)
}

/// A royalty line as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
struct Row {
    party_id: Uuid,
    contract_id: Uuid,
    revenue_month: NaiveDate,
    report_id: Uuid,
    report_line_no: i64,
    contract_ix: i32,
    version_ix: i32,
    participation_ix: i32,
    term_ix: i32,
    runner_up_ix: Option<i32>,
    split_ix: i32,
    rate_ix: Option<i32>,
    part: i16,
    units: i64,
    source_amount: Decimal,
    source_currency: String,
    amount: Decimal,
    currency: String,
}

impl Row {
    fn computed(rules: &CompiledRules, decoder: &Decoder, batch: &Batch, row: &RoyaltyRow) -> Outcome<Self> {
        let lost = || Failure::internal("a royalty row that cannot be stored");
        let number = |position: u32| i32::try_from(position).map_err(|_| lost());
        let account = rules.accounts().get(row.account as usize).ok_or_else(lost)?;
        let (contract, currency) = rules.contract(account.contract).ok_or_else(lost)?;
        let line = &batch.lines[row.line as usize];
        let origin = decoder.origin(line.report)?;
        Ok(Self {
            party_id: account.party_id.uuid(),
            contract_id: contract.uuid(),
            revenue_month: origin.month.first_day(),
            report_id: origin.report.uuid(),
            report_line_no: i64::try_from(line.line_no).map_err(|_| lost())?,
            contract_ix: number(row.contract)?,
            version_ix: number(row.version)?,
            participation_ix: number(row.participation)?,
            term_ix: number(row.term)?,
            runner_up_ix: row.runner_up.map(number).transpose()?,
            split_ix: number(row.split)?,
            rate_ix: row.rate.map(number).transpose()?,
            part: i16::from(row.part),
            units: row.units,
            source_amount: row.source_amount.to_decimal().ok_or_else(lost)?.normalize(),
            source_currency: row.source_currency.code().to_owned(),
            amount: row.amount.to_decimal().ok_or_else(lost)?.normalize(),
            currency: currency.code().to_owned(),
        })
    }

    /// The first column that is not the same.
    fn difference(&self, computed: &Self, line_no: u64) -> Difference {
        macro_rules! columns {
            ($($column:ident),*) => {$(
                if self.$column != computed.$column {
                    let what = format!("royalty line {line_no}: {}", stringify!($column));
                    let text = |row: &Self| format!("{:?}", row.$column).trim_matches('"').to_owned();
                    return Difference::new(what, text(self), text(computed));
                }
            )*};
        }
        columns!(
            party_id,
            contract_id,
            revenue_month,
            report_id,
            report_line_no,
            contract_ix,
            version_ix,
            participation_ix,
            term_ix,
            runner_up_ix,
            split_ix,
            rate_ix,
            part,
            units,
            source_amount,
            source_currency,
            amount,
            currency
        );
        Difference::new(format!("royalty line {line_no}"), "the same", "the same")
    }
}

/// Compares the rows of a chunk with those that are stored behind `after`.
async fn compare(ctx: &OpContext, core: &Core, run: &Run, after: u64, computed: &[Row]) -> Outcome<Option<Difference>> {
    let mut first = after;
    for page in computed.chunks(PAGE) {
        let tx = core.db.tenant_read(ctx).await?;
        let stored = stored(&tx, run, first, page.len()).await?;
        for ((stored, computed), line_no) in stored.iter().zip(page).zip(first + 1..) {
            if stored != computed {
                return Ok(Some(stored.difference(computed, line_no)));
            }
        }
        if stored.len() < page.len() {
            let what = format!("royalty line {}", first + stored.len() as u64 + 1);
            return Ok(Some(Difference::new(what, "missing", "there")));
        }
        first += page.len() as u64;
    }
    Ok(None)
}

async fn stored(tx: &TenantTx, run: &Run, after: u64, count: usize) -> Outcome<Vec<Row>> {
    let number = |value: u64| i64::try_from(value).map_err(|_| Failure::internal("a line number"));
    let mut rows = Row::find_by_statement(sql(
        "SELECT party_id, contract_id, revenue_month, report_id, report_line_no, contract_ix, version_ix,
                participation_ix, term_ix, runner_up_ix, split_ix, rate_ix, part, units, source_amount, source_currency,
                amount, currency
           FROM royalty_line
          WHERE tenant_id = $1 AND accounting_month = $2 AND run_id = $3 AND line_no > $4 AND line_no <= $5
          ORDER BY line_no",
        [
            tx.tenant_id().uuid().into(),
            run.month.first_day().into(),
            run.id.uuid().into(),
            number(after)?.into(),
            number(after + count as u64)?.into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()?;
    for row in &mut rows {
        row.source_amount = row.source_amount.normalize();
        row.amount = row.amount.normalize();
    }
    Ok(rows)
}

/// What a chunk of revenue lines gives, in the order it is stored in.
struct Made {
    lines: u64,
    rows: Vec<Row>,
}

/// Sums of the whole run, computed again.
pub(super) struct Sums {
    pub(super) digest: Digest,
    pub(super) totals: Totals,
    pub(super) summary: Summary,
    pub(super) suspended: u64,
}

/// The engine's thread.
struct Again {
    rules: Arc<CompiledRules>,
    decoder: Decoder,
    sums: Sums,
}

impl Again {
    fn new(rules: &Arc<CompiledRules>, selection: &Selection) -> Self {
        Self {
            decoder: Decoder::new(selection, rules.interner()),
            rules: Arc::clone(rules),
            sums: Sums {
                digest: Digest::default(),
                totals: Totals::default(),
                summary: Summary::default(),
                suspended: 0,
            },
        }
    }
}

impl Hand for Again {
    type Made = Made;
    type End = Sums;

    fn chunk(&mut self, chunk: RawChunk) -> Outcome<Made> {
        let batch = self.decoder.decode(&chunk)?;
        drop(chunk);
        let outcome = self.rules.compute(&batch.lines);
        self.sums.digest.merge(&self.rules.digest(&batch.lines, &outcome));
        let rows = by_payee(&outcome.rows)
            .into_iter()
            .map(|index| Row::computed(&self.rules, &self.decoder, &batch, &outcome.rows[index as usize]))
            .collect::<Outcome<Vec<_>>>()?;
        self.sums.suspended += outcome.suspense.len() as u64;
        self.sums.totals.merge(&outcome.totals);
        self.sums.summary.merge(outcome.summary);
        Ok(Made { lines: batch.lines.len() as u64, rows })
    }

    fn finish(self) -> Outcome<Sums> {
        Ok(self.sums)
    }
}
