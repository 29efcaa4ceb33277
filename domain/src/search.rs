//! Looking for a text in columns, whatever its case and accents.

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, IntoSimpleExpr};

/// The pattern of everything that contains a text: what is special in a pattern stands for itself.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// That one of the columns contains the text. An empty text is contained in all.
pub(crate) fn contains<C: ColumnTrait>(columns: impl IntoIterator<Item = C>, text: Option<&str>) -> Condition {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Condition::all() };
    columns.into_iter().fold(Condition::any(), |condition, column| {
        let parts: [SimpleExpr; 2] = [column.into_simple_expr(), Expr::value(pattern(text))];
        condition.add(Expr::cust_with_exprs("app.fold($1) LIKE app.fold($2)", parts))
    })
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_is_special_in_a_pattern_stands_for_itself() {
        assert_eq!(pattern(" 100% _live\\ "), "%100\\% \\_live\\\\%");
    }
}
