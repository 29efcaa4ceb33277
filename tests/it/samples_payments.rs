//! Payment files of other makers are read to their stated facts and verdicts. Runs where `TUNEMANTRA_VALIDATORS` names
//! the folder; the project itself carries none of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formats::payments::inspect::inspect;
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the command that runs this says where the files are")]
    std::env::var_os("TUNEMANTRA_VALIDATORS").map(PathBuf::from)
}

fn read(path: &Path) -> Value {
    serde_json::to_value(inspect(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Amounts of the verdicts are cents.
fn cents(value: &Value) -> String {
    let digits = text(value).replace('.', "");
    let bare = digits.trim_start_matches('0');
    if bare.is_empty() { "0".into() } else { bare.to_owned() }
}

#[test]
fn nacha_files_have_their_verdicts() {
    let Some(folder) = folder() else { return };
    let table = std::fs::read_to_string(folder.join("ach/VERDICTS.tsv")).unwrap();
    let mut wrong = Vec::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let file = read(&folder.join("ach").join(cells[1]));
        let valid = file["valid"] == true;
        if valid != (cells[0] == "VALID") {
            wrong.push(format!("{}: {} expected, {} {}", cells[1], cells[0], valid, file["problems"]));
            continue;
        }
        if valid {
            let counts = &file["counts"];
            let found = [
                text(&counts["batches"]),
                text(&counts["internationalBatches"]),
                text(&counts["entries"]),
                text(&counts["returns"]),
                text(&counts["notifications"]),
                cents(&file["totals"]["USD"]["debits"]),
                cents(&file["totals"]["USD"]["credits"]),
            ];
            if found[..] != cells[2..9] {
                wrong.push(format!("{}: {found:?}, expected {:?}", cells[1], &cells[2..]));
            }
        }
        println!("{:<60} {:<8} {}", cells[1], cells[0], file["problems"][0]["message"]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The entries of another library's view of a file, in order.
fn of_library(view: &Value) -> Vec<Value> {
    let normal = view["batches"].as_array().into_iter().flatten().flat_map(|batch| batch["entryDetails"].as_array());
    let foreign =
        view["IATBatches"].as_array().into_iter().flatten().flat_map(|batch| batch["IATEntryDetails"].as_array());
    normal.chain(foreign).flatten().cloned().collect()
}

#[test]
fn returns_and_notifications_are_read_as_another_library_reads_them() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for part in ["returns", "noc", "generated"] {
        for view in std::fs::read_dir(folder.join("ach").join(part)).unwrap().flatten() {
            let name = view.file_name().into_string().unwrap();
            let Some(stem) = name.strip_suffix(".moov.json") else { continue };
            let library: Value = serde_json::from_slice(&std::fs::read(view.path()).unwrap()).unwrap();
            let ours = read(&folder.join("ach").join(part).join(format!("{stem}.ach")));
            let theirs = of_library(&library);
            let entries = ours["entries"].as_array().unwrap();
            assert_eq!(entries.len(), theirs.len(), "{name}");
            for (entry, their) in entries.iter().zip(&theirs) {
                assert_eq!(text(&entry["trace"]), text(&their["traceNumber"]), "{name}");
                assert_eq!(cents(&entry["amount"]), text(&their["amount"]), "{name}");
                if let Some(addenda) = their.get("addenda99").filter(|addenda| !addenda.is_null()) {
                    let own = &entry["returned"];
                    assert_eq!(
                        (&own["code"], &own["originalTrace"]),
                        (&addenda["returnCode"], &addenda["originalTrace"]),
                        "{name}"
                    );
                    assert_eq!(own["originalRdfi"], addenda["originalDFI"], "{name}");
                }
                if let Some(addenda) = their.get("addenda98").filter(|addenda| !addenda.is_null()) {
                    let own = &entry["change"];
                    assert_eq!(
                        (&own["code"], &own["originalTrace"]),
                        (&addenda["changeCode"], &addenda["originalTrace"]),
                        "{name}"
                    );
                    assert_eq!(text(&own["data"]), text(&addenda["correctedData"]).trim(), "{name}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 10, "{seen} entries");
}

/// All texts that a function finds in the entries and their details.
fn gather(entries: &Value, of: impl Fn(&Value) -> Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = entries
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(of)
        .filter(|text| !text.is_empty() && text != "null")
        .collect();
    all.sort();
    all
}

fn stated(facts: &Value, name: &str) -> Vec<String> {
    let mut all: Vec<String> = facts[name].as_array().into_iter().flatten().map(text).collect();
    all.sort();
    all
}

#[test]
fn messages_have_their_stated_facts() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("iso20022");
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(folder.join("samples/EXPECTED.json")).unwrap()).unwrap();
    for (name, facts) in &expected {
        let file = read(&folder.join(name));
        println!("{name}: {} {} {} {}", file["kind"], file["valid"], file["counts"], file["problems"]);
        let namespace = text(&facts["ns"]);
        assert!(
            namespace.contains(&text(&file["version"])) && !text(&file["version"]).is_empty(),
            "{name}: {}",
            file["version"]
        );
        assert_eq!(file["valid"] == true, facts["xsd_valid"] != false, "{name}: {}", file["problems"]);
        let (entries, kind) = (&file["entries"], text(&file["kind"]));
        let details = |field: &str| {
            gather(entries, |entry| {
                entry["details"].as_array().into_iter().flatten().map(|one| text(&one[field])).collect()
            })
        };
        match kind.as_str() {
            "STATEMENT" | "ACCOUNT_REPORT" | "NOTIFICATION" => {
                assert_eq!(file["counts"]["entries"], facts["entries"], "{name}");
                assert_eq!(file["counts"]["details"], facts["tx_details"], "{name}");
                assert_eq!(details("endToEndId"), stated(facts, "end_to_end_ids"), "{name}");
                let codes = gather(entries, |entry| {
                    let details = entry["details"].as_array().into_iter().flatten();
                    details.map(|one| text(&one["returned"]["code"])).collect()
                });
                assert_eq!(codes, stated(facts, "return_reasons"), "{name}");
            }
            "CREDIT_TRANSFER" => {
                let ids = gather(entries, |entry| vec![text(&entry["endToEndId"])]);
                assert_eq!(ids, stated(facts, "end_to_end_ids"), "{name}");
                assert_eq!(text(&file["facts"]["controlSum"]), text(&facts["ctrl_sum"][0]), "{name}");
            }
            "STATUS_REPORT" => {
                assert_eq!(gather(entries, |entry| vec![text(&entry["status"])]), stated(facts, "tx_status"), "{name}");
                let payments = gather(&file["facts"]["payments"], |one| vec![text(&one["status"])]);
                assert_eq!(payments, stated(facts, "pmtinf_status"), "{name}");
            }
            other => panic!("{name} is {other}"),
        }
    }
}

/// Checks a message against a schema with whichever validator is on the machine: xmllint, Python's lxml, or a JDK.
/// `None` without any.
fn xsd_verdict(schema: &Path, message: &Path) -> Option<Result<(), String>> {
    const PYTHON: &str = "import sys\nfrom lxml import etree\ns = etree.XMLSchema(etree.parse(sys.argv[1]))\n\
        ok = s.validate(etree.parse(sys.argv[2]))\nsys.exit(0 if ok else str(s.error_log))";
    const JAVA: &str = "import java.io.File; import javax.xml.validation.*; import javax.xml.transform.stream.StreamSource;\n\
        public class Check { public static void main(String[] a) throws Exception {\n\
        SchemaFactory.newInstance(\"http://www.w3.org/2001/XMLSchema\").newSchema(new File(a[0])).newValidator()\n\
        .validate(new StreamSource(new File(a[1]))); } }";
    let source = message.with_file_name("Check.java");
    std::fs::write(&source, JAVA).unwrap();
    let (schema, message) = (schema.to_str()?, message.to_str()?);
    let ways: [(&str, Vec<&str>, &[&str]); 3] = [
        ("xmllint", vec!["--noout", "--schema", schema, message], &["--version"]),
        ("python3", vec!["-c", PYTHON, schema, message], &["-c", "import lxml"]),
        ("java", vec![source.to_str()?, schema, message], &["-version"]),
    ];
    for (program, arguments, probe) in ways {
        let there =
            std::process::Command::new(program).args(probe).output().is_ok_and(|output| output.status.success());
        if there {
            let output = std::process::Command::new(program).args(arguments).output().ok()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Some(if output.status.success() { Ok(()) } else { Err(said) });
        }
    }
    None
}

#[test]
fn what_we_write_is_valid_by_the_official_schema() {
    use chrono::NaiveDate;
    use formats::payments::iso20022 as iso;
    use kernel::currency::Currency;
    use rust_decimal::Decimal;
    let Some(folder) = folder() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    let address = iso::Address {
        street: "Rua da Música".into(),
        building: "7".into(),
        post_code: "01000".into(),
        town: "São Paulo".into(),
        subdivision: "SP".into(),
        country: "BR".into(),
        lines: vec!["Sala 3".into()],
    };
    let party = |name: &str| iso::Party {
        name: name.into(),
        address: Some(address.clone()),
        id: Some(iso::OrganisationId { id: "4711".into(), scheme: "CUST".into() }),
    };
    let mut transfers = Vec::new();
    for (index, wire) in (0..40_i64).map(|index| (index, index % 2 == 1)) {
        let currency = Currency::parse(["EUR", "JPY", "EUR", "KWD"][usize::try_from(index).unwrap() % 4]).unwrap();
        transfers.push((
            wire,
            iso::CreditTransfer {
                instruction_id: Some(format!("I-{index}")),
                end_to_end_id: format!("E-{index}"),
                uetr: Some(format!("8a562c67-ca16-48ba-b074-65581be6f0{index:02}")),
                amount: Decimal::new(index + 1, currency.exponent()),
                currency,
                agent: Some(iso::Agent {
                    bic: (index % 4 != 1).then(|| "CHASUS33XXX".to_owned()),
                    clearing: (index % 4 == 1).then(|| ("USABA".to_owned(), "021000021".to_owned())),
                    name: Some("Bank & Söhne".into()),
                    country: Some("US".into()),
                }),
                intermediary: wire.then(|| iso::Agent { bic: Some("DEUTDEFF".into()), ..iso::Agent::default() }),
                creditor: party("Künstler & Söhne <Zoë>"),
                account: if wire {
                    iso::AccountNumber::Other("000123-45".into())
                } else {
                    iso::AccountNumber::Iban("FR1420041010050500013M02606".into())
                },
                purpose: "ROYA".into(),
                remittance: if index % 3 == 0 {
                    iso::Remittance::Reference("RF18539007547034".into())
                } else {
                    iso::Remittance::Text("Statement 2026-Q3 & more".into())
                },
                regulatory: wire.then(|| iso::RegulatoryReport {
                    country: "AE".into(),
                    code: "ROY".into(),
                    text: "Royalties".into(),
                }),
            },
        ));
    }
    let block = |id: &str, scheme: iso::Scheme, charges: iso::Charges, wire: bool| iso::PaymentBlock {
        id: id.into(),
        scheme,
        execution_on: day,
        batch_booking: Some(false),
        debtor: party("Testlabel GmbH"),
        account: iso::AccountNumber::Iban("DE89370400440532013000".into()),
        account_currency: Some(Currency::parse("EUR").unwrap()),
        agent: iso::Agent { bic: Some("DEUTDEFF".into()), ..iso::Agent::default() },
        charges,
        transfers: transfers.iter().filter(|(own, _)| *own == wire).map(|(_, transfer)| transfer.clone()).collect(),
    };
    for (version, schema) in [(iso::Version::V09, "pain.001.001.09.xsd"), (iso::Version::V03, "pain.001.001.03.xsd")] {
        let mut file = iso::CreditTransferFile {
            version,
            message_id: "BATCH-7".into(),
            created_at: day.and_hms_opt(9, 30, 0).unwrap(),
            initiator: party("Testlabel GmbH"),
            blocks: vec![
                block("B-1", iso::Scheme::Sepa, iso::Charges::ServiceLevel, false),
                block("B-2", iso::Scheme::Wire { service_level: "URGP".into() }, iso::Charges::Shared, true),
            ],
        };
        for transfer in file.blocks.iter_mut().flat_map(|block| &mut block.transfers) {
            if transfer.currency.code() == "EUR" {
                transfer.amount = Decimal::new(1234, 2);
            }
            if version == iso::Version::V03 {
                transfer.uetr = None;
            }
        }
        let written = iso::write_pain001(&file).unwrap_or_else(|refused| panic!("{:#?}", refused.0));
        let path = scratch.path().join(format!("{schema}.xml"));
        std::fs::write(&path, &written.bytes).unwrap();
        match xsd_verdict(&folder.join("iso20022/xsd").join(schema), &path) {
            Some(verdict) => assert_eq!(verdict, Ok(()), "{schema}"),
            None => println!("no validator on this machine: {schema} not compared"),
        }
        assert!(read(&path)["valid"] == true);
    }
}
