//! Moments by the calendar of a place: cron expressions with a time zone.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use kernel::failure::{Failure, Finding, Outcome};

fn finding(code: &'static str, field: &str, message: String) -> Finding {
    Finding { code, message, path: vec!["input".to_owned(), field.to_owned()] }
}

/// Reads a time zone.
pub(super) fn zone(name: &str) -> Result<Tz, Finding> {
    Tz::from_str(name).map_err(|_| {
        let message = format!("`{name}` is no time zone of the IANA database, such as Europe/Berlin or UTC.");
        finding("TIME_ZONE_UNKNOWN", "timeZone", message)
    })
}

/// Reads a cron expression of five fields.
pub(super) fn cron(text: &str, field: &str) -> Result<Cron, Finding> {
    let wrong = |why: String| finding("SCHEDULE_INVALID", field, why);
    let parts = text.split_whitespace().count();
    if parts != 5 && !text.starts_with('@') {
        return Err(wrong(format!(
            "`{text}` has {parts} fields, but a schedule has five: minute, hour, day, month, weekday, such as `30 6 * * *`."
        )));
    }
    Cron::from_str(text).map_err(|error| wrong(format!("`{text}` is no schedule: {error}.")))
}

/// The first moment after `now`.
///
/// # Errors
/// `SCHEDULE_INVALID` when it never comes (31 February), `TIME_ZONE_UNKNOWN`.
pub(super) fn next(text: &str, zone_name: &str, field: &str, now: DateTime<Utc>) -> Outcome<DateTime<Utc>> {
    let refused = |finding| Failure::findings(vec![finding]);
    let zone = zone(zone_name).map_err(refused)?;
    let cron = cron(text, field).map_err(refused)?;
    cron.find_next_occurrence(&now.with_timezone(&zone), false)
        .map(|moment| moment.with_timezone(&Utc))
        .map_err(|_| refused(finding("SCHEDULE_INVALID", field, format!("`{text}` names a moment that never comes."))))
}

/// The last moment before `moment`; none when there is none, or the expression cannot be read.
pub(super) fn previous(text: &str, zone_name: &str, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let zone = zone(zone_name).ok()?;
    let cron = cron(text, "deadline").ok()?;
    cron.find_previous_occurrence(&moment.with_timezone(&zone), false).ok().map(|moment| moment.with_timezone(&Utc))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{next, previous};

    #[test]
    fn the_deadline_before_this_one() {
        let before = previous("0 9 15 * *", "Europe/Berlin", "2026-02-15T08:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(before.to_rfc3339(), "2026-01-15T08:00:00+00:00");
    }

    fn after(text: &str, zone: &str, now: &str) -> String {
        next(text, zone, "schedule", now.parse().unwrap()).unwrap().to_rfc3339()
    }

    #[test]
    fn a_schedule_follows_the_clock_of_its_place() {
        // Berlin is at +01:00 in winter, at +02:00 in summer.
        assert_eq!(after("30 6 * * *", "Europe/Berlin", "2026-01-10T12:00:00Z"), "2026-01-11T05:30:00+00:00");
        assert_eq!(after("30 6 * * *", "Europe/Berlin", "2026-07-10T12:00:00Z"), "2026-07-11T04:30:00+00:00");
        assert_eq!(after("0 9 15 * *", "America/New_York", "2026-01-15T14:00:00Z"), "2026-02-15T14:00:00+00:00");
    }

    #[test]
    fn an_hour_that_does_not_exist_is_not_lost() {
        // 29 March 2026: clocks in Berlin go from 02:00 to 03:00.
        let moment = after("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z");
        assert!(moment.starts_with("2026-03-29T01:"), "{moment}");
    }

    #[test]
    fn wrong_schedules_say_what_is_wrong() {
        let code = |text: &str, zone: &str| {
            next(text, zone, "schedule", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap_err().code()
        };
        assert_eq!(code("30 6 * *", "UTC"), "SCHEDULE_INVALID");
        assert_eq!(code("61 6 * * *", "UTC"), "SCHEDULE_INVALID");
        assert_eq!(code("0 0 31 2 *", "UTC"), "SCHEDULE_INVALID");
        assert_eq!(code("0 0 1 * *", "Atlantis/Main"), "TIME_ZONE_UNKNOWN");
    }
}
