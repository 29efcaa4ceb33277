//! Reading what banks send: a return file, a statement as XML and one as BAI2, 100,000 entries each. Baseline: the bytes
//! of the same file, read and thrown away. Memory must not grow with a file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use formats::payments::ach::read_ach;
use formats::payments::bank::read_bai2;
use formats::payments::iso20022::read_camt;
use formats::payments::problem::Problem;

use super::figure::{Figure, Side, peak_rss_bytes};
use crate::stop::Stop;

/// Entries of each file.
const ENTRIES: u64 = 100_000;

/// Measures the readers.
///
/// # Errors
/// When a file cannot be written or is not read as it was written.
pub fn measure(folder: &Path) -> Result<Vec<Figure>, Stop> {
    let mut figures = Vec::new();
    let path = folder.join("returns.ach");
    returns(&path)?;
    let mut entries = 0;
    figures.push(time("return_file", &path, &mut entries, &mut |source, entries| {
        let read = read_ach(source, &mut |_| *entries += 1)?;
        Ok(read.problems)
    })?);
    let path = folder.join("camt.xml");
    camt(&path)?;
    figures.push(time("camt_statement", &path, &mut entries, &mut |source, entries| {
        let read = read_camt(source, &mut |_| *entries += 1)?;
        Ok(read.problems)
    })?);
    let path = folder.join("statement.bai");
    bai2(&path)?;
    figures.push(time("bai2_statement", &path, &mut entries, &mut |source, entries| {
        let read = read_bai2(source, &mut |_| *entries += 1)?;
        Ok(read.problems)
    })?);
    Ok(figures)
}

type Reader<'a> = &'a mut dyn FnMut(BufReader<File>, &mut u64) -> io::Result<Vec<Problem>>;

#[allow(clippy::disallowed_methods, reason = "a stopwatch")]
fn time(name: &'static str, path: &Path, entries: &mut u64, read: Reader<'_>) -> Result<Figure, Stop> {
    let begin = Instant::now();
    io::copy(&mut BufReader::new(File::open(path)?), &mut io::sink())?;
    let baseline = Side { name: "bytes", took: begin.elapsed() };
    *entries = 0;
    let begin = Instant::now();
    let problems = read(BufReader::with_capacity(1 << 16, File::open(path)?), entries)?;
    let took = begin.elapsed();
    if let Some(problem) = problems.first() {
        return Err(Stop::failed(format!("{name}: {problem}")));
    }
    if *entries != ENTRIES {
        return Err(Stop::failed(format!("{name}: {entries} entries were read, {ENTRIES} were written")));
    }
    Ok(Figure::new(Side { name, took }, ENTRIES, "entries", baseline, peak_rss_bytes()))
}

/// A bank's return file: every entry with its reason.
fn returns(path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let line = |out: &mut BufWriter<File>, text: String| writeln!(out, "{text:<94}");
    line(&mut out, "101 231380104 1210428822611270600A094101Testlabel              First Bank".into())?;
    let header = "5220Testlabel                           1231380104PPDROYALTY         261126";
    writeln!(out, "{header:<78}109100001{:07}", 1)?;
    let mut cents = 0_u64;
    for number in 1..=ENTRIES {
        let amount = 1_000 + number % 9_000;
        cents += amount;
        writeln!(
            out,
            "62112104288212345            {amount:010}{:<15}{:<22}  109100001{number:07}",
            format!("PAY-{number}"),
            "ALICE WRITER"
        )?;
        writeln!(
            out,
            "799R0{}12104288{number:07}      09100001{:<44}09100001{number:07}",
            2 + number % 3,
            "ACCOUNT CLOSED"
        )?;
    }
    let (records, hash) = (2 * ENTRIES, 12_104_288 * ENTRIES % 10_000_000_000);
    let head = format!("8220{records:06}{hash:010}{:012}{cents:012}1231380104", 0);
    writeln!(out, "{head:<79}09100001{:07}", 1)?;
    line(&mut out, format!("9{:06}{:06}{records:08}{hash:010}{:012}{cents:012}", 1, (records + 4).div_ceil(10), 0))?;
    out.flush()
}

/// A statement whose entries have one payment each.
fn camt(path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>"
    )?;
    writeln!(out, "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-26T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S-1</Id>")?;
    writeln!(out, "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>")?;
    for number in 1..=ENTRIES {
        writeln!(
            out,
            "<Ntry><NtryRef>{number}</NtryRef><Amt Ccy=\"EUR\">{}.{:02}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2026-11-25</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt><AcctSvcrRef>B-{number}</AcctSvcrRef>\
             <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>\
             <Refs><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId></Refs><Amt Ccy=\"EUR\">{}.{:02}</Amt>\
             <RltdPties><Cdtr><Pty><Nm>Alice Writer</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct></RltdPties>\
             <Purp><Cd>ROYA</Cd></Purp><RmtInf><Ustrd>Statement 2026-Q3</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            number / 100,
            number % 100,
            number / 100,
            number % 100
        )?;
    }
    writeln!(out, "</Stmt></BkToCstmrStmt></Document>")?;
    out.flush()
}

/// A cash management file of one account.
fn bai2(path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(
        out,
        "01,BANK,TESTLABEL,261126,0600,1,,,2/\n02,TESTLABEL,021000021,1,261125,2359,USD,2/\n03,12345678,USD/"
    )?;
    let mut total = 0_u64;
    for number in 1..=ENTRIES {
        total += number;
        writeln!(out, "16,495,{number},0,B{number},E-{number},Royalty statement\n88,2026-Q3")?;
    }
    writeln!(
        out,
        "49,{total},{}/\n98,{total},1,{}/\n99,{total},1,{}/",
        2 * ENTRIES + 2,
        2 * ENTRIES + 4,
        2 * ENTRIES + 6
    )?;
    out.flush()
}
