//! The methods of sources: each kind of settings is one type for reading and one input of the same shape.
//!
//! They go to the domain and back by their names, which both sides share: a setting is added in two places, and a test
//! compares them.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject, Union};
use domain::collection::sources as acquisition;
use kernel::failure::{Failure, Outcome};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Somebody uploads the reports.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "UploadMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct UploadMethod {
    /// Where a person finds the report: an address, a menu. For people only.
    instructions: Option<String>,
}

/// Files in a folder of an SFTP server. Signs in with the credential `PASSWORD`, or with `PRIVATE_KEY` (and `PASSPHRASE`).
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "SftpMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct SftpMethod {
    /// The server: a name or an address.
    host: String,
    /// Its port.
    #[graphql(default = 22)]
    port: u16,
    /// Who signs in.
    user_name: String,
    /// Fingerprints that the server's key may have (`SHA256:…`, as `ssh-keygen -lf` shows them); two during a change of
    /// key. Any other key is refused.
    host_keys: Vec<String>,
    /// The folder; the one after sign-in when empty.
    #[graphql(default)]
    folder: String,
    /// Which files: `*.tsv, *.csv.gz`; all when empty.
    #[graphql(default)]
    pattern: String,
    /// Whether folders inside are looked into, eight levels deep.
    #[graphql(default)]
    is_recursive: bool,
    /// Files changed less than this many seconds ago are left for the next run: they may still be written.
    #[graphql(default)]
    settle_seconds: u32,
}

/// How calls of a provider are signed, with the credential `SIGNING_SECRET`, over the raw body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WebhookScheme {
    /// Headers `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>` (Standard Webhooks).
    StandardWebhooks,
    /// One header `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `timestamp.body`.
    TimestampedHex,
}

/// What calls of a provider carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WebhookContent {
    /// The body is the report.
    Report,
    /// The body is JSON that says where the report can be fetched.
    Link,
}

/// The provider calls us, at the address that `callUrl` of the source says.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "WebhookMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct WebhookMethod {
    /// How calls are signed.
    scheme: WebhookScheme,
    /// What they carry.
    content: WebhookContent,
    /// The header with the signature, for `TIMESTAMPED_HEX`.
    signature_header: Option<String>,
    /// The header with the id of the event, for `TIMESTAMPED_HEX`.
    id_header: Option<String>,
    /// How old or how far ahead a call's time may be, in seconds.
    #[graphql(default = 300)]
    tolerance_seconds: u32,
    /// Where in the JSON the address of the report stands, as a JSON pointer (`/data/url`), for `LINK`.
    url_pointer: Option<String>,
    /// Where in the JSON the name of the file stands.
    name_pointer: Option<String>,
    /// Hosts that a report may be fetched from, for `LINK`: the caller must not choose them.
    #[graphql(default)]
    hosts: Vec<String>,
}

/// How requests over HTTP say who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RestSignIn {
    /// Not at all.
    None,
    /// `Authorization: Bearer` with the credential `TOKEN`.
    Bearer,
    /// A header of its own with the credential `TOKEN`.
    Header,
    /// User name and the credential `PASSWORD`.
    Basic,
    /// OAuth 2 client credentials: `CLIENT_SECRET` is exchanged for an access token.
    OauthClient,
    /// OAuth 2 refresh: `REFRESH_TOKEN` (and `CLIENT_SECRET`) is exchanged for an access token; a new refresh token that
    /// comes with it is kept.
    OauthRefresh,
}

