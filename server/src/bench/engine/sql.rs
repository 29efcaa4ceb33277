//! The percentage deals once more, in plain SQL over one connection of a private server: the same join, the same two
//! roundings, the same sums. Nothing is stored, as the engine stores nothing.

use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use super::Sums;
use super::deals::{ABROAD, CONTRACTS, EURO, ITEMS, PARTS, PLACES, drawn, rate_of};
use super::processor::time_of;
use crate::stop::Stop;

/// Lines sent at a time.
const CHUNK: u64 = 100_000;

/// One process, with the memory and statistics that the tables deserve.
const TABLES: &str = "
SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB'; SET temp_buffers = '512MB';
CREATE TEMP TABLE line (line_no int8, item int4, territory text, currency text, amount numeric);
CREATE TEMP TABLE claim (item int4, contract int4, ratio numeric);
CREATE TEMP TABLE term (contract int4, territory text, rate numeric);
CREATE TEMP TABLE payee (contract int4, payee int4, ratio numeric);
CREATE TEMP TABLE fx (currency text, rate numeric);
INSERT INTO fx VALUES ('USD', 1);";

/// Line → claim → term of its territory → royalty rounded to 18 places → payees → currency, rounded to 12 places → sums
/// per payee and territory. Parts of halves and tenths come out even at 18 places: no remainder is left to hand out.
const ROYALTIES: &str = "
WITH paid AS (
    SELECT p.payee, l.territory, round(round(l.amount * c.ratio * t.rate, 18) * p.ratio * f.rate, 12) AS amount
    FROM line l
    JOIN claim c ON c.item = l.item
    JOIN term t ON t.contract = c.contract AND t.territory = l.territory
    JOIN payee p ON p.contract = c.contract
    JOIN fx f ON f.currency = l.currency
), summed AS (
    SELECT payee, territory, count(*) AS rows, sum(amount) AS amount FROM paid GROUP BY payee, territory
)
SELECT sum(rows)::int8 AS rows, (sum(amount) * 1000000000000)::numeric(38, 0)::text AS amount FROM summed";

/// What SQL comes to, and the best time it took.
///
/// # Errors
/// When the server refuses.
pub async fn measure(url: &str, lines: u64, repeats: usize) -> Result<(Sums, Duration), Stop> {
    attempt(url, lines, repeats).await.map_err(|error| Stop::failed(format!("the baseline failed: {error}")))
}

async fn attempt(url: &str, lines: u64, repeats: usize) -> Result<(Sums, Duration), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(TABLES).await?;
    rules(&mut connection).await?;
    fill(&mut connection, lines).await?;
    connection.execute("ANALYZE line, claim, term, payee, fx").await?;
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
    let process = process.to_string();
    let (mut sums, mut best) = (Sums::default(), Duration::MAX);
    for _ in 0..repeats {
        let (begun, wall) = (time_of(&process), platform::clock::stopwatch());
        let row = sqlx::query(ROYALTIES).fetch_one(&mut connection).await?;
        let took = match (begun, time_of(&process)) {
            (Some(begun), Some(now)) => now.saturating_sub(begun),
            _ => wall.elapsed(),
        };
        best = best.min(took);
        let amount: String = row.try_get("amount")?;
        sums = Sums {
            rows: u64::try_from(row.try_get::<i64, _>("rows")?).unwrap_or_default(),
            amount: amount.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        };
    }
    connection.close().await?;
    Ok((sums, best))
}

/// Contracts, their terms per territory (what the engine finds by specificity is written out) and payees.
async fn rules(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let items: Vec<i32> = (0..ITEMS).map(number).collect();
    sqlx::query("INSERT INTO claim SELECT i, i / $2 + 1, 1 FROM unnest($1::int4[]) i")
        .bind(items)
        .bind(number(ITEMS / CONTRACTS))
        .execute(&mut *connection)
        .await?;
    for contract in 1..=CONTRACTS {
        let rate = rate_of(contract);
        let places: Vec<String> = PLACES.into_iter().map(str::to_owned).collect();
        debug_assert!(ABROAD.iter().all(|place| PLACES.contains(place)), "both terms have one rate");
        sqlx::query("INSERT INTO term SELECT $1, t, $2::numeric / 100 FROM unnest($3::text[]) t")
            .bind(number(contract))
            .bind(rate)
            .bind(places)
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "INSERT INTO payee SELECT $1, $1 * 10 + n, p::numeric / 10 FROM unnest($2::int8[]) WITH ORDINALITY AS parts (p, n)",
        )
        .bind(number(contract))
        .bind(PARTS.to_vec())
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("INSERT INTO fx VALUES ('EUR', $1::numeric / 10000)").bind(EURO).execute(&mut *connection).await?;
    Ok(())
}

async fn fill(connection: &mut PgConnection, lines: u64) -> Result<(), sqlx::Error> {
    let mut drawn = drawn();
    for first in (0..lines).step_by(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
        let (mut items, mut places, mut currencies, mut amounts) = (vec![], vec![], vec![], vec![]);
        for one in drawn.by_ref().take(usize::try_from(CHUNK.min(lines - first)).unwrap_or(usize::MAX)) {
            items.push(i32::try_from(one.item).unwrap_or(i32::MAX));
            places.push(PLACES[one.place].to_owned());
            currencies.push((if one.euro { "EUR" } else { "USD" }).to_owned());
            amounts.push(one.amount);
        }
        sqlx::query(
            "INSERT INTO line SELECT $5 + n, i, p, c, a::numeric / 100000000 FROM \
             unnest($1::int4[], $2::text[], $3::text[], $4::int8[]) WITH ORDINALITY AS lines (i, p, c, a, n)",
        )
        .bind(items)
        .bind(places)
        .bind(currencies)
        .bind(amounts)
        .bind(i64::try_from(first).unwrap_or(i64::MAX))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
