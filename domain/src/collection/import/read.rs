//! From the stored file to lines in the database: reading, matching and writing run side by side.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use formats::layout::Layouts;
use formats::report::{Batch, FileError, FileTotals, Outcome as ControlOutcome, Reader, ReportLine, Supplied};
use futures::StreamExt;
use kernel::codes::ItemKind;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ReportId, TenantId};
use kernel::period::Month;
use kernel::territory::Territory;
use platform::db::CopyBuffer;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::super::matcher::Matcher;
use super::super::model::ItemRef;
use super::super::totals::Tally;
use crate::Core;
use crate::operations::Progress;

/// Rows of one batch: large enough to keep threads busy, small enough to bound memory.
const BATCH_ROWS: usize = 16_384;
/// Batches and buffers that may wait between two stages.
const IN_FLIGHT: usize = 2;

/// The columns that lines are written with, in their order.
pub(in crate::collection) const COLUMNS: &[&str] = &[
    "tenant_id",
    "accounting_month",
    "report_id",
    "line_no",
    "platform",
    "revenue_type",
    "item_kind",
    "item_id",
    "suspense_id",
    "source_key",
    "sale_from",
    "sale_to",
    "territory",
    "currency",
    "amount",
    "gross",
    "units",
    "configuration",
];

/// Where the lines go.
#[derive(Debug, Clone, Copy)]
pub(in crate::collection) struct Target {
    pub(in crate::collection) tenant_id: TenantId,
    pub(in crate::collection) report_id: ReportId,
    pub(in crate::collection) month: Month,
}

/// What reading has found.
pub(super) struct Read {
    pub(super) tally: Tally,
    pub(super) file: FileTotals,
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::internal(error.to_string())
}

/// Copies the stored file to a local one, which archives need to be read from both ends.
pub(in crate::collection) async fn spool(core: &Core, object_key: &str) -> Outcome<File> {
    let mut file = tempfile::tempfile().map_err(failed)?;
    let mut stream = core.storage.get_stream(object_key).await?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Failure::unavailable("STORAGE_UNAVAILABLE", "The stored file cannot be read now.").because(error)
        })?;
        file.write_all(&chunk).map_err(failed)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(file)
}

