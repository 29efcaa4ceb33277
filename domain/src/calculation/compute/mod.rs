//! The heart of a run: read, compute, write, at the same time.
//!
//! Three hands work side by side, each one chunk ahead of the next: the reader fetches rows, the engine's thread
//! decodes and computes them and encodes the royalty lines, the writer copies those into the database. The chunks in
//! flight are all that is in memory. Everything is copied in one transaction.

mod encode;
mod hands;
mod order;

use std::sync::Arc;

use engine::CompiledRules;
use engine::model::Interner;
use engine::outcome::{Digest, Summary, Totals};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use kernel::period::Month;
use platform::db::{BulkTx, CopyBuffer};
use tokio_util::sync::CancellationToken;

use super::exceptions::Waiting;
use super::input::Selection;
use super::lines::{Decoder, RawChunk};
use crate::Core;
use crate::operations::Progress;
use encode::Encoder;

pub(super) use encode::{LineRange, by_payee};
pub(super) use hands::{Hand, start};
pub(super) use order::ordered;

/// What a run computed, beside the lines it wrote.
pub(super) struct Computed {
    pub(super) totals: Totals,
    pub(super) summary: Summary,
    pub(super) digest: Digest,
    pub(super) names: Interner,
    pub(super) ranges: Vec<LineRange>,
    pub(super) lines: u64,
    pub(super) royalty_lines: u64,
    pub(super) suspended: u64,
    pub(super) waiting: Waiting,
}

/// What a computation is of.
pub(super) struct Task<'a> {
    pub(super) core: &'a Core,
    pub(super) ctx: &'a OpContext,
    pub(super) run: RunId,
    pub(super) month: Month,
    pub(super) rules: Arc<CompiledRules>,
    pub(super) selection: &'a Selection,
    pub(super) shutdown: CancellationToken,
}

/// Rows of one chunk, ready to be copied.
struct Written {
    royalties: Vec<CopyBuffer>,
    waiting: Option<CopyBuffer>,
    lines: usize,
}

/// Computes the run and copies its lines.
///
/// # Errors
/// `OPERATION_CANCELLED`, `SHUTTING_DOWN`; database failures. Nothing is written then.
pub(super) async fn compute_and_copy(task: &Task<'_>, progress: &mut Progress) -> Outcome<(Computed, BulkTx)> {
    let mut bulk = task.core.db.bulk(task.ctx).await?;
    let (handles, mut written) = start(task.core, task.ctx, task.selection, Worker::new(task, true));
    let mut done: i64 = 0;
    while let Some(chunk) = written.recv().await {
        let mut copy = bulk.copy_in(encode::ROYALTY_TABLE, encode::ROYALTY_COLUMNS).await?;
        for rows in chunk.royalties {
            copy.send(rows).await?;
        }
        copy.finish().await?;
        if let Some(rows) = chunk.waiting {
            let mut copy = bulk.copy_in(encode::WAITING_TABLE, encode::WAITING_COLUMNS).await?;
            copy.send(rows).await?;
            copy.finish().await?;
        }
        advance(task, progress, &mut done, chunk.lines).await?;
    }
    Ok((handles.finish().await?, bulk))
}

/// Computes the run without copying: its lines are there, and the same inputs give the same outcome.
///
/// # Errors
/// As [`compute_and_copy`].
pub(super) async fn compute_again(task: &Task<'_>, progress: &mut Progress) -> Outcome<Computed> {
    let (handles, mut written) = start(task.core, task.ctx, task.selection, Worker::new(task, false));
    let mut done: i64 = 0;
    while let Some(chunk) = written.recv().await {
        advance(task, progress, &mut done, chunk.lines).await?;
    }
    handles.finish().await
}

async fn advance(task: &Task<'_>, progress: &mut Progress, done: &mut i64, lines: usize) -> Outcome<()> {
    if task.shutdown.is_cancelled() {
        return Err(Failure::unavailable(
            "SHUTTING_DOWN",
            "The worker is stopping; the run goes on with the next one.",
        ));
    }
    *done = done.saturating_add(i64::try_from(lines).unwrap_or(i64::MAX));
    progress.done(*done).await
}

/// The engine's thread.
struct Worker {
    rules: Arc<CompiledRules>,
    decoder: Decoder,
    encoder: Encoder,
    encode: bool,
    totals: Totals,
    summary: Summary,
    digest: Digest,
    waiting: Waiting,
    lines: u64,
}

impl Worker {
    fn new(task: &Task<'_>, encode: bool) -> Self {
        Self {
            decoder: Decoder::new(task.selection, task.rules.interner()),
            encoder: Encoder::new(task.ctx.tenant_id, task.month, task.run, &task.rules),
            rules: Arc::clone(&task.rules),
            encode,
            totals: Totals::default(),
            summary: Summary::default(),
            digest: Digest::default(),
            waiting: Waiting::default(),
            lines: 0,
        }
    }
}

impl Hand for Worker {
    type Made = Written;
    type End = Computed;

    fn chunk(&mut self, chunk: RawChunk) -> Outcome<Written> {
        let batch = self.decoder.decode(&chunk)?;
        drop(chunk);
        let outcome = self.rules.compute(&batch.lines);
        self.digest.merge(&self.rules.digest(&batch.lines, &outcome));
        let written = self.encoder.chunk(&self.decoder, &batch, &outcome, self.encode)?;
        self.waiting.add(&self.rules, &outcome.suspense);
        self.totals.merge(&outcome.totals);
        self.summary.merge(outcome.summary);
        self.lines += batch.lines.len() as u64;
        Ok(written)
    }

    fn finish(self) -> Outcome<Computed> {
        let (ranges, royalty_lines, suspended) = self.encoder.finish();
        if !self.totals.is_conserved() {
            return Err(Failure::internal("the run is not conserved: lines are not payees, margin and suspense"));
        }
        Ok(Computed {
            totals: self.totals,
            summary: self.summary,
            digest: self.digest,
            names: self.decoder.names().clone(),
            ranges,
            lines: self.lines,
            royalty_lines,
            suspended,
            waiting: self.waiting,
        })
    }
}
