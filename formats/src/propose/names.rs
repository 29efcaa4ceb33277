//! How columns are named in reports: in English mostly, and in the languages of markets.

use super::field::Field;
use crate::layout::fold;

/// Names that say it alone.
const EXACT: &[(Field, &[&str])] = &[
    (Field::Isrc, &["isrc", "isrc code", "track isrc", "recording isrc", "asset isrc", "isrc/isbn", "код isrc"]),
    (Field::Iswc, &["iswc", "iswc code", "work iswc"]),
    (
        Field::Upc,
        &[
            "upc", "ean", "upc/ean", "ean/upc", "barcode", "bar code", "icpn", "upc code", "product upc", "album upc", "release upc",
            "штрихкод", "código de barras",
        ],
    ),
    (
        Field::Amount,
        &[
            "net amount", "net revenue", "net royalty", "royalty", "royalties", "amount", "earnings", "net earnings", "payable",
            "amount payable", "net payable", "total payable", "royalty amount", "amount due", "net", "net total", "payout",
            "revenue", "net income", "your share", "client net", "amount paid", "net royalties", "total royalty", "total earned",
            "label share", "artist share", "distributed amount", "payment amount", "total", "net receipts", "statement amount",
            "сумма", "вознаграждение", "сумма вознаграждения", "сумма к выплате", "nettobetrag", "betrag", "erlös", "montant",
            "montant net", "importe", "importe neto", "valor", "valor líquido", "valor liquido",
        ],
    ),
    (
        Field::Currency,
        &[
            "currency", "currency code", "payment currency", "statement currency", "curr", "ccy", "royalty currency", "account currency",
            "валюта", "währung", "devise", "moneda", "moeda",
        ],
    ),
    (
        Field::Units,
        &[
            "quantity", "qty", "units", "streams", "plays", "count", "number of streams", "number of plays", "units sold", "# units",
            "# streams", "total units", "views", "play count", "sales units", "net units", "usages", "number of usages", "downloads",
            "transactions", "количество", "кол во", "anzahl", "menge", "quantité", "cantidad", "quantidade", "unidades",
        ],
    ),
    (
        Field::Gross,
        &[
            "gross", "gross amount", "gross revenue", "gross royalty", "gross income", "gross earnings", "gross total", "total gross",
            "retail", "bruttobetrag", "montant brut", "importe bruto", "valor bruto",
        ],
    ),
    (
        Field::Platform,
        &[
            "platform", "store", "store name", "service", "service name", "dsp", "digital service provider", "retailer", "partner",
            "partner name", "outlet", "channel", "source", "shop", "streaming service", "licensee", "music user", "платформа",
            "площадка", "сервис", "plattform", "plateforme", "plataforma", "tienda", "loja",
        ],
    ),
    (
        Field::Territory,
        &[
            "country", "territory", "country code", "territory code", "country of sale", "sale country", "country/region",
            "country / region", "region", "market", "storefront", "страна", "территория", "land", "gebiet", "pays", "territoire",
            "país", "pais", "territorio", "território",
        ],
    ),
    (
        Field::Title,
        &[
            "title", "track", "track title", "track name", "song", "song title", "song name", "work title", "recording title",
            "asset title", "resource title", "content title", "название", "название трека", "трек", "titel", "titre", "título",
            "titulo",
        ],
    ),
    (
        Field::Artist,
        &[
            "artist", "artists", "artist name", "track artist", "artist(s)", "performer", "display artist", "main artist", "performing artist",
            "исполнитель", "артист", "künstler", "interpret", "artiste", "interprète", "artista", "intérprete",
        ],
    ),
    (
        Field::ReleaseTitle,
        &[
            "release", "release title", "release name", "album", "album title", "album name", "product", "product title", "название релиза",
            "альбом", "альбом название",
        ],
    ),
    (
        Field::SourceItemKey,
        &[
            "track id", "asset id", "work id", "song id", "song code", "work code", "catalog number", "catalogue number", "catalog no",
            "catalogue no", "sku", "product id", "item id", "custom id", "content id", "resource id", "work number", "tunecode",
        ],
    ),
    (
        Field::SalePeriod,
        &[
            "period", "month", "sales month", "sale month", "sales period", "sale period", "usage month", "usage period", "activity period",
            "activity month", "transaction month", "transaction date", "sale date", "sales date", "date of sale", "date", "day",
            "performance quarter", "performance period", "quarter", "consumption month", "месяц", "период", "месяц продажи", "monat",
            "zeitraum", "mois", "période", "mes", "período", "periodo",
        ],
    ),
    (
        Field::SaleStart,
        &[
            "start date", "period start", "from", "sale start date", "start", "usage start date", "from date", "start period",
            "reporting period start", "report start date", "begin date", "date from",
        ],
    ),
    (
        Field::SaleEnd,
        &[
            "end date", "period end", "to", "sale end date", "end", "usage end date", "to date", "end period", "reporting period end",
            "report end date", "date to", "until",
        ],
    ),
    (
        Field::Statement,
        &[
            "reporting month", "report month", "statement period", "reporting period", "statement month", "reporting date", "report date",
            "accounting period", "posted date", "statement date", "distribution date", "payment date", "месяц отчета",
        ],
    ),
    (
        Field::IncomeType,
        &[
            "income type", "sales type", "sale type", "transaction type", "type", "use type", "revenue type", "right type", "usage type",
            "content type", "royalty type", "тип", "тип продажи", "тип использования",
        ],
    ),
];

