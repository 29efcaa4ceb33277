//! Lists that come as XML: OFAC's SDN.XML, the European Union's, the United Kingdom's, the United Nations'.

use std::io::{self, BufRead};

use super::csv_lists::expect_some;
use super::{ListRead, Listed, years};
use crate::payments::xml::{Broken, Node, Piece, Xml};

/// Attributes of an element.
type Attributes = [(Box<str>, Box<str>)];

/// Reads a list whose entries are elements of the given names; the head's text is taken from elements of another.
fn read<R: BufRead>(
    source: R,
    entries: &[&str],
    published: &mut dyn FnMut(&str, &Attributes, &mut String),
    of: &mut dyn FnMut(&Node) -> Listed,
) -> io::Result<ListRead> {
    let mut xml = Xml::new(source)?;
    let mut read = ListRead::default();
    let mut last = String::new();
    loop {
        let piece = match xml.next() {
            Ok(piece) => piece,
            Err(Broken::Io(error)) => return Err(error),
            Err(Broken::Xml(problem)) => {
                read.problems.push(problem);
                break;
            }
        };
        match piece {
            Piece::Open { name, currency, attributes, .. } if entries.contains(&&*name) => {
                match xml.take(name, currency) {
                    Ok(mut node) => {
                        node.attributes = attributes;
                        let listed = of(&node);
                        if !listed.names.is_empty() {
                            read.entries.push(listed);
                        }
                    }
                    Err(Broken::Io(error)) => return Err(error),
                    Err(Broken::Xml(problem)) => {
                        read.problems.push(problem);
                        break;
                    }
                }
            }
            Piece::Open { name, attributes, .. } => {
                published(&name, &attributes, &mut read.published);
                last = name.to_string();
            }
            Piece::Text(text) => {
                if matches!(last.as_str(), "Publish_Date" | "DateGenerated") && read.published.is_empty() {
                    text.trim().clone_into(&mut read.published);
                }
            }
            Piece::Close => {}
            Piece::End => break,
        }
    }
    expect_some(&mut read);
    Ok(read)
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

fn push(into: &mut Vec<String>, text: &str) {
    if !text.is_empty() && !into.iter().any(|own| own == text) {
        into.push(text.to_owned());
    }
}

/// Reads OFAC's SDN.XML.
///
/// # Errors
/// When the source cannot be read.
pub fn read_ofac_xml<R: BufRead>(source: R) -> io::Result<ListRead> {
    read(source, &["sdnEntry"], &mut |_, _, _| {}, &mut |node| {
        let person = node.text_at(&["sdnType"]);
        let mut entry = Listed {
            list: "OFAC",
            id: node.text_at(&["uid"]).to_owned(),
            person: (!person.is_empty()).then_some(person == "Individual"),
            ..Listed::default()
        };
        push(&mut entry.names, &joined(&[node.text_at(&["firstName"]), node.text_at(&["lastName"])]));
        let inner =
            |list: &'static str, one: &'static str| node.child(list).into_iter().flat_map(move |list| list.all(one));
        for aka in inner("akaList", "aka") {
            push(&mut entry.names, &joined(&[aka.text_at(&["firstName"]), aka.text_at(&["lastName"])]));
        }
        for address in inner("addressList", "address") {
            push(&mut entry.countries, address.text_at(&["country"]));
        }
        for nation in inner("nationalityList", "nationality") {
            push(&mut entry.countries, nation.text_at(&["country"]));
        }
        for programme in inner("programList", "program") {
            push(&mut entry.programmes, programme.text.trim());
        }
        for birth in inner("dateOfBirthList", "dateOfBirthItem") {
            entry.birth_years.extend(years(birth.text_at(&["dateOfBirth"])));
        }
        for id in inner("idList", "id") {
            if id.text_at(&["idType"]).starts_with("Digital Currency Address") {
                push(&mut entry.wallets, id.text_at(&["idNumber"]));
            }
        }
        entry
    })
}

/// Reads the European Union's consolidated list.
///
/// # Errors
/// When the source cannot be read.
pub fn read_eu_xml<R: BufRead>(source: R) -> io::Result<ListRead> {
    let day = |name: &str, attributes: &Attributes, published: &mut String| {
        if name == "export" {
            let found = attributes.iter().find(|(own, _)| &**own == "generationDate");
            *published = found.map(|(_, value)| value.to_string()).unwrap_or_default();
        }
    };
    read(source, &["sanctionEntity"], &mut { day }, &mut |node| {
        let subject = node.child("subjectType").map_or("", |subject| subject.attribute("code"));
        let reference = node.attribute("euReferenceNumber");
        let mut entry = Listed {
            list: "EU",
            id: if reference.is_empty() { node.attribute("logicalId") } else { reference }.to_owned(),
            person: (!subject.is_empty()).then_some(subject == "person"),
            ..Listed::default()
        };
        for alias in node.all("nameAlias") {
            let whole = alias.attribute("wholeName");
            let parts =
                joined(&[alias.attribute("firstName"), alias.attribute("middleName"), alias.attribute("lastName")]);
            push(&mut entry.names, if whole.is_empty() { &parts } else { whole });
        }
        for birth in node.all("birthdate") {
            entry.birth_years.extend(years(&joined(&[birth.attribute("year"), birth.attribute("birthdate")])));
            push(&mut entry.countries, birth.attribute("countryIso2Code"));
        }
        for place in node.all("citizenship").chain(node.all("address")) {
            push(&mut entry.countries, place.attribute("countryIso2Code"));
        }
        for regulation in node.all("regulation") {
            push(&mut entry.programmes, regulation.attribute("programme"));
        }
        entry.birth_years.sort_unstable();
        entry.birth_years.dedup();
        entry
    })
}

/// Reads the United Kingdom's sanctions list.
///
/// # Errors
/// When the source cannot be read.
pub fn read_uk_xml<R: BufRead>(source: R) -> io::Result<ListRead> {
    read(source, &["Designation"], &mut |_, _, _| {}, &mut |node| {
        let kind = node.first_text(&[&["IndividualEntityShip"], &["IndividualEntityShipType"]]);
        let mut entry = Listed {
            list: "UK",
            id: node.first_text(&[&["UniqueID"], &["OFSIGroupID"]]).to_owned(),
            person: (!kind.is_empty()).then_some(kind == "Individual"),
            ..Listed::default()
        };
        let mut primary = Vec::new();
        for name in node.child("Names").into_iter().flat_map(|names| names.all("Name")) {
            let parts = ["Name1", "Name2", "Name3", "Name4", "Name5", "Name6"].map(|part| name.text_at(&[part]));
            let into = if name.text_at(&["NameType"]) == "Primary Name" { &mut primary } else { &mut entry.names };
            push(into, &joined(&parts));
        }
        primary.append(&mut entry.names);
        entry.names = primary;
        push(&mut entry.programmes, node.text_at(&["RegimeName"]));
        for country in node.child("Addresses").into_iter().flat_map(|all| all.all("Address")) {
            push(&mut entry.countries, country.text_at(&["AddressCountry"]));
        }
        if let Some(person) = node.at(&["IndividualDetails", "Individual"]) {
            for birth in person.child("DOBs").into_iter().flat_map(|all| all.all("DOB")) {
                entry.birth_years.extend(years(birth.text.trim()));
            }
            for nation in person.child("Nationalities").into_iter().flat_map(|all| all.all("Nationality")) {
                push(&mut entry.countries, nation.text.trim());
            }
        }
        entry
    })
}

/// Reads the consolidated list of the Security Council.
///
/// # Errors
/// When the source cannot be read.
pub fn read_un_xml<R: BufRead>(source: R) -> io::Result<ListRead> {
    let day = |name: &str, attributes: &Attributes, published: &mut String| {
        if name == "CONSOLIDATED_LIST" {
            let found = attributes.iter().find(|(own, _)| &**own == "dateGenerated");
            *published = found.map(|(_, value)| value.to_string()).unwrap_or_default();
        }
    };
    read(source, &["INDIVIDUAL", "ENTITY"], &mut { day }, &mut |node| {
        let person = &*node.name == "INDIVIDUAL";
        let mut entry = Listed {
            list: "UN",
            id: node.first_text(&[&["REFERENCE_NUMBER"], &["DATAID"]]).to_owned(),
            person: Some(person),
            ..Listed::default()
        };
        let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"].map(|part| node.text_at(&[part]));
        push(&mut entry.names, &joined(&parts));
        for alias in node.all("INDIVIDUAL_ALIAS").chain(node.all("ENTITY_ALIAS")) {
            push(&mut entry.names, alias.text_at(&["ALIAS_NAME"]));
        }
        for nation in node.child("NATIONALITY").into_iter().flat_map(|nation| nation.all("VALUE")) {
            push(&mut entry.countries, nation.text.trim());
        }
        for address in node.all("INDIVIDUAL_ADDRESS").chain(node.all("ENTITY_ADDRESS")) {
            push(&mut entry.countries, address.text_at(&["COUNTRY"]));
        }
        for birth in node.all("INDIVIDUAL_DATE_OF_BIRTH") {
            entry.birth_years.extend(years(&joined(&[birth.text_at(&["YEAR"]), birth.text_at(&["DATE"])])));
        }
        push(&mut entry.programmes, node.text_at(&["UN_LIST_TYPE"]));
        entry
    })
}
