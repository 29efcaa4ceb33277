//! A small label with real shapes: two artists, one contract with nested splits and an advance, one report.

use serde_json::{Value, json};

use crate::{Client, TestApp};

/// `(isrc, territory, units, amount)` of the usual report: three matched lines and one unknown ISRC.
pub const STREAMS: &[(&str, &str, u32, &str)] = &[
    ("QZFAK2600001", "DE", 1000, "400.00"),
    ("QZFAK2600001", "US", 500, "100.000000000000000000000000000001"),
    ("QZFAK2600002", "SE", 300, "0.333333333333333333"),
    ("QZFAK2609999", "FR", 10, "7.25"),
];

/// A Spotify report in the licensor layout, for January 2026.
#[must_use]
pub fn spotify(rows: &[(&str, &str, u32, &str)]) -> Vec<u8> {
    let mut text = String::from(
        "Format version\tStart date\tEnd date\tSender\tRecipient\tDisclaimer\n2\t2026-01-01\t2026-01-31\tSpotify\tTest Label\tnone\n\
         Country\tLabel\tProduct\tURI\tUPC\tEAN\tISRC\tTrack name\tArtist name\tComposer name\tAlbum name\tQuantity\tPayable currency\tPayable\n",
    );
    for (isrc, territory, units, amount) in rows {
        text.push_str(&format!(
            "{territory}\tTest Label\tP\tspotify:track:{isrc}\t\t\t{isrc}\tSong {isrc}\tThe Quiet Testers\tN/A\tAlbum\t{units}\tEUR\t{amount}\n"
        ));
    }
    text.into_bytes()
}

/// A tenant with people, parties, catalogue and one active contract.
pub struct Label {
    /// Its slug.
    pub slug: String,
    /// Its id.
    pub tenant_id: kernel::ids::TenantId,
    /// Everything.
    pub owner: Client,
    /// Makes.
    pub manager: Client,
    /// Approves.
    pub approver: Client,
    /// Pays.
    pub operator: Client,
}

/// Rights holders.
pub const PARTIES: &str = "reference,name,kind,country,email,ipi,isni,payment_method,payment_currency,payment_threshold
P-BAND,The Quiet Testers,GROUP,DE,,,,INTERNAL_LEDGER,EUR,
P-ANNA,Anna Ätherwell,PERSON,DE,,,,INTERNAL_LEDGER,EUR,
P-BO,Bo Lindqvist,PERSON,SE,,,,INTERNAL_LEDGER,EUR,
P-BOCO,Lindqvist Produktion,COMPANY,SE,,,,INTERNAL_LEDGER,EUR,
P-HEIR,Estate of Cy Vance,PERSON,US,,,,INTERNAL_LEDGER,EUR,
";

/// Recordings.
pub const RECORDINGS: &str = "isrc,title,version,artist,duration,organisation
QZFAK2600001,First Light,,The Quiet Testers,215,
QZFAK2600002,Second Wind,Live,The Quiet Testers,198,
";

impl Label {
    /// Builds it through the public API.
    pub async fn create(app: &TestApp, slug: &str) -> Self {
        let label = Self::create_bare(app, slug).await;
        label.import("PARTIES", "parties.csv", PARTIES).await;
        label.import("RECORDINGS", "recordings.csv", RECORDINGS).await;
        label
    }

    /// The people alone.
    pub async fn create_bare(app: &TestApp, slug: &str) -> Self {
        let (tenant_id, owner) = app.tenant(slug).await;
        let manager = app.member(&owner, slug, "ROYALTY_MANAGER", &[]).await;
        let approver = app.member(&owner, slug, "FINANCE_APPROVER", &[]).await;
        let operator = app.member(&owner, slug, "PAYMENTS_OPERATOR", &[]).await;
        Self { slug: slug.to_owned(), tenant_id, owner, manager, approver, operator }
    }

