//! From a bucket.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// A bucket of an S3-compatible object store. Signs requests with `SECRET_KEY` (AWS Signature Version 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectStoreMethod {
    /// Where the service is: `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// The bucket; it goes into the path.
    pub bucket: String,
    /// The id of the key.
    pub access_key_id: String,
    /// What the names of objects begin with: a folder.
    #[serde(default)]
    pub prefix: String,
    /// Which names, after the last slash; all when empty.
    #[serde(default)]
    pub pattern: String,
}

impl ObjectStoreMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let plain = |text: &str, extra: &[char]| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(&c))
        };
        check
            .url("endpoint", &self.endpoint)
            .that(!self.endpoint.contains(['?', '#']), "endpoint", "The address of the service has no query.")
            .that(plain(&self.region, &['-']), "region", "Give a region such as eu-central-1.")
            .that(
                (3..=63).contains(&self.bucket.len()) && plain(&self.bucket, &['-', '.']),
                "bucket",
                "The name of a bucket has 3 to 63 letters, digits, dots and dashes.",
            )
            .text("accessKeyId", &self.access_key_id)
            .done()
    }
}
