//! Looking at configuration.

use async_graphql::{Context, ID, Object, Result};
use domain::settings;

use super::types::{Setting, SettingChange, SettingLevel, subject};
use crate::frame;
use crate::frame::connection::{List, page};

/// Configuration.
#[derive(Default)]
pub struct SettingsQuery;

#[Object]
impl SettingsQuery {
    /// Everything that can be configured, as it counts for a subject, by name. Requires: SETTING_READ.
    async fn settings(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Whose configuration.", default_with = "SettingLevel::Tenant")] level: SettingLevel,
        #[graphql(desc = "The organisation or party; not needed for the tenant.")] subject_id: Option<ID>,
    ) -> Result<Vec<Setting>> {
        frame::read(gql, |ctx, core| async move {
            let subject = subject(level, subject_id.as_ref(), ctx.tenant_id, ["", "subjectId"])?;
            let all = settings::list(&ctx, &core, subject).await?;
            Ok(all.into_iter().map(|one| Setting::of(one, subject)).collect())
        })
        .await
    }

    /// One thing that can be configured, as it counts for a subject. Requires: SETTING_READ.
    async fn setting(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its name.")] key: String,
        #[graphql(desc = "Whose configuration.", default_with = "SettingLevel::Tenant")] level: SettingLevel,
        #[graphql(desc = "The organisation or party; not needed for the tenant.")] subject_id: Option<ID>,
    ) -> Result<Option<Setting>> {
        frame::read(gql, |ctx, core| async move {
            let subject = subject(level, subject_id.as_ref(), ctx.tenant_id, ["", "subjectId"])?;
            Ok(Some(Setting::of(settings::get(&ctx, &core, &key, subject).await?, subject)))
        })
        .await
    }

    /// What was set and cleared at a subject, newest first. Requires: SETTING_READ.
    async fn setting_history(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The name of the key.")] key: String,
        #[graphql(desc = "Whose configuration.", default_with = "SettingLevel::Tenant")] level: SettingLevel,
        #[graphql(desc = "The organisation or party; not needed for the tenant.")] subject_id: Option<ID>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SettingChange>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let subject = subject(level, subject_id.as_ref(), ctx.tenant_id, ["", "subjectId"])?;
            let rows = settings::history(&ctx, &core, &key, subject, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}
