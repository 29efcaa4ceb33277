//! Lists of reports, page by page.

use domain::collection::sources::RemoteFile;
use domain::collection::sources::method::{RestList, RestPaging};
use hyper::header::{HeaderMap, LINK};
use kernel::failure::{Failure, Outcome};
use serde_json::Value as Json;
use url::Url;

use super::{Rest, encoded, misses, text_at};
use crate::http::{Request, parse};

/// Pages that are read at most.
const PAGES: u32 = 1_000;
/// Items that are read at most.
const ITEMS: usize = 100_000;

/// Reads the whole list.
pub(super) async fn all(rest: &mut Rest, list: &RestList) -> Outcome<Vec<RemoteFile>> {
    let first = parse(&list.url)?;
    let mut next = match (list.paging, &list.parameter) {
        (RestPaging::PageNumber, Some(parameter)) => Some(with(&first, parameter, "1")),
        _ => Some(first.clone()),
    };
    let mut found = Vec::new();
    let mut page = 1;
    while let Some(url) = next.take() {
        if page > PAGES || found.len() > ITEMS {
            return Err(Failure::refused("SOURCE_TOO_MANY_FILES", "The list does not end: narrow it down."));
        }
        // Only the interface itself is asked, with our credentials: not whatever an answer names.
        if url.origin() != first.origin() {
            return Err(Failure::refused("SOURCE_ANSWER_INVALID", "The list goes on at another host than it begins."));
        }
        let answer = rest.ask(Request::get(url.clone()).header("accept", "application/json")?).await?;
        let headers = answer.headers.clone();
        let body = answer.json().await?;
        let items = body
            .pointer(&list.items_pointer)
            .and_then(Json::as_array)
            .ok_or_else(|| misses("The list", &list.items_pointer))?;
        for item in items {
            let (file, content) = item_of(list, item)?;
            rest.contents.insert(file.key.clone(), content);
            found.push(file);
        }
        page += 1;
        next = following(list, &url, &headers, &body, items.is_empty(), page)?;
    }
    Ok(found)
}

fn item_of(list: &RestList, item: &Json) -> Outcome<(RemoteFile, String)> {
    let key = text_at(item, &list.key_pointer).ok_or_else(|| misses("An item", &list.key_pointer))?;
    let at = |pointer: &Option<String>| pointer.as_ref().and_then(|pointer| text_at(item, pointer));
    let content = match (&list.url_pointer, &list.download_url) {
        (Some(pointer), _) => {
            let url = text_at(item, pointer).ok_or_else(|| misses("An item", pointer))?;
            parse(&list.url)?.join(&url).map_err(|_| misses("An item", pointer))?.to_string()
        }
        (None, Some(template)) => template.replace("{key}", &encoded(&key)),
        (None, None) => return Err(Failure::internal("a list without content")),
    };
    let name = at(&list.name_pointer).unwrap_or_else(|| key.clone());
    let version = at(&list.version_pointer).unwrap_or_default();
    Ok((RemoteFile { key, version, name, size: None }, content))
}

fn with(url: &Url, parameter: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != parameter)
        .map(|(a, b)| (a.into_owned(), b.into_owned()))
        .collect();
    changed.query_pairs_mut().clear().extend_pairs(kept).append_pair(parameter, value);
    changed
}

/// Where the list goes on, if it does.
fn following(
    list: &RestList,
    url: &Url,
    headers: &HeaderMap,
    body: &Json,
    is_empty: bool,
    page: u32,
) -> Outcome<Option<Url>> {
    match list.paging {
        RestPaging::None => Ok(None),
        RestPaging::LinkHeader => {
            let link = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_of);
            link.map(|link| url.join(link).map_err(|_| misses("The Link header", link))).transpose()
        }
        RestPaging::NextPointer => {
            let pointer = list.next_pointer.as_deref().unwrap_or_default();
            let Some(next) = text_at(body, pointer).filter(|next| !next.is_empty()) else { return Ok(None) };
            match &list.parameter {
                Some(parameter) => Ok(Some(with(url, parameter, &next))),
                None => url.join(&next).map(Some).map_err(|_| misses("The list", pointer)),
            }
        }
        RestPaging::PageNumber if is_empty => Ok(None),
        RestPaging::PageNumber => Ok(list.parameter.as_ref().map(|parameter| with(url, parameter, &page.to_string()))),
    }
}

/// The target with `rel="next"` of a `Link` header (RFC 8288).
fn next_of(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, attributes) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = attributes.split(';').any(|one| {
            one.trim().strip_prefix("rel=").is_some_and(|rel| rel.trim_matches('"').split(' ').any(|rel| rel == "next"))
        });
        next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_header_says_where_the_next_page_is() {
        let header = r#"<https://a.example/?page=1>; rel="prev", </reports?page=3>; title="x"; rel="next last""#;
        assert_eq!(next_of(header), Some("/reports?page=3"));
        assert_eq!(next_of(r#"<x>; rel="nexttime""#), None);
    }

    #[test]
    fn a_parameter_is_replaced_and_the_others_stay() {
        let url: Url = "https://a.example/r?limit=2&page=1".parse().unwrap_or_else(|_| unreachable!());
        assert_eq!(with(&url, "page", "2 3").as_str(), "https://a.example/r?limit=2&page=2+3");
    }
}
