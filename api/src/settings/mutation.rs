//! Changing configuration.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::settings;
use serde_json::Value;

use super::types::{Setting, SettingLevel, subject};
use crate::frame;
use crate::frame::errors::top_level;
use crate::frame::session::authenticated;
use crate::transport::Documents;
use crate::{payload, user_errors};

user_errors! {
    SettingUserError, SettingErrorCode, "configuration",
    SETTING_UNKNOWN => "There is no setting of this name.",
    LEVEL_NOT_ALLOWED => "The setting cannot be set at this level.",
    VALUE_INVALID => "The value is none that the setting takes; the message says why.",
    NOT_SET => "Nothing is set here that could be cleared.",
}

/// A value to be set.
#[derive(InputObject)]
pub struct SettingSetInput {
    /// The level to set it at.
    level: SettingLevel,
    /// The organisation or party; not needed for the tenant.
    subject_id: Option<ID>,
    /// The name of the setting.
    key: String,
    /// The value, of the type of the setting. Ratios and amounts are strings.
    value: Value,
    /// The version of the value set here; 0 when there is none.
    expected_version: i32,
}

/// A value to be cleared.
#[derive(InputObject)]
pub struct SettingClearInput {
    /// The level to clear it at.
    level: SettingLevel,
    /// The organisation or party; not needed for the tenant.
    subject_id: Option<ID>,
    /// The name of the setting.
    key: String,
    /// The version of the value set here.
    expected_version: i32,
}

payload! {
    /// What `settingSet` answers.
    SettingSetPayload(SettingUserError) {
        /// The setting as it counts now; null when the change was refused.
        setting: Setting,
    }
}

payload! {
    /// What `settingClear` answers.
    SettingClearPayload(SettingUserError) {
        /// The setting as it counts now, inherited; null when the change was refused.
        setting: Setting,
    }
}

/// Changing configuration.
#[derive(Default)]
pub struct SettingsMutation;

#[Object]
impl SettingsMutation {
    /// Sets a value at one level, for its subject and all that inherit from it. Requires: SETTING_MANAGE.
    async fn setting_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to set.")] input: SettingSetInput,
    ) -> Result<SettingSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let subject = subject(input.level, input.subject_id.as_ref(), ctx.tenant_id, ["input", "subjectId"])?;
            let change = settings::SettingChange { subject, key: input.key, expected_version: input.expected_version };
            Ok(Setting::of(settings::set(&ctx, &core, change, &input.value).await?, subject))
        })
        .await;
        forget_documents(gql)?;
        SettingSetPayload::of(outcome)
    }

    /// Clears a value: the level inherits again. Requires: SETTING_MANAGE.
    async fn setting_clear(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to clear.")] input: SettingClearInput,
    ) -> Result<SettingClearPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let subject = subject(input.level, input.subject_id.as_ref(), ctx.tenant_id, ["input", "subjectId"])?;
            let change = settings::SettingChange { subject, key: input.key, expected_version: input.expected_version };
            Ok(Setting::of(settings::clear(&ctx, &core, change).await?, subject))
        })
        .await;
        forget_documents(gql)?;
        SettingClearPayload::of(outcome)
    }
}

/// Which documents may be sent is a setting: this process sees a change at once.
fn forget_documents(gql: &Context<'_>) -> Result<()> {
    let tenant = authenticated(gql).map_err(top_level)?.ctx.tenant_id;
    if let Some(documents) = gql.data_opt::<Documents>() {
        documents.forget(tenant);
    }
    Ok(())
}
