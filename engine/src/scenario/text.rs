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
                write!(f, "  Contract {name}")?;
                closed(f, contract)?;
            }
        }
        if self.projects.as_object().is_some_and(|projects| !projects.is_empty()) {
            writeln!(f, "  Projects")?;
            tree(f, &self.projects, 4)?;
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

/// A closed contract: its payees, each with how the payable came about where that was asked for, then the rest.
fn closed(f: &mut fmt::Formatter<'_>, contract: &Value) -> fmt::Result {
    let text = |key: &str| contract.get(key).and_then(Value::as_str).unwrap_or_default();
    writeln!(f, " ({}): posted {}, recouped {}", text("currency"), text("posted"), text("recouped"))?;
    for (payee, account) in contract.get("accounts").and_then(Value::as_object).into_iter().flatten() {
        let amounts = account.as_object().into_iter().flatten();
        let amounts: Vec<String> = amounts.filter_map(|(key, value)| Some(format!("{key} {}", leaf(value)?))).collect();
        writeln!(f, "    {payee}: {}", if amounts.is_empty() { "nothing".to_owned() } else { amounts.join(", ") })?;
        for step in account.get("explanation").and_then(Value::as_array).into_iter().flatten() {
            step_of_closing(f, step)?;
        }
    }
    let rest = contract.as_object().into_iter().flatten();
    let rest = rest.filter(|(key, value)| *key != "accounts" && (value.is_object() || value.is_array()));
    tree(f, &Value::Object(rest.map(|(key, value)| (key.clone(), value.clone())).collect()), 4)
}

/// A step of closing: what it is, what it adds or takes, what the total is then.
fn step_of_closing(f: &mut fmt::Formatter<'_>, step: &Value) -> fmt::Result {
    let text = |key: &str| step.get(key).and_then(Value::as_str);
    let code = text("code").unwrap_or_default().to_lowercase().replace('_', " ");
    let mut about: Vec<String> =
        ["name", "reason", "month", "partyId", "contractId"].into_iter().filter_map(text).map(str::to_owned).collect();
    about.extend(
        step.get("claim")
            .into_iter()
            .flat_map(|claim| claim.as_object().into_iter().flatten().filter_map(|(_, value)| leaf(value))),
    );
    // What is payable and the balance repeat what stands above them.
    let shown = !matches!(text("code"), Some("PAYABLE" | "BALANCE"));
    let inputs = step.get("inputs").filter(|_| shown).and_then(Value::as_array).into_iter().flatten();
    about
        .extend(inputs.filter_map(|one| Some(format!("{} {}", one.get("name")?.as_str()?, leaf(one.get("amount")?)?))));
    let about = if about.is_empty() { String::new() } else { format!("  [{}]", about.join(", ")) };
    let amount = text("amount").unwrap_or_default();
    writeln!(f, "      {code:<18}{amount:>20} = {}{about}", text("total").unwrap_or_default())
}

/// A JSON value as an indented tree: what is empty or nothing is left out.
fn tree(f: &mut fmt::Formatter<'_>, value: &Value, indent: usize) -> fmt::Result {
    let Value::Object(entries) = value else { return Ok(()) };
    for (key, value) in entries {
        match value {
            Value::Object(below) if !below.is_empty() => {
                let plain: Vec<String> =
                    below.iter().filter_map(|(key, value)| Some(format!("{key} {}", leaf(value)?))).collect();
                writeln!(f, "{:indent$}{key}{}{}", "", if plain.is_empty() { "" } else { ": " }, plain.join(", "))?;
                let deeper = below.iter().filter(|(_, value)| value.is_object() || value.is_array());
                tree(f, &Value::Object(deeper.map(|(key, value)| (key.clone(), value.clone())).collect()), indent + 2)?;
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                writeln!(f, "{:indent$}{key}", "")?;
                for one in list {
                    let plain = one.as_object().into_iter().flatten();
                    let plain: Vec<String> =
                        plain.filter_map(|(key, value)| Some(format!("{key} {}", leaf(value)?))).collect();
                    writeln!(f, "{:indent$}  {}", "", plain.join(", "))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A value on one line; zeros and what is empty are left out.
fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let nothing =
                text.bytes().any(|byte| byte == b'0') && text.bytes().all(|byte| byte == b'0' || byte == b'.');
            (!nothing).then(|| text.clone())
        }
        Value::Number(number) => (number.as_i64() != Some(0)).then(|| number.to_string()),
        Value::Bool(flag) => flag.then(|| "yes".to_owned()),
        Value::Array(list) if !list.is_empty() && !list.iter().any(Value::is_object) => {
            Some(list.iter().filter_map(leaf).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}
