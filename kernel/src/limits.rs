//! Every limit of the system, named with its unit. The table is exported to the documentation and tested.

macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident: $ty:ty = $value:expr, $unit:literal;)*) => {
        $($(#[doc = $doc])* pub const $name: $ty = $value;)*

        /// The table: name, value, unit, meaning.
        #[allow(clippy::unnecessary_cast, reason = "one table for constants of several widths")]
        pub const TABLE: &[(&str, u64, &str, &str)] =
            &[$((stringify!($name), $name as u64, $unit, concat!($($doc),*))),*];
    };
}

limits! {
    /// Largest GraphQL request body.
    GRAPHQL_BODY_BYTES: usize = 256 * 1024, "bytes";
    /// Most tokens in a GraphQL document.
    GRAPHQL_TOKENS: usize = 1_000, "tokens";
    /// Deepest nesting of a GraphQL document.
    GRAPHQL_DEPTH: usize = 12, "levels";
    /// Most aliases in a GraphQL document.
    GRAPHQL_ALIASES: usize = 30, "aliases";
    /// Most root fields in a query.
    GRAPHQL_ROOT_FIELDS: usize = 10, "fields";
    /// Most mutations in a document.
    GRAPHQL_MUTATIONS: usize = 10, "fields";
    /// Highest complexity of a GraphQL document (list = first × child, mutation = 50).
    GRAPHQL_COMPLEXITY: usize = 5_000, "points";
    /// Rows of a page when none is asked for.
    PAGE_DEFAULT: u64 = 25, "rows";
    /// Most rows of a page.
    PAGE_MAX: u64 = 100, "rows";
    /// Most ids in one `nodes` query.
    NODES_MAX: usize = 100, "ids";
    /// Living API keys of a tenant.
    API_KEYS: u64 = 100, "keys";
    /// Longest life of an API key.
    API_KEY_DAYS: i64 = 366, "days";
    /// Addresses and networks an API key may be bound to.
    API_KEY_ADDRESSES: usize = 50, "networks";
    /// Registered GraphQL documents of a tenant.
    REGISTERED_DOCUMENTS: u64 = 1_000, "documents";
    /// Longest GraphQL document that is remembered by its hash.
    PERSISTED_QUERY_BYTES: usize = 32 * 1024, "bytes";
    /// Subscriptions on one socket.
    SUBSCRIPTIONS_PER_SOCKET: usize = 20, "subscriptions";
    /// Longest statement of the API in the database.
    API_STATEMENT_TIMEOUT_SECONDS: u64 = 10, "seconds";
    /// Progress reports of one operation, at most one per this time.
    PROGRESS_INTERVAL_MILLIS: u64 = 500, "milliseconds";
    /// Largest staged upload.
    UPLOAD_BYTES: u64 = 4 * 1024 * 1024 * 1024, "bytes";
    /// Most bytes a compressed file may unfold to, as a multiple of its size.
    EXPANSION_RATIO: u64 = 200, "times";
    /// Most files in an archive that is taken for a report.
    ARCHIVE_MEMBERS: usize = 500, "files";
    /// Longest line of a report.
    REPORT_LINE_BYTES: usize = 1024 * 1024, "bytes";
    /// Row errors kept verbatim per report; more are counted.
    REPORT_ERRORS_KEPT: u64 = 10_000, "rows";
    /// Rows of a bulk import file.
    BULK_IMPORT_ROWS: u64 = 200_000, "rows";
    /// Parties in one split tree.
    SPLIT_PAYEES: usize = 500, "payees";
    /// Deepest split tree.
    SPLIT_DEPTH: usize = 10, "levels";
    /// Terms of one contract version.
    CONTRACT_TERMS: usize = 1_000, "terms";
    /// Participations of one contract version.
    CONTRACT_PARTICIPATIONS: usize = 10_000, "participations";
    /// Longest name or title.
    NAME_CHARS: usize = 500, "characters";
    /// Longest address of the web in a configuration.
    URL_CHARS: usize = 2_000, "characters";
    /// Sources of one tenant.
    SOURCES: u64 = 1_000, "sources";
    /// Files that one run fetches at most; the next run goes on.
    SOURCE_RUN_FILES: usize = 500, "files";
    /// Longest credential of a source.
    CREDENTIAL_BYTES: usize = 16 * 1024, "bytes";
    /// Largest body of an inbound webhook.
    WEBHOOK_BYTES: usize = 64 * 1024 * 1024, "bytes";
    /// Longest idempotency key.
    IDEMPOTENCY_KEY_CHARS: usize = 200, "characters";
    /// Life of an access token.
    ACCESS_TOKEN_SECONDS: u64 = 15 * 60, "seconds";
    /// Life of an unused refresh token.
    REFRESH_TOKEN_SECONDS: u64 = 30 * 24 * 3600, "seconds";
    /// Life of a signed upload or download address.
    SIGNED_URL_SECONDS: u64 = 15 * 60, "seconds";
    /// Failed sign-ins before a pause.
    SIGN_IN_ATTEMPTS: u32 = 10, "attempts";
    /// The pause after too many failed sign-ins.
    SIGN_IN_PAUSE_SECONDS: u64 = 15 * 60, "seconds";
    /// Shortest password.
    PASSWORD_CHARS: usize = 12, "characters";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_positive_and_explained() {
        for (name, value, unit, meaning) in TABLE {
            assert!(*value > 0, "{name}");
            assert!(!unit.is_empty() && !meaning.trim().is_empty(), "{name}");
        }
    }
}
