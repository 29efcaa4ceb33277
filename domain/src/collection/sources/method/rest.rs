//! From an interface over HTTP: lists of files, and reports that are made on request.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// How requests say who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RestSignIn {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer` with `TOKEN`.
    Bearer,
    /// A header of its own with `TOKEN`.
    Header,
    /// User name and `PASSWORD`.
    Basic,
    /// OAuth 2 client credentials: `CLIENT_SECRET` is exchanged for an access token.
    OauthClient,
    /// OAuth 2 refresh: `REFRESH_TOKEN` (and `CLIENT_SECRET`) is exchanged for an access token.
    OauthRefresh,
}

/// Who we are, for every request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestAuth {
    /// How.
    pub sign_in: RestSignIn,
    /// The header, for `HEADER`.
    #[serde(default)]
    pub header: Option<String>,
    /// The user, for `BASIC`.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Where tokens are given out, for OAuth.
    #[serde(default)]
    pub token_url: Option<String>,
    /// The client, for OAuth.
    #[serde(default)]
    pub client_id: Option<String>,
    /// What is asked for, for OAuth.
    #[serde(default)]
    pub scope: Option<String>,
    /// For whom the token is meant, for OAuth services that ask.
    #[serde(default)]
    pub audience: Option<String>,
    /// Whether client and secret go into the form instead of the header.
    #[serde(default)]
    pub is_client_in_form: bool,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RestPaging {
    /// It does not.
    #[default]
    None,
    /// A `Link` header with `rel="next"`.
    LinkHeader,
    /// The answer holds the address of the next page, or a cursor for `parameter`, at `nextPointer`.
    NextPointer,
    /// Pages are counted in `parameter` from 1 until one is empty.
    PageNumber,
}

/// A list of reports that are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestList {
    /// Where the list is.
    pub url: String,
    /// Where in the answer the array stands, as a JSON pointer; the answer itself when empty.
    #[serde(default)]
    pub items_pointer: String,
    /// Where in an item its id stands.
    pub key_pointer: String,
    /// Where in an item stands what tells a changed one: an entity tag, a time.
    #[serde(default)]
    pub version_pointer: Option<String>,
    /// Where in an item its name stands.
    #[serde(default)]
    pub name_pointer: Option<String>,
    /// Where in an item the address of its content stands.
    #[serde(default)]
    pub url_pointer: Option<String>,
    /// The address of the content, with `{key}` for the id, where items do not have it.
    #[serde(default)]
    pub download_url: Option<String>,
    /// How the list goes on.
    #[serde(default)]
    pub paging: RestPaging,
    /// Where the next page stands, for `NEXT_POINTER`.
    #[serde(default)]
    pub next_pointer: Option<String>,
    /// The parameter of the page or the cursor.
    #[serde(default)]
    pub parameter: Option<String>,
}

/// Reports that are made on request: asked for, waited for, fetched; one per month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestJobs {
    /// How many full months back are asked for.
    pub months: u32,
    /// Where a report is asked for. `{period}`, `{from}`, `{to}` stand for `2026-01`, `2026-01-01`, `2026-01-31`.
    pub request_url: String,
    /// What is sent there, JSON with the same words; nothing (and GET) when empty.
    #[serde(default)]
    pub request_body: String,
    /// Where in the answer the id of the job stands.
    pub id_pointer: String,
    /// Where its state is asked for, with `{id}`.
    pub status_url: String,
    /// Where in that answer the state stands.
    pub status_pointer: String,
    /// States that mean done.
    pub done_values: Vec<String>,
    /// States that mean it will never be done.
    #[serde(default)]
    pub failed_values: Vec<String>,
    /// Where in the last answer the address of the report stands.
    #[serde(default)]
    pub url_pointer: Option<String>,
    /// The address of the report, with `{id}`, where the answer does not have it.
    #[serde(default)]
    pub download_url: Option<String>,
    /// Seconds between two questions.
    #[serde(default = "ten")]
    pub poll_seconds: u32,
    /// Seconds after which a job is left for the next try.
    #[serde(default = "half_an_hour")]
    pub timeout_seconds: u32,
}

