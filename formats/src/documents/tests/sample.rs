//! Statements to test with. Amounts follow from indexes, so that every run sees the same.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::documents::*;

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A line per name. `weight` falls with the rank, as royalties do.
fn rows(names: &[(&str, Option<&str>, Option<&str>)]) -> Vec<SectionRow> {
    let row = |(rank, (label, detail, code)): (i64, &(&str, Option<&str>, Option<&str>))| {
        let weight = Decimal::from(7_919 * 1_000 / (rank + 1) / (rank + 2) + 13);
        SectionRow {
            label: (*label).into(),
            detail: detail.map(Into::into),
            code: code.map(Into::into),
            units: 0,
            net_receipts: weight * decimal("0.0731"),
            royalty: weight * decimal("0.03655"),
        }
    };
    (0..).zip(names).map(row).collect()
}

/// Scales lines to the totals of the statement, exactly: through the same door as production.
fn section(
    kind: SectionKind,
    mut lines: Vec<SectionRow>,
    units: i64,
    receipts: Decimal,
    royalty: Decimal,
    exponent: u32,
) -> Section {
    let sum: Decimal = lines.iter().map(|row| row.royalty).sum();
    let count = i64::try_from(lines.len()).unwrap();
    for row in &mut lines {
        let share = row.royalty / sum;
        row.net_receipts = receipts * share;
        row.royalty = royalty * share;
        row.units = units / count;
    }
    lines[0].units += units % count;
    Section::from_exact(kind, lines, receipts, royalty, exponent).unwrap()
}