/// Who we are, for every request.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "RestAuthInput")]
#[serde(rename_all = "camelCase")]
pub struct RestAuth {
    /// How.
    sign_in: RestSignIn,
    /// The header, for `HEADER`.
    header: Option<String>,
    /// The user, for `BASIC`.
    user_name: Option<String>,
    /// Where tokens are given out, for OAuth.
    token_url: Option<String>,
    /// The client, for OAuth.
    client_id: Option<String>,
    /// What is asked for, for OAuth.
    scope: Option<String>,
    /// For whom the token is meant, for OAuth services that ask.
    audience: Option<String>,
    /// Whether client and secret go into the form instead of the header, for OAuth.
    #[graphql(default)]
    is_client_in_form: bool,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RestPaging {
    /// It does not.
    None,
    /// A `Link` header with `rel="next"`.
    LinkHeader,
    /// The answer holds the address of the next page, or a cursor for `parameter`, at `nextPointer`.
    NextPointer,
    /// Pages are counted in `parameter` from 1 until one is empty.
    PageNumber,
}

/// A list of reports that are there.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "RestListInput")]
#[serde(rename_all = "camelCase")]
pub struct RestList {
    /// Where the list is.
    url: String,
    /// Where in the answer the array stands, as a JSON pointer (`/data/reports`); the answer itself when empty.
    #[graphql(default)]
    items_pointer: String,
    /// Where in an item its id stands.
    key_pointer: String,
    /// Where in an item stands what tells a changed one: an entity tag, a time.
    version_pointer: Option<String>,
    /// Where in an item its name stands.
    name_pointer: Option<String>,
    /// Where in an item the address of its content stands.
    url_pointer: Option<String>,
    /// The address of the content, with `{key}` for the id, where items do not have it.
    download_url: Option<String>,
    /// How the list goes on.
    #[graphql(default_with = "RestPaging::None")]
    paging: RestPaging,
    /// Where the next page stands, for `NEXT_POINTER`.
    next_pointer: Option<String>,
    /// The parameter of the page or the cursor.
    parameter: Option<String>,
}

/// Reports that are made on request: asked for, waited for, fetched; one per month.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "RestJobsInput")]
#[serde(rename_all = "camelCase")]
pub struct RestJobs {
    /// How many full months back are asked for, 1 to 24.
    months: u32,
    /// Where a report is asked for. `{period}`, `{from}`, `{to}` stand for `2026-01`, `2026-01-01`, `2026-01-31`.
    request_url: String,
    /// What is sent there, JSON with the same words; nothing (and GET) when empty.
    #[graphql(default)]
    request_body: String,
    /// Where in the answer the id of the job stands.
    id_pointer: String,
    /// Where its state is asked for, with `{id}`.
    status_url: String,
    /// Where in that answer the state stands.
    status_pointer: String,
    /// States that mean done.
    done_values: Vec<String>,
    /// States that mean it will never be done.
    #[graphql(default)]
    failed_values: Vec<String>,
    /// Where in the last answer the address of the report stands.
    url_pointer: Option<String>,
    /// The address of the report, with `{id}`, where the answer does not have it.
    download_url: Option<String>,
    /// Seconds between two questions.
    #[graphql(default = 10)]
    poll_seconds: u32,
    /// Seconds after which a job is left for the next try.
    #[graphql(default = 1800)]
    timeout_seconds: u32,
}

/// An interface over HTTP: a list of reports, or reports made on request. The provider's requests for patience (status
/// 429, `Retry-After`) are honoured.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "RestMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct RestMethod {
    /// Who we are.
    auth: RestAuth,
    /// The list; either this or `jobs`.
    list: Option<RestList>,
    /// Reports on request; either this or `list`.
    jobs: Option<RestJobs>,
    /// Which names; all when empty.
    #[graphql(default)]
    pattern: String,
    /// Pause before every request, in milliseconds, where the provider limits their rate.
    #[graphql(default)]
    pause_millis: u32,
}

/// The version of a SOAP envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SoapVersion {
    /// SOAP 1.1.
    V11,
    /// SOAP 1.2.
    V12,
}

/// A SOAP service that is asked for one report per month. With a `userName`, a WS-Security user name token with the
/// credential `PASSWORD` is sent.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "SoapMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct SoapMethod {
    /// Where the service is.
    url: String,
    /// The version of the envelope.
    #[graphql(default_with = "SoapVersion::V11")]
    version: SoapVersion,
    /// The action.
    #[graphql(default)]
    action: String,
    /// What is inside the body, as XML. `{period}`, `{from}`, `{to}` stand for `2026-01`, `2026-01-01`, `2026-01-31`.
    body: String,
    /// How many full months back are asked for, 1 to 24.
    months: u32,
    /// The local name of the element whose text is the report.
    report_element: String,
    /// Whether that text is base64.
    #[graphql(default)]
    is_base64: bool,
    /// The local name of the element with the name of the file.
    name_element: Option<String>,
    /// Who signs in.
    user_name: Option<String>,
}

/// One thing that a person would do in a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PortalAction {
    /// Go to the address in `value`.
    Open,
    /// Type `value` into what `selector` finds, in place of what is there.
    Type,
    /// Type the credential `PASSWORD` into what `selector` finds.
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
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "PortalStepInput")]
#[serde(rename_all = "camelCase")]
pub struct PortalStep {
    /// What is done.
    action: PortalAction,
    /// What it is done to, as a CSS selector.
    selector: Option<String>,
    /// What is typed, chosen or opened.
    value: Option<String>,
}

/// A portal that a browser goes through in declared steps, one report per month. Signs in with the credential
/// `PASSWORD`.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "PortalMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct PortalMethod {
    /// Who signs in.
    user_name: String,
    /// How many full months back are asked for, 1 to 24.
    months: u32,
    /// Steps that are gone once: signing in. The first one opens an address.
    sign_in: Vec<PortalStep>,
    /// Steps that are gone for every month; the last one downloads.
    steps: Vec<PortalStep>,
    /// Hosts that the browser may go to beside the first one.
    #[graphql(default)]
    hosts: Vec<String>,
    /// What the operator states about the portal's terms: that they allow reports to be fetched by a program, where it says
    /// so, who has looked and when.
    terms_statement: String,
    /// That this statement is made. Without it the source is refused.
    is_allowed_by_terms: bool,
}

/// What is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EdiStandard {
    /// DDEX digital sales reports: files named `DSR_…_1of3_…`, taken when all parts of a set are there.
    DdexDsr,
    /// ANSI X12 820, payment order and remittance advice: kept as control totals.
    X12820,
}

