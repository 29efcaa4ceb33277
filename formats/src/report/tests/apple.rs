use kernel::codes::RevenueType;

use super::*;

const SALES: &str = "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\tLabel/Studio/Network/Developer/Publisher\tGrid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\tPre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency\n";

fn sale(isrc: &str, quantity: &str, share: &str, kind: &str, price: &str) -> String {
    format!(
        "11/05/2023\t12/02/2023\t\t{isrc}\t{isrc}\t{quantity}\t1.29\t{share}\tAUD\t{kind}\t900100\tMara Quill\tTide\tLantern Row\t\tH\t\tNZ\t\tCMA-C\t{price}\tNZD\n"
    )
}

#[test]
fn itunes_sales_with_returns() {
    let text = [
        SALES,
        &sale("DEXYZ2300011", "2", "2.58", "S", "2.39"),
        // Flagged and negative: the sign is there already.
        &sale("DEXYZ2300011", "-1", "-1.29", "R", "-2.39"),
        // Flagged only: the sign has to be put.
        &sale("DEXYZ2300012", "1", "1.29", "R", "2.39"),
        "11/05/2023\t12/02/2023\t0718752340625\t\t0718752340625\t1\t6.99\t6.99\tAUD\tS\t900101\tMara Quill\tHarbour\tLantern Row\t\tI\t\tAU\t\t\t16.99\tAUD\n",
        "Total_Rows\t4\nTotal_Amount\t6.99\nTotal_Units\t1\n\nCountry Of Sale\tPartner Share Currency\tQuantity\tExtended Partner Share\nAU\tAUD\t1\t6.99\n",
    ]
    .concat();
    let report = read(text).unwrap();
    assert_eq!(report.layout, "apple-itunes-sales");
    assert!(report.problems().is_empty());
    assert_eq!(report.amounts(), "6.99 AUD");
    assert_eq!((report.totals.rows, report.totals.units), (4, 1));
    let [sold, twice, once, album] = report.lines.as_slice() else { panic!() };
    for line in [twice, once] {
        assert_eq!((line.amount.to_string().as_str(), line.units, line.is_return), ("-1.29", -1, true));
        assert_eq!(line.gross.unwrap().0.to_string(), "-2.39");
    }
    assert_eq!((sold.units, sold.is_return, sold.revenue_type), (2, false, RevenueType::Download));
    let (gross, currency) = sold.gross.unwrap();
    assert_eq!((gross.to_string().as_str(), currency.code()), ("4.78", "NZD"));
    assert_eq!((album.configuration.as_deref(), sold.configuration.as_deref()), (Some("ALBUM"), Some("TRACK")));
    assert_eq!(album.upc.valid().unwrap().as_str(), "0718752340625");
    assert_eq!(sold.territory.valid().unwrap().code(), "NZ");
    assert_eq!(sold.sale_from, day("2023-11-05"));
    let outcomes: Vec<Outcome> = report.totals.controls.iter().map(|control| control.outcome).collect();
    assert_eq!(outcomes, [Outcome::Agrees; 3]);
}

#[test]
fn itunes_totals_that_differ_are_told() {
    let text =
        [SALES, &sale("DEXYZ2300011", "2", "2.58", "S", "2.39"), "Total_Rows\t2\nTotal_Amount\t2.58\nTotal_Units\t2\n"]
            .concat();
    let controls = read(text).unwrap().totals.controls;
    assert_eq!(
        controls.iter().map(|c| c.outcome).collect::<Vec<_>>(),
        [Outcome::Differs, Outcome::Agrees, Outcome::Agrees]
    );
    assert_eq!((controls[0].line, controls[0].stated.as_str(), controls[0].computed.as_str()), (3, "2", "1"));
}

#[test]
fn streams_with_the_currency_above_the_header() {
    let text = "Start Date\t10/01/2023\nEnd Date\t11/04/2023\nReport Type\tApple Music\nCurrency\tAUD\n\
        Storefront Name\tApple Identifier\tMembership Type\tQuantity\tNet Royalty\tNet Royalty Total\tISRC\tItem_Title\tItem_Artist\tItem Type\tMedia Type\tVendor Identifier\tOffline Indicator\tLabel/Studio/Network\tGrid\n\
        AU\t47296950\tIndividual Monthly\t3\t.021330\t.063990\tdexyz2300011\tTide\tCliff \"Uke\" Marlow\t1\t1\tDEXYZ2300011\t0\tLantern Row\t\n\
        AU\t47296951\tIndividual Monthly\t1\t.021330\t.021330\t\tTide\tMara Quill\t1\t1\t\t1\tLantern Row\t\n\
        Row Count\t2\nStorefront Name\tCurrency\tNet Royalty\nAU\tAUD\t.021330\n";
    let report = read(text).unwrap();
    assert_eq!(report.layout, "apple-music-streams-v1");
    assert_eq!(report.amounts(), "0.085320 AUD");
    assert_eq!((report.totals.units, report.totals.rows), (4, 2));
    assert_eq!(report.lines[0].isrc.valid().unwrap().as_str(), "DEXYZ2300011");
    assert_eq!(report.lines[0].artist.as_deref(), Some("Cliff \"Uke\" Marlow"));
    assert_eq!(report.lines[0].platform, "Apple Music");
    assert_eq!(report.lines[1].sale_to, day("2023-11-04"));
    assert_eq!(report.totals.controls[0].outcome, Outcome::Agrees);
}

#[test]
fn streams_with_the_currency_in_the_rows() {
    let text = "Start Date\t09/29/2024\nEnd Date\t11/02/2024\nReport Type\tApple Music\n\
        Storefront Name\tApple Identifier\tMembership Type\tTotal  Royalty Bearing Plays\tShare Per Converted Unit\tNet Royalty Total\tCurrency\tISRC\tContent Title\tArtist\tMedia Type\tVendor Identifier\n\
        GB\t1\tIndividual\t10\t.5\t.004\tGBP\tDEXYZ2300011\tTide\tMara Quill\t1\tV1\n\
        IE\t1\tIndividual\t5\t.5\t.002\tEUR\tDEXYZ2300011\tTide\tMara Quill\t1\tV1\n\
        Row Count\t2\n";
    let report = read(text).unwrap();
    assert_eq!(report.layout, "apple-music-streams-v2");
    assert_eq!(report.amounts(), "0.004 GBP, 0.002 EUR");
    assert_eq!(report.totals.units, 15);
    assert_eq!(report.totals.controls[0].outcome, Outcome::Agrees);
}