/// Words that say it within a longer name.
const WORDS: &[(Field, &[&str])] = &[
    (Field::Isrc, &["isrc"]),
    (Field::Iswc, &["iswc"]),
    (Field::Upc, &["upc", "ean", "barcode", "icpn"]),
    (Field::Amount, &["net royalty", "net revenue", "royalty payable", "net amount", "net earnings", "payable", "royalt", "earnings", "к выплате", "вознагражд"]),
    (Field::Currency, &["currency", "валюта"]),
    (Field::Units, &["quantity", "units", "streams", "plays", "views", "usages", "qty", "количеств"]),
    (Field::Gross, &["gross", "brutto"]),
    (Field::Platform, &["store", "service", "platform", "retailer", "площадк"]),
    (Field::Territory, &["country", "territory", "region", "стран"]),
    (Field::Title, &["track title", "song title", "track name", "work title", "title"]),
    (Field::Artist, &["artist", "performer", "исполнител"]),
    (Field::ReleaseTitle, &["album", "release title", "release name", "product title"]),
    (Field::SourceItemKey, &["track id", "asset id", "work id", "catalog", "song code"]),
    (Field::SalePeriod, &["sales month", "sale month", "usage month", "activity", "sales period", "transaction date"]),
    (Field::SaleStart, &["start date", "period start", "from date"]),
    (Field::SaleEnd, &["end date", "period end", "to date"]),
    (Field::Statement, &["reporting", "statement period", "accounting"]),
    (Field::IncomeType, &["income type", "sales type", "right type", "use type"]),
];

/// What in a name speaks against a field that a word of it speaks for.
const AGAINST: &[(Field, &[&str])] = &[
    (Field::Amount, &["rate", "share %", "percent", "%", "unit", "per ", "gross", "tax", "fee", "currency", "before", "received", "withh", "count", "type"]),
    (Field::Units, &["price", "unit price", "per unit", "value", "currency"]),
    (Field::Gross, &["currency", "rate", "unit"]),
    (Field::Platform, &["currency", "id", "type", "fee"]),
    (Field::Territory, &["currency", "id"]),
    (Field::Title, &["id", "release", "album", "version", "product", "artist"]),
    (Field::Artist, &["id", "share", "royalt"]),
    (Field::ReleaseTitle, &["id", "artist", "type", "date", "upc"]),
    (Field::Currency, &["rate", "amount", "revenue", "royalt", "price", "net", "gross"]),
];

/// How strongly a name speaks for a field: 72 when it is one of its names, less when it has a word of one.
pub(super) fn fits(field: Field, name: &str) -> Option<u8> {
    let folded = fold(name);
    // `Revenue (USD)` is `Revenue`: what stands in parentheses says the currency or the unit.
    let bare = folded.split(['(', '[']).next().unwrap_or_default().trim().to_owned();
    let listed = |table: &[(Field, &[&'static str])]| -> Vec<&'static str> {
        table.iter().filter(|(own, _)| *own == field).flat_map(|(_, names)| names.iter().copied()).collect()
    };
    let exact = listed(EXACT);
    if let Some(at) = exact.iter().position(|own| *own == folded || *own == bare) {
        // The first names of a list are the most usual ones.
        return Some(72 - u8::try_from(at.min(24) / 4).unwrap_or(6));
    }
    if listed(AGAINST).iter().any(|word| folded.contains(word)) {
        return None;
    }
    listed(WORDS).iter().any(|word| folded.contains(word)).then_some(50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words() {
        assert!(fits(Field::Amount, "Net_Royalty (EUR)").is_some_and(|sure| sure > 60));
        assert!(fits(Field::Amount, "Royalty Rate").is_none());
        assert!(fits(Field::Units, "Unit Price").is_none());
        assert_eq!(fits(Field::Artist, "Name of the main artist"), Some(50));
        assert!(fits(Field::Territory, "Страна").is_some());
        assert!(fits(Field::Title, "Release Title").is_none());
    }
}
