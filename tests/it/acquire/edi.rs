//! Deliveries: sets of digital sales reports, and remittances.

use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};

use super::sftpd::Sshd;
use super::{Source, went_through};

fn edi(server: &Sshd, standard: &str, folder: &str) -> Value {
    json!({ "edi": { "standard": standard, "sftp": {
        "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
        "folder": server.files.join(folder).display().to_string(),
    } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_taken_when_its_last_part_is_there_and_a_remittance_is_no_revenue() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "edi").await;
    let server = Sshd::start("").await;
    let key = json!([{ "name": "PRIVATE_KEY", "value": server.private_key }]);
    let part = |part: u32| format!("dsr/DSR_PADPIDA1_PADPIDA2_Streaming_2026-01_DE_{part}of2_20260210T120000.tsv");
    server.put(&part(1), &spotify(STREAMS));
    let input =
        json!({ "name": "dsr", "maxAttempts": 1, "method": edi(&server, "DDEX_DSR", "dsr"), "credentials": key });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!(run["foundCount"], 0, "half a set was taken: {run}");
    server.put(&part(2), &spotify(&[("QZFAK2600002", "SE", 2, "3.00")]));
    let run = source.collect(&label, "two").await;
    went_through(&run);
    assert_eq!((&run["fetchedCount"], &run["refusedCount"]), (&json!(2), &json!(0)), "{run}");

    let isa =
        "ISA*00*          *00*          *ZZ*STREAMCO       *ZZ*TESTLABEL      *260215*1200*U*00401*000000007*0*P*>~";
    let payment = format!(
        "{isa}GS*RA*STREAMCO*TESTLABEL*20260215*1200*7*X*004010~ST*820*0001~BPR*C*507.58*C*ACH************20260216~TRN*1*PAY-1~\
         CUR*PR*EUR~N1*PR*Stream Co~N1*PE*Test Label~RMR*IV*STMT-1**507.58~SE*8*0001~GE*1*7~IEA*1*000000007~"
    );
    let reported = label.report("STMT-1.tsv", spotify(&[("QZFAK2600001", "DE", 9, "507.59")])).await;
    server.put("x12/payment.edi", payment.as_bytes());
    server.put("x12/broken.edi", payment.replace("SE*8*", "SE*9*").as_bytes());
    let key = json!([{ "name": "PRIVATE_KEY", "value": server.private_key }]);
    let input = json!({ "name": "x12", "maxAttempts": 1, "method": edi(&server, "X12820", "x12"), "credentials": key });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "x12").await;
    went_through(&run);
    let files = run["files"]["nodes"].as_array().unwrap();
    let of = |name: &str| files.iter().find(|file| file["fileName"] == name).unwrap();
    assert_eq!(of("payment.edi")["state"], "REMITTANCE", "{run}");
    assert_eq!(of("broken.edi")["state"], "REFUSED", "{run}");
    let message = of("broken.edi")["failure"]["message"].as_str().unwrap();
    assert!(message.contains("segment 10 (SE)"), "{message}");
    let answer = label
        .manager
        .ask(
            "query($id: ID!) { source(id: $id) { remittances { nodes { payer payee reference currency amount paidOn items { reference amount } } } } }",
            json!({ "id": source.id }),
        )
        .await
        .ok();
    let expected = json!([{
        "payer": "Stream Co", "payee": "Test Label", "reference": "PAY-1", "currency": "EUR", "amount": "507.58",
        "paidOn": "2026-02-16", "items": [{ "reference": "STMT-1", "amount": "507.58" }],
    }]);
    assert_eq!(answer.at("/source/remittances/nodes"), &expected);

    // The remittance names the statement, whose file came before: it is held against it, and a cent is missing.
    let answer = label
        .manager
        .ask("{ controlTotals { nodes { origin state payer amount reported open reports { id } } } }", json!({}))
        .await
        .ok();
    let expected = json!([{
        "origin": "X12_820", "state": "DIFFERS", "payer": "Stream Co", "amount": "507.58", "reported": "507.59",
        "open": "-0.01", "reports": [{ "id": reported["id"] }],
    }]);
    assert_eq!(answer.at("/controlTotals/nodes"), &expected);
}
