//! The answer to `ListObjectsV2`.

use quick_xml::Reader;
use quick_xml::events::Event;

/// One object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) size: u64,
}

/// One page of the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) objects: Vec<Object>,
    /// Where the next page begins; none on the last.
    pub(super) next: Option<String>,
}

pub(super) fn read(xml: &[u8]) -> Result<Page, String> {
    let mut reader = Reader::from_reader(xml);
    let (mut page, mut object, mut path, mut text) = (Page::default(), Object::default(), Vec::new(), String::new());
    let (mut truncated, mut buffer) = (false, Vec::new());
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(entity) => {
                let known = match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(character) => Some(character.to_string()),
                    None => quick_xml::escape::resolve_predefined_entity(&entity).map(str::to_owned),
                };
                text.push_str(&known.ok_or("an unknown entity")?);
            }
            Event::DocType(_) => return Err("a document type".to_owned()),
            Event::End(_) => {
                let element = path.pop().unwrap_or_default();
                let inside = path.last().is_some_and(|parent: &String| parent == "Contents");
                match (inside, element.as_str()) {
                    (true, "Key") => object.key.clone_from(&text),
                    (true, "ETag") => text.trim_matches('"').clone_into(&mut object.etag),
                    (true, "Size") => object.size = text.parse().map_err(|_| format!("a size of `{text}`"))?,
                    (false, "Contents") => page.objects.push(std::mem::take(&mut object)),
                    (false, "IsTruncated") => truncated = text == "true",
                    (false, "NextContinuationToken") => page.next = Some(text.clone()),
                    (false, "ListBucketResult") => {
                        page.next = page.next.filter(|_| truncated);
                        return Ok(page);
                    }
                    _ => {}
                }
                text.clear();
            }
            Event::Eof => return Err("it is no list".to_owned()),
            _ => {}
        }
        buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let xml = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated>\
                   <Contents><Key>a/b &amp; c.tsv</Key><ETag>&quot;0f&quot;</ETag><Size>12</Size><Owner><ID>x</ID></Owner></Contents>\
                   <NextContinuationToken>t==</NextContinuationToken></ListBucketResult>";
        let object = Object { key: "a/b & c.tsv".to_owned(), etag: "0f".to_owned(), size: 12 };
        assert_eq!(read(xml.as_bytes()), Ok(Page { objects: vec![object], next: Some("t==".to_owned()) }));
        assert!(read(b"<Error><Code>NoSuchBucket</Code></Error>").is_err());
    }
}