/// An ordinary statement of an artist with three contracts, `tracks` tracks and every part filled.
pub(super) fn artist(tracks: usize) -> StatementDocument {
    let (royalties, receipts, units) = (decimal("8412.37"), decimal("19873.05"), 4_812_339);
    let titles: Vec<(String, String)> = (0..tracks).map(|index| (title(index), format!("QZ8TM24{index:05}"))).collect();
    let tracks: Vec<_> =
        titles.iter().map(|(title, isrc)| (title.as_str(), Some("Mara Lindqvist"), Some(isrc.as_str()))).collect();
    let of = |kind, names: &[_]| section(kind, rows(names), units, receipts, royalties, 2);
    StatementDocument {
        kind: StatementKind::Period,
        id: "stm_01j4x8k2v3f6t9a0b1c2d3e4f5".into(),
        number: "2024-Q1-000217".into(),
        language: "en".into(),
        paper: Paper::A4,
        issuer: Issuer {
            name: "Northern Lantern Records".into(),
            address: vec!["Torstraße 140".into(), "10119 Berlin".into(), "Germany".into()],
            accent: "#0f766e".parse().unwrap(),
            logo: None,
            legal: vec!["Northern Lantern Records GmbH".into(), "HRB 120345 B, Amtsgericht Charlottenburg".into(), "VAT DE 312 456 789".into()],
        },
        payee: Payee {
            id: "pty_01j4x8k2v3f6t9a0b1c2d3e4f6".into(),
            name: "Mara Lindqvist".into(),
            address: vec!["Götgatan 22".into(), "118 46 Stockholm".into(), "Sweden".into()],
            tax_number: Some("SE 198704121234".into()),
        },
        period_from: date(2024, 1, 1),
        period_to: date(2024, 3, 31),
        issued_on: date(2024, 4, 22),
        currency: "EUR".into(),
        exponent: 2,
        identity: Identity {
            opening: decimal("1240.16"),
            royalties,
            costs: decimal("2500.00"),
            reserves_released: decimal("310.40"),
            reserves_taken: decimal("185.22"),
            adjustments: decimal("-42.50"),
            payments: decimal("1240.16"),
            tax: decimal("420.62"),
            closing: decimal("5574.43"),
        },
        outlook: Outlook::DueOn(date(2024, 5, 15)),
        contracts: vec![
            contract("Night Ferry, album agreement", "Recording, 50 % of net receipts", "6204.11"),
            contract("Singles 2021–2023", "Recording, 42 % of net receipts", "2008.26"),
            contract("Film and advertising", "Synchronisation, 60 %", "200.00"),
        ],
        sections: vec![
            of(SectionKind::Platform, &[
                ("Spotify", None, None), ("Apple Music", None, None), ("YouTube Music", None, None), ("Amazon Music", None, None),
                ("Deezer", None, None), ("TIDAL", None, None), ("iTunes Store", None, None), ("Bandcamp", None, None),
                ("TikTok", None, None), ("Qobuz", None, None),
            ]),
            of(SectionKind::Release, &[
                ("Night Ferry", Some("Mara Lindqvist"), Some("4066218123456")),
                ("Salt and Static", Some("Mara Lindqvist"), Some("4066218123463")),
                ("Harbour Lights (Live in Malmö)", Some("Mara Lindqvist"), Some("4066218123470")),
                ("Small Hours", Some("Mara Lindqvist & Juno Park"), Some("4066218123487")),
            ]),
            of(SectionKind::Track, &tracks),
            of(SectionKind::Territory, &[
                ("Germany", None, Some("DE")), ("Sweden", None, Some("SE")), ("United States", None, Some("US")),
                ("United Kingdom", None, Some("GB")), ("France", None, Some("FR")), ("Netherlands", None, Some("NL")),
                ("Japan", None, Some("JP")), ("Brazil", None, Some("BR")), ("Poland", None, Some("PL")), ("Australia", None, Some("AU")),
                ("Norway", None, Some("NO")), ("Mexico", None, Some("MX")), ("Canada", None, Some("CA")), ("Spain", None, Some("ES")),
            ]),
            of(SectionKind::RevenueType, &[
                ("Streaming, subscription", None, None), ("Streaming, advertising", None, None), ("Download", None, None), ("Physical", None, None),
            ]),
        ],
        recoupment: vec![
            RecoupmentLine { contract: "Night Ferry, album agreement".into(), kind: "Advance".into(), opening: decimal("6000.00"), added: decimal("0"), recouped: decimal("2100.00"), closing: decimal("3900.00") },
            RecoupmentLine { contract: "Night Ferry, album agreement".into(), kind: "Recording costs".into(), opening: decimal("1150.00"), added: decimal("250"), recouped: decimal("400.00"), closing: decimal("1000.00") },
        ],
        reserves: vec![ReserveLine { contract: "Night Ferry, album agreement".into(), opening: decimal("620.80"), taken: decimal("185.22"), released: decimal("310.40"), closing: decimal("495.62") }],
        adjustments: vec![AdjustmentLine { on: date(2024, 2, 19), reason: "Artwork correction, vinyl repress".into(), contract: Some("Night Ferry, album agreement".into()), amount: decimal("-42.50") }],
        payments: vec![PaymentLine { on: date(2024, 2, 15), reference: "pay_01hq2m7c8x".into(), method: "SEPA transfer".into(), amount: decimal("1240.16") }],
        taxes: vec![TaxLine { label: "Germany, § 50a EStG (treaty with Sweden)".into(), base: decimal("8412.37"), rate: Some(decimal("0.05")), amount: decimal("420.62") }],
        notes: vec!["Physical sales of March reach us in May and will be part of your next statement.".into()],
        how_to_ask: Some(HowToAsk {
            text: "Something looks wrong or unclear? Write to us with the statement number and the line you mean. A person answers, usually within three working days.".into(),
            email: Some("royalties@northernlantern.example".into()),
            object_until: Some(date(2026, 4, 22)),
        }),
        earlier: vec![
            earlier("2023-Q3-000198", (2023, 7, 1), (2023, 9, 30), "5200.00", None),
            earlier("2023-Q4-000205", (2023, 10, 1), (2023, 12, 31), "6600.10", Some("0.269")),
            EarlierLine {
                paid: decimal("1240.16"),
                closing: decimal("5574.43"),
                ..earlier("2024-Q1-000217", (2024, 1, 1), (2024, 3, 31), "8412.37", Some("0.275"))
            },
        ],
        suspense: vec![
            SuspenseLine { label: "Night Ferry (Radio Edit)".into(), detail: Some("Mara Lindqvist".into()), code: Some("QZ8TM2499001".into()), reason: "no contract covers the use".into(), lines: 412, amount: decimal("318.44"), currency: "USD".into() },
            SuspenseLine { label: "Salt and Static (Live)".into(), detail: None, code: None, reason: "the rights are disputed".into(), lines: 3, amount: decimal("-1205"), currency: "JPY".into() },
        ],
    }
}

/// (5200.00 → 6600.10: 1400.10 / 5200.00 = 0.26925; 6600.10 → 8412.37: 1812.27 / 6600.10 = 0.27458)
fn earlier(number: &str, from: (i32, u32, u32), to: (i32, u32, u32), royalty: &str, change: Option<&str>) -> EarlierLine {
    EarlierLine {
        number: number.into(),
        from: date(from.0, from.1, from.2),
        to: date(to.0, to.1, to.2),
        royalty: decimal(royalty),
        paid: decimal("0"),
        closing: decimal("1240.16"),
        change: change.map(decimal),
    }
}

fn contract(title: &str, terms: &str, royalty: &str) -> ContractLine {
    ContractLine {
        id: "ctr_01j4x8k2v3f6t9a0b1c2d3e4f7".into(),
        title: title.into(),
        terms: terms.into(),
        royalty: decimal(royalty),
    }
}