const fn ten() -> u32 {
    10
}

const fn half_an_hour() -> u32 {
    1800
}

/// An interface over HTTP: a list of reports, or reports made on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestMethod {
    /// Who we are.
    #[serde(default)]
    pub auth: RestAuth,
    /// The list.
    #[serde(default)]
    pub list: Option<RestList>,
    /// Reports on request.
    #[serde(default)]
    pub jobs: Option<RestJobs>,
    /// Which names; all when empty.
    #[serde(default)]
    pub pattern: String,
    /// Pause before every request, in milliseconds, where the provider limits their rate.
    #[serde(default)]
    pub pause_millis: u32,
}

fn pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

impl RestMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let mut check = self.auth.check(check);
        check = check.that(
            self.list.is_some() != self.jobs.is_some(),
            "list",
            "Give either `list` or `jobs`: reports are there, or they are made on request.",
        );
        check = check.that(self.pause_millis <= 60_000, "pauseMillis", "A pause is at most a minute.");
        if let Some(list) = &self.list {
            check = list.check(check);
        }
        if let Some(jobs) = &self.jobs {
            check = jobs.check(check);
        }
        check.done()
    }
}

impl RestAuth {
    fn check(&self, mut check: Check) -> Check {
        use RestSignIn as S;
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        if matches!(self.sign_in, S::OauthClient | S::OauthRefresh) {
            check = check.url("auth", self.token_url.as_deref().unwrap_or_default()).that(
                given(&self.client_id),
                "auth",
                "Give the `clientId`.",
            );
        }
        check.that(self.sign_in != S::Basic || given(&self.user_name), "auth", "Give the `userName`.").that(
            self.sign_in != S::Header || given(&self.header),
            "auth",
            "Give the `header` that carries the token.",
        )
    }
}

impl RestList {
    fn check(&self, check: Check) -> Check {
        let pointers = [Some(&self.items_pointer), Some(&self.key_pointer), self.version_pointer.as_ref()]
            .into_iter()
            .chain([self.name_pointer.as_ref(), self.url_pointer.as_ref(), self.next_pointer.as_ref()])
            .flatten();
        let mut check = check
            .url("list", &self.url)
            .that(pointers.into_iter().all(|text| pointer(text)), "list", "A JSON pointer begins with `/`.")
            .that(
                self.url_pointer.is_some() != self.download_url.is_some(),
                "list",
                "Give either `urlPointer` or `downloadUrl`: where the content of an item is.",
            )
            .that(
                self.paging != RestPaging::NextPointer || self.next_pointer.is_some(),
                "list",
                "Give the `nextPointer`: where the next page stands.",
            )
            .that(
                self.paging != RestPaging::PageNumber || self.parameter.is_some(),
                "list",
                "Give the `parameter` that counts the pages.",
            );
        if let Some(url) = &self.download_url {
            check = check.url("list", url);
        }
        check
    }
}

impl RestJobs {
    fn check(&self, check: Check) -> Check {
        let mut check = check
            .that((1..=24).contains(&self.months), "jobs", "Ask for 1 to 24 months back.")
            .url("jobs", &self.request_url)
            .url("jobs", &self.status_url)
            .that(
                [&self.id_pointer, &self.status_pointer].into_iter().all(|text| pointer(text)),
                "jobs",
                "A JSON pointer begins with `/`.",
            )
            .that(!self.done_values.is_empty(), "jobs", "Say which states mean done.")
            .that((1..=600).contains(&self.poll_seconds), "jobs", "Ask every 1 to 600 seconds.")
            .that((1..=7200).contains(&self.timeout_seconds), "jobs", "Wait 1 to 7200 seconds.")
            .that(
                self.url_pointer.is_some() != self.download_url.is_some(),
                "jobs",
                "Give either `urlPointer` or `downloadUrl`: where the report is.",
            );
        if let Some(url) = &self.download_url {
            check = check.url("jobs", url);
        }
        check
    }
}
