//! AWS Signature Version 4, for requests without a body.

use chrono::{DateTime, Utc};
use domain::collection::sources::Secret;
use hmac::{Hmac, Mac};
use kernel::failure::{Failure, Outcome};
use sha2::{Digest, Sha256};
use url::Url;

use crate::http::Request;

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(super) struct Signer<'a> {
    pub(super) key_id: &'a str,
    pub(super) secret: &'a Secret,
    pub(super) region: &'a str,
}

/// A name as it stands in a path: slashes stay, everything but letters, digits and `-._~` is encoded.
pub(super) fn path_encoded(key: &str) -> String {
    key.split('/').map(crate::rest::encoded).collect::<Vec<_>>().join("/")
}

fn hmac(key: &[u8], text: &str) -> Outcome<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| Failure::internal(error.to_string()))?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The query in the order and with the encoding that are signed.
fn canonical_query(url: &Url) -> String {
    let encoded = |text: &str| crate::rest::encoded(text);
    let mut pairs: Vec<(String, String)> = url.query_pairs().map(|(a, b)| (encoded(&a), encoded(&b))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

impl Signer<'_> {
    /// Signs a request at an instant.
    pub(super) fn sign(&self, mut request: Request, now: DateTime<Utc>) -> Outcome<Request> {
        let query = canonical_query(&request.url);
        // What is sent is what was signed.
        request.url.set_query(Some(&query).filter(|query| !query.is_empty()).map(String::as_str));
        let host = match (request.url.host_str().unwrap_or_default(), request.url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let at = now.format("%Y%m%dT%H%M%SZ").to_string();
        let day = now.format("%Y%m%d").to_string();
        let signed = "host;x-amz-content-sha256;x-amz-date";
        let canonical = format!(
            "{}\n{}\n{query}\nhost:{host}\nx-amz-content-sha256:{NOTHING}\nx-amz-date:{at}\n\n{signed}\n{NOTHING}",
            request.method,
            request.url.path(),
        );
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let mut key = hmac(format!("AWS4{}", self.secret.expose()).as_bytes(), &day)?;
        for part in [self.region, "s3", "aws4_request"] {
            key = hmac(&key, part)?;
        }
        let signature = hex::encode(hmac(&key, &text)?);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
            self.key_id
        );
        request
            .header("x-amz-content-sha256", NOTHING)?
            .header("x-amz-date", &at)?
            .header("authorization", &authorization)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The published example of the AWS documentation: "GET Bucket (List Objects)", with its example key.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let signer = Signer { key_id: "AKIAIOSFODNN7EXAMPLE", secret: &secret, region: "us-east-1" };
        let url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J".parse().unwrap();
        let request = signer.sign(Request::get(url), "2013-05-24T00:00:00Z".parse().unwrap()).unwrap();
        let authorization = request.headers["authorization"].to_str().unwrap();
        assert!(
            authorization.ends_with("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            "{authorization}"
        );
    }

    #[test]
    fn names_are_encoded_part_by_part() {
        assert_eq!(path_encoded("a b/ü+.tsv"), "a%20b/%C3%BC%2B.tsv");
    }
}
