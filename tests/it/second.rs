//! A second computation, by another machine: percentages, tiers, splits and conversion in plain SQL, from the same
//! scenario, compared with the engine's to the last digit.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};

/// From the text of a scenario and one of its contracts to what every payee gets of every line: `numeric` arithmetic,
/// which is exact, `round`, which rounds half away from zero, and largest remainders by window functions. It knows
/// nothing of the engine but the rules of `docs/scenarios.md`.
const ROYALTIES: &str = r#"
WITH line AS (
    SELECT n, (l->>'amount')::numeric AS amount, (l->>'units')::numeric AS units, l->>'currency' AS currency,
           (l->>'date')::date AS day
    FROM jsonb_array_elements($1::jsonb->'lines') WITH ORDINALITY AS lines (l, n)
), contract AS (
    SELECT $1::jsonb->'contracts'->$2 AS c
), terms AS (
    SELECT c->>'currency' AS currency,
           (c->'participations'->0->>'ratio')::numeric AS share,
           1 - coalesce((SELECT sum((d->>'ratio')::numeric) FROM jsonb_array_elements(c->'terms'->0->'deductions') AS d), 0) AS rest
    FROM contract
), tier AS (
    SELECT i, (t->>'from')::numeric AS begins, (t->>'rate')::numeric AS rate,
           lead((t->>'from')::numeric) OVER (ORDER BY i) AS ends
    FROM contract, jsonb_array_elements(c->'terms'->0->'tiers') WITH ORDINALITY AS tiers (t, i)
    UNION ALL
    SELECT 1, 0, (c->'terms'->0->>'rate')::numeric, NULL FROM contract WHERE c->'terms'->0 ? 'rate'
), counted AS (
    SELECT *, sum(units) OVER (ORDER BY day, n ROWS UNBOUNDED PRECEDING) AS after FROM line
), overlap AS (
    SELECT c.*, t.i, t.rate,
           CASE WHEN c.units = 0 THEN (c.after >= t.begins AND (t.ends IS NULL OR c.after < t.ends))::int::numeric
                ELSE least(greatest(c.after, c.after - c.units), coalesce(t.ends, 'Infinity'))
                   - greatest(least(c.after, c.after - c.units), CASE WHEN t.i = 1 THEN '-Infinity' ELSE t.begins END)
           END AS weight
    FROM counted c CROSS JOIN tier t
), piece AS (
    SELECT *, count(*) OVER w AS pieces, sum(weight) OVER w AS weights FROM overlap WHERE weight > 0
    WINDOW w AS (PARTITION BY n)
), base AS (
    SELECT p.*, t.rest, t.currency AS into_currency, abs(amount) * share AS exact,
           round(abs(amount) * share, 18) * 1e18 AS whole
    FROM piece p CROSS JOIN terms t
), cut AS (
    SELECT *, div(whole * weight, weights) AS floor,
           mod(whole * weight, weights) AS remainder FROM base
), part AS (
    SELECT *, floor + (row_number() OVER (PARTITION BY n ORDER BY remainder DESC, i)
                       <= whole - sum(floor) OVER (PARTITION BY n))::int AS atto FROM cut
), royalty AS (
    SELECT n, i, currency, into_currency, sign(amount) AS sign,
           round(CASE WHEN pieces = 1 THEN exact ELSE atto * 0.000000000000000001 END * rest * rate, 18) * 1e18 AS whole
    FROM part
), payee AS (
    SELECT key AS payee, value::numeric AS ratio FROM contract, jsonb_each_text(c->'payees')
), divided AS (
    SELECT r.*, p.payee, div(whole * ratio * 1e12, 1e12) AS floor, mod(whole * ratio * 1e12, 1e12) AS remainder
    FROM royalty r CROSS JOIN payee p
), share AS (
    SELECT *, sign * (floor + (row_number() OVER (PARTITION BY n, i ORDER BY remainder DESC, payee COLLATE "C")
                               <= whole - sum(floor) OVER (PARTITION BY n, i))::int) * 0.000000000000000001 AS source
    FROM divided
), rate AS (
    SELECT split_part(r->>'pair', '/', 1) AS base, split_part(r->>'pair', '/', 2) AS quote, (r->>'rate')::numeric AS rate
    FROM jsonb_array_elements($1::jsonb->'rates') AS r
)
SELECT n::int8 AS line, (row_number() OVER (PARTITION BY n, payee ORDER BY i))::int8 AS part, payee,
       trim_scale(source)::text AS source, trim_scale(round(source * coalesce(rate.rate, 1), 12))::text AS amount
