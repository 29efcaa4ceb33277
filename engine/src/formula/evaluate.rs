//! Evaluating a formula.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Formula, Function, Node, Operator, Variable};

/// Why a formula gives nothing for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line does not have a value.
    #[error("the line has no `{}`", name(*.0))]
    Missing(Variable),
    /// Division by zero.
    #[error("the formula divides by zero")]
    DividedByZero,
    /// A number does not fit.
    #[error("a number in the formula has more than 28 digits")]
    TooLarge,
    /// Not a number.
    #[error("the formula gives no number")]
    NotANumber,
}

fn name(variable: Variable) -> &'static str {
    Variable::ALL.iter().find(|(_, one)| *one == variable).map_or("", |(name, _)| name)
}

impl Formula {
    /// Its value for a line; `value` gives the line's values.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn evaluate(&self, value: impl Fn(Variable) -> Result<Decimal, Fault>) -> Result<Decimal, Fault> {
        number(&self.root, &value)
    }
}

fn number(node: &Node, value: &impl Fn(Variable) -> Result<Decimal, Fault>) -> Result<Decimal, Fault> {
    match node {
        Node::Number(number) => Ok(*number),
        Node::Variable(variable) => value(*variable),
        Node::Negate(node) => number(node, value).map(|number| -number),
        Node::Binary(operator, left, right) => {
            let (left, right) = (number(left, value)?, number(right, value)?);
            match operator {
                Operator::Add => left.checked_add(right).ok_or(Fault::TooLarge),
                Operator::Subtract => left.checked_sub(right).ok_or(Fault::TooLarge),
                Operator::Multiply => left.checked_mul(right).ok_or(Fault::TooLarge),
                Operator::Divide if right.is_zero() => Err(Fault::DividedByZero),
                Operator::Divide => left.checked_div(right).ok_or(Fault::TooLarge),
                _ => Err(Fault::NotANumber),
            }
        }
        Node::Call(Function::If, arguments) => match arguments.as_slice() {
            [condition, yes, no] => number(if truth(condition, value)? { yes } else { no }, value),
            _ => Err(Fault::NotANumber),
        },
        Node::Call(function, arguments) => call(*function, arguments, value),
        Node::Truth(_) | Node::Not(_) => Err(Fault::NotANumber),
    }
}

fn call(
    function: Function,
    arguments: &[Node],
    value: &impl Fn(Variable) -> Result<Decimal, Fault>,
) -> Result<Decimal, Fault> {
    let mut numbers = arguments.iter().map(|argument| number(argument, value));
    let first = numbers.next().unwrap_or(Err(Fault::NotANumber))?;
    match function {
        Function::Min => numbers.try_fold(first, |least, next| next.map(|next| least.min(next))),
        Function::Max => numbers.try_fold(first, |most, next| next.map(|next| most.max(next))),
        Function::Abs => Ok(first.abs()),
        Function::Floor => Ok(first.floor()),
        Function::Ceil => Ok(first.ceil()),
        Function::Round => {
            let places = numbers.next().unwrap_or(Err(Fault::NotANumber))?;
            let places = u32::try_from(places).map_err(|_| Fault::TooLarge)?;
            // Half up, as the engine rounds where nobody says otherwise.
            Ok(first.round_dp_with_strategy(places.min(Decimal::MAX_SCALE), RoundingStrategy::MidpointAwayFromZero))
        }
        Function::If => Err(Fault::NotANumber),
    }
}

fn truth(node: &Node, value: &impl Fn(Variable) -> Result<Decimal, Fault>) -> Result<bool, Fault> {
    match node {
        Node::Truth(truth) => Ok(*truth),
        Node::Not(node) => truth(node, value).map(|truth| !truth),
        Node::Binary(Operator::And, left, right) => Ok(truth(left, value)? && truth(right, value)?),
        Node::Binary(Operator::Or, left, right) => Ok(truth(left, value)? || truth(right, value)?),
        Node::Binary(operator, left, right) => {
            let (left, right) = (number(left, value)?, number(right, value)?);
            Ok(match operator {
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                Operator::GreaterOrEqual => left >= right,
                Operator::Equal => left == right,
                Operator::NotEqual => left != right,
                _ => return Err(Fault::NotANumber),
            })
        }
        _ => Err(Fault::NotANumber),
    }
}
