//! Decisions by the reference's own table, and the year's forms.

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use super::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

const ON: fn() -> NaiveDate = || day(2026, 11, 25);

fn form(kind: FormKind, country: Option<&str>) -> TaxForm {
    TaxForm {
        kind,
        signed_on: day(2024, 3, 1),
        expires_on: None,
        has_tin: true,
        treaty_country: country.map(str::to_owned),
        limitation_met: true,
    }
}

fn payee(residence: &str, forms: Vec<TaxForm>) -> Payee {
    Payee { residence: residence.into(), kind: PayeeKind::Individual, forms, number_refused: false, exempt: false }
}

fn line(amount: Decimal, currency: &str, territory: Option<&str>) -> TaxLine {
    TaxLine {
        amount,
        currency: Currency::parse(currency).unwrap(),
        territory: territory.map(str::to_owned),
        class: IncomeClass::Copyright,
    }
}

fn outcome(payer: &str, payee: &Payee, line: &TaxLine, on: NaiveDate) -> TaxOutcome {
    decide(TaxTables::shipped(), payer, payee, line, on, Presumption::Hold, None)
}

fn decided(payer: &str, payee: &Payee, line: &TaxLine, on: NaiveDate) -> Decision {
    match outcome(payer, payee, line, on) {
        TaxOutcome::Decided(decision) => *decision,
        TaxOutcome::Held(hold) => panic!("{hold:?}"),
    }
}

fn held(payer: &str, payee: &Payee, line: &TaxLine, on: NaiveDate) -> Option<Hold> {
    match outcome(payer, payee, line, on) {
        TaxOutcome::Held(hold) => Some(hold),
        TaxOutcome::Decided(_) => None,
    }
}

#[test]
fn us_persons_need_a_certified_number() {
    let hundred = line(dec!(100), "USD", Some("DE"));
    let good = decided("US", &payee("US", vec![form(FormKind::W9, None)]), &hundred, ON());
    assert_eq!(
        (good.tax, good.reason, good.reported),
        (dec!(0.00), DecisionReason::CertifiedNumber, Reported::Misc1099)
    );
    let mut without = form(FormKind::W9, None);
    without.has_tin = false;
    let backup = decided("US", &payee("US", vec![without]), &hundred, ON());
    // 24 % of 100.00, wherever the right was used.
    assert_eq!((backup.rate, backup.tax, backup.reason), (dec!(24), dec!(24.00), DecisionReason::BackupWithholding));
    let mut noticed = payee("US", vec![form(FormKind::W9, None)]);
    noticed.number_refused = true;
    assert_eq!(decided("US", &noticed, &hundred, ON()).rule, "US-BACKUP");
    assert_eq!(held("US", &payee("US", vec![]), &hundred, ON()), Some(Hold::TaxFormMissing));
}

#[test]
fn only_the_us_part_of_foreigners_is_taxed() {
    let with = |country: &str, claim: Option<&str>| payee(country, vec![form(FormKind::W8Ben, claim)]);
    let us = line(dec!(1000), "USD", Some("US"));
    let german = decided("US", &with("DE", Some("DE")), &us, ON());
    assert_eq!((german.rate, german.tax, german.reason), (dec!(0), dec!(0), DecisionReason::Treaty));
    assert_eq!(german.reported, Reported::S1042 { income_code: "12", exemption_code: "04" });
    assert_eq!(german.article, "Treaty US-DE art. 12(1)");
    // 10 % of 1,000.00.
    let mexican = decided("US", &with("MX", Some("MX")), &us, ON());
    assert_eq!(
        (mexican.tax, mexican.reported.clone()),
        (dec!(100.00), Reported::S1042 { income_code: "12", exemption_code: "00" })
    );
    let unclaimed = decided("US", &with("DE", None), &us, ON());
    assert_eq!((unclaimed.tax, unclaimed.reason), (dec!(300.00), DecisionReason::NoClaim));
    let elsewhere = decided("US", &with("BR", None), &line(dec!(1000), "USD", Some("FR")), ON());
    assert_eq!(
        (elsewhere.tax, elsewhere.reported.clone()),
        (dec!(0), Reported::S1042 { income_code: "12", exemption_code: "03" })
    );
    let unknown = decided("US", &with("BR", Some("BR")), &line(dec!(1000), "USD", None), ON());
    assert_eq!((unknown.tax, unknown.reason), (dec!(300.00), DecisionReason::NoTreaty));
    let mut film = us.clone();
    film.class = IncomeClass::Film;
    assert_eq!(decided("US", &with("CA", Some("CA")), &film, ON()).rate, dec!(10));
    assert_eq!(decided("US", &with("NO", Some("NO")), &film, ON()).reason, DecisionReason::NotInArticle);
}

