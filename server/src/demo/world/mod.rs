//! An invented world, the same for the same seed: two tenants, their catalogues and contracts as import files,
//! and twelve providers' files over three months in the layouts that providers really send.
//!
//! Nothing here touches a database or the network. [`World::build`] makes everything but the report lines in
//! memory; [`World::write`] streams the files to a folder and says in a [`Manifest`] what they add up to:
//!
//! ```text
//! <folder>/manifest.json
//! <folder>/<tenant>/imports/parties.csv …          docs/imports.md
//! <folder>/<tenant>/reports/2026-01/<file>         as the provider names it
//! ```
//!
//! The money does not depend on the number of lines: with more lines each has fewer units.

mod amount;
mod catalogue;
mod codes;
mod contracts;
pub mod manifest;
pub mod market;
pub mod model;
mod names;
mod parties;
mod random;
mod reports;
mod strangers;
mod tables;
mod tenants;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;

use manifest::{Manifest, Report, TenantFiles};
use model::Tenant;
use reports::plan;
use strangers::Stranger;
use tenants::Blueprint;

/// The seed of the demonstration.
pub const SEED: u64 = 2026;

/// The number of report lines of the demonstration.
pub const LINES: u64 = 300_000;

/// The fewest lines that the twelve files can be made of.
pub const LEAST_LINES: u64 = 1_000;

/// The two tenants with everything they own.
pub struct World {
    /// What everything grew from.
    pub seed: u64,
    /// The label, then the publisher-distributor.
    pub tenants: Vec<Tenant>,
    strangers: Vec<Stranger>,
}

impl World {
    /// Makes the world of this seed.
    #[must_use]
    pub fn build(seed: u64) -> Self {
        let tenants =
            tenants::BLUEPRINTS.iter().enumerate().map(|(index, blueprint)| tenant(index, blueprint, seed)).collect();
        Self { seed, tenants, strangers: strangers::build(seed) }
    }

    /// Writes import files and reports of `lines` data rows in all, and the manifest last. What a complete folder of
    /// the same seed and size holds is left as it is.
    ///
    /// `progress` is called with the number of report lines written since the last call.
    ///
    /// # Errors
    /// When `lines` is below [`LEAST_LINES`], or the disk refuses.
    pub fn write(&self, lines: u64, folder: &Path, progress: &mut dyn FnMut(u64)) -> io::Result<Manifest> {
        if lines < LEAST_LINES {
            let message = format!("the demonstration needs at least {LEAST_LINES} lines, not {lines}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if let Some(manifest) = Manifest::find(folder, self.seed, lines) {
            progress(lines);
            return Ok(manifest);
        }
        let mut tenants = Vec::with_capacity(self.tenants.len());
        for tenant in 0..self.tenants.len() {
            tenants.push(self.write_imports(tenant, folder)?);
        }
        let mut reports = Vec::with_capacity(plan::DELIVERIES.len() + 1);
        for number in 0..plan::DELIVERIES.len() {
            self.deliver(number, lines, folder, &mut reports, progress)?;
        }
        // As they arrive: month by month, a file delivered again after everything else of its month.
        reports.sort_by(|a, b| (&a.month, a.copy_of.is_some()).cmp(&(&b.month, b.copy_of.is_some())));
        let manifest = Manifest { format: manifest::FORMAT, seed: self.seed, lines, tenants, reports };
        manifest.save(folder)?;
        Ok(manifest)
    }

    /// Writes the report of one delivery alone, of any size: what measurements read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_report(&self, delivery: usize, lines: u64, file: &Path) -> io::Result<()> {
        reports::write(self, delivery, lines, file, &mut |_| ()).map(|_| ())
    }

    /// Writes the import files of one of the tenants.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_imports(&self, tenant: usize, folder: &Path) -> io::Result<TenantFiles> {
        let tenant = &self.tenants[tenant];
        Ok(TenantFiles {
            name: tenant.name.to_owned(),
            slug: tenant.slug.to_owned(),
            imports: tables::write(tenant, folder)?,
            contracts: tenant.contracts.len() as u64,
        })
    }

    /// Writes one delivery, and its second delivery where there is one.
    fn deliver(
        &self,
        number: usize,
        lines: u64,
        folder: &Path,
        reports: &mut Vec<Report>,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<()> {
        let delivery = &plan::DELIVERIES[number];
        let tenant = &self.tenants[delivery.tenant];
        let month = reports::first_day(delivery.month).format("%Y-%m").to_string();
        let below = format!("{}/reports/{month}", tenant.slug);
        fs::create_dir_all(folder.join(&below))?;
        let path = format!("{below}/{}", delivery.file);
        let file = folder.join(&path);
        let totals = reports::write(self, number, plan::lines(number, lines), &file, progress)?;
        let named = |sums: &std::collections::BTreeMap<&'static str, reports::Sum>| {
            sums.iter().map(|(name, sum)| ((*name).to_owned(), sum.planted())).collect()
        };
        let report = Report {
            tenant: tenant.slug.to_owned(),
            month,
            layout: delivery.provider.layout().to_owned(),
            bytes: fs::metadata(&file)?.len(),
            path: path.clone(),
            copy_of: None,
            currency: delivery.currency.to_owned(),
            rows: totals.rows,
            units: totals.units,
            amount: totals.amount.to_string(),
            waiting: named(&totals.waiting),
            marks: named(&totals.marks),
            bad_rows: totals.bad,
        };
        if let Some(again) = delivery.again {
            let second = format!("{below}/{again}");
            fs::copy(&file, folder.join(&second))?;
            reports.push(Report { path: second, copy_of: Some(path), ..report.clone() });
        }
        reports.push(report);
        Ok(())
    }
}

fn tenant(index: usize, blueprint: &'static Blueprint, seed: u64) -> Tenant {
    let catalogue = catalogue::build(blueprint, seed);
    let rights = contracts::build(index, blueprint, &catalogue, seed);
    Tenant {
        name: blueprint.name,
        slug: blueprint.slug,
        currency: blueprint.currency,
        organisations: blueprint.organisations,
        parties: rights.parties,
        artists: catalogue.artists,
        recordings: catalogue.recordings,
        releases: catalogue.releases,
        works: rights.works,
        groups: rights.groups,
        contracts: rights.contracts,
        ranking: catalogue.ranking,
        popularity: catalogue.popularity,
    }
}
