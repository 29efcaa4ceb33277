//! Who acts in the demonstration: one member per role and tenant.

use super::person::Person;

/// The password of everybody. The demonstration listens on this machine only.
pub const PASSWORD: &str = "tunemantra-demo";

/// A role with the name before the `@` and the person's name.
pub struct Part {
    /// The role.
    pub role: &'static str,
    /// The name before the `@`.
    pub mailbox: &'static str,
    /// The person's name.
    pub name: &'static str,
}

const fn part(role: &'static str, mailbox: &'static str, name: &'static str) -> Part {
    Part { role, mailbox, name }
}

/// The first owner, created with the tenant.
pub const OWNER: Part = part("OWNER", "owner", "Olivia Owner");
/// Everybody whom the owner adds at once.
pub const STAFF: [Part; 4] = [
    part("ROYALTY_MANAGER", "royalties", "Ravi Royalty"),
    part("FINANCE_APPROVER", "finance", "Frida Finance"),
    part("PAYMENTS_OPERATOR", "payments", "Pavel Payments"),
    part("AUDITOR", "audit", "Ada Auditor"),
];
/// A rights holder's user, added when there is a statement to see.
pub const ARTIST: Part = part("RIGHTS_HOLDER", "artist", "Ari Artist");

/// The address of a part in a tenant.
pub fn email(part: &Part, slug: &str) -> String {
    format!("{}@{slug}.example", part.mailbox)
}

/// The members of one tenant.
#[derive(Clone)]
pub struct Cast {
    /// The tenant's short name.
    pub slug: String,
    /// Runs the tenant.
    pub owner: Person,
    /// Catalogue, reports, runs, statements.
    pub manager: Person,
    /// Approves what the others made.
    pub approver: Person,
    /// Makes and executes payments.
    pub payer: Person,
    /// Sees everything.
    pub auditor: Person,
}

impl Cast {
    /// The cast of a tenant at an API.
    pub fn new(http: &reqwest::Client, base: &str, slug: &str) -> Self {
        let owner = Person::new(http, base, slug, &email(&OWNER, slug), PASSWORD);
        let [manager, approver, payer, auditor] = STAFF.map(|part| owner.colleague(&email(&part, slug)));
        Self { slug: slug.to_owned(), owner, manager, approver, payer, auditor }
    }
}
