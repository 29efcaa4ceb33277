//! Reading tenancy.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{Core, tenancy};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{OrganisationId, parse_typeid};
use kernel::page::Cursor;

use super::trail::{AuditEntry, AuditFilter};
use super::types::{Member, Organisation, OrganisationKind, Role, Viewer};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::errors::top_level;
use crate::frame::session::authenticated;
use crate::frame::{ids, loader};

/// Organisations by id, one query for all of a level.
pub struct OrganisationBatch;

impl loader::Batch for OrganisationBatch {
    type Key = OrganisationId;
    type Value = tenancy::Organisation;

    async fn load(
        ctx: &OpContext,
        core: &Core,
        keys: &[OrganisationId],
    ) -> Outcome<HashMap<OrganisationId, tenancy::Organisation>> {
        let rows = tenancy::organisations_by_id(ctx, core, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Which organisations to list.
#[derive(Debug, Default, InputObject)]
pub struct OrganisationFilter {
    /// Only those directly below this one.
    parent_id: Option<ID>,
    /// Only of this kind.
    kind: Option<OrganisationKind>,
}

/// Which members to list.
#[derive(Debug, Default, InputObject)]
pub struct MemberFilter {
    /// Only with this role.
    role: Option<Role>,
    /// Also those who have been removed.
    include_removed: Option<bool>,
}

/// Reading tenancy.
#[derive(Default)]
pub struct TenancyQuery;

#[Object]
impl TenancyQuery {
    /// Who asks. Null when nobody is signed in.
    async fn viewer(&self, gql: &Context<'_>) -> Result<Option<Viewer>> {
        let caller = authenticated(gql).map_err(top_level)?;
        Ok(Some(Viewer(Arc::clone(&caller.viewer))))
    }

    /// One organisation. Null when there is no such thing here. Requires: TENANT_READ.
    async fn organisation(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Organisation>> {
        frame::read(gql, |ctx, core| async move {
            let id = ids::parse(&id, ["id"])?;
            Ok(tenancy::organisation(&ctx, &core, id).await?.map(Organisation::from))
        })
        .await
    }

    /// Organisations by name. Requires: TENANT_READ.
    async fn organisations(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<OrganisationFilter>,
    ) -> Result<List<Organisation>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default();
            let filter = tenancy::OrganisationFilter {
                parent_id: ids::parse_opt(filter.parent_id.as_ref(), ["filter", "parentId"])?,
                kind: filter.kind.map(Into::into),
            };
            let rows = tenancy::organisations(&ctx, &core, filter, page).await?;
            let cursor = |row: &tenancy::Organisation| Cursor { value: row.name.clone(), id: row.id.uuid() };
            Ok(List::of(rows, cursor, Organisation::from))
        })
        .await
    }

    /// One member. Null when there is no such thing here. Requires: TENANT_READ.
    async fn member(&self, gql: &Context<'_>, #[graphql(desc = "The global id.")] id: ID) -> Result<Option<Member>> {
        frame::read(gql, |ctx, core| async move {
            let id = ids::parse(&id, ["id"])?;
            Ok(tenancy::member(&ctx, &core, id).await?.map(Member::from))
        })
        .await
    }

    /// Members, in the order they joined. Requires: TENANT_READ.
    async fn members(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<MemberFilter>,
    ) -> Result<List<Member>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default();
            let filter = tenancy::MemberFilter {
                role: filter.role.map(Into::into),
                include_removed: filter.include_removed.unwrap_or_default(),
            };
            Ok(List::by_id(tenancy::members(&ctx, &core, filter, page).await?, |row| row.id.uuid()))
        })
        .await
    }

    /// The audit trail, newest first: who changed what. Requires: AUDIT_READ.
    async fn audit_entries(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<AuditFilter>,
    ) -> Result<List<AuditEntry>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default();
            let entity = filter.entity_id.map(|id| {
                // Of whatever type.
                parse_typeid(&id).map(|(_, uuid)| uuid).map_err(|error| {
                    kernel::failure::Failure::refused("BAD_USER_INPUT", error.to_string()).at(["filter", "entityId"])
                })
            });
            let filter = tenancy::AuditFilter {
                entity_id: entity.transpose()?,
                entity_kind: filter.entity_kind,
                actor: filter.actor,
            };
            Ok(List::by_id(tenancy::audit_entries(&ctx, &core, filter, page).await?, |row| row.id.uuid()))
        })
        .await
    }
}
