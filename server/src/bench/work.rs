//! Import and calculation beside a raw `COPY` of what they store.

use std::path::Path;

use kernel::ids::{ReportId, RunId};
use platform::config::Settings;
use serde_json::json;

use super::figure::{Figure, Side, peak_rss_bytes};
use super::forms::Form;
use super::raw::Rows;
use super::stage::{MONTH, Stage};
use crate::demo::run::person::{Trouble, number, text};
use crate::stop::Stop;

const CREATE: &str = "mutation Create($input: CalculationRunCreateInput!) {
    calculationRunCreate(input: $input) { run { id } operation { id } userErrors { code message } } }";
const RUN: &str = "query Run($id: ID!) { calculationRun(id: $id) { royaltyLineCount } }";

/// What was asked for, from the scene's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A report file to stored lines.
    Import,
    /// Stored lines to stored royalty lines.
    Calculate,
}

/// Measures.
///
/// # Errors
/// When something fails.
pub async fn measure(work: Work, settings: Settings, lines: u64, folder: &Path) -> Result<Vec<Figure>, Stop> {
    let (stage, world) = Stage::set(settings, folder).await?;
    let measured = async {
        let provider = stage.write(world, lines, folder).await?;
        match work {
            Work::Import => import(&stage, &provider, lines).await,
            Work::Calculate => {
                stage.import(&provider).await?;
                calculate(&stage, lines).await
            }
        }
    };
    let figures: Result<_, Stop> = measured.await;
    let stopped = stage.service.stop().await;
    figures.and_then(|figures| stopped.map(|()| figures))
}

/// Every form of the report, one after the other.
async fn import(stage: &Stage, provider: &Path, lines: u64) -> Result<Vec<Figure>, Stop> {
    let mut figures = Vec::new();
    for form in Form::ALL {
        let source = provider.to_owned();
        let count = form.lines(lines);
        let path = tokio::task::spawn_blocking(move || form.write(&source, count))
            .await
            .map_err(|error| Stop::failed(format!("writing the report broke off: {error}")))??;
        let (report, took) = stage.import(&path).await?;
        let peak = peak_rss_bytes();
        let rows = Rows {
            table: "revenue_line",
            parent: "report_id",
            of: id::<ReportId>(&report)?.uuid(),
            again: ReportId::new().uuid(),
            tenant: stage.tenant,
        };
        let baseline = rows.copy(stage.service.base.urls()).await?;
        figures.push(figure(form.name(), took, count, "lines", baseline, peak));
    }
    Ok(figures)
}

async fn calculate(stage: &Stage, lines: u64) -> Result<Vec<Figure>, Stop> {
    let input = json!({ "accountingMonth": MONTH, "idempotencyKey": "bench calculate" });
    let answer = stage.cast.manager.ask(CREATE, json!({ "input": input })).await?;
    let took = stage.operation(&answer["operation"]).await?;
    let peak = peak_rss_bytes();
    let run = text(&answer["run"], "id")?;
    let royalties = number(&stage.cast.manager.ask(RUN, json!({ "id": run })).await?["royaltyLineCount"]);
    let rows = Rows {
        table: "royalty_line",
        parent: "run_id",
        of: id::<RunId>(&run)?.uuid(),
        again: RunId::new().uuid(),
        tenant: stage.tenant,
    };
    let baseline = rows.copy(stage.service.base.urls()).await?;
    Ok(vec![
        figure("calculate", took, lines, "lines", baseline, peak),
        figure("calculate", took, royalties, "royalty lines", baseline, peak),
    ])
}

fn figure(
    name: &'static str,
    took: std::time::Duration,
    items: u64,
    unit: &'static str,
    baseline: std::time::Duration,
    peak: Option<u64>,
) -> Figure {
    let baseline = Side { name: "raw binary COPY of the same rows", took: baseline };
    Figure::new(Side { name, took }, items, unit, baseline, peak)
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|_| Trouble::Broken(format!("`{text}` is not an id")))
}
