//! Roles and what each may do: one table.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// One thing an actor may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Permission {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name used in data and in messages.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

permissions! {
    /// See the tenant, its organisations and members.
    TenantRead = "TENANT_READ";
    /// Change organisations and members.
    TenantManage = "TENANT_MANAGE";
    /// See, make and revoke API keys.
    ApiKeyManage = "API_KEY_MANAGE";
    /// See effective configuration.
    SettingRead = "SETTING_READ";
    /// Change configuration.
    SettingManage = "SETTING_MANAGE";
    /// See parties.
    PartyRead = "PARTY_READ";
    /// Create and change parties.
    PartyManage = "PARTY_MANAGE";
    /// See the catalogue.
    CatalogRead = "CATALOG_READ";
    /// Create and change the catalogue.
    CatalogManage = "CATALOG_MANAGE";
    /// See contracts.
    ContractRead = "CONTRACT_READ";
    /// Create and change contracts.
    ContractManage = "CONTRACT_MANAGE";
    /// See reports, lines and suspense.
    ReportRead = "REPORT_READ";
    /// Upload and import reports, decide on suspense.
    ReportManage = "REPORT_MANAGE";
    /// Set up where reports come from, with credentials; collect from there.
    SourceManage = "SOURCE_MANAGE";
    /// See calculation runs.
    RunRead = "RUN_READ";
    /// Start and cancel calculation runs.
    RunManage = "RUN_MANAGE";
    /// Approve and finalise calculation runs made by somebody else.
    RunApprove = "RUN_APPROVE";
    /// See royalties: all in the tenant, or one's own within a party scope.
    RoyaltyRead = "ROYALTY_READ";
    /// See the ledger.
    LedgerRead = "LEDGER_READ";
    /// See statements: all, or one's own within a party scope.
    StatementRead = "STATEMENT_READ";
    /// Make statements.
    StatementManage = "STATEMENT_MANAGE";
    /// Approve and publish statements made by somebody else.
    StatementApprove = "STATEMENT_APPROVE";
    /// See payments: all, or one's own within a party scope.
    PaymentRead = "PAYMENT_READ";
    /// Make payment batches.
    PaymentManage = "PAYMENT_MANAGE";
    /// Approve payment batches made by somebody else.
    PaymentApprove = "PAYMENT_APPROVE";
    /// Execute approved payment batches.
    PaymentExecute = "PAYMENT_EXECUTE";
    /// See the audit trail.
    AuditRead = "AUDIT_READ";
    /// See long work.
    OperationRead = "OPERATION_READ";
}

impl Permission {
    /// The permission with this name.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == text)
    }

    /// Whether it takes a person: no API key can have it. Decisions of a second person, who belongs to the tenant, how
    /// it is configured, and keys themselves.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(
            self,
            Self::TenantManage
                | Self::ApiKeyManage
                | Self::SettingManage
                | Self::RunApprove
                | Self::StatementApprove
                | Self::PaymentApprove
                | Self::PaymentExecute
        )
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Nothing.
    pub const EMPTY: Self = Self(0);

    /// These.
    #[must_use]
    pub fn of(permissions: &[Permission]) -> Self {
        Self(permissions.iter().fold(0, |bits, permission| bits | 1 << (*permission as u8)))
    }

    /// Everything: jobs act for a person who was authorised when the work was asked for.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Permission::ALL)
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the permission is in it.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << (permission as u8)) != 0
    }

    /// The permissions in it.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

/// What a member is in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Runs the tenant: members, configuration, everything to see.
    Owner,
    /// Catalogue, contracts, reports, runs, statements.
    RoyaltyManager,
    /// Approves runs, statements and payments made by others.
    FinanceApprover,
    /// Makes and executes payment batches.
    PaymentsOperator,
    /// Sees everything, changes nothing.
    Auditor,
    /// Sees only the royalties, statements and payments of their own parties.
    RightsHolder,
}

const READ_ALL: &[Permission] = &[
    Permission::TenantRead,
    Permission::SettingRead,
    Permission::PartyRead,
    Permission::CatalogRead,
    Permission::ContractRead,
    Permission::ReportRead,
    Permission::RunRead,
    Permission::RoyaltyRead,
    Permission::LedgerRead,
    Permission::StatementRead,
    Permission::PaymentRead,
    Permission::OperationRead,
];

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Owner,
        Self::RoyaltyManager,
        Self::FinanceApprover,
        Self::PaymentsOperator,
        Self::Auditor,
        Self::RightsHolder,
    ];

    /// The name used in data and in GraphQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::RoyaltyManager => "ROYALTY_MANAGER",
            Self::FinanceApprover => "FINANCE_APPROVER",
            Self::PaymentsOperator => "PAYMENTS_OPERATOR",
            Self::Auditor => "AUDITOR",
            Self::RightsHolder => "RIGHTS_HOLDER",
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text)
    }

    /// The table: what each role may do. Making and approving the same thing never meet in one role but the
    /// owner's, and even there the maker may not approve his own (checked in the domain and by constraint).
    #[must_use]
    pub fn permissions(self) -> PermissionSet {
        use Permission as P;
        let own: &[P] = match self {
            Self::Owner => return PermissionSet::all(),
            Self::RoyaltyManager => &[
                P::PartyManage,
                P::CatalogManage,
                P::ContractManage,
                P::ReportManage,
                P::SourceManage,
                P::RunManage,
                P::StatementManage,
            ],
            Self::FinanceApprover => &[P::RunApprove, P::StatementApprove, P::PaymentApprove, P::AuditRead],
            Self::PaymentsOperator => &[P::PaymentManage, P::PaymentExecute],
            Self::Auditor => &[P::AuditRead],
            Self::RightsHolder => {
                return PermissionSet::of(&[P::RoyaltyRead, P::StatementRead, P::PaymentRead]);
            }
        };
        PermissionSet(PermissionSet::of(READ_ALL).0 | PermissionSet::of(own).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_fit_the_set() {
        assert!(Permission::ALL.len() <= 64);
        assert_eq!(PermissionSet::all().iter().count(), Permission::ALL.len());
    }

    #[test]
    fn only_the_owner_both_makes_and_approves() {
        for role in Role::ALL.iter().filter(|role| **role != Role::Owner) {
            let set = role.permissions();
            assert!(!(set.has(Permission::PaymentManage) && set.has(Permission::PaymentApprove)), "{role:?}");
            assert!(!(set.has(Permission::RunManage) && set.has(Permission::RunApprove)), "{role:?}");
            assert!(!(set.has(Permission::StatementManage) && set.has(Permission::StatementApprove)), "{role:?}");
        }
    }
}
