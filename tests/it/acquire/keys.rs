//! Keys of secrets, changed while the house is lived in.

use std::sync::Arc;

use domain::Core;
use domain::sealing::{self, DataKeys, Renewal};
use kernel::ids::SourceId;
use platform::db::sql;
use platform::secrets::{LocalMasterKeys, Place, Vault};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::{Label, TestApp};
use uuid::Uuid;

use super::Source;
use super::sftpd::Sshd;

/// The master key of the tests, and another one.
const OLD: &str = "abababababababababababababababababababababababababababababababab";
const NEW: &str = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";

fn with_masters(core: &Core, keys: &str) -> Core {
    Core { vault: Vault::new(Arc::new(LocalMasterKeys::parse(keys).unwrap())), ..core.clone() }
}

/// The data keys that the tenant's credentials are sealed with.
async fn keys_in_use(app: &TestApp, label: &Label) -> Vec<Uuid> {
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let query = "SELECT DISTINCT encode(substring(sealed FROM 2 FOR 16), 'hex')::uuid AS key FROM source_secret WHERE tenant_id = $1";
    let rows = tx.query_all_raw(sql(query, [label.tenant_id.uuid().into()])).await.unwrap();
    rows.iter().map(|row| row.try_get("", "key").unwrap()).collect()
}

async fn opens(core: &Core, app: &TestApp, label: &Label, source: &Source) -> bool {
    let ctx = app.context(label.tenant_id);
    let id = source.id.parse::<SourceId>().unwrap().uuid();
    let tx = core.db.tenant(&ctx).await.unwrap();
    let query = "SELECT sealed FROM source_secret WHERE tenant_id = $1 AND source_id = $2 AND name = 'PASSPHRASE'";
    let row = tx.query_one_raw(sql(query, [label.tenant_id.uuid().into(), id.into()])).await.unwrap().unwrap();
    let sealed: Vec<u8> = row.try_get("", "sealed").unwrap();
    let place = Place { table: "source_secret", column: "PASSPHRASE", row: id };
    core.vault.open(&tx, &ctx, place, &sealed, "test").await.is_ok_and(|text| text.expose() == "open sesame")
}

#[tokio::test(flavor = "multi_thread")]
async fn data_keys_and_master_keys_change_and_everything_still_opens() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "keys").await;
    let server = Sshd::start("open sesame").await;
    let input = json!({
        "name": "keys", "maxAttempts": 1,
        "method": { "sftp": {
            "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
            "folder": server.files.display().to_string(),
        } },
        "credentials": [
            { "name": "PRIVATE_KEY", "value": server.private_key }, { "name": "PASSPHRASE", "value": "open sesame" },
        ],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let ctx = app.context(label.tenant_id);
    let before = keys_in_use(&app, &label).await;
    assert_eq!(before.len(), 1);

    // A young key under the present master key is left alone.
    assert_eq!(sealing::renew(&ctx, &app.core, DataKeys::Old).await.unwrap(), Renewal::default());

    // All data keys: both credentials are sealed anew. An interruption after the first one loses nothing.
    let tx = app.core.db.tenant(&ctx).await.unwrap();
    assert!(app.core.vault.retire(&tx, ctx.now).await.unwrap());
    assert_eq!(app.core.vault.reseal(&tx, &ctx, &sealing::SEALED[0], 1).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(keys_in_use(&app, &label).await.len(), 2, "one is sealed with the new key, one still with the old one");
    assert_eq!(source.test(&label).await["state"], "SUCCEEDED", "both open in the middle of the change");
    let done = sealing::renew(&ctx, &app.core, DataKeys::Old).await.unwrap();
    assert_eq!(done, Renewal { wrapped: 0, retired: false, sealed: 1 });
    let after = keys_in_use(&app, &label).await;
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
    assert_eq!(source.test(&label).await["state"], "SUCCEEDED");

    // A key of ninety-one days gives way by itself.
    let late = kernel::context::OpContext { now: ctx.now + chrono::TimeDelta::days(91), ..ctx.clone() };
    let done = sealing::renew(&late, &app.core, DataKeys::Old).await.unwrap();
    assert_eq!(done, Renewal { wrapped: 0, retired: true, sealed: 2 });

    // A new master key in front of the old one: three data keys are wrapped anew, and the old one can go.
    assert!(
        !opens(&with_masters(&app.core, NEW), &app, &label, &source).await,
        "the old master key is needed until then"
    );
    let both = with_masters(&app.core, &format!("{NEW} {OLD}"));
    assert!(opens(&both, &app, &label, &source).await);
    let done = sealing::renew(&ctx, &both, DataKeys::Old).await.unwrap();
    assert_eq!(done, Renewal { wrapped: 3, retired: false, sealed: 0 });
    assert!(opens(&with_masters(&app.core, NEW), &app, &label, &source).await);
    assert!(!opens(&app.core, &app, &label, &source).await, "the old master key opens nothing any more");

    // Every change, and every opening for it, is in the trail: one by hand, one after it, two by age.
    let tx = app.core.db.tenant(&ctx).await.unwrap();
    let count = |action: &str| {
        sql(
            format!("SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND {action}"),
            [label.tenant_id.uuid().into()],
        )
    };
    let resealed =
        tx.query_one_raw(count("action = 'secret.open' AND after->>'purpose' = 'seal with a new key'")).await.unwrap();
    assert_eq!(resealed.unwrap().try_get_by_index::<i64>(0).unwrap(), 4);
    let changes = tx.query_one_raw(count("action = 'secret.keys'")).await.unwrap();
    assert_eq!(changes.unwrap().try_get_by_index::<i64>(0).unwrap(), 2, "by age, and by master key");
}

#[tokio::test(flavor = "multi_thread")]
async fn rotation_knows_every_table_with_sealed_values() {
    let app = TestApp::start_without_worker().await;
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&app.urls.owner).await.unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name ~ '(^|_)sealed($|_)' ORDER BY 1, 2",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(!columns.is_empty());
    for (table, column) in columns {
        let known = sealing::SEALED.iter().any(|sealed| sealed.table == table && sealed.sealed == column);
        assert!(known, "{table}.{column} is not in domain::sealing::SEALED: its values would keep their old keys");
    }
}