/// Electronic data interchange: deliveries into a folder of an SFTP server, with its credentials.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "EdiMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct EdiMethod {
    /// What is exchanged.
    standard: EdiStandard,
    /// The folder.
    sftp: SftpMethod,
}

/// Which database a provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DatabaseKind {
    /// PostgreSQL.
    Postgresql,
    /// MySQL or MariaDB.
    Mysql,
}

/// Rows of a provider's database, read with one query and taken for a CSV file with the columns' names as its header.
/// Signs in with the credential `PASSWORD`; the session can only read.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "DatabaseMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct DatabaseMethod {
    /// Which database it is.
    database: DatabaseKind,
    /// The server.
    host: String,
    /// Its port; the usual one when not given.
    port: Option<u16>,
    /// The database.
    name: String,
    /// Who signs in.
    user_name: String,
    /// One `SELECT`. `{watermark}` stands for the highest value that was read before; it goes as a quoted literal.
    query: String,
    /// The column whose highest value is the watermark. The query sorts by it.
    watermark_column: Option<String>,
    /// What `{watermark}` is at the first time.
    watermark_start: Option<String>,
    /// Whether the connection is encrypted and the server's certificate checked.
    #[graphql(default = true)]
    is_encrypted: bool,
}

/// A bucket of an S3-compatible object store. Signs requests with the credential `SECRET_KEY`.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "ObjectStoreMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct ObjectStoreMethod {
    /// Where the service is: `https://s3.eu-central-1.amazonaws.com`.
    endpoint: String,
    /// Its region.
    region: String,
    /// The bucket.
    bucket: String,
    /// The id of the key.
    access_key_id: String,
    /// What the names of objects begin with: a folder.
    #[graphql(default)]
    prefix: String,
    /// Which names, after the last slash; all when empty.
    #[graphql(default)]
    pattern: String,
}

/// Attachments of messages in a mailbox (IMAP). Signs in with the credential `PASSWORD`. Messages are left as they are.
#[derive(Debug, Clone, SimpleObject, InputObject, Serialize, Deserialize)]
#[graphql(input_name = "MailMethodInput")]
#[serde(rename_all = "camelCase")]
pub struct MailMethod {
    /// The server.
    host: String,
    /// Its port.
    #[graphql(default = 993)]
    port: u16,
    /// Whether the connection is encrypted from its beginning. Without it the password goes over the wire in clear.
    #[graphql(default = true)]
    is_encrypted: bool,
    /// Who signs in.
    user_name: String,
    /// The folder.
    #[graphql(default_with = "\"INBOX\".to_owned()")]
    folder: String,
    /// Senders whose attachments are taken: addresses, or domains that begin with `@`.
    senders: Vec<String>,
    /// A text that the subject contains; any when empty.
    #[graphql(default)]
    subject: String,
    /// Which attachments; all when empty.
    #[graphql(default)]
    pattern: String,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($kind:ident),)*) => {
        /// How reports are fetched, with the settings of the method.
        #[derive(Debug, Clone, Union)]
        #[allow(clippy::large_enum_variant, reason = "settings live for one answer")]
        pub enum SourceMethod { $($(#[$doc])* $name($kind),)* }

        /// How reports are to be fetched: exactly one method.
        #[derive(Debug, Clone, OneofObject)]
        #[allow(clippy::large_enum_variant, reason = "settings live for one request")]
        pub enum SourceMethodInput { $($(#[$doc])* $name($kind),)* }

        impl SourceMethodInput {
            /// The method as the domain knows it.
            ///
            /// # Errors
            /// `INTERNAL` when both sides do not agree on the names.
            pub fn checked(self) -> Outcome<acquisition::Method> {
                match self { $(Self::$name(settings) => Ok(acquisition::Method::$name(carried(&settings)?)),)* }
            }
        }

        impl TryFrom<&acquisition::Method> for SourceMethod {
            type Error = Failure;

            fn try_from(method: &acquisition::Method) -> Outcome<Self> {
                match method { $(acquisition::Method::$name(settings) => Ok(Self::$name(carried(settings)?)),)* }
            }
        }
    };
}

methods! {
    /// By hand.
    Upload(UploadMethod),
    /// From a folder of an SFTP server.
    Sftp(SftpMethod),
    /// From an interface over HTTP.
    Rest(RestMethod),
    /// From a SOAP service.
    Soap(SoapMethod),
    /// From a portal, through a browser.
    Portal(PortalMethod),
    /// Electronic data interchange.
    Edi(EdiMethod),
    /// From a provider's database.
    Database(DatabaseMethod),
    /// From a bucket.
    ObjectStore(ObjectStoreMethod),
    /// From a mailbox.
    Mail(MailMethod),
    /// The provider calls us.
    Webhook(WebhookMethod),
}

/// The same settings on the other side.
fn carried<A: Serialize, B: DeserializeOwned>(settings: &A) -> Outcome<B> {
    serde_json::to_value(settings)
        .and_then(serde_json::from_value)
        .map_err(|error| Failure::internal(format!("settings of a method do not carry over: {error}")))
}
