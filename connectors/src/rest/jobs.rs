//! Reports that are made on request: asked for, waited for, fetched.

use std::time::Duration;

use domain::collection::sources::RemoteFile;
use domain::collection::sources::method::RestJobs;
use kernel::failure::{Failure, Outcome};

use super::{Rest, encoded, misses, text_at};
use crate::http::{Answer, Request, parse};
use crate::period::Period;

/// One report per full month.
pub(super) fn periods(rest: &Rest, jobs: &RestJobs) -> Vec<RemoteFile> {
    Period::last(jobs.months, rest.now)
        .into_iter()
        .map(|period| RemoteFile {
            key: period.name(),
            version: String::new(),
            name: format!("report-{}", period.name()),
            size: None,
        })
        .collect()
}

/// Asks for the report of a month and waits until it is made.
pub(super) async fn fetch(rest: &mut Rest, jobs: &RestJobs, key: &str) -> Outcome<Answer> {
    let period = Period::parse(key).ok_or_else(|| Failure::internal("a report of no month"))?;
    let url = parse(&period.fill(&jobs.request_url))?;
    let request = if jobs.request_body.is_empty() {
        Request::get(url)
    } else {
        Request::post(url, "application/json", period.fill(&jobs.request_body))
    };
    let answer = rest.ask(request).await?.json().await?;
    let id = text_at(&answer, &jobs.id_pointer).ok_or_else(|| misses("The new job", &jobs.id_pointer))?;
    let fill = |template: &str| period.fill(template).replace("{id}", &encoded(&id));

    let pause = jobs.poll_seconds.max(1);
    let mut waited = 0;
    let last = loop {
        let answer = rest.ask(Request::get(parse(&fill(&jobs.status_url))?)).await?.json().await?;
        let state =
            text_at(&answer, &jobs.status_pointer).ok_or_else(|| misses("The job's state", &jobs.status_pointer))?;
        if jobs.done_values.contains(&state) {
            break answer;
        }
        if jobs.failed_values.contains(&state) {
            let message = format!("The provider could not make the report of {key}: its job ended as `{state}`.");
            return Err(Failure::refused("SOURCE_JOB_FAILED", message));
        }
        if waited >= jobs.timeout_seconds {
            let message =
                format!("The provider has not made the report of {key} within {waited} seconds; it is `{state}`.");
            return Err(Failure::unavailable("SOURCE_JOB_SLOW", message));
        }
        tokio::time::sleep(Duration::from_secs(pause.into())).await;
        waited = waited.saturating_add(pause);
    };
    let url = match (&jobs.url_pointer, &jobs.download_url) {
        (Some(pointer), _) => {
            let url = text_at(&last, pointer).ok_or_else(|| misses("The finished job", pointer))?;
            parse(&jobs.status_url)?.join(&url).map_err(|_| misses("The finished job", pointer))?.to_string()
        }
        (None, Some(template)) => fill(template),
        (None, None) => return Err(Failure::internal("jobs without content")),
    };
    rest.content(&url, &jobs.request_url).await
}
