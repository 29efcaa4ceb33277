//! Proposals for files that nobody has described. All names are invented.

use std::io::Cursor;
use std::sync::Arc;

use super::*;
use crate::report::Supplied;
use crate::value::DecimalMark;

fn of(name: &str, text: impl AsRef<[u8]>) -> Proposal {
    propose(name, Cursor::new(text.as_ref().to_vec())).unwrap()
}

fn fields(proposal: &Proposal) -> Vec<(&str, Field)> {
    proposal.columns.iter().filter_map(|guess| Some((guess.column.as_str(), guess.field?))).collect()
}

const SHOP: &str = "Shop statement for Lantern Row\n\n\
    Monat;Plattform;Land;Künstler;Titel;ISRC;Anzahl;Betrag (EUR);Bemerkung\n\
    03/2024;Tonhaus;DE;Mara Quill;Tide;DEXYZ2300011;12;1.234,5600;\n\
    03/2024;Tonhaus;AT;Mara Quill;Tide;DEXYZ2300011;3;0,2500;late\n\
    04/2024;Tonhaus;CH;Mara Quill;Harbour;DEXYZ2300012;-1;-0,0100;\n";

#[test]
fn a_german_statement_is_understood_and_previewed() {
    let proposal = of("tonhaus.csv", SHOP);
    assert_eq!(
        fields(&proposal),
        [
            ("Monat", Field::SalePeriod),
            ("Plattform", Field::Platform),
            ("Land", Field::Territory),
            ("Künstler", Field::Artist),
            ("Titel", Field::Title),
            ("ISRC", Field::Isrc),
            ("Anzahl", Field::Units),
            ("Betrag (EUR)", Field::Amount),
        ]
    );
    assert_eq!((proposal.header_line, proposal.mapping.currency.as_deref()), (3, Some("EUR")));
    assert_eq!((proposal.mapping.decimal, proposal.mapping.thousands.as_str()), (DecimalMark::Comma, "."));
    assert!(proposal.columns[5].confidence > 90 && proposal.columns[8].confidence == 0);
    let layout = Arc::new(layout_of(&proposal.mapping).unwrap());
    let preview = preview(&layout, "tonhaus.csv", Cursor::new(SHOP.as_bytes()), Supplied::default()).unwrap();
    // 1234.56 + 0.25 − 0.01; 12 + 3 − 1.
    assert_eq!((preview.amounts["EUR"].as_str(), preview.units, preview.bad), ("1234.8000", 14, 0));
    assert_eq!((preview.lines[0].sale_from.as_str(), preview.lines[0].sale_to.as_str()), ("2024-03-01", "2024-03-31"));
    assert_eq!(preview.lines[0].territory.as_deref(), Some("DE"));
}

#[test]
fn cyrillic_bytes_are_recognised() {
    let text = "Период;Площадка;Исполнитель;Название трека;ISRC;Количество;Сумма вознаграждения;Валюта\n\
        2024-03;Волна;Мара;Прилив;RUXYZ2300011;10;5,25;RUB\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let proposal = of("volna.csv", &bytes);
    assert_eq!(proposal.mapping.encoding.as_deref(), Some("windows-1251"));
    let layout = Arc::new(layout_of(&proposal.mapping).unwrap());
    let preview = preview(&layout, "volna.csv", Cursor::new(bytes.into_owned()), Supplied::default()).unwrap();
    assert_eq!((preview.amounts["RUB"].as_str(), preview.lines[0].title.as_deref()), ("5.25", Some("Прилив")));
}

#[test]
fn what_is_not_said_or_can_be_read_in_two_ways_is_told() {
    let text = "Song,Performer,Date,Royalties\nTide,Mara Quill,03/04/2024,1.5\nHarbour,Mara Quill,05/06/2024,2\n";
    let proposal = of("x.csv", text);
    let remarks = proposal.remarks.join("\n");
    assert!(
        remarks.contains("currency") && remarks.contains("`Date` can be read as %m/%d/%Y and as %d/%m/%Y"),
        "{remarks}"
    );
    // A thirteenth of a month that does not exist settles it.
    let settled = of("x.csv", text.replace("05/06", "25/06"));
    assert_eq!(settled.mapping.dates, ["%d/%m/%Y"]);
}

#[test]
fn content_speaks_against_a_name() {
    let text = "Work Title,Work ID,Amount,Currency\nTide,W1,100.51,Really\nHarbour,W2,99.49,Really\n";
    let proposal = of("society.csv", text);
    assert!(!fields(&proposal).iter().any(|(_, field)| *field == Field::Currency));
    assert_eq!(fields(&proposal)[2], ("Amount", Field::Amount));
}

#[test]
fn what_is_no_table_is_refused() {
    for text in ["Dear all,\nplease find attached\n", "a,b,c\n1,2,3\n", "Title,Artist,Album\nTide,Quill,Harbour\n"] {
        assert!(propose("x", Cursor::new(text.as_bytes().to_vec())).is_err(), "{text}");
    }
}
