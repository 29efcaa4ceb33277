//! The scene of import and calculation: the whole program in a scratch folder, a tenant with catalogue and contracts,
//! and one large report.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::ids::TenantId;
use platform::config::Settings;
use serde_json::{Value, json};

use crate::cli::RoleFlag;
use crate::demo::run::board::Board;
use crate::demo::run::cast::Cast;
use crate::demo::run::person::{Trouble, text};
use crate::demo::run::{catalogue, setup};
use crate::demo::world::{SEED, World};
use crate::service::Service;
use crate::stop::Stop;

/// The delivery that is made large: a Spotify licensor report.
const DELIVERY: usize = 0;
/// The month of its sales, in which it is accounted.
pub const MONTH: &str = "2026-01";
/// How often an operation is looked at. Its times come from the server.
const LOOK: Duration = Duration::from_millis(100);

const IMPORT: &str = "mutation Import($input: RevenueReportImportInput!) {
    revenueReportImport(input: $input) { report { id } operation { id } userErrors { code message } } }";
const OPERATION: &str = "query Wait($id: ID!) {
    operation(id: $id) { state createdAt finishedAt failure { code message } } }";

/// The scene.
pub struct Stage {
    /// The program.
    pub service: Service,
    /// The tenant's members.
    pub cast: Cast,
    /// The tenant.
    pub tenant: TenantId,
}

impl Stage {
    /// Starts the program and brings in catalogue and contracts.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn set(settings: Settings, folder: &Path) -> Result<(Self, World), Stop> {
        let mut world = World::build(SEED);
        world.tenants.truncate(1);
        let service = Service::start(settings, RoleFlag::All, None).await?;
        let address = service.address().ok_or_else(|| Stop::failed("the API does not listen"))?;
        let slug = world.tenants.first().map_or("", |tenant| tenant.slug);
        let cast = Cast::new(&reqwest::Client::new(), &format!("http://{address}"), slug);
        let casts = [cast.clone()];
        let board = Board::quiet();
        setup::set_up(&board, &service.base, &world, &casts).await?;
        let files = [world.write_imports(0, folder)?];
        catalogue::import(&board, &world, &files, folder, &casts).await?;
        let tenant = domain::tenancy::tenant_by_slug(&service.base.core, slug)
            .await?
            .ok_or_else(|| Stop::failed("the tenant is not there"))?
            .id;
        Ok((Self { service, cast, tenant }, world))
    }

    /// Writes a report of so many lines.
    ///
    /// # Errors
    /// When it fails.
    pub async fn write(&self, world: World, lines: u64, folder: &Path) -> Result<PathBuf, Stop> {
        let path = folder.join("measured-track-for-streaming-202601.txt.gz");
        let file = path.clone();
        tokio::task::spawn_blocking(move || world.write_report(DELIVERY, lines, &file))
            .await
            .map_err(|error| Stop::failed(format!("writing the report broke off: {error}")))??;
        Ok(path)
    }

    /// Imports a report; gives its id and what the import took.
    ///
    /// # Errors
    /// When it fails.
    pub async fn import(&self, path: &Path) -> Result<(String, Duration), Stop> {
        let upload = self.cast.manager.upload(path).await?;
        let key = format!("bench import {}", path.display());
        let input = json!({ "uploadId": upload, "accountingMonth": MONTH, "idempotencyKey": key });
        let answer = self.cast.manager.ask(IMPORT, json!({ "input": input })).await?;
        let took = self.operation(&answer["operation"]).await?;
        Ok((text(&answer["report"], "id")?, took))
    }

    /// Waits for an operation; says how long it took from being asked for to its end, by the server's clock.
    ///
    /// # Errors
    /// When it fails.
    pub async fn operation(&self, operation: &Value) -> Result<Duration, Trouble> {
        let id = text(operation, "id")?;
        loop {
            let now = self.cast.manager.ask(OPERATION, json!({ "id": id })).await?;
            match now["state"].as_str() {
                Some("SUCCEEDED") => {
                    let took = instant(&now, "finishedAt")? - instant(&now, "createdAt")?;
                    return took.to_std().map_err(|_| Trouble::Broken("the clock was set back".to_owned()));
                }
                Some("FAILED" | "CANCELLED") => {
                    return Err(Trouble::Broken(format!("the work failed: {}", now["failure"])));
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

fn instant(value: &Value, field: &str) -> Result<DateTime<Utc>, Trouble> {
    text(value, field)?.parse().map_err(|_| Trouble::Broken(format!("`{field}` is no instant")))
}