#[test]
fn treaties_end_and_begin() {
    let us = line(dec!(100), "USD", Some("US"));
    let of = |country: &str, on: NaiveDate| {
        let decision = decided(
            "US",
            &payee(country, vec![TaxForm { signed_on: day(2023, 1, 1), ..form(FormKind::W8Ben, Some(country)) }]),
            &us,
            on,
        );
        (decision.rate, decision.reason)
    };
    assert_eq!(of("HU", day(2023, 12, 31)), (dec!(0), DecisionReason::Treaty));
    assert_eq!(of("HU", day(2024, 1, 1)), (dec!(30), DecisionReason::TreatyEnded));
    assert_eq!(of("RU", day(2024, 8, 15)).0, dec!(0));
    assert_eq!(of("RU", day(2024, 8, 16)).0, dec!(30));
    assert_eq!(of("CL", day(2024, 1, 31)), (dec!(30), DecisionReason::NoTreaty));
    assert_eq!(of("CL", day(2024, 2, 1)), (dec!(10), DecisionReason::Treaty));
}

#[test]
fn papers_expire_and_belong_to_kinds() {
    let us = line(dec!(100), "USD", Some("US"));
    assert_eq!(w8_expires_on(day(2023, 5, 4)), Some(day(2026, 12, 31)));
    let old = payee("DE", vec![TaxForm { signed_on: day(2022, 12, 31), ..form(FormKind::W8Ben, Some("DE")) }]);
    assert_eq!(held("US", &old, &us, day(2025, 12, 31)), None);
    assert_eq!(held("US", &old, &us, day(2026, 1, 1)), Some(Hold::TaxFormExpired));
    let mut company = payee("DE", vec![form(FormKind::W8Ben, Some("DE"))]);
    company.kind = PayeeKind::Entity;
    assert_eq!(held("US", &company, &us, ON()), Some(Hold::TaxFormOfAnotherKind));
    company.forms = vec![TaxForm { limitation_met: false, ..form(FormKind::W8BenE, Some("DE")) }];
    assert_eq!(decided("US", &company, &us, ON()).reason, DecisionReason::LimitationOnBenefits);
    let numberless = payee("DE", vec![TaxForm { has_tin: false, ..form(FormKind::W8Ben, Some("DE")) }]);
    assert_eq!(decided("US", &numberless, &us, ON()).reason, DecisionReason::ClaimWithoutNumber);
    let business = payee("DE", vec![form(FormKind::W8Eci, None)]);
    assert_eq!(
        decided("US", &business, &us, ON()).reported,
        Reported::S1042 { income_code: "12", exemption_code: "01" }
    );
    let presumed = decide(TaxTables::shipped(), "US", &payee("DE", vec![]), &us, ON(), Presumption::Withhold, None);
    assert!(
        matches!(presumed, TaxOutcome::Decided(one) if one.tax == dec!(30.00) && one.reason == DecisionReason::Presumed)
    );
}

#[test]
fn payers_elsewhere_have_their_own_rules() {
    let euros = line(dec!(1000), "EUR", Some("DE"));
    // 15 % and 5.5 % of it: 158.25.
    let german = decided("DE", &payee("BR", vec![]), &euros, ON());
    assert_eq!((german.tax, german.rule.as_str(), german.reported), (dec!(158.25), "DE-50A", Reported::De50a));
    let late = TaxForm { signed_on: day(2026, 12, 1), ..form(FormKind::ExemptionCertificate, None) };
    assert_eq!(decided("DE", &payee("US", vec![late]), &euros, ON()).reason, DecisionReason::PaperMissing);
    let exempt = decided("DE", &payee("US", vec![form(FormKind::ExemptionCertificate, None)]), &euros, ON());
    assert_eq!((exempt.tax, exempt.reason), (dec!(0), DecisionReason::Treaty));
    assert_eq!(decided("DE", &payee("DE", vec![]), &euros, ON()).reason, DecisionReason::Resident);
    assert_eq!(decided("ES", &payee("FR", vec![]), &euros, ON()).tax, dec!(190.00));
    assert_eq!(decided("ES", &payee("BR", vec![]), &euros, ON()).tax, dec!(240.00));
    assert_eq!(decided("GB", &payee("BR", vec![]), &line(dec!(10.01), "GBP", None), ON()).tax, dec!(2.00));
    // 20.42 % of 1,000 yen is 204.2: the yen has no places.
    let yen = line(dec!(1000), "JPY", Some("JP"));
    assert_eq!(decided("JP", &payee("BR", vec![]), &yen, ON()).tax, dec!(204));
    let today = TaxForm { signed_on: ON(), ..form(FormKind::JpForm3, None) };
    assert_eq!(decided("JP", &payee("GB", vec![today]), &yen, ON()).reason, DecisionReason::PaperMissing);
    assert_eq!(decided("JP", &payee("GB", vec![form(FormKind::JpForm3, None)]), &yen, ON()).tax, dec!(0));
    assert_eq!(held("XX", &payee("US", vec![]), &euros, ON()), Some(Hold::TaxRulesMissing));
}

