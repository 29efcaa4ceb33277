//! From a provider's portal, through a browser.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// One thing that a person would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PortalAction {
    /// Go to the address in `value`.
    Open,
    /// Type `value` into what `selector` finds, in place of what is there.
    Type,
    /// Type the password into what `selector` finds.
    TypePassword,
    /// Click what `selector` finds.
    Click,
    /// Choose the option whose value is `value` in what `selector` finds.
    Choose,
    /// Wait until `selector` finds something.
    WaitFor,
    /// Click what `selector` finds, and wait for the file that comes down.
    Download,
}

/// One step of the way to a report. In `value`, `{period}`, `{from}`, `{to}`, `{user}` stand for `2026-01`,
/// `2026-01-01`, `2026-01-31` and the user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortalStep {
    /// What is done.
    pub action: PortalAction,
    /// What it is done to, as a CSS selector.
    #[serde(default)]
    pub selector: Option<String>,
    /// What is typed, chosen or opened.
    #[serde(default)]
    pub value: Option<String>,
}

/// A portal that a browser goes through in declared steps: sign in, choose a period, download; one report per month.
/// Signs in with `PASSWORD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortalMethod {
    /// Who signs in.
    pub user_name: String,
    /// How many full months back are asked for.
    pub months: u32,
    /// Steps that are gone once: signing in.
    pub sign_in: Vec<PortalStep>,
    /// Steps that are gone for every month; the last one downloads.
    pub steps: Vec<PortalStep>,
    /// Hosts that the browser may go to beside the first one.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What the operator states about the portal's terms: that they allow reports to be fetched by a program, where it
    /// says so, who has looked and when. Without it the source does not run.
    pub terms_statement: String,
    /// That this statement is made.
    pub is_allowed_by_terms: bool,
}

impl PortalMethod {
    /// Whether the operator has stated that the portal's terms allow it.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.is_allowed_by_terms && self.terms_statement.trim().chars().count() >= 20
    }

    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let complete = |step: &PortalStep| {
            let (selector, value) = (step.selector.is_some(), step.value.is_some());
            match step.action {
                PortalAction::Open => value && !selector,
                PortalAction::Type | PortalAction::Choose => value && selector,
                _ => selector && !value,
            }
        };
        let first = self.sign_in.first();
        check
            .text("userName", &self.user_name)
            .that((1..=24).contains(&self.months), "months", "Ask for 1 to 24 months back.")
            .that(
                first.is_some_and(|step| step.action == PortalAction::Open)
                    && self.sign_in.iter().all(complete)
                    && self.sign_in.len() <= 50,
                "signIn",
                "The first step opens an address. OPEN needs `value`; TYPE and CHOOSE need `selector` and `value`; the others \
                 need `selector` alone.",
            )
            .url("signIn", first.and_then(|step| step.value.as_deref()).unwrap_or_default())
            .that(
                self.steps.last().is_some_and(|step| step.action == PortalAction::Download)
                    && self.steps.iter().filter(|step| step.action == PortalAction::Download).count() == 1
                    && self.steps.iter().all(complete)
                    && self.steps.len() <= 50,
                "steps",
                "The last step downloads, and only that one; every step has what it needs.",
            )
            .that(
                self.is_stated(),
                "isAllowedByTerms",
                "State that the portal's terms allow a program to fetch reports, and in `termsStatement` (at least 20 \
                 characters) where they say so and who has looked: without it nothing is fetched through the portal.",
            )
            .done()
    }
}
