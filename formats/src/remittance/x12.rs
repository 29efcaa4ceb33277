//! ANSI X12 820, payment order and remittance advice.
//!
//! An interchange says its own separators in its first 106 bytes. Counts and control numbers of its envelopes are
//! checked: what does not agree with itself is refused, with the segment.

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Remittance, RemittanceItem};

/// Bytes of the first segment, its terminator included.
const ISA_BYTES: usize = 106;

/// Why an interchange cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("segment {segment} ({name}): {problem}")]
pub struct X12Error {
    /// Which segment, counted from 1.
    pub segment: usize,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub problem: String,
}

struct Segment<'a> {
    number: usize,
    elements: Vec<&'a str>,
}

impl<'a> Segment<'a> {
    fn name(&self) -> &'a str {
        self.elements.first().copied().unwrap_or_default()
    }

    /// An element by its number in the standard: `BPR02` is 2.
    fn at(&self, index: usize) -> &'a str {
        self.elements.get(index).copied().unwrap_or_default().trim()
    }

    fn wrong(&self, problem: impl Into<String>) -> X12Error {
        X12Error { segment: self.number, name: self.name().to_owned(), problem: problem.into() }
    }

    fn amount(&self, index: usize) -> Result<Decimal, X12Error> {
        let text = self.at(index);
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
        Decimal::from_str(text).ok().filter(|_| plain).ok_or_else(|| self.wrong(format!("`{text}` is no amount")))
    }

    fn count(&self, index: usize) -> Result<usize, X12Error> {
        self.at(index).parse().map_err(|_| self.wrong(format!("`{}` is no count", self.at(index))))
    }
}

/// Reads all payments of an interchange.
///
/// # Errors
/// [`X12Error`], with the segment.
pub fn read_x12_820(bytes: &[u8]) -> Result<Vec<Remittance>, X12Error> {
    let outside = |problem: &str| X12Error { segment: 1, name: "ISA".to_owned(), problem: problem.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| outside("the interchange is not in ASCII or UTF-8"))?;
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n']);
    if !text.starts_with("ISA") || text.len() < ISA_BYTES || !text.is_char_boundary(ISA_BYTES) {
        return Err(outside("an interchange begins with ISA and 103 more characters"));
    }
    let element = text.chars().nth(3).unwrap_or('*');
    let terminator = text.chars().nth(ISA_BYTES - 1).unwrap_or('~');
    let segments: Vec<Segment<'_>> = text
        .split(terminator)
        .map(|segment| segment.trim_matches(['\r', '\n', ' ']))
        .filter(|segment| !segment.is_empty())
        .zip(1..)
        .map(|(segment, number)| Segment { number, elements: segment.split(element).collect() })
        .collect();
    Interchange::default().read(&segments)
}

/// What is open while reading.
#[derive(Default)]
struct Interchange {
    control: Option<String>,
    groups: usize,
    group: Option<String>,
    sets: usize,
    /// The transaction set: its control number, where it began, the payment so far.
    set: Option<(String, usize, Remittance)>,
    done: Vec<Remittance>,
}

