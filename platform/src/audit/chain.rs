//! The chain over the entries.

use chrono::{DateTime, Utc};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::db::{OrFail, TenantTx, sql};

/// Entries sealed or verified per statement.
const BATCH: i64 = 1_000;

/// An entry as the hash sees it. JSON is read as PostgreSQL prints it: that form is the same for ever.
#[derive(Debug, Clone, FromQueryResult)]
struct Entry {
    id: Uuid,
    seq: i64,
    xid: i64,
    at: DateTime<Utc>,
    actor: String,
    request_id: String,
    action: String,
    entity_kind: String,
    entity_id: Uuid,
    before_text: Option<String>,
    after_text: Option<String>,
}

const ENTRY_COLUMNS: &str = "e.id, e.seq, e.xid::text::bigint AS xid, e.at, e.actor, e.request_id, e.action,
    e.entity_kind, e.entity_id, e.before::text AS before_text, e.after::text AS after_text";

impl Entry {
    /// The link: over the hash before and every field, each with its length so that no two entries look alike.
    fn hash(&self, previous: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        field(previous);
        field(self.id.as_bytes());
        field(&self.seq.to_be_bytes());
        field(&self.at.timestamp_micros().to_be_bytes());
        for text in [&self.actor, &self.request_id, &self.action, &self.entity_kind] {
            field(text.as_bytes());
        }
        field(self.entity_id.as_bytes());
        for json in [&self.before_text, &self.after_text] {
            field(&[u8::from(json.is_some())]);
            field(json.as_deref().unwrap_or_default().as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// What the first link hangs on: no tenant's chain can be passed off as another's.
fn anchor(tenant: TenantId) -> Vec<u8> {
    blake3::derive_key("tunemantra audit chain v1", tenant.uuid().as_bytes()).to_vec()
}

/// Chains the entries that are not chained yet and whose transactions have settled. Returns how many.
///
/// Two sealers of one tenant cannot both win: the link's number is the primary key.
///
/// # Errors
/// Database failures; `ALREADY_EXISTS` when another sealer was faster.
pub async fn seal(tx: &TenantTx) -> Result<u64, Failure> {
    let tenant = tx.tenant_id();
    let head = tx
        .query_one_raw(sql(
            "SELECT s.chain_no, s.hash, e.xid::text::bigint AS xid, e.seq
             FROM audit_seal s JOIN audit_entry e ON e.tenant_id = s.tenant_id AND e.seq = s.entry_seq
             WHERE s.tenant_id = $1 ORDER BY s.chain_no DESC LIMIT 1",
            [tenant.uuid().into()],
        ))
        .await
        .or_fail()?;
    let (mut chain_no, mut previous, mut xid, mut seq) = match head {
        Some(row) => (
            row.try_get::<i64>("", "chain_no").or_fail()?,
            row.try_get::<Vec<u8>>("", "hash").or_fail()?,
            row.try_get::<i64>("", "xid").or_fail()?,
            row.try_get::<i64>("", "seq").or_fail()?,
        ),
        None => (0, anchor(tenant), 0, 0),
    };
    let mut sealed = 0_u64;
    loop {
        let entries = settled_after(tx, xid, seq).await?;
        let Some(last) = entries.last() else { return Ok(sealed) };
        (xid, seq) = (last.xid, last.seq);
        sealed += entries.len() as u64;

        let (mut numbers, mut seqs, mut befores, mut hashes) = (vec![], vec![], vec![], vec![]);
        for entry in &entries {
            chain_no += 1;
            let hash = entry.hash(&previous).to_vec();
            numbers.push(chain_no);
            seqs.push(entry.seq);
            befores.push(std::mem::replace(&mut previous, hash.clone()));
            hashes.push(hash);
        }
        tx.execute_raw(sql(
            "INSERT INTO audit_seal (tenant_id, chain_no, entry_seq, previous, hash, sealed_at)
             SELECT $1, u.chain_no, u.entry_seq, u.previous, u.hash, $6
             FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])
                  AS u (chain_no, entry_seq, previous, hash)",
            [tenant.uuid().into(), numbers.into(), seqs.into(), befores.into(), hashes.into(), tx.now().into()],
        ))
        .await
        .or_fail()?;
    }
}

async fn settled_after(tx: &TenantTx, xid: i64, seq: i64) -> Result<Vec<Entry>, Failure> {
    let text = format!(
        "SELECT {ENTRY_COLUMNS} FROM audit_entry e
         WHERE e.tenant_id = $1 AND (e.xid, e.seq) > ($2::text::xid8, $3)
           AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY e.xid, e.seq LIMIT $4"
    );
    let rows = tx
        .query_all_raw(sql(text, [tx.tenant_id().uuid().into(), xid.to_string().into(), seq.into(), BATCH.into()]))
        .await
        .or_fail()?;
    rows.iter().map(|row| Entry::from_query_result(row, "")).collect::<Result<_, _>>().or_fail()
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// The link with this number is missing.
    LinkMissing(i64),
    /// The entry of this link is missing.
    EntryMissing(i64),
    /// The link does not hang on the one before it.
    Spliced(i64),
    /// The entry of this link is not what was sealed.
    EntryChanged(i64),
    /// The chain ends before the head that was noted earlier.
    TailCut(i64),
}

/// The state of a tenant's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Links read.
    pub links: i64,
    /// Entries not sealed yet.
    pub unsealed: i64,
    /// The last link and its hash: note it elsewhere, and a cut tail can be found later.
    pub head: Option<(i64, String)>,
    /// The first fault found; none when the chain holds.
    pub fault: Option<ChainFault>,
}

/// Reads the whole chain of the tenant and checks every link. With a `noted` head (number and hash, from an
/// earlier report) it also finds a tail that was cut off or rewritten since.
///
/// # Errors
/// Database failures.
pub async fn verify(tx: &TenantTx, noted: Option<(i64, &str)>) -> Result<ChainReport, Failure> {
    let mut report = ChainReport { links: 0, unsealed: unsealed(tx).await?, head: None, fault: None };
    let mut previous = anchor(tx.tenant_id());
    loop {
        let links = links_after(tx, report.links).await?;
        if links.is_empty() {
            break;
        }
        for (link, entry) in links {
            report.fault = check(&link, entry.as_ref(), report.links + 1, &previous);
            if report.fault.is_none()
                && noted.is_some_and(|(no, hash)| no == link.chain_no && hash != hex::encode(&link.hash))
            {
                report.fault = Some(ChainFault::Spliced(link.chain_no));
            }
            if report.fault.is_some() {
                return Ok(report);
            }
            report.links = link.chain_no;
            report.head = Some((link.chain_no, hex::encode(&link.hash)));
            previous = link.hash;
        }
    }
    if let Some((no, _)) = noted
        && no > report.links
    {
        report.fault = Some(ChainFault::TailCut(report.links));
    }
    Ok(report)
}

#[derive(Debug, FromQueryResult)]
struct Link {
    chain_no: i64,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

fn check(link: &Link, entry: Option<&Entry>, expected: i64, previous: &[u8]) -> Option<ChainFault> {
    if link.chain_no != expected {
        return Some(ChainFault::LinkMissing(expected));
    }
    if link.previous != previous {
        return Some(ChainFault::Spliced(link.chain_no));
    }
    match entry {
        None => Some(ChainFault::EntryMissing(link.chain_no)),
        Some(entry) if entry.hash(previous).as_slice() != link.hash => Some(ChainFault::EntryChanged(link.chain_no)),
        Some(_) => None,
    }
}

async fn links_after(tx: &TenantTx, chain_no: i64) -> Result<Vec<(Link, Option<Entry>)>, Failure> {
    let text = format!(
        "SELECT s.chain_no, s.previous, s.hash, {ENTRY_COLUMNS}
         FROM audit_seal s LEFT JOIN audit_entry e ON e.tenant_id = s.tenant_id AND e.seq = s.entry_seq
         WHERE s.tenant_id = $1 AND s.chain_no > $2 ORDER BY s.chain_no LIMIT $3"
    );
    let rows =
        tx.query_all_raw(sql(text, [tx.tenant_id().uuid().into(), chain_no.into(), BATCH.into()])).await.or_fail()?;
    rows.iter()
        .map(|row| {
            let present: Option<Uuid> = row.try_get("", "id")?;
            let entry = present.map(|_| Entry::from_query_result(row, "")).transpose()?;
            Ok((Link::from_query_result(row, "")?, entry))
        })
        .collect::<Result<_, sea_orm::DbErr>>()
        .or_fail()
}

async fn unsealed(tx: &TenantTx) -> Result<i64, Failure> {
    let row = tx
        .query_one_raw(sql(
            "SELECT (SELECT count(*) FROM audit_entry WHERE tenant_id = $1)
                  - (SELECT count(*) FROM audit_seal WHERE tenant_id = $1) AS unsealed",
            [tx.tenant_id().uuid().into()],
        ))
        .await
        .or_fail()?;
    row.map_or(Ok(0), |row| row.try_get("", "unsealed").or_fail())
}
