//! Reading the catalogue.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use domain::catalog;
use kernel::failure::Outcome;

use super::types::{Alias, CatalogueGroup, Recording, Release, Work};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::scalars::{Isrc, Iswc, Upc};

/// What a recording is looked up by: exactly one.
#[derive(OneofObject)]
pub enum RecordingLookup {
    /// The global id.
    Id(ID),
    /// The ISRC.
    Isrc(Isrc),
}

/// What a work is looked up by: exactly one.
#[derive(OneofObject)]
pub enum WorkLookup {
    /// The global id.
    Id(ID),
    /// The ISWC.
    Iswc(Iswc),
    /// Your own key.
    Reference(String),
}

/// What a release is looked up by: exactly one.
#[derive(OneofObject)]
pub enum ReleaseLookup {
    /// The global id.
    Id(ID),
    /// The UPC or EAN.
    Upc(Upc),
}

/// Which items of the catalogue.
#[derive(InputObject, Default)]
pub struct CatalogueFilter {
    /// Only those whose title, artist, reference or name contains this text.
    search: Option<String>,
    /// Only recordings and releases of this organisation.
    organisation_id: Option<ID>,
}

impl CatalogueFilter {
    fn checked(self) -> Outcome<catalog::CatalogueFilter> {
        Ok(catalog::CatalogueFilter {
            organisation_id: ids::parse_opt(self.organisation_id.as_ref(), ["filter", "organisationId"])?,
            search: self.search,
        })
    }
}

/// Which aliases.
#[derive(InputObject, Default)]
pub struct AliasFilter {
    /// Only of this layout.
    source: Option<String>,
}

macro_rules! catalogue_query {
    ($($(#[$doc:meta])* $name:ident => $row:ident, $domain:ident;)*) => {
        /// The catalogue.
        #[derive(Default)]
        pub struct CatalogLists;

        #[Object]
        impl CatalogLists {
            $(
                $(#[$doc])*
                async fn $name(
                    &self,
                    gql: &Context<'_>,
                    #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
                    #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
                    #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
                    #[graphql(desc = "Which ones.")] filter: Option<CatalogueFilter>,
                ) -> Result<List<$row>> {
                    frame::read(gql, |ctx, core| async move {
                        let filter = filter.unwrap_or_default().checked()?;
                        let rows = catalog::$name(&ctx, &core, filter, page(first, after, last, before)?).await?;
                        Ok(List::by_id(rows, |row: &catalog::$domain| row.id.uuid()))
                    })
                    .await
                }
            )*
        }
    };
}

catalogue_query! {
    /// Recordings, oldest first. Requires: CATALOG_READ.
    recordings => Recording, Recording;
    /// Works, oldest first. Requires: CATALOG_READ.
    works => Work, Work;
    /// Releases, oldest first. Requires: CATALOG_READ.
    releases => Release, Release;
}

/// Looking the catalogue up.
#[derive(Default)]
pub struct CatalogLookups;

#[Object]
impl CatalogLookups {
    /// One recording. Null when there is none here. Requires: CATALOG_READ.
    async fn recording(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to look up.")] by: RecordingLookup,
    ) -> Result<Option<Recording>> {
        frame::read(gql, |ctx, core| async move {
            let key = match by {
                RecordingLookup::Id(id) => catalog::RecordingKey::Id(ids::parse(&id, ["by", "id"])?),
                RecordingLookup::Isrc(isrc) => catalog::RecordingKey::Isrc(isrc.into()),
            };
            Ok(catalog::recording(&ctx, &core, key).await?.map(Into::into))
        })
        .await
    }

    /// One work. Null when there is none here. Requires: CATALOG_READ.
    async fn work(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to look up.")] by: WorkLookup,
    ) -> Result<Option<Work>> {
        frame::read(gql, |ctx, core| async move {
            let key = match by {
                WorkLookup::Id(id) => catalog::WorkKey::Id(ids::parse(&id, ["by", "id"])?),
                WorkLookup::Iswc(iswc) => catalog::WorkKey::Iswc(iswc.into()),
                WorkLookup::Reference(reference) => catalog::WorkKey::Reference(reference),
            };
            Ok(catalog::work(&ctx, &core, key).await?.map(Into::into))
        })
        .await
    }

    /// One release. Null when there is none here. Requires: CATALOG_READ.
    async fn release(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to look up.")] by: ReleaseLookup,
    ) -> Result<Option<Release>> {
        frame::read(gql, |ctx, core| async move {
            let key = match by {
                ReleaseLookup::Id(id) => catalog::ReleaseKey::Id(ids::parse(&id, ["by", "id"])?),
                ReleaseLookup::Upc(upc) => catalog::ReleaseKey::Upc(upc.into()),
            };
            Ok(catalog::release(&ctx, &core, key).await?.map(Into::into))
        })
        .await
    }

    /// One group. Null when there is none here. Requires: CATALOG_READ.
    async fn catalogue_group(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<CatalogueGroup>> {
        frame::read(gql, |ctx, core| async move {
            Ok(catalog::group(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Groups, oldest first. Requires: CATALOG_READ.
    async fn catalogue_groups(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<CatalogueFilter>,
    ) -> Result<List<CatalogueGroup>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default().checked()?;
            let rows = catalog::groups(&ctx, &core, filter, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row: &catalog::Group| row.id.uuid()))
        })
        .await
    }

    /// Providers' own ids of items, oldest first. Requires: CATALOG_READ.
    async fn aliases(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<AliasFilter>,
    ) -> Result<List<Alias>> {
        frame::read(gql, |ctx, core| async move {
            let source = filter.unwrap_or_default().source;
            let rows = catalog::aliases(&ctx, &core, source, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row: &catalog::Alias| row.id.uuid()))
        })
        .await
    }
}

/// The catalogue.
#[derive(async_graphql::MergedObject, Default)]
pub struct CatalogQuery(CatalogLists, CatalogLookups);