    /// Imports a CSV and gives the finished operation.
    pub async fn import(&self, kind: &str, name: &str, csv: &str) -> Value {
        let upload = self.manager.upload(name, csv.as_bytes().to_vec()).await;
        let answer = self
            .manager
            .ask(
                "mutation($i: CatalogueImportInput!) { catalogueImport(input: $i) { operation { id } userErrors { code message } } }",
                json!({ "i": { "kind": kind, "uploadId": upload, "idempotencyKey": format!("{}:{name}", self.slug) } }),
            )
            .await
            .ok();
        let ended = self.manager.wait(&answer.text("/catalogueImport/operation/id")).await;
        assert_eq!(ended["state"], "SUCCEEDED", "{name}: {ended}");
        let errors = self
            .manager
            .ask(
                "query($id: ID!) { importErrors(operationId: $id, first: 20) { nodes { line column code message } } }",
                json!({ "id": answer.text("/catalogueImport/operation/id") }),
            )
            .await
            .ok();
        assert_eq!(errors.at("/importErrors/nodes"), &json!([]), "{name} has bad rows");
        ended
    }

    /// Sets a value of the configuration at the tenant, which has none there yet.
    pub async fn set(&self, key: &str, value: Value) -> Value {
        self.set_at("TENANT", None, key, value).await
    }

    /// Sets a value of the configuration where there is none yet, and gives the setting as it counts then.
    pub async fn set_at(&self, level: &str, subject: Option<&str>, key: &str, value: Value) -> Value {
        let input = json!({ "level": level, "subjectId": subject, "key": key, "value": value, "expectedVersion": 0 });
        self.owner
            .ask(
                "mutation($i: SettingSetInput!) { settingSet(input: $i) { setting { key value isSetHere version origin { level subjectId } } userErrors { code message } } }",
                json!({ "i": input }),
            )
            .await
            .ok()
            .at("/settingSet/setting")
            .clone()
    }

    /// The id of a party by its reference.
    pub async fn party(&self, reference: &str) -> String {
        self.manager
            .ask("query($r: String!) { partyBy(by: { reference: $r }) { id } }", json!({ "r": reference }))
            .await
            .ok()
            .text("/partyBy/id")
    }

    /// Imports a report into January 2026 and gives the report's fields.
    pub async fn report(&self, name: &str, bytes: Vec<u8>) -> Value {
        let upload = self.manager.upload(name, bytes).await;
        let answer = self
            .manager
            .ask(
                "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { report { id } operation { id } isDuplicate userErrors { code message } } }",
                json!({ "i": { "uploadId": upload, "accountingMonth": "2026-01", "idempotencyKey": format!("{upload}") } }),
            )
            .await
            .ok();
        self.manager.wait(&answer.text("/revenueReportImport/operation/id")).await;
        let mut fields = self
            .manager
            .ask(
                "query($id: ID!) { revenueReport(id: $id) { id state layout rowCount postedCount suspenseCount skippedCount errorCount failure { code message } totals { currency total posted suspense skipped cut } errors(first: 50) { nodes { lineNo column field code message raw } } } }",
                json!({ "id": answer.text("/revenueReportImport/report/id") }),
            )
            .await
            .ok()
            .at("/revenueReport")
            .clone();
        fields["isDuplicate"] = answer.at("/revenueReportImport/isDuplicate").clone();
        fields
    }
}

/// 50 % of net receipts to the band, split 60/40 over Anna and Bo's company, whose part goes 75/25 to Bo
/// and the estate; an
/// advance of 100 EUR. Only the first recording is under contract; the second waits.
pub const CONTRACTS: &str = "contract,record_type,reference,title,kind,party,organisation,currency,calendar,item_kind,item,ratio,territories,platforms,revenue_types,model,base,rate,amount,priority,parent,starts_on,ends_on
T-1,CONTRACT,,The Quiet Testers,RECORDING,P-BAND,,EUR,MONTHLY,,,,,,,,,,,,,2025-01-01,
T-1,PARTICIPATION,,,PARTICIPATION,,,,,RECORDING,QZFAK2600001,1,,,,,,,,,,,
T-1,TERM,base,Net share,,,,,,,,,,,,PERCENTAGE,NET_RECEIPTS,0.5,,,,,
T-1,SPLIT,band,,,P-BAND,,,,,,1,,,,,,,,,,,
T-1,SPLIT,anna,,,P-ANNA,,,,,,0.6,,,,,,,,,band,,
T-1,SPLIT,bo,,,P-BOCO,,,,,,0.4,,,,,,,,,band,,
T-1,SPLIT,bo-own,,,P-BO,,,,,,0.75,,,,,,,,,bo,,
T-1,SPLIT,bo-heir,,,P-HEIR,,,,,,0.25,,,,,,,,,bo,,
T-1,ADVANCE,adv-1,First advance,,,,,,,,,,,,,,,100,,,2025-06-01,
";
