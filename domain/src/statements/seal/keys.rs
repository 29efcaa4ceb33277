//! The installation's keys that sign seals.

use chrono::{DateTime, Utc};
use entity::seal_key::{ActiveModel, Column, Entity};
use formats::documents::seal::SealKey;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::permission::Permission;
use platform::db::OrFail;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder};

use crate::Core;

/// A public key, for those who check offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealKeyView {
    /// Its name in seals.
    pub name: String,
    /// Ed25519, 32 bytes.
    pub public: Vec<u8>,
    /// Since when it signs.
    pub created_at: DateTime<Utc>,
}

/// Every key that ever signed seals, the newest last.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn seal_keys(ctx: &OpContext, core: &Core) -> Outcome<Vec<SealKeyView>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.system("listing the public keys of statement seals").await?;
    let rows = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Name).all(&tx).await.or_fail()?;
    let view = |row: entity::seal_key::Model| SealKeyView {
        name: row.name,
        public: row.public_raw,
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The key that signs: the newest. The first is made when it is needed.
pub(super) async fn signing_key(core: &Core) -> Outcome<SealKey> {
    if let Some(key) = newest(core).await? {
        return Ok(key);
    }
    let mut seed = [0_u8; 32];
    hex::decode_to_slice(platform::secrets::generate(), &mut seed)
        .map_err(|error| Failure::internal(format!("a random seed: {error}")))?;
    let key = SealKey::from_seed(&seed);
    let tx = core.db.system("making the first key of statement seals").await?;
    let row = ActiveModel {
        name: Set(key.name()),
        seed: Set(seed.to_vec()),
        public_raw: Set(key.public().to_vec()),
        created_at: Set((core.clock)()),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    tx.commit().await?;
    newest(core).await?.ok_or_else(|| Failure::internal("the key of statement seals was not kept"))
}

async fn newest(core: &Core) -> Outcome<Option<SealKey>> {
    let tx = core.db.system("loading the key of statement seals").await?;
    let row = Entity::find().order_by_desc(Column::CreatedAt).order_by_desc(Column::Name).one(&tx).await.or_fail()?;
    let Some(row) = row else { return Ok(None) };
    let seed: [u8; 32] = row.seed.try_into().map_err(|_| Failure::internal("a seal key of another length"))?;
    let key = SealKey::from_seed(&seed);
    if key.public().as_slice() != row.public_raw.as_slice() {
        return Err(Failure::internal(format!("the seal key {} does not match its public half", row.name)));
    }
    Ok(Some(key))
}
