//! The directory of providers as a tenant sees it: reference data, with the tenant's own names and aliases laid over it.

use std::collections::HashMap;

use entity::tenant_provider::{ActiveModel, Column, Entity, Model};
use formats::providers::{Provider, ProviderKind, Providers};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::limits::NAME_CHARS;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::OrFail;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use crate::Core;

/// Most aliases a tenant gives to one provider.
const ALIASES_MAX: usize = 100;

/// A provider as a tenant sees it.
#[derive(Debug, Clone)]
pub struct KnownProvider {
    /// As the directory has it, with the tenant's name and further aliases.
    pub provider: Provider,
    /// Whether the tenant has changed anything of it.
    pub is_overridden: bool,
    /// Whether the tenant does not want to see it.
    pub is_hidden: bool,
}

/// What a tenant says of a provider.
#[derive(Debug, Clone)]
pub struct ProviderOverride {
    /// The provider's key in the directory.
    pub key: String,
    /// Another name for it.
    pub name: Option<String>,
    /// Further names that reports give it.
    pub aliases: Vec<String>,
    /// Whether it is left out of lists.
    pub is_hidden: bool,
}

fn seen(provider: &Provider, own: Option<&Model>) -> KnownProvider {
    let mut provider = provider.clone();
    if let Some(own) = own {
        if let Some(name) = &own.name {
            provider.name.clone_from(name);
        }
        provider.aliases.extend(own.aliases.iter().cloned());
    }
    KnownProvider { provider, is_overridden: own.is_some(), is_hidden: own.is_some_and(|own| own.hidden) }
}

/// Lists the providers of a kind, or those whose name or alias has a text in it; hidden ones are left out.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn providers(
    ctx: &OpContext,
    core: &Core,
    kind: Option<ProviderKind>,
    search: Option<&str>,
) -> Outcome<Vec<KnownProvider>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find().filter(Column::TenantId.eq(ctx.tenant_id.uuid())).all(&tx).await.or_fail()?;
    let own: HashMap<String, Model> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    let search = search.map(str::to_lowercase).filter(|text| !text.trim().is_empty());
    let fits = |known: &KnownProvider| {
        let provider = &known.provider;
        search.as_ref().is_none_or(|search| {
            let mut names = [&provider.key, &provider.name].into_iter().chain(&provider.aliases);
            names.any(|name| name.to_lowercase().contains(search.trim()))
        })
    };
    Ok(Providers::shipped()
        .all()
        .iter()
        .filter(|provider| kind.is_none_or(|kind| provider.kind == kind))
        .map(|provider| seen(provider, own.get(&provider.key)))
        .filter(|known| !known.is_hidden && fits(known))
        .collect())
}

/// Lays a tenant's own name and aliases over a provider; what was said before is replaced.
///
/// # Errors
/// `PROVIDER_UNKNOWN`, `PROVIDER_ALIAS_INVALID`, `FORBIDDEN`; database failures.
pub async fn provider_override(ctx: &OpContext, core: &Core, input: ProviderOverride) -> Outcome<KnownProvider> {
    ctx.require(Permission::ReportManage)?;
    let Some(provider) = Providers::shipped().all().iter().find(|provider| provider.key == input.key) else {
        let message = "The directory has no provider with this key.";
        return Err(Failure::not_found("PROVIDER_UNKNOWN", message).at(["input", "key"]));
    };
    let invalid = |text: &String| text.trim().is_empty() || text.chars().count() > NAME_CHARS;
    if input.aliases.len() > ALIASES_MAX || input.aliases.iter().chain(&input.name).any(invalid) {
        let message =
            format!("Names are 1 to {NAME_CHARS} characters, and a provider has at most {ALIASES_MAX} aliases.");
        return Err(Failure::refused("PROVIDER_ALIAS_INVALID", message).at(["input", "aliases"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let row = Model {
        tenant_id: ctx.tenant_id.uuid(),
        key: input.key.clone(),
        name: input.name.map(|name| name.trim().to_owned()),
        aliases: input.aliases.iter().map(|alias| alias.trim().to_owned()).collect(),
        hidden: input.is_hidden,
        updated_by: ctx.actor.label(),
        updated_at: ctx.now,
    };
    let new = ActiveModel {
        tenant_id: Set(row.tenant_id),
        key: Set(row.key.clone()),
        name: Set(row.name.clone()),
        aliases: Set(row.aliases.clone()),
        hidden: Set(row.hidden),
        updated_by: Set(row.updated_by.clone()),
        updated_at: Set(row.updated_at),
    };
    let replace = OnConflict::columns([Column::TenantId, Column::Key])
        .update_columns([Column::Name, Column::Aliases, Column::Hidden, Column::UpdatedBy, Column::UpdatedAt])
        .to_owned();
    Entity::insert(new).on_conflict(replace).exec_without_returning(&tx).await.or_fail()?;
    let after = json!({ "key": row.key, "name": row.name, "aliases": row.aliases, "hidden": row.hidden });
    audit::record(
        &tx,
        ctx,
        // The key says which provider: the directory has no ids of rows.
        Change {
            action: "provider.override",
            entity_kind: "PROVIDER",
            entity_id: Uuid::nil(),
            before: None,
            after: Some(after),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(seen(provider, Some(&row)))
}
