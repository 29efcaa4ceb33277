//! Lists in their publishers' dress, all of invented people; and names held against them.

use super::*;

fn listed(names: &[&str]) -> Listed {
    Listed {
        list: "UN",
        id: names[0].into(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Listed::default()
    }
}

#[test]
fn ofac_comes_as_csv_and_xml() {
    let sdn = "36,\"QUILLON, Marten\",\"individual\",\"SDGT] [CYBER2\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 03 Feb 1961; nationality Freedonia; Digital Currency Address - ETH 0xab12; alt. DOB 1962.\"\n\
        37,\"GRIMALDO SHIPPING CO.\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\u{1a}\n";
    let alt = "36,12,\"aka\",\"KWILLON, Martin\",-0- \n";
    let read = read_ofac_csv(sdn.as_bytes(), Some(alt.as_bytes())).unwrap();
    assert_eq!((read.problems.len(), read.entries.len()), (0, 2));
    let one = &read.entries[0];
    assert_eq!(one.names, ["QUILLON, Marten", "KWILLON, Martin"]);
    assert_eq!(
        (one.person, one.birth_years.clone(), one.wallets.clone()),
        (Some(true), vec![1961, 1962], vec!["0xab12".to_owned()])
    );
    assert_eq!(
        (one.programmes.clone(), one.countries.clone()),
        (vec!["SDGT".to_owned(), "CYBER2".into()], vec!["Freedonia".to_owned()])
    );
    let xml = "<sdnList xmlns=\"x\"><publshInformation><Publish_Date>11/20/2026</Publish_Date></publshInformation>\
        <sdnEntry><uid>36</uid><firstName>Marten</firstName><lastName>QUILLON</lastName><sdnType>Individual</sdnType>\
        <programList><program>SDGT</program></programList><akaList><aka><firstName>Martin</firstName><lastName>KWILLON</lastName></aka></akaList>\
        <idList><id><idType>Digital Currency Address - XBT</idType><idNumber>bc1xyz</idNumber></id></idList>\
        <dateOfBirthList><dateOfBirthItem><dateOfBirth>03 Feb 1961</dateOfBirth></dateOfBirthItem></dateOfBirthList></sdnEntry></sdnList>";
    let read = read_ofac_xml(xml.as_bytes()).unwrap();
    assert_eq!((read.published.as_str(), read.problems.len()), ("11/20/2026", 0));
    assert_eq!(read.entries[0].names, ["Marten QUILLON", "Martin KWILLON"]);
    assert_eq!(read.entries[0].wallets, ["bc1xyz"]);
}

#[test]
fn the_others_have_their_own_words() {
    let eu = "<export xmlns=\"http://eu.europa.ec/fpi/fsd/export\" generationDate=\"2026-11-20T10:00:00\"><sanctionEntity euReferenceNumber=\"EU.1.1\" logicalId=\"13\">\
        <regulation programme=\"SYR\"/><subjectType code=\"person\"/><nameAlias firstName=\"Petra\" lastName=\"Zorn\" wholeName=\"Petra Zorn &amp; Sons\"/>\
        <nameAlias firstName=\"Peta\" lastName=\"Zohrn\" wholeName=\"\"/><citizenship countryIso2Code=\"SY\"/><birthdate year=\"1970\" birthdate=\"1970-01-02\"/></sanctionEntity></export>";
    let read = read_eu_xml(eu.as_bytes()).unwrap();
    assert_eq!(read.published, "2026-11-20T10:00:00");
    let one = &read.entries[0];
    assert_eq!((one.id.as_str(), one.person, one.birth_years.clone()), ("EU.1.1", Some(true), vec![1970]));
    assert_eq!(
        (one.names.clone(), one.countries.clone()),
        (vec!["Petra Zorn & Sons".to_owned(), "Peta Zohrn".into()], vec!["SY".to_owned()])
    );
    let uk = "<Designations><DateGenerated>20/11/2026</DateGenerated><Designation><UniqueID>RUS0001</UniqueID><IndividualEntityShip>Individual</IndividualEntityShip>\
        <Names><Name><Name1>Ivo</Name1><Name6>Brandt</Name6><NameType>Alias</NameType></Name><Name><Name1>Iwo</Name1><Name6>Brandt</Name6><NameType>Primary Name</NameType></Name></Names>\
        <RegimeName>Russia</RegimeName><IndividualDetails><Individual><DOBs><DOB>01/05/1980</DOB></DOBs><Nationalities><Nationality>Russia</Nationality></Nationalities></Individual></IndividualDetails></Designation></Designations>";
    let read = read_uk_xml(uk.as_bytes()).unwrap();
    assert_eq!(
        (read.entries[0].names.clone(), read.published.as_str()),
        (vec!["Iwo Brandt".to_owned(), "Ivo Brandt".into()], "20/11/2026")
    );
    assert_eq!(read.entries[0].birth_years, [1980]);
    let csv = "Last Updated,20/11/2026\nName 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,DOB,Nationality,Country,Group Type,Alias Type,Regime,Group ID\n\
        BRANDT,Ivo,,,,,,01/05/1980,Russia,,Individual,Alias,Russia,700\nBRANDT,Iwo,,,,,,00/00/1981,Russia,,Individual,Primary name,Russia,700\n";
    let read = read_uk_csv(csv.as_bytes()).unwrap();
    assert_eq!((read.entries.len(), read.published.as_str()), (1, "20/11/2026"));
    assert_eq!(
        (read.entries[0].names.clone(), read.entries[0].birth_years.clone()),
        (vec!["Iwo BRANDT".to_owned(), "Ivo BRANDT".into()], vec![1980, 1981])
    );
    let un = "<CONSOLIDATED_LIST dateGenerated=\"2026-11-20T00:00:00Z\"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>OMAR</FIRST_NAME><SECOND_NAME>TESTIR</SECOND_NAME>\
        <UN_LIST_TYPE>Al-Qaida</UN_LIST_TYPE><REFERENCE_NUMBER>QDi.999</REFERENCE_NUMBER><NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY>\
        <INDIVIDUAL_ALIAS><ALIAS_NAME>Umar Testeer</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH><YEAR>1975</YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>\
        <ENTITIES><ENTITY><FIRST_NAME>TESTIR FOUNDATION</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>";
    let read = read_un_xml(un.as_bytes()).unwrap();
    assert_eq!((read.entries.len(), read.entries[0].id.as_str(), read.entries[1].person), (2, "QDi.999", Some(false)));
    assert_eq!(read.entries[0].names, ["OMAR TESTIR", "Umar Testeer"]);
}

#[test]
fn an_empty_list_is_no_list() {
    assert_eq!(read_un_xml(&b"<CONSOLIDATED_LIST/>"[..]).unwrap().problems[0].code, "LIST_EMPTY");
    assert_eq!(read_ofac_csv(&b"<html>not found</html>\n"[..], None::<&[u8]>).unwrap().problems[0].code, "LIST_ROW");
    assert_eq!(read_eu_xml(&b"<!DOCTYPE x><export/>"[..]).unwrap().problems[0].code, "XML_DOCTYPE");
}

#[test]
fn likely_names_are_hits_and_others_are_not() {
    let list = ScreenList::new(vec![
        Listed {
            birth_years: vec![1961],
            countries: vec!["Freedonia".into()],
            wallets: vec!["0xAB12".into()],
            ..listed(&["QUILLON, Marten Johann"])
        },
        listed(&["Grimaldo Shipping Co., Ltd."]),
        listed(&["Zhang Wei"]),
    ]);
    let hits = |name: &str| list.screen(&Subject { names: vec![name.into()], ..Subject::default() }, 850);
    let exact = hits("Marten Johann Quillon");
    assert_eq!((exact.len(), exact[0].score), (1, 1_000));
    assert!(hits("Marten Quillon")[0].score >= 850, "{:?}", hits("Marten Quillon"));
    assert!(hits("Martin Quilon")[0].score >= 850, "{:?}", hits("Martin Quilon"));
    assert_eq!(hits("GRIMALDO SHIPPING")[0].score, 1_000);
    for other in ["Alice Writer", "Marten", "Johanna Quist", "Wei Chen", "Shipping Company", ""] {
        assert_eq!(hits(other), [], "{other}");
    }
    let person = |year| Subject { names: vec!["Marten Quillon".into()], birth_year: Some(year), ..Subject::default() };
    let (same, other) = (list.screen(&person(1961), 0), list.screen(&person(1999), 0));
    assert!(same[0].score > other[0].score, "{same:?} {other:?}");
    assert!(same[0].reasons.contains(&HitReason::BirthYear { year: 1961 }));
    let wallet = Subject { names: vec!["Alice".into()], wallets: vec!["0xab12".into()], ..Subject::default() };
    let found = list.screen(&wallet, 900);
    assert_eq!((found.len(), found[0].score), (1, 1_000));
    assert_eq!(list.screen(&person(1961), 900), list.screen(&person(1961), 900));
}
