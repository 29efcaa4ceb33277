//! A result as text, for people.

use std::fmt;

use serde_json::Value;

use super::result::{Computation, Exception, PeriodResult, Royalty};

impl fmt::Display for Computation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(title) = &self.title {
            writeln!(f, "{title}\n")?;
        }
        for (index, period) in self.periods.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{period}")?;
        }
        match self.differences.as_deref() {
            None => Ok(()),
            Some([]) => write!(f, "\nAs expected."),
            Some(differences) => {
                write!(f, "\nNot as expected:")?;
                for one in differences {
                    write!(f, "\n  {}: expected {}, found {}", one.path, one.expected, one.found)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for PeriodResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Period {}", self.month)?;
        writeln!(f, "  Royalties")?;
        for royalty in &self.royalties {
            writeln!(f, "    {royalty}")?;
        }
        if self.royalties.is_empty() {
            writeln!(f, "    none")?;
        }
        if let Value::Object(contracts) = &self.contracts {
            for (name, contract) in contracts {
                writeln!(f, "  Contract {name}")?;
                tree(f, contract, 4)?;
            }
        }
        writeln!(f, "  Payable")?;
        for (payee, amounts) in &self.payable {
            let amounts: Vec<String> =
                amounts.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
            writeln!(f, "    {payee}: {}", amounts.join(", "))?;
        }
        writeln!(f, "  Conservation")?;
        for (currency, sums) in &self.conservation {
            writeln!(
                f,
                "    {currency}: lines {} = payees {} + margin {} + suspense {}{}",
                sums.lines,
                sums.payees,
                sums.margin,
                sums.suspense,
                if sums.conserved { "" } else { "  NOT CONSERVED" },
            )?;
        }
        if !self.exceptions.is_empty() {
            writeln!(f, "  Exceptions")?;
            for exception in &self.exceptions {
                writeln!(f, "    {exception}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Royalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.report, self.line)?;
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        write!(f, ": {} gets {} {} under {} by {}", self.payee, self.amount, self.currency, self.contract, self.term)?;
        if let Some(told) = &self.told {
            for line in told.lines() {
                write!(f, "\n      {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if let (Some(report), Some(line)) = (&self.report, self.line) {
            write!(f, " {report} line {line}")?;
        }
        for name in [&self.contract, &self.payee].into_iter().flatten() {
            write!(f, " {name}")?;
        }
        if let (Some(amount), Some(currency)) = (&self.amount, &self.currency) {
            write!(f, " {amount} {currency}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A JSON value as an indented tree: what is empty is left out.
fn tree(f: &mut fmt::Formatter<'_>, value: &Value, indent: usize) -> fmt::Result {
    let Value::Object(entries) = value else { return Ok(()) };
    let plain: Vec<String> =
        entries.iter().filter_map(|(key, value)| Some(format!("{key} {}", leaf(value)?))).collect();
    if !plain.is_empty() {
        writeln!(f, "{:indent$}{}", "", plain.join(", "))?;
    }
    for (key, value) in entries {
        match value {
            Value::Object(below) if !below.is_empty() => {
                writeln!(f, "{:indent$}{key}", "")?;
                tree(f, value, indent + 2)?;
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                writeln!(f, "{:indent$}{key}", "")?;
                for one in list {
                    tree(f, one, indent + 2)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(list) if !list.is_empty() && !list.iter().any(Value::is_object) => {
            Some(list.iter().filter_map(leaf).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}
