//! The account of one payee under one contract in one run: the exact earning, rounded once when
//! posted, the remainder carried; then recoupment in minor units.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "run_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub contract_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub party_id: Uuid,
    pub currency: String,
    pub earned: Decimal,
    pub opening_carry: Decimal,
    pub posted: Decimal,
    pub closing_carry: Decimal,
    pub recouped: Decimal,
    pub payable: Decimal,
    pub transferred: Decimal,
    pub adjusted: Decimal,
    pub deducted: Decimal,
    pub reserve_taken: Decimal,
    pub reserve_consumed: Decimal,
    pub reserve_released: Decimal,
    pub crossed: Decimal,
    pub guaranteed: Decimal,
    pub directed_out: Decimal,
    pub directed_in: Decimal,
    pub held: Decimal,
    pub unheld: Decimal,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
