//! Fetching rates: by the calendar for every tenant whose configuration says so, or when somebody asks.

use std::sync::Arc;

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, RateId, TenantId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, Job, JobFailure, JobOptions, JobPayload, JobRegistry, SystemJob};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::source::{Published, RateFile, RateSource};
use crate::operations::{self, Operation, Progress};
use crate::settings;
use crate::{Core, tenancy};

/// Rates of one `INSERT`.
const CHUNK: usize = 10_000;

/// Fetches rates for a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchRates {
    /// Which file.
    pub file: RateFile,
    /// What a person sees of it.
    pub operation_id: OperationId,
}

impl JobPayload for FetchRates {
    const NAME: &'static str = "rates.fetch";
}

/// Asks for the rates of the day, for every tenant that wants them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct RatesOfTheDay {}

impl JobPayload for RatesOfTheDay {
    const NAME: &'static str = "rates:of-the-day";
}

/// Registers the jobs, and the hour: the bank publishes around 16:00 in Frankfurt on its working days; the second try
/// finds what came late, and storing the same rates again changes nothing.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core, source: Arc<dyn RateSource>) -> JobRegistry {
    let (fetching, calendar) = (core.clone(), core.clone());
    registry
        .on(move |job: Job, payload: FetchRates| {
            let (core, source) = (fetching.clone(), Arc::clone(&source));
            async move { run(&core, &job, &payload, source.as_ref()).await }
        })
        .on_system(move |job: SystemJob, _: RatesOfTheDay| {
            let core = calendar.clone();
            async move { of_the_day(&core, &job).await }
        })
        .cron("35 15 * * 1-5", &RatesOfTheDay {})
        .cron("5 18 * * 1-5", &RatesOfTheDay {})
}

/// One tenant that fails does not hold up the others.
async fn of_the_day(core: &Core, job: &SystemJob) -> Result<(), JobFailure> {
    let mut failed = None;
    for tenant in tenancy::tenants(core).await? {
        if let Err(failure) = due(core, &job.context(tenant.id, RatesOfTheDay::NAME)).await {
            tracing::warn!(tenant = %tenant.id, %failure, "rates could not be asked for");
            failed = Some(failure);
        }
    }
    failed.map_or(Ok(()), |failure| Err(JobFailure::Retry(failure)))
}

/// Enqueues the fetch of the day when the tenant's rates come from the bank.
async fn due(core: &Core, ctx: &OpContext) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let sources = settings::effective(&tx, &settings::FX_SOURCES, None, None).await?.texts()?;
    if sources.iter().any(|source| source == "ECB") {
        enqueue(&tx, ctx.tenant_id, RateFile::Latest).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn enqueue(tx: &TenantTx, tenant: TenantId, file: RateFile) -> Outcome<OperationId> {
    let operation_id = operations::create(tx, "rates.fetch", Some(tenant.to_string())).await?;
    let job = FetchRates { file, operation_id };
    jobs::enqueue(tx, &job, JobOptions { queue: Some("rates".to_owned()), ..JobOptions::default() }).await?;
    Ok(operation_id)
}

/// Asks for rates of the European Central Bank. A worker fetches them.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn exchange_rates_fetch(
    ctx: &OpContext,
    core: &Core,
    file: RateFile,
    idempotency_key: &str,
) -> Outcome<Operation> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&file)?;
    let id = match idempotency::begin(&tx, idempotency_key, "exchangeRatesFetch", &hash).await? {
        Claim::Replay(stored) => {
            let id = stored["operationId"].as_str().and_then(|text| text.parse().ok());
            id.ok_or_else(|| Failure::internal("an idempotency key without its operation"))?
        }
        _ => {
            let id = enqueue(&tx, ctx.tenant_id, file).await?;
            audit::record(
                &tx,
                ctx,
                Change {
                    action: "exchange_rates.fetch",
                    entity_kind: "OPERATION",
                    entity_id: id.uuid(),
                    before: None,
                    after: Some(json!({ "file": file })),
                },
            )
            .await?;
            idempotency::finish(&tx, idempotency_key, &json!({ "operationId": id.to_string() })).await?;
            tx.commit().await?;
            id
        }
    };
    operations::get(ctx, core, id).await?.ok_or_else(|| Failure::internal("an operation vanished"))
}

async fn run(core: &Core, job: &Job, payload: &FetchRates, source: &dyn RateSource) -> Result<(), JobFailure> {
    let Err(failure) = attempt(core, &job.ctx, payload, source).await else { return Ok(()) };
    if failure.kind.retryable() && !job.is_last_attempt() {
        return Err(JobFailure::Retry(failure));
    }
    let tx = core.db.tenant(&job.ctx).await?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), &failure).await?;
    tx.commit().await?;
    Err(JobFailure::GiveUp(failure))
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &FetchRates, source: &dyn RateSource) -> Outcome<()> {
    if operations::get(ctx, core, payload.operation_id).await?.is_some_and(|operation| operation.state.is_final()) {
        return Ok(());
    }
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Fetching", None, "rates").await?;
    let published = source.fetch(payload.file).await?;
    let total = i64::try_from(published.rates.len()).unwrap_or(i64::MAX);
    progress.stage("Storing", Some(total), "rates").await?;
    let tx = core.db.tenant(ctx).await?;
    let changed = store(&tx, source.name(), &published).await?;
    let skipped: u64 = published.skipped.values().sum();
    let told = json!({ "source": source.name(), "rates": total, "changed": changed, "skipped": skipped });
    outbox::write(&tx, "exchange_rates.fetched", &told).await?;
    progress
        .stage(&format!("{changed} new or changed, {skipped} of retired currencies left out"), Some(total), "rates")
        .await?;
    progress.done(total).await?;
    operations::finish(&tx, payload.operation_id, (core.clock)()).await?;
    tx.commit().await
}

/// Stores what a source published; how many rates are new or have changed.
pub(crate) async fn store(tx: &TenantTx, source: &str, published: &Published) -> Outcome<u64> {
    let mut changed = 0;
    for chunk in published.rates.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(|_| RateId::new().uuid()).collect();
        let bases: Vec<_> = chunk.iter().map(|rate| rate.base.code().to_owned()).collect();
        let quotes: Vec<_> = chunk.iter().map(|rate| rate.quote.code().to_owned()).collect();
        let days: Vec<_> = chunk.iter().map(|rate| rate.on).collect();
        let rates: Vec<_> = chunk.iter().map(|rate| rate.rate).collect();
        let done = tx
            .execute_raw(sql(
                "INSERT INTO exchange_rate (tenant_id, id, source, base, quote, rate_on, rate, created_by, created_at)
                 SELECT $1, w.id, $2, w.base, w.quote, w.rate_on, w.rate, $3, $4
                   FROM unnest($5::uuid[], $6::text[], $7::text[], $8::date[], $9::numeric[])
                        AS w (id, base, quote, rate_on, rate)
                 ON CONFLICT (tenant_id, base, quote, rate_on, source)
                 DO UPDATE SET rate = excluded.rate, created_by = excluded.created_by, created_at = excluded.created_at
                  WHERE exchange_rate.rate <> excluded.rate",
                [
                    tx.tenant_id().uuid().into(),
                    source.into(),
                    tx.actor().label().into(),
                    tx.now().into(),
                    ids.into(),
                    bases.into(),
                    quotes.into(),
                    days.into(),
                    rates.into(),
                ],
            ))
            .await
            .or_fail()?;
        changed += done.rows_affected();
    }
    Ok(changed)
}