#[test]
fn passing_the_small_amount_taxes_the_whole_year() {
    let decide_with = |amount, untaxed, on| {
        let year = Some(YearToDate { untaxed, taxed: dec!(0) });
        match decide(
            TaxTables::shipped(),
            "DE",
            &payee("BR", vec![]),
            &line(amount, "EUR", None),
            on,
            Presumption::Hold,
            year,
        ) {
            TaxOutcome::Decided(one) => (one.tax, one.catch_up, one.reason),
            TaxOutcome::Held(hold) => panic!("{hold:?}"),
        }
    };
    assert_eq!(decide_with(dec!(1000), dec!(9000), ON()), (dec!(0), dec!(0), DecisionReason::SmallAmount));
    // 1,000.01 at 15.825 % is 158.2515825; 9,000 at 15.825 % is 1,424.25.
    assert_eq!(
        decide_with(dec!(1000.01), dec!(9000), ON()),
        (dec!(158.25), dec!(1424.25), DecisionReason::SmallAmountPassed)
    );
    assert_eq!(decide_with(dec!(1000), dec!(4500), day(2023, 6, 1)).2, DecisionReason::SmallAmountPassed);
}

#[test]
fn every_row_has_its_day_and_source() {
    let tables = TaxTables::shipped();
    assert!(tables.note.text.starts_with("Not tax advice") && tables.note.compiled_on.is_some());
    assert!(tables.rules.len() >= 8 && tables.treaties.len() >= 70 && tables.small_amounts.len() == 2);
    for row in &tables.treaties {
        assert!(row.rate(IncomeClass::Copyright).is_some() && !row.source.is_empty(), "{}", row.residence);
        assert!(row.film == "bp" || row.rate(IncomeClass::Film).is_some(), "{}", row.residence);
        let twice =
            tables.treaties.iter().filter(|own| own.payer == row.payer && own.residence == row.residence).count();
        assert_eq!(twice, 1, "{} {}", row.payer, row.residence);
    }
}

#[test]
fn the_years_forms_hold_the_withheld_cents() {
    assert!(
        must_file_1099(dec!(10), dec!(0))
            && must_file_1099(dec!(1), dec!(0.24))
            && !must_file_1099(dec!(9.99), dec!(0))
    );
    let party = |name: &str, country: &str| ReportParty {
        name: name.into(),
        tin: "123456789".into(),
        country: country.into(),
        ..ReportParty::default()
    };
    let year = ReportYear { year: 2026, payer: party("Testlabel, Inc.", "US"), phone: "5551234".into() };
    let misc = Form1099Misc {
        record_id: "1".into(),
        recipient: ReportParty { first_name: "Alice".into(), ..party("=Writer & <Co>", "US") },
        account: "PAYEE-1".into(),
        second_notice: false,
        fatca: false,
        box_2_royalties: dec!(1234.5),
        box_4_withheld: dec!(296.28),
        state: None,
        corrected: false,
        void: false,
    };
    let csv = iris_csv_1099(&year, std::slice::from_ref(&misc));
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines[0].split(',').count(), 30);
    assert!(lines[1].contains("\"Testlabel, Inc.\"") && lines[1].contains(",1234.50,296.28,,,"), "{}", lines[1]);
    assert!(lines[1].contains(",'=Writer & <Co>,"));
    let foreign = Form1042S {
        unique_id: "0000000001".into(),
        amendment: 0,
        box_1_income_code: "12".into(),
        box_2_gross: dec!(1000),
        box_3_chapter: 3,
        box_3a_exemption: "00".into(),
        box_3b_rate: dec!(5),
        box_7a_withheld: dec!(50),
        box_9_repaid: dec!(10),
        box_13f_status: "16".into(),
        recipient: party("Bob", "DE"),
        foreign_tin: "DE1".into(),
        limitation_code: String::new(),
        account: "PAYEE-2".into(),
        birth_date: String::new(),
    };
    let csv = iris_csv_1042s(&year, std::slice::from_ref(&foreign));
    assert!(csv.contains(",12,1000.00,3,00,05.00,50.00,10.00,40.00,") && csv.contains(",Bob,GM,"), "{csv}");
    let xml = iris_xml_1099(&year, "UUID:IRIS:TCC::A", std::slice::from_ref(&misc));
    assert!(
        xml.contains("UNVERIFIED")
            && xml.contains("<RoyaltyAmt>1234.50</RoyaltyAmt>")
            && xml.contains("=Writer &amp; &lt;Co")
    );
    let json: serde_json::Value = serde_json::from_slice(&iris_json(&year, &[misc], &[foreign]).unwrap()).unwrap();
    assert_eq!(json["form1099Misc"][0]["box2Royalties"], "1234.5");
}