FROM share LEFT JOIN rate ON base = currency AND quote = into_currency
ORDER BY n, i, payee COLLATE "C"
"#;

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A decimal of some places.
    fn amount(&mut self) -> String {
        let places = self.below(19);
        let mut text = format!("{}{}.", if self.below(6) == 0 { "-" } else { "" }, self.below(400));
        for _ in 0..places {
            write!(text, "{}", self.below(10)).unwrap();
        }
        text.trim_end_matches('.').to_owned()
    }
}

fn scenario(lines: usize, seed: u64) -> Value {
    let mut chance = Chance(seed);
    let lines: Vec<Value> = (0..lines)
        .map(|_| {
            let amount = chance.amount();
            let units = i64::try_from(chance.below(700)).unwrap() * if amount.starts_with('-') { -1 } else { 1 };
            json!({
                "item": "song", "amount": amount, "units": units,
                "currency": if chance.below(2) == 0 { "USD" } else { "EUR" },
                "date": format!("2024-01-{:02}", chance.below(31) + 1),
            })
        })
        .collect();
    json!({
        "month": "2024-01",
        "rates": [{"pair": "EUR/USD", "date": "2024-01-31", "rate": "1.083725"}],
        "contracts": {
            "percentage": {
                "currency": "USD",
                "participations": [{"items": "all", "ratio": "0.333333333333"}],
                "terms": [{"rate": "0.175", "deductions": [{"name": "fee", "ratio": "0.15"}, {"name": "tax", "ratio": "0.012345"}]}],
                "payees": {"anna": "0.142857142857", "bob": "0.285714285714", "carla": "0.571428571429"},
            },
            "tiers": {
                "currency": "USD",
                "participations": [{"items": "all", "ratio": "0.9"}],
                "terms": [{
                    "deductions": [{"name": "fee", "ratio": "0.15"}],
                    "tiers": [
                        {"from": "0", "rate": "0.1"}, {"from": "5000", "rate": "0.1234567"},
                        {"from": "5100", "rate": "0.15"}, {"from": "20000", "rate": "0.2"},
                    ],
                }],
                "payees": {"dora": "0.5", "emil": "0.333333333333", "fay": "0.166666666667"},
            },
        },
        "lines": lines,
    })
}

#[tokio::test]
async fn plain_sql_comes_to_the_same_last_digit() {
    let mut connection = sqlx::PgConnection::connect(&tests::admin_url().await).await.unwrap();
    let mut straddling = 0;
    for seed in 1..=4 {
        let scenario = scenario(300, seed);
        let computed = engine::scenario::compute(&scenario.to_string(), false).unwrap();
        let period = &computed.periods[0];
        assert!(period.exceptions.is_empty(), "{:?}", period.exceptions);
        for contract in ["percentage", "tiers"] {
            let rows = sqlx::query(ROYALTIES)
                .bind(scenario.to_string())
                .bind(contract)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let second: Vec<(i64, i64, String, String, String)> = rows
                .iter()
                .map(|row| (row.get("line"), row.get("part"), row.get("payee"), row.get("source"), row.get("amount")))
                .collect();
            let first: Vec<(i64, i64, String, String, String)> = period
                .royalties
                .iter()
                .filter(|row| row.contract == contract)
                .map(|row| {
                    let line = i64::try_from(row.line).unwrap();
                    (line, i64::from(row.part), row.payee.clone(), row.source_amount.clone(), row.amount.clone())
                })
                .collect();
            assert_eq!(first.len(), second.len());
            for (first, second) in first.iter().zip(&second) {
                assert_eq!(first, second, "seed {seed}, {contract}");
            }
            straddling += first.iter().filter(|row| row.1 > 1).count();
        }
    }
    assert!(straddling >= 30, "only {straddling} shares of second parts: the tiers were hardly tried");
}
