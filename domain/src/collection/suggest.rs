//! What waiting lines may belong to: catalogue items with nearly the same title and artist, each with its reasons.
//!
//! A suggestion is never taken by itself: titles do not decide, people do.

use entity::suspense_group;
use kernel::codes::ItemKind;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::SuspenseId;
use kernel::permission::Permission;
use platform::db::{OrFail, sql};
use sea_orm::{ConnectionTrait, EntityTrait, TryGetable};
use uuid::Uuid;

use super::model::ItemRef;
use crate::Core;

/// Most suggestions for one group.
const MOST: usize = 10;
/// Below this, out of 100, two things are not alike.
const ALIKE: usize = 60;
/// Items that are compared: those that share a word with the title.
const CANDIDATES: i64 = 2_000;

/// An item that waiting lines may belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The item.
    pub item: ItemRef,
    /// Its title.
    pub title: String,
    /// Its artist; empty for works.
    pub artist: String,
    /// How alike, out of 100.
    pub score: i32,
    /// Why it is suggested.
    pub reasons: Vec<String>,
}

/// Suggests catalogue items for a group of waiting lines, the most alike first.
///
/// # Errors
/// `SUSPENSE_UNKNOWN`, `FORBIDDEN`; database failures.
pub async fn suspense_suggestions(ctx: &OpContext, core: &Core, id: SuspenseId) -> Outcome<Vec<Suggestion>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let group = suspense_group::Entity::find_by_id((ctx.tenant_id.uuid(), id.uuid())).one(&tx).await.or_fail()?;
    let group =
        group.ok_or_else(|| Failure::not_found("SUSPENSE_UNKNOWN", "There is no such group.").at(["groupId"]))?;
    let title = plain(group.title.as_deref().unwrap_or_default());
    let artist = plain(group.artist.as_deref().unwrap_or_default());
    // The longest word of a title tells most, and keeps the comparison to a part of the catalogue.
    let Some(word) = title.split(' ').max_by_key(|word| word.chars().count()).filter(|word| !word.is_empty()) else {
        return Ok(Vec::new());
    };
    let pattern = format!("%{}%", word.replace(['\\', '%', '_'], ""));
    let query = "SELECT kind, id, title, artist FROM (
            SELECT 1 AS kind, id, title, artist FROM recording WHERE tenant_id = $1 AND lower(title) LIKE $2
            UNION ALL SELECT 2, id, title, '' FROM work WHERE tenant_id = $1 AND lower(title) LIKE $2
            UNION ALL SELECT 3, id, title, artist FROM release WHERE tenant_id = $1 AND lower(title) LIKE $2
        ) AS item ORDER BY kind, id LIMIT $3";
    let asked = sql(query, [ctx.tenant_id.uuid().into(), pattern.into(), CANDIDATES.into()]);
    let mut found = Vec::new();
    for row in tx.query_all_raw(asked).await.or_fail()? {
        let kind = match i32::try_get(&row, "", "kind").or_fail_get()? {
            1 => ItemKind::Recording,
            2 => ItemKind::Work,
            _ => ItemKind::Release,
        };
        let id = Uuid::try_get(&row, "", "id").or_fail_get()?;
        let known_title = String::try_get(&row, "", "title").or_fail_get()?;
        let known_artist = String::try_get(&row, "", "artist").or_fail_get()?;
        if let Some((score, reasons)) = compare(&title, &artist, &plain(&known_title), &plain(&known_artist)) {
            let score = i32::try_from(score).unwrap_or(100);
            found.push(Suggestion {
                item: ItemRef { kind, id },
                title: known_title,
                artist: known_artist,
                score,
                reasons,
            });
        }
    }
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.item.id.cmp(&b.item.id)));
    found.truncate(MOST);
    Ok(found)
}

/// A column that is not what the query says is a fault of ours.
trait OrFailGet<T> {
    fn or_fail_get(self) -> Outcome<T>;
}

impl<T> OrFailGet<T> for Result<T, sea_orm::TryGetError> {
    fn or_fail_get(self) -> Outcome<T> {
        self.map_err(|error| Failure::internal(format!("{error:?}")))
    }
}

/// A text without what titles are written with in one place and without in another: case, marks, what stands in
/// brackets, who is featured.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare = lower.split(['(', '[']).next().unwrap_or_default();
    let bare = bare.split(" feat").next().unwrap_or_default().split(" ft.").next().unwrap_or_default();
    let words = bare.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// How alike two texts are, out of 100: by the letters that would have to be changed.
fn alike(a: &str, b: &str) -> usize {
    let longest = a.chars().count().max(b.chars().count());
    if longest == 0 {
        return 0;
    }
    100_usize.saturating_sub(strsim::damerau_levenshtein(a, b).saturating_mul(100) / longest)
}

/// Weighs title and artist; nothing when the title is not alike.
fn compare(title: &str, artist: &str, known_title: &str, known_artist: &str) -> Option<(usize, Vec<String>)> {
    let by_title = alike(title, known_title);
    if by_title < ALIKE {
        return None;
    }
    let mut reasons = vec![if by_title == 100 {
        "The title is the same.".to_owned()
    } else {
        format!("The title is alike: {by_title} of 100.")
    }];
    if artist.is_empty() || known_artist.is_empty() {
        reasons.push("No artist to compare.".to_owned());
        return Some((by_title * 7 / 10, reasons));
    }
    let by_artist = alike(artist, known_artist);
    reasons.push(match by_artist {
        100 => "The artist is the same.".to_owned(),
        ALIKE.. => format!("The artist is alike: {by_artist} of 100."),
        _ => "The artist is another.".to_owned(),
    });
    Some(((by_title * 7 + by_artist * 3) / 10, reasons))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_compared_without_their_trimmings() {
        assert_eq!(plain("First Light (Remastered 2011) feat. X"), "first light");
        assert_eq!(plain("FIRST-LIGHT ft. Somebody"), "first light");
        let (same, reasons) = compare("first light", "the quiet testers", "first light", "the quiet testers").unwrap();
        assert_eq!((same, reasons.len()), (100, 2));
        // One letter of eleven: 100 − 9 = 91; with the same artist (91 × 7 + 100 × 3) ÷ 10 = 93.
        assert_eq!(compare("first lihgt", "the quiet testers", "first light", "the quiet testers").unwrap().0, 93);
        assert!(compare("second wind", "x", "first light", "x").is_none());
        assert!(compare("tide", "mara quill", "tide", "somebody else").unwrap().0 < 80);
    }
}
