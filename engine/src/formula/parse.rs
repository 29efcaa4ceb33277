//! Reading a formula: precedence climbing over tokens.

use super::token::{Token, tokens};
use super::{FORMULA_DEPTH, FORMULA_OPERATIONS, FormulaError, Function, Node, Operator, Variable};

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
}

pub(super) fn parse(text: &str) -> Result<Node, FormulaError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(FormulaError { at: 1, message: "the formula is empty".to_owned() });
    }
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count() + 1, operations: 0 };
    let (node, kind) = parser.level(0, 0)?;
    if let Some((at, _)) = tokens.get(parser.next) {
        return Err(FormulaError { at: *at, message: "an operator is missing after what stands before".to_owned() });
    }
    if kind != Kind::Number {
        return Err(FormulaError { at: 1, message: "the formula gives no number but a condition".to_owned() });
    }
    Ok(node)
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    operations: usize,
}

/// Operators from the loosest binding to the tightest.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

impl Parser<'_> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, FormulaError> {
        Err(FormulaError { at: self.at(), message: message.into() })
    }

    fn sign(&self) -> Option<&'static str> {
        match self.tokens.get(self.next) {
            Some((_, Token::Sign(sign))) => Some(sign),
            _ => None,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), FormulaError> {
        if self.sign() == Some(sign) {
            self.next += 1;
            return Ok(());
        }
        let found = if self.next >= self.tokens.len() { "the formula ends here" } else { "something else stands here" };
        self.fail(format!("`{sign}` is expected, and {found}"))
    }

    fn count(&mut self) -> Result<(), FormulaError> {
        self.operations += 1;
        if self.operations > FORMULA_OPERATIONS {
            return self.fail(format!("a formula has at most {FORMULA_OPERATIONS} operations"));
        }
        Ok(())
    }

    fn level(&mut self, level: usize, depth: usize) -> Result<(Node, Kind), FormulaError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary(depth);
        };
        let (mut left, mut kind) = self.level(level + 1, depth)?;
        while let Some((_, operator)) = self.sign().and_then(|sign| operators.iter().find(|(known, _)| *known == sign))
        {
            self.count()?;
            self.next += 1;
            let (right, right_kind) = self.level(level + 1, depth)?;
            let (takes, gives) = match operator {
                Operator::And | Operator::Or => (Kind::Truth, Kind::Truth),
                Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                    (Kind::Number, Kind::Number)
                }
                _ => (Kind::Number, Kind::Truth),
            };
            if kind != takes || right_kind != takes {
                let what = if takes == Kind::Truth { "conditions" } else { "numbers, not conditions" };
                return self.fail(format!("both sides of this operator must be {what}"));
            }
            left = Node::Binary(*operator, Box::new(left), Box::new(right));
            kind = gives;
        }
        Ok((left, kind))
    }

    fn unary(&mut self, depth: usize) -> Result<(Node, Kind), FormulaError> {
        if depth > FORMULA_DEPTH {
            return self.fail(format!("a formula is nested at most {FORMULA_DEPTH} levels deep"));
        }
        match self.sign() {
            Some("-") => {
                self.count()?;
                self.next += 1;
                match self.unary(depth + 1)? {
                    (node, Kind::Number) => Ok((Node::Negate(Box::new(node)), Kind::Number)),
                    _ => self.fail("only a number can be negated with `-`"),
                }
            }
            Some("!") => {
                self.count()?;
                self.next += 1;
                match self.unary(depth + 1)? {
                    (node, Kind::Truth) => Ok((Node::Not(Box::new(node)), Kind::Truth)),
                    _ => self.fail("only a condition can be negated with `!`"),
                }
            }
            Some("(") => {
                self.next += 1;
                let inner = self.level(0, depth + 1)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(sign) => self.fail(format!("a number, a name or `(` is expected, not `{sign}`")),
            None => self.word(depth),
        }
    }

    fn word(&mut self, depth: usize) -> Result<(Node, Kind), FormulaError> {
        match self.tokens.get(self.next) {
            None => self.fail("the formula ends where a number or a name is expected"),
            Some((_, Token::Number(number))) => {
                self.next += 1;
                Ok((Node::Number(*number), Kind::Number))
            }
            Some((_, Token::Name(name))) => self.name(name, depth),
            Some((_, Token::Sign(sign))) => self.fail(format!("`{sign}` is not expected here")),
        }
    }

    fn name(&mut self, name: &str, depth: usize) -> Result<(Node, Kind), FormulaError> {
        if name == "true" || name == "false" {
            self.next += 1;
            return Ok((Node::Truth(name == "true"), Kind::Truth));
        }
        if let Some((_, variable)) = Variable::ALL.iter().find(|(known, _)| *known == name) {
            self.next += 1;
            return Ok((Node::Variable(*variable), Kind::Number));
        }
        let function = match name {
            "min" => Function::Min,
            "max" => Function::Max,
            "abs" => Function::Abs,
            "floor" => Function::Floor,
            "ceil" => Function::Ceil,
            "round" => Function::Round,
            "if" => Function::If,
            _ => {
                let known: Vec<&str> = Variable::ALL.iter().map(|(known, _)| *known).collect();
                let message = format!(
                    "there is no `{name}`; the names are {} and the functions min, max, abs, floor, ceil, round, if",
                    known.join(", "),
                );
                return self.fail(message);
            }
        };
        self.count()?;
        self.next += 1;
        self.expect("(")?;
        let mut arguments = Vec::new();
        let mut kinds = Vec::new();
        loop {
            let (node, kind) = self.level(0, depth + 1)?;
            arguments.push(node);
            kinds.push(kind);
            if self.sign() != Some(",") {
                break;
            }
            self.next += 1;
        }
        self.expect(")")?;
        let fits = match function {
            Function::Min | Function::Max => arguments.len() >= 2,
            Function::Abs | Function::Floor | Function::Ceil => arguments.len() == 1,
            Function::Round => arguments.len() == 2,
            Function::If => arguments.len() == 3,
        };
        if !fits {
            return self.fail(format!("`{name}` does not take {} values", arguments.len()));
        }
        if function == Function::If && kinds[0] != Kind::Truth {
            return self.fail("the first value of `if` is a condition, such as `units > 100`");
        }
        let numbers = if function == Function::If { &kinds[1..] } else { &kinds[..] };
        if numbers.contains(&Kind::Truth) {
            return self.fail(format!("`{name}` takes numbers, and a condition stands in it"));
        }
        Ok((Node::Call(function, arguments), Kind::Number))
    }
}
