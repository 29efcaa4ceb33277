//! Files without a header: kinds of records, and fixed columns.

use kernel::codes::RevenueType;

use super::*;

/// Two sales of a recording for 3.5 and 2.25, one of a work for 1; the totals stand first.
const LICENCES: &str = "T,M,2024-01-01T00:00:00.000Z,2024-03-31T23:59:59.999Z,2,USD,10.0000,5.7500,15.75\n\
    S,M,2024-02-01T08:00:00.000Z,Team One,Tide,\"Mara Quill, B\",DEXYZ2300011,00718752340625,Lantern Row,US,USD,25.0000,0.0000,4.1666,20.8333,10.4166,70.00,3.5000\n\
    S,M,2024-02-02T08:00:00.000Z,Team Two,Tide,Mara Quill,DEXYZ2300011,00718752340625,Lantern Row,DE,USD,25.0000,0.0000,4.1666,20.8333,10.4166,70.00,2.2500\n\
    T,P,2024-01-01T00:00:00.000Z,2024-03-31T23:59:59.999Z,1,USD,0.0000,1.0000,1.00\n\
    S,P,2024-02-03T08:00:00.000Z,Team One,Tide,Mara Quill,\"One Writer, Two\",T0345246801,US,USD,25.0000,0.0000,4.1666,20.8333,10.4166,50.00,5.2083,70.00,1.0000\n";

#[test]
fn records_say_what_they_are_and_totals_are_checked_by_kind() {
    let report = read(LICENCES).unwrap();
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), ("clicknclear", "6.7500 USD"));
    assert_eq!((report.totals.rows, report.totals.units), (3, 3));
    assert_eq!(report.lines[0].artist.as_deref(), Some("Mara Quill, B"));
    assert_eq!(
        (report.lines[2].iswc.valid().is_some(), report.lines[2].configuration.as_deref()),
        (true, Some("WORK"))
    );
    assert_eq!((report.lines[0].revenue_type, report.lines[0].sale_from), (RevenueType::Sync, day("2024-02-01")));
    let told: Vec<_> =
        report.totals.controls.iter().map(|c| (c.label.as_str(), c.stated.as_str(), c.outcome)).collect();
    assert_eq!(
        told,
        [
            ("Number Of Sales of M", "2", Outcome::Agrees),
            ("Amount Due of M", "5.7500", Outcome::Agrees),
            ("Number Of Sales of P", "1", Outcome::Agrees),
            ("Amount Due of P", "1.0000", Outcome::Agrees),
        ]
    );
    let wrong = read(LICENCES.replace("5.7500,15.75", "5.7600,15.76")).unwrap();
    assert_eq!(wrong.totals.controls[1].outcome, Outcome::Differs);
}

#[test]
fn a_record_of_another_length_or_kind_is_an_error_of_its_line() {
    // Beyond the first lines, where the kinds are recognised.
    let many = LICENCES.lines().skip(1).take(2).collect::<Vec<_>>().join("\n") + "\n";
    let text = format!("{}{}S,M,cut off\nX,1,2\n", LICENCES, many.repeat(40));
    let report = read(text).unwrap();
    assert_eq!(report.problems(), ["86:0 ROW_SHORT", "87:0 KIND_UNKNOWN"]);
    assert!(report.bad[0].raw.contains("cut off"));
}

/// A line of fixed columns: texts at their places, from 0.
fn fixed(places: &[(usize, &str)]) -> String {
    let mut line = String::new();
    for (at, text) in places {
        assert!(line.len() <= *at, "{line} reaches over {at}");
        line.push_str(&" ".repeat(at - line.len()));
        line.push_str(text);
    }
    line + "\n"
}

fn acknowledgement() -> String {
    let ack = |number: &str, own: &str, given: &str, status: &str| {
        fixed(&[
            (0, "ACK"),
            (3, number),
            (11, "00000000"),
            (38, number),
            (46, "NWR"),
            (49, "TIDE"),
            (109, own),
            (129, given),
            (149, "20240301"),
            (157, status),
        ])
    };
    let work = |number: &str, iswc: &str| fixed(&[(0, "NWR"), (3, number), (11, "00000001"), (19, "TIDE"), (95, iswc)]);
    [
        fixed(&[(0, "HDR"), (3, "SO000000052LANTERN SOCIETY"), (59, "01.1020240301")]),
        fixed(&[(0, "GRHACK0000102.10")]),
        ack("00000000", "W1", "990001", "AS"),
        work("00000000", "T0345246801"),
        ack("00000001", "W2", "", "RJ"),
        fixed(&[(0, "MSG"), (3, "0000000100000001F00000000NWRF005NO WRITER IS NAMED")]),
        work("00000001", ""),
        fixed(&[(0, "GRT00001"), (8, "00000002"), (16, "00000007")]),
        fixed(&[(0, "TRL00001"), (8, "00000002"), (16, "00000009")]),
    ]
    .concat()
}

#[test]
fn acknowledgements_are_identifiers_and_no_revenue() {
    let text = acknowledgement();
    assert_eq!(read(&text).err().unwrap().code(), "FILE_WITHOUT_MONEY");
    let mut reader = IdentifierReader::detect(Layouts::shipped(), Cursor::new(text.clone())).unwrap();
    let first = reader.next_work().unwrap().unwrap();
    assert_eq!((first.own.as_str(), first.given.as_str(), first.accepted, first.line), ("W1", "990001", true, 3));
    assert!(first.iswc.valid().is_some());
    let second = reader.next_work().unwrap().unwrap();
    assert_eq!((second.own.as_str(), second.status.as_str(), second.accepted), ("W2", "RJ", false));
    assert_eq!(second.remarks, "NO WRITER IS NAMED");
    assert_eq!(reader.next_work().unwrap(), None);
    assert!(reader.controls().iter().all(|control| control.outcome == Outcome::Agrees), "{:?}", reader.controls());
    assert_eq!(reader.controls().len(), 5);
    // Cut off before its trailer.
    let cut: String = text.lines().take(5).map(|line| format!("{line}\n")).collect();
    let mut reader = IdentifierReader::detect(Layouts::shipped(), Cursor::new(cut)).unwrap();
    while reader.next_work().unwrap().is_some() {}
    assert_eq!(reader.controls()[0].outcome, Outcome::Differs);
}
