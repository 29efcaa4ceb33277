//! Royalty rows as rows of the fact tables: by payee within a chunk, so that a payee's lines lie together.

use engine::CompiledRules;
use engine::fixed::{Atto, Pico};
use engine::outcome::{Outcome as Computed, RoyaltyRow, Suspended};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, RunId, TenantId};
use kernel::period::Month;
use platform::db::{CopyBuffer, CopyRow};
use rust_decimal::Decimal;

use super::Written;
use crate::calculation::lines::{Batch, Decoder};

/// Where royalty lines are copied to.
pub(super) const ROYALTY_TABLE: &str = "royalty_line";
/// Its columns, in the order [`Encoder`] writes them.
pub(super) const ROYALTY_COLUMNS: &[&str] = &[
    "tenant_id",
    "accounting_month",
    "run_id",
    "line_no",
    "party_id",
    "contract_id",
    "revenue_month",
    "report_id",
    "report_line_no",
    "contract_ix",
    "version_ix",
    "participation_ix",
    "term_ix",
    "runner_up_ix",
    "split_ix",
    "rate_ix",
    "part",
    "units",
    "source_amount",
    "source_currency",
    "amount",
    "currency",
];
/// Where waiting lines are copied to.
pub(super) const WAITING_TABLE: &str = "calculation_suspense";
/// Its columns.
pub(super) const WAITING_COLUMNS: &[&str] = &[
    "tenant_id",
    "accounting_month",
    "run_id",
    "seq",
    "revenue_month",
    "report_id",
    "report_line_no",
    "item_kind",
    "item_id",
    "reason",
    "amount",
    "currency",
];

/// Bytes after which a new buffer is begun.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Royalty lines of one payee under one contract that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::calculation) struct LineRange {
    pub(in crate::calculation) account: u32,
    pub(in crate::calculation) first: i64,
    pub(in crate::calculation) last: i64,
}

#[derive(Clone, Copy)]
struct Payee {
    party: PartyId,
    contract: ContractId,
    currency: Currency,
}

/// Numbers the rows of a run and encodes them.
pub(super) struct Encoder {
    tenant: TenantId,
    month: Month,
    run: RunId,
    payees: Vec<Option<Payee>>,
    ranges: Vec<LineRange>,
    royalty_lines: i64,
    waiting: i64,
}

impl Encoder {
    pub(super) fn new(tenant: TenantId, month: Month, run: RunId, rules: &CompiledRules) -> Self {
        let payees = rules
            .accounts()
            .iter()
            .map(|account| {
                let (contract, currency) = rules.contract(account.contract)?;
                Some(Payee { party: account.party_id, contract, currency })
            })
            .collect();
        Self { tenant, month, run, payees, ranges: Vec::new(), royalty_lines: 0, waiting: 0 }
    }

    /// Numbers the rows of a chunk; encodes them unless they are written already.
    pub(super) fn chunk(
        &mut self,
        decoder: &Decoder,
        batch: &Batch,
        computed: &Computed,
        encode: bool,
    ) -> Outcome<Written> {
        let order = by_payee(&computed.rows);
        let first = self.royalty_lines;
        self.note_ranges(&order, &computed.rows);
        let mut written = Written { royalties: Vec::new(), waiting: None, lines: batch.lines.len() };
        if encode {
            written.royalties = self.royalties(decoder, batch, computed, &order, first)?;
            written.waiting = self.waiting(decoder, batch, &computed.suspense)?;
        }
        self.waiting += i64::try_from(computed.suspense.len()).map_err(|_| Failure::internal("too many lines"))?;
        Ok(written)
    }

    /// The ranges, and how many rows of both kinds there are.
    pub(super) fn finish(self) -> (Vec<LineRange>, u64, u64) {
        (self.ranges, self.royalty_lines.unsigned_abs(), self.waiting.unsigned_abs())
    }

    fn note_ranges(&mut self, order: &[u32], rows: &[RoyaltyRow]) {
        for index in order {
            let account = rows[*index as usize].account;
            self.royalty_lines += 1;
            match self.ranges.last_mut() {
                Some(range) if range.account == account => range.last = self.royalty_lines,
                _ => self.ranges.push(LineRange { account, first: self.royalty_lines, last: self.royalty_lines }),
            }
        }
    }