fn title(index: usize) -> String {
    const FIRST: [&str; 12] = [
        "Night", "Salt", "Harbour", "Paper", "Glass", "Northern", "Slow", "Copper", "Winter", "Hollow", "Velvet",
        "Distant",
    ];
    const SECOND: [&str; 10] =
        ["Ferry", "Static", "Lights", "Moon", "Weather", "Letters", "Machine", "River", "Signals", "Garden"];
    let base = format!("{} {}", FIRST[index % 12], SECOND[index / 12 % 10]);
    match index % 7 {
        3 => format!("{base} (Acoustic)"),
        5 => format!("{base} (feat. Juno Park)"),
        _ if index >= 120 => format!("{base}, Pt. {}", index / 120 + 1),
        _ => base,
    }
}

/// Nothing happened at all.
pub(super) fn empty() -> StatementDocument {
    let zero = Identity {
        opening: Decimal::ZERO,
        royalties: Decimal::ZERO,
        costs: Decimal::ZERO,
        reserves_released: Decimal::ZERO,
        reserves_taken: Decimal::ZERO,
        adjustments: Decimal::ZERO,
        payments: Decimal::ZERO,
        tax: Decimal::ZERO,
        closing: Decimal::ZERO,
    };
    StatementDocument {
        identity: zero,
        outlook: Outlook::Unstated,
        contracts: vec![contract("Night Ferry, album agreement", "Recording, 50 % of net receipts", "0")],
        sections: vec![],
        recoupment: vec![],
        reserves: vec![],
        adjustments: vec![],
        payments: vec![],
        taxes: vec![],
        notes: vec![],
        how_to_ask: None,
        earlier: vec![],
        suspense: vec![],
        ..artist(1)
    }
}

/// More came back than was sold; yen have no decimals; the names try to be anything but names.
pub(super) fn hostile() -> StatementDocument {
    let (royalties, receipts) = (decimal("-51230"), decimal("-120450"));
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsorchester".repeat(3);
    let names = [
        ("=HYPERLINK(\"http://evil.example\";\"click\")", Some("+1+1"), Some("JPA600000001")),
        ("#import \"x.typ\": * $1 + 1$ *bold* _under_ @ref <label> \\n [x]", Some("-2+3"), Some("JPA600000002")),
        ("@SUM(A1:A9)", Some("\u{202e}gnirts desrever"), Some("JPA600000003")),
        ("東京の夜 (ライブ)", Some("椎名さくら"), Some("JPA600000004")),
        ("שלום עולם", Some("להקת הצפון"), Some("JPA600000005")),
        ("ليلة في القاهرة", Some("فرقة النيل"), Some("JPA600000006")),
        ("서울의 봄", Some("김하늘"), Some("JPA600000007")),
        ("Ночь над Невой — Ωμέγα", Some("Любовь & Δύναμη"), Some("JPA600000008")),
        ("दिल की बात", Some("आशा"), Some("JPA600000009")),
        ("Fire 🔥😍❤️ \u{10c80}", Some("ไทย ქართული Հայերեն"), Some("JPA600000010")),
        (long.as_str(), Some("a \"quoted\", comma\nand line"), Some("JPA600000011")),
        ("Ordinary Song", None, None),
    ];
    let of = |kind, names: &[_]| section(kind, rows(names), -9_001, receipts, royalties, 0);
    StatementDocument {
        kind: StatementKind::Correction { corrects: "2024-Q1-000217 \"#\"".into() },
        number: "=1+1".into(),
        paper: Paper::Letter,
        issuer: Issuer {
            name: "株式会社 夜行レコード".into(),
            address: vec![],
            accent: "#facc15".parse().unwrap(),
            logo: None,
            legal: vec![],
        },
        payee: Payee { id: "pty_x".into(), name: long.clone(), address: vec![], tax_number: None },
        currency: "JPY".into(),
        exponent: 0,
        identity: Identity {
            opening: decimal("-3000"),
            royalties,
            costs: decimal("-1000"),
            closing: decimal("-53230"),
            ..empty().identity
        },
        outlook: Outlook::CarriedForward,
        contracts: vec![contract("-Contract | <b>", "=1", "-51230")],
        sections: vec![
            of(SectionKind::Track, &names),
            of(SectionKind::Platform, &[("Spotify", None, None), ("LINE MUSIC", None, None)]),
        ],
        recoupment: vec![RecoupmentLine {
            contract: "-Contract | <b>".into(),
            kind: "Advance".into(),
            opening: decimal("5000"),
            added: decimal("0"),
            recouped: decimal("-1000"),
            closing: decimal("6000"),
        }],
        notes: vec!["=cmd|' /C calc'!A0".into(), "#panic()".into()],
        ..empty()
    }
}