/// A broken file is the provider's answer; a broken disk is ours.
pub(in crate::collection) fn refused(error: FileError) -> Failure {
    match error {
        FileError::Io { .. } => Failure::unavailable("FILE_UNREADABLE", "The file cannot be read now.").because(error),
        other => Failure::refused(other.code(), sentence(&other.to_string())),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// Finds the layout and opens the file with it: the tenant's own layouts come before the shipped ones.
pub(in crate::collection) async fn open(file: File, file_name: String, own: Layouts) -> Outcome<Reader> {
    spawn_blocking(move || {
        if own.iter().next().is_some() {
            let again = file.try_clone().map_err(failed)?;
            match Reader::detect(&own, &file_name, again, Supplied::default()) {
                // Not one of the tenant's: it may be one of ours.
                Err(FileError::UnknownLayout { .. } | FileError::MissingColumns { .. } | FileError::Members { .. }) => {
                }
                other => return other.map_err(refused),
            }
        }
        Reader::detect(Layouts::shipped(), &file_name, file, Supplied::default()).map_err(refused)
    })
    .await
    .map_err(failed)?
}

/// Reads, matches and writes all lines; with `written`, everything but the writing.
pub(super) async fn lines(
    core: &Core,
    ctx: &OpContext,
    reader: Reader,
    matcher: Matcher,
    target: Target,
    written: bool,
    progress: &mut Progress,
) -> Outcome<Read> {
    let (batches, incoming) = mpsc::channel::<Batch>(IN_FLIGHT);
    let (buffers, mut encoded) = mpsc::channel::<CopyBuffer>(IN_FLIGHT);
    let rows = Arc::new(AtomicU64::new(0));
    let reading = spawn_blocking(move || read_batches(reader, &batches));
    let matching = spawn_blocking({
        let rows = rows.clone();
        move || match_batches(incoming, &buffers, &matcher, target, written, &rows)
    });
    let count = || i64::try_from(rows.load(Ordering::Relaxed)).unwrap_or(i64::MAX);

    // An early return drops `encoded`, which ends the stages before it.
    if written {
        while encoded.recv().await.is_some() {
            progress.done(count()).await?;
        }
    } else {
        let mut bulk = core.db.bulk(ctx).await?;
        let mut copy = bulk.copy_in("revenue_line", COLUMNS).await?;
        while let Some(buffer) = encoded.recv().await {
            copy.send(buffer).await?;
            progress.done(count()).await?;
        }
        // The file is judged before its lines are kept.
        let (tally, file) = (matching.await.map_err(failed)??, reading.await.map_err(failed)??);
        copy.finish().await?;
        bulk.commit().await?;
        return Ok(Read { tally, file });
    }
    Ok(Read { tally: matching.await.map_err(failed)??, file: reading.await.map_err(failed)?? })
}

fn read_batches(mut reader: Reader, batches: &mpsc::Sender<Batch>) -> Outcome<FileTotals> {
    while let Some(batch) = reader.next_batch(BATCH_ROWS).map_err(refused)? {
        if batches.blocking_send(batch).is_err() {
            return Err(Failure::internal("the import stopped while its file was being read"));
        }
    }
    let totals = reader.totals().clone();
    if let Some(control) = totals.controls.iter().find(|control| control.outcome == ControlOutcome::Differs) {
        return Err(Failure::refused(
            "CONTROL_TOTAL_DIFFERS",
            format!(
                "Line {}: the file says {} = {}, its rows give {}. Ask the sender for a complete file.",
                control.line, control.label, control.stated, control.computed
            ),
        ));
    }
    Ok(totals)
}

fn match_batches(
    mut incoming: mpsc::Receiver<Batch>,
    buffers: &mpsc::Sender<CopyBuffer>,
    matcher: &Matcher,
    target: Target,
    written: bool,
    rows: &AtomicU64,
) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut key = String::new();
    while let Some(mut batch) = incoming.blocking_recv() {
        let mut buffer = CopyBuffer::with_capacity(COLUMNS.len(), batch.len() * 200);
        for line in batch.lines() {
            put_line(&line, matcher, target, &mut key, &mut tally, (!written).then_some(&mut buffer))?;
        }
        rows.fetch_add(batch.rows() as u64, Ordering::Relaxed);
        tally.keep_bad(std::mem::take(&mut batch.bad));
        tally.keep_mended(std::mem::take(&mut batch.mended));
        if buffers.blocking_send(buffer).is_err() {
            return Err(Failure::internal("the import stopped while its lines were being matched"));
        }
    }
    Ok(tally)
}

/// Matches one line, counts it, and puts it into the buffer if there is one.
pub(in crate::collection) fn put_line(
    line: &ReportLine<'_>,
    matcher: &Matcher,
    target: Target,
    key: &mut String,
    tally: &mut Tally,
    buffer: Option<&mut CopyBuffer>,
) -> Outcome<()> {
    let matched = matcher.find(line, key);
    let suspense = match matched {
        Ok(item) => {
            tally.post(line, item.id)?;
            None
        }
        Err(reason) => Some(tally.suspend(target.report_id, line, key, reason)?),
    };
    let Some(buffer) = buffer else { return Ok(()) };
    let item: Option<ItemRef> = matched.ok();
    buffer.row(|row| {
        row.put_uuid(target.tenant_id.uuid());
        row.put_date(target.month.first_day());
        row.put_uuid(target.report_id.uuid());
        row.put_i64(i64::try_from(line.line_no).unwrap_or(i64::MAX));
        row.put_str(line.platform);
        row.put_i16(line.revenue_type.number());
        row.put_opt(item.map(|item| ItemKind::number(item.kind)), |row, kind| row.put_i16(kind));
        row.put_opt(item.map(|item| item.id), |row, id| row.put_uuid(id));
        row.put_opt(suspense, |row, id| row.put_uuid(id.uuid()));
        row.put_str(key);
        row.put_date(line.sale_from);
        row.put_date(line.sale_to);
        row.put_str(line.territory.valid().unwrap_or(Territory::UNKNOWN).code());
        row.put_str(line.currency.code());
        row.put_decimal(line.amount);
        // A gross amount in another currency stays in the stored file.
        let gross = line.gross.and_then(|(amount, currency)| (currency == line.currency).then_some(amount));
        row.put_opt(gross, |row, amount| row.put_decimal(amount));
        row.put_i64(line.units);
        row.put_opt(line.configuration, |row, text| row.put_str(text));
    });
    Ok(())
}
