//! Rights holders and catalogue as tables.

use std::io;

use super::super::model::Tenant;
use super::Table;

/// The layout whose files carry YouTube's ids.
const YOUTUBE: &str = "youtube-asset-raw";

/// `parties.csv`.
pub fn parties(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&[
        "reference",
        "name",
        "kind",
        "country",
        "email",
        "ipi",
        "isni",
        "payment_method",
        "payment_currency",
        "payment_threshold",
    ])?;
    for party in &tenant.parties {
        let (method, currency, threshold) = match &party.payment {
            Some(wish) => ("INTERNAL_LEDGER", wish.currency, wish.threshold.as_str()),
            None => ("", "", ""),
        };
        let ipi = party.ipi.as_deref().unwrap_or_default();
        let isni = party.isni.as_deref().unwrap_or_default();
        table.row([
            &party.reference,
            &party.name,
            party.kind,
            party.country,
            &party.email,
            ipi,
            isni,
            method,
            currency,
            threshold,
        ])?;
    }
    Ok(())
}

/// `recordings.csv`.
pub fn recordings(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&["isrc", "title", "version", "artist", "duration", "organisation"])?;
    for recording in &tenant.recordings {
        let artist = &tenant.artists[recording.artist];
        let duration = recording.duration.to_string();
        let organisation = tenant.signed_by(artist).name;
        table.row([&recording.isrc, &recording.title, recording.version, &artist.name, &duration, organisation])?;
    }
    Ok(())
}

/// `works.csv`.
pub fn works(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&["reference", "iswc", "title", "recordings"])?;
    for work in &tenant.works {
        table.row([&work.reference, &work.iswc, &work.title, &tenant.recordings[work.recording].isrc])?;
    }
    Ok(())
}

/// `releases.csv`.
pub fn releases(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&[
        "upc",
        "release_title",
        "release_artist",
        "catalogue_number",
        "released_on",
        "organisation",
        "position",
        "isrc",
    ])?;
    for release in &tenant.releases {
        let artist = &tenant.artists[release.artist];
        let released_on = release.released_on.to_string();
        for (place, track) in release.tracks.iter().enumerate() {
            let position = (place + 1).to_string();
            table.row([
                &release.upc,
                &release.title,
                &artist.name,
                &release.catalogue_number,
                &released_on,
                tenant.signed_by(artist).name,
                &position,
                &tenant.recordings[*track].isrc,
            ])?;
        }
    }
    Ok(())
}

/// `groups.csv`.
pub fn groups(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&["group", "item_kind", "item"])?;
    for group in &tenant.groups {
        for (kind, item) in &group.items {
            table.row([&group.name, *kind, item])?;
        }
    }
    Ok(())
}

/// `aliases.csv`: YouTube's own ids of recordings that it knows no ISRC of, and of the works of a publisher.
pub fn aliases(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&["source", "alias", "item_kind", "item"])?;
    for recording in tenant.recordings.iter().filter(|recording| recording.by_alias) {
        table.row([YOUTUBE, &format!("id:{}", recording.asset), "RECORDING", &recording.isrc])?;
    }
    for work in &tenant.works {
        table.row([YOUTUBE, &format!("id:{}", work.asset), "WORK", &work.iswc])?;
    }
    Ok(())
}
