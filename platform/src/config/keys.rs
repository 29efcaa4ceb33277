//! The table of all keys.

/// What every environment variable of the program begins with.
pub const ENV_PREFIX: &str = "TUNEMANTRA_";

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Text: paths, addresses, filters.
    Text,
    /// A whole number.
    Number,
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigKey {
    /// In the file; as a flag with dashes.
    pub key: &'static str,
    /// How it is written.
    pub kind: ValueKind,
    /// What holds when nobody says otherwise; empty: see the meaning.
    pub default: &'static str,
    /// What it means, with the unit.
    pub meaning: &'static str,
    /// Never printed.
    pub secret: bool,
}

impl ConfigKey {
    /// The environment variable.
    #[must_use]
    pub fn env(&self) -> String {
        format!("{ENV_PREFIX}{}", self.key.to_ascii_uppercase())
    }

    /// The flag.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.key.replace('_', "-"))
    }
}

const fn text(key: &'static str, default: &'static str, meaning: &'static str) -> ConfigKey {
    ConfigKey { key, kind: ValueKind::Text, default, meaning, secret: false }
}

const fn secret(key: &'static str, meaning: &'static str) -> ConfigKey {
    ConfigKey { key, kind: ValueKind::Text, default: "", meaning, secret: true }
}

const fn number(key: &'static str, default: &'static str, meaning: &'static str) -> ConfigKey {
    ConfigKey { key, kind: ValueKind::Number, default, meaning, secret: false }
}

/// Every key, in the order of the documentation.
pub const CONFIG_KEYS: &[ConfigKey] = &[
    text(
        "data_dir",
        "tunemantra-data",
        "Folder of the private database cluster, of stored files and of generated secrets",
    ),
    text("listen", "127.0.0.1:4000", "Address and port of the API"),
    text("management_listen", "127.0.0.1:4001", "Address and port of /livez, /readyz, /startupz and /metrics"),
    text(
        "trusted_proxies",
        "",
        "Networks of the proxies in front of the API, separated by commas, whose X-Forwarded-For is believed; none by default",
    ),
    text("public_url", "", "Where clients reach the API, used in links; default: http:// and the API's address"),
    text(
        "storage_url",
        "",
        "Where files are kept, e.g. file:///srv/files; default: the folder `files` in the data folder",
    ),
    secret(
        "storage_secret",
        "Secret that signs upload and download links; default: generated into the data folder. Several API processes need the same one",
    ),
    secret(
        "master_key",
        "Key that wraps the tenants' keys for secrets at rest: 64 hexadecimal digits; several, separated by commas, to change it (the first one wraps). Default: generated into the data folder. Several processes need the same one, and without it stored credentials are lost",
    ),
    text("master_key_file", "", "File to read the master key from instead, e.g. a mounted secret"),
    text(
        "private_addresses",
        "refuse",
        "Whether sources may be collected from addresses of this machine and of private networks (`allow` or `refuse`)",
    ),
    secret(
        "database_url",
        "Administrator's address of a PostgreSQL server (15 or newer) on which `migrate` makes database and roles, with passwords kept in the data folder; DATABASE_URL is read too. Without any database address a private server is started in the data folder",
    ),
    secret("database_url_owner", "Address with the owning role; only `migrate` needs it"),
    secret(
        "database_url_app",
        "Address with the application role; with it the roles are yours to make and no server is started",
    ),
    secret("database_url_worker", "Address with the worker role"),
    secret("database_url_system", "Address with the system role (queue, sign-in)"),
    secret("database_url_bulk", "Address with the bulk role (adds rows to fact tables)"),
    secret("database_url_readonly", "Address with the read-only role, for analysis tools"),
    text("database_name", "tunemantra", "Database on the private server, or on the server of `database_url`"),
    text("postgres_bin", "", "Folder of the PostgreSQL programs for the private server; default: searched for"),
    number("pool_app", "16", "Most database connections of the application role"),
    number("pool_worker", "8", "Most database connections of the worker role"),
    number("pool_system", "8", "Most database connections of the system role"),
    number("pool_bulk", "4", "Most database connections of the bulk role"),
    number("worker_concurrency", "4", "Jobs at the same time per process"),
    text(
        "ecb_url",
        "https://www.ecb.europa.eu/stats/eurofxref/",
        "Where the European Central Bank's reference rates are fetched from; a mirror serves files of the same names",
    ),
    number("access_token_seconds", "900", "Life of an access token, in seconds"),
    text("log", "info", "Log filter, e.g. `info` or `info,platform=debug`"),
    text("log_format", "text", "Log lines for people (`text`) or machines (`json`)"),
    text(
        "otlp_endpoint",
        "",
        "OpenTelemetry collector for traces and metrics, e.g. http://localhost:4318; none by default",
    ),
];
