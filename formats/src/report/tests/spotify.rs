use kernel::codes::{Isrc, RevenueType, Upc};

use super::*;

const HEAD: &str = "Format version\tStart date\tEnd date\tSender\tRecipient\tDisclaimer\n\
    2\t2023-10-01\t2023-10-31\tSpotify\tLantern Row\tConfidential\n";
const V1: &str = "Country\tLabel\tProduct\tURI\tUPC\tEAN\tISRC\tTrack name\tArtist name\tComposer name\tAlbum name\tQuantity\tUSD Payable\n";

fn v1(rows: &str) -> String {
    format!("{HEAD}{V1}{rows}")
}

#[test]
fn the_first_form() {
    let report = read(v1(concat!(
        "DE\tLantern Row\tA\tspotify:track:aa1\t4006381333931\t\tDEXYZ2300011\tGlass \"Half\" Tide\tMara Quill\tN/A\tHarbour\t8\t0.01000246370629471467011063892\n",
        "GB\tLantern Row\tPDIB\tspotify:track:aa1\t\t4006381333931\tDEXYZ2300011\tGlass \"Half\" Tide\tMara Quill\t\tHarbour\t1\t0.0002503585965471062832417870324\n",
        "XK\tLantern Row\tP\tspotify:track:aa2\t\t\t\tUnnamed\tMara Quill\t\tHarbour\t-2\t-0.00100000000000000000000000001\n",
    )))
    .unwrap();
    assert_eq!(report.layout, "spotify-licensor-v1");
    assert_eq!(report.amounts(), "0.0092528223028418209533524259424 USD");
    assert_eq!(report.totals.units, 7);
    assert!(report.bad.is_empty());
    let [first, second, third] = report.lines.as_slice() else { panic!() };
    assert_eq!(first.line_no, 4);
    assert_eq!(first.platform, "Spotify");
    assert_eq!(first.revenue_type, RevenueType::Stream);
    assert_eq!(first.isrc.valid(), Some(Isrc::parse("DEXYZ2300011").unwrap()));
    assert_eq!(first.upc.valid(), Some(Upc::parse("4006381333931").unwrap()));
    assert_eq!(second.upc, first.upc);
    assert_eq!(first.source_item_key.as_deref(), Some("spotify:track:aa1"));
    assert_eq!(first.title.as_deref(), Some("Glass \"Half\" Tide"));
    assert_eq!(first.release_title.as_deref(), Some("Harbour"));
    assert_eq!((first.sale_from, first.sale_to), (day("2023-10-01"), day("2023-10-31")));
    assert_eq!(first.amount.to_string(), "0.010002463706294714");
    assert!(!first.is_return && third.is_return);
    assert_eq!(third.isrc, Coded::Absent);
    assert_eq!(report.metadata[1], r#"{"label":"Lantern Row","product":"PDIB"}"#);
    // What 18 decimals do not hold is accounted for, to the last digit.
    let cut = report.totals.amounts[0].cut().to_plain_string();
    assert_eq!(cut, "0.0000000000000000009533524259424");
}

#[test]
fn the_form_with_a_currency_column() {
    let text = format!(
        "{}Country\tLabel\tProduct\tURI\tUPC\tEAN\tISRC\tTrack name\tArtist name\tComposer name\tAlbum name\tQuantity\tPayable currency\tPayable\n{}",
        "Format version\tStart date\tEnd date\tSender\tDPID\tRecipient\tDisclaimer\n3\t2024-02-01\t2024-02-29\tSpotify\tPADPIDA1\tLantern Row\tConfidential\n",
        "SE\tL\tA\tspotify:track:b\t\t\tDEXYZ2300011\tT\tA\t\tR\t10\tSEK\t1.25\nUS\tL\tA\tspotify:track:b\t\t\tDEXYZ2300011\tT\tA\t\tR\t10\tEUR\t0.75\n",
    );
    let report = read(text).unwrap();
    assert_eq!(report.layout, "spotify-licensor-v2");
    assert_eq!(report.amounts(), "1.25 SEK, 0.75 EUR");
    assert_eq!(report.lines[0].sale_to, day("2024-02-29"));
}

#[test]
fn breakage_is_told_by_the_file_name() {
    let text = v1("DE\tL\tA\tu\t\t\t\tT\tA\t\tR\t1\t0.1\n");
    let report = read_named("row-track-for-Breakage-202310.txt", text.as_bytes(), Supplied::default()).unwrap();
    assert_eq!(report.lines[0].revenue_type, RevenueType::Breakage);
}

#[test]
fn a_header_that_lost_a_column_is_named() {
    let text = v1("").replace("\tUSD Payable", "");
    let Err(FileError::MissingColumns { layout, line, missing }) = read(text) else { panic!() };
    assert_eq!(
        (layout.as_str(), line, missing.as_slice()),
        ("spotify-licensor-v1", 3, ["USD Payable".to_owned()].as_slice())
    );
}

#[test]
fn a_period_that_cannot_be_is_refused() {
    let text = v1("DE\tL\tA\tu\t\t\t\tT\tA\t\tR\t1\t0.1\n").replace("2023-10-31", "2023-10-32");
    let error = read(text).err().unwrap();
    assert_eq!(error.code(), "PREAMBLE_UNREADABLE");
    assert!(error.to_string().contains("`2023-10-32`"), "{error}");
    let backwards = v1("DE\tL\tA\tu\t\t\t\tT\tA\t\tR\t1\t0.1\n").replace("2023-10-31", "2023-09-30");
    assert_eq!(read(backwards).unwrap().problems(), ["4:0 PERIOD_REVERSED"]);
}
