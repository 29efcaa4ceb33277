use kernel::codes::RevenueType;
use kernel::territory::Territory;

use super::*;

#[test]
fn the_older_form_in_latin_1() {
    let text = b"Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\r\n\
        2023-02-02\t2021-04\tNapster\tBj\xf6rn Quill\t\"Caf\xe9\"\tDEXYZ2300011\t\t1\t100\tSong\tOU\t0\t0.00789993\r\n\
        2023-02-08\t2022-05\tYouTube (Ads)\tMara Quill\tTide\tDEXYZ2300011\t\t2\t30\tSong\tUS\t0\t0.00031410\r\n\
        2023-02-08\t2022-05\tYouTube (Ads)\tMara Quill\tTide\tDEXYZ2300011\t\t2\t30\tSong\tUS\t0\t0.00031410";
    let report = read(text).unwrap();
    assert_eq!(report.layout, "distrokid-v1");
    // Two rows that are the same are both money.
    assert_eq!((report.amounts().as_str(), report.totals.units), ("0.00852813 USD", 5));
    assert_eq!(report.lines[0].artist.as_deref(), Some("Björn Quill"));
    assert_eq!(report.lines[0].title.as_deref(), Some("Café"));
    assert_eq!(report.lines[0].territory.valid(), Some(Territory::UNKNOWN));
    assert_eq!(report.lines[0].statement.unwrap().from, day("2023-02-02"));
    assert_eq!(report.lines[1].revenue_type, RevenueType::Video);
    assert_eq!(report.lines[1].sale_to, day("2022-05-31"));
}

#[test]
fn the_newer_form_is_quoted() {
    let text = "\"Date Inserted\",\"Reporting Date\",\"Sale Month\",\"Store\",\"Artist\",\"Title\",\"ISRC\",\"UPC\",\"Quantity\",\"Team Percentage\",\"Source Type\",\"Country of Sale\",\"Songwriter Royalties Withheld (USD)\",\"Earnings (USD)\",\"Recoup (USD)\"\n\
        \"2025-02-03\",\"2025-01-20\",\"2024-12\",\"TikTok\",\"DJ \"\"Reed\"\" Ames\",\"Low, slow\",\"DEXYZ2300011\",\"\",\"50\",\"100\",\"Song\",\"DE\",\"0.00000\",\"0.000077777869\",\"\"\n";
    let report = read(text).unwrap();
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), ("distrokid-v2", "0.000077777869 USD"));
    assert_eq!(report.lines[0].artist.as_deref(), Some("DJ \"Reed\" Ames"));
    assert_eq!(report.lines[0].revenue_type, RevenueType::Social);
    // The same with tabs.
    let tabs = text.replace("\",\"", "\"\t\"");
    assert_eq!(read(tabs).unwrap().amounts(), "0.000077777869 USD");
}
