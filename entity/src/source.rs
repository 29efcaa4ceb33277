//! One row of `source`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub provider: String,
    pub method: String,
    pub config: Json,
    pub state: String,
    pub schedule: Option<String>,
    pub time_zone: String,
    pub next_run_at: Option<DateTimeUtc>,
    pub deadline: Option<String>,
    pub next_deadline_at: Option<DateTimeUtc>,
    pub max_attempts: i32,
    pub position: Option<Json>,
    pub last_file_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
