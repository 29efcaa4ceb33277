//! By hand.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// Somebody uploads the reports. The source says whose they are and when they are due.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadMethod {
    /// Where a person finds the report: an address, a menu. For people only.
    #[serde(default)]
    pub instructions: Option<String>,
}

impl UploadMethod {
    #[allow(clippy::unused_self, reason = "every method is checked in the same way")]
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        check.done()
    }
}