    fn royalties(
        &self,
        decoder: &Decoder,
        batch: &Batch,
        computed: &Computed,
        order: &[u32],
        first: i64,
    ) -> Outcome<Vec<CopyBuffer>> {
        let mut buffers = Vec::new();
        let mut buffer = new_buffer(ROYALTY_COLUMNS.len());
        for (line_no, index) in (first + 1..).zip(order) {
            let row = &computed.rows[*index as usize];
            let payee = self.payees.get(row.account as usize).copied().flatten();
            let payee = payee.ok_or_else(|| Failure::internal("a royalty row without its account"))?;
            let line = &batch.lines[row.line as usize];
            let origin = decoder.origin(line.report)?;
            let (source, amount) = (atto(row.source_amount)?, pico(row.amount)?);
            let ix = Positions::of(row)?;
            let report_line = i64::try_from(line.line_no).map_err(|_| Failure::internal("a line number"))?;
            buffer.row(|out| {
                self.put_key(out, line_no);
                out.put_uuid(payee.party.uuid());
                out.put_uuid(payee.contract.uuid());
                out.put_date(origin.month.first_day());
                out.put_uuid(origin.report.uuid());
                out.put_i64(report_line);
                ix.put(out);
                out.put_i16(i16::from(row.part));
                out.put_i64(row.units);
                out.put_decimal(source);
                out.put_str(row.source_currency.code());
                out.put_decimal(amount);
                out.put_str(payee.currency.code());
            });
            if buffer.len() >= BUFFER_BYTES {
                buffers.push(std::mem::replace(&mut buffer, new_buffer(ROYALTY_COLUMNS.len())));
            }
        }
        if !buffer.is_empty() {
            buffers.push(buffer);
        }
        Ok(buffers)
    }

    fn waiting(&self, decoder: &Decoder, batch: &Batch, waiting: &[Suspended]) -> Outcome<Option<CopyBuffer>> {
        if waiting.is_empty() {
            return Ok(None);
        }
        let mut buffer = CopyBuffer::new(WAITING_COLUMNS.len());
        for (seq, one) in (self.waiting + 1..).zip(waiting) {
            let line = &batch.lines[one.line as usize];
            let item = batch.items[one.line as usize];
            let origin = decoder.origin(line.report)?;
            let report_line = i64::try_from(line.line_no).map_err(|_| Failure::internal("a line number"))?;
            buffer.row(|out| {
                self.put_key(out, seq);
                out.put_date(origin.month.first_day());
                out.put_uuid(origin.report.uuid());
                out.put_i64(report_line);
                out.put_i16(item.kind.number());
                out.put_uuid(item.id);
                out.put_i16(one.reason.number());
                out.put_decimal(one.amount);
                out.put_str(one.currency.code());
            });
        }
        Ok(Some(buffer))
    }

    fn put_key(&self, out: &mut CopyRow<'_>, number: i64) {
        out.put_uuid(self.tenant.uuid());
        out.put_date(self.month.first_day());
        out.put_uuid(self.run.uuid());
        out.put_i64(number);
    }
}

fn new_buffer(columns: usize) -> CopyBuffer {
    CopyBuffer::with_capacity(columns, BUFFER_BYTES + BUFFER_BYTES / 16)
}

/// The rows in the order they are stored: by account, and in the order of the lines within one.
pub(in crate::calculation) fn by_payee(rows: &[RoyaltyRow]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).take(rows.len()).collect();
    order.sort_unstable_by_key(|index| (rows[*index as usize].account, *index));
    order
}

fn atto(amount: Atto) -> Outcome<Decimal> {
    amount.to_decimal().ok_or_else(|| Failure::internal("a royalty of more than 28 digits"))
}

fn pico(amount: Pico) -> Outcome<Decimal> {
    amount.to_decimal().ok_or_else(|| Failure::internal("a royalty of more than 28 digits"))
}

/// The positions that are the derivation, as the table keeps them.
struct Positions {
    contract: i32,
    version: i32,
    participation: i32,
    term: i32,
    runner_up: Option<i32>,
    split: i32,
    rate: Option<i32>,
}

impl Positions {
    fn of(row: &RoyaltyRow) -> Outcome<Self> {
        let number = |position: u32| i32::try_from(position).map_err(|_| Failure::internal("too many rules"));
        Ok(Self {
            contract: number(row.contract)?,
            version: number(row.version)?,
            participation: number(row.participation)?,
            term: number(row.term)?,
            runner_up: row.runner_up.map(number).transpose()?,
            split: number(row.split)?,
            rate: row.rate.map(number).transpose()?,
        })
    }

    fn put(&self, out: &mut CopyRow<'_>) {
        out.put_i32(self.contract);
        out.put_i32(self.version);
        out.put_i32(self.participation);
        out.put_i32(self.term);
        out.put_opt(self.runner_up, CopyRow::put_i32);
        out.put_i32(self.split);
        out.put_opt(self.rate, CopyRow::put_i32);
    }
}