impl Interchange {
    fn read(mut self, segments: &[Segment<'_>]) -> Result<Vec<Remittance>, X12Error> {
        for segment in segments {
            match segment.name() {
                "ISA" => self.control = Some(segment.at(13).to_owned()),
                "GS" => {
                    if segment.at(1) != "RA" {
                        return Err(segment.wrong(format!("the group `{}` is no remittance (RA)", segment.at(1))));
                    }
                    self.group = Some(segment.at(6).to_owned());
                    self.sets = 0;
                }
                "ST" => self.begin(segment)?,
                "SE" => self.end(segment)?,
                "GE" => {
                    same(segment, 1, self.sets)?;
                    agrees(segment, 2, self.group.take())?;
                    self.groups += 1;
                }
                "IEA" => {
                    same(segment, 1, self.groups)?;
                    agrees(segment, 2, self.control.take())?;
                }
                _ => self.inside(segment)?,
            }
        }
        if self.control.is_some() || self.set.is_some() {
            let number = segments.len();
            return Err(X12Error {
                segment: number,
                name: "IEA".to_owned(),
                problem: "the interchange breaks off: its end is missing".to_owned(),
            });
        }
        Ok(self.done)
    }

    fn begin(&mut self, segment: &Segment<'_>) -> Result<(), X12Error> {
        if segment.at(1) != "820" {
            return Err(segment.wrong(format!("the set `{}` is no 820", segment.at(1))));
        }
        let payment = Remittance {
            payer: String::new(),
            payee: String::new(),
            reference: String::new(),
            // Without a CUR segment the standard means US dollars.
            currency: "USD".to_owned(),
            amount: Decimal::ZERO,
            paid_on: None,
            items: Vec::new(),
        };
        self.set = Some((segment.at(2).to_owned(), segment.number, payment));
        Ok(())
    }

    fn inside(&mut self, segment: &Segment<'_>) -> Result<(), X12Error> {
        let Some((_, _, payment)) = &mut self.set else { return Ok(()) };
        match segment.name() {
            "BPR" => {
                payment.amount = segment.amount(2)?;
                match segment.at(3) {
                    "C" => {}
                    "D" => payment.amount = -payment.amount,
                    other => return Err(segment.wrong(format!("`{other}` is neither credit (C) nor debit (D)"))),
                }
                let day = segment.at(16);
                if !day.is_empty() {
                    let read = NaiveDate::parse_from_str(day, "%Y%m%d");
                    payment.paid_on = Some(read.map_err(|_| segment.wrong(format!("`{day}` is no day")))?);
                }
            }
            "TRN" => segment.at(2).clone_into(&mut payment.reference),
            "CUR" => {
                let code = segment.at(2);
                if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
                    return Err(segment.wrong(format!("`{code}` is no currency")));
                }
                code.clone_into(&mut payment.currency);
            }
            "N1" if segment.at(1) == "PR" => segment.at(2).clone_into(&mut payment.payer),
            "N1" if segment.at(1) == "PE" => segment.at(2).clone_into(&mut payment.payee),
            "RMR" => {
                let amount = segment.amount(4)?;
                payment.items.push(RemittanceItem { reference: segment.at(2).to_owned(), amount });
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, segment: &Segment<'_>) -> Result<(), X12Error> {
        let Some((control, first, payment)) = self.set.take() else {
            return Err(segment.wrong("ends a set that has not begun"));
        };
        // Both ST and SE count.
        same(segment, 1, segment.number - first + 1)?;
        agrees(segment, 2, Some(control))?;
        self.sets += 1;
        self.done.push(payment);
        Ok(())
    }
}

fn same(segment: &Segment<'_>, index: usize, counted: usize) -> Result<(), X12Error> {
    let stated = segment.count(index)?;
    if stated == counted {
        return Ok(());
    }
    Err(segment.wrong(format!("says {stated}, but {counted} are there: something is missing or was changed")))
}

fn agrees(segment: &Segment<'_>, index: usize, begun: Option<String>) -> Result<(), X12Error> {
    let begun = begun.ok_or_else(|| segment.wrong("ends what has not begun"))?;
    if segment.at(index) == begun {
        return Ok(());
    }
    Err(segment.wrong(format!("has the control number {}, but it began with {begun}", segment.at(index))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn interchange() -> String {
        let isa = "ISA*00*          *00*          *ZZ*STREAMCO       *ZZ*TESTLABEL      *260215*1200*U*00401*000000007*0*P*>~";
        assert_eq!(isa.len(), ISA_BYTES);
        format!(
            "{isa}\nGS*RA*STREAMCO*TESTLABEL*20260215*1200*7*X*004010~\nST*820*0001~\n\
             BPR*C*507.58*C*ACH*CTX*01*021000021*DA*123*1512345678**01*021000089*DA*456*20260216~\n\
             TRN*1*PAY-2026-01~\nCUR*PR*EUR~\nN1*PR*Stream Co~\nN1*PE*Test Label~\nENT*1~\n\
             RMR*IV*STMT-1**500.33~\nRMR*IV*STMT-2**7.25~\nSE*10*0001~\nGE*1*7~\nIEA*1*000000007~\n"
        )
    }

    #[test]
    fn a_payment_is_read_with_what_it_is_for() {
        let payments = read_x12_820(interchange().as_bytes()).unwrap();
        assert_eq!(payments.len(), 1);
        let payment = &payments[0];
        assert_eq!((payment.payer.as_str(), payment.payee.as_str()), ("Stream Co", "Test Label"));
        assert_eq!((payment.reference.as_str(), payment.currency.as_str()), ("PAY-2026-01", "EUR"));
        // 500.33 + 7.25 = 507.58
        assert_eq!(payment.amount.to_string(), "507.58");
        assert_eq!(payment.paid_on, NaiveDate::from_ymd_opt(2026, 2, 16));
        let sum: Decimal = payment.items.iter().map(|item| item.amount).sum();
        assert_eq!(sum, payment.amount);
    }

    #[test]
    fn what_does_not_agree_with_itself_is_refused_with_its_place() {
        let whole = interchange();
        let cases = [
            (whole.replace("SE*10*", "SE*11*"), 12, "SE"),
            (whole.replace("SE*10*0001", "SE*10*0002"), 12, "SE"),
            (whole.replace("GE*1*7", "GE*2*7"), 13, "GE"),
            (whole.replace("IEA*1*000000007~", ""), 13, "IEA"),
            (whole.replace("507.58", "507,58"), 4, "BPR"),
            (whole.replace("RMR*IV*STMT-2**7.25", "RMR*IV*STMT-2**1e3"), 11, "RMR"),
            (whole.replace("ST*820*", "ST*810*"), 3, "ST"),
            (whole.replace("CUR*PR*EUR", "CUR*PR*euro"), 6, "CUR"),
        ];
        for (text, segment, name) in cases {
            let error = read_x12_820(text.as_bytes()).unwrap_err();
            assert_eq!((error.segment, error.name.as_str()), (segment, name), "{error}");
        }
        for text in ["", "ISA", "not an interchange", &whole[..50]] {
            assert!(read_x12_820(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn other_separators_are_taken_from_the_interchange() {
        let text = interchange().replace('*', "|").replace('~', "'").replace('\n', "");
        assert_eq!(read_x12_820(text.as_bytes()).unwrap().len(), 1);
    }
}
