//! The command line.

mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use settings::SettingFlags;

/// Royalties from providers' sales files to paid, explained statements.
///
/// Without any database address the program runs a private PostgreSQL in its data folder: `tunemantra serve` is
/// all it takes. Settings come from a file (--config), the environment (TUNEMANTRA_…) and flags; the later wins.
#[derive(Debug, Parser)]
#[command(name = "tunemantra", version, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API and work off the queue, until SIGTERM or Ctrl-C
    ///
    /// Brings the schema up to date first when the database is private or given by `database_url`. Ends in good order
    /// within 25 seconds of SIGTERM: open requests are answered, running jobs stop at a safe point.
    Serve(Serve),
    /// Bring the database schema and the queue up to date
    ///
    /// With `database_url_owner` only the schema; with `database_url` also database and roles; without either in the
    /// private database of the data folder. Doing it twice does nothing.
    Migrate(Configured),
    /// Show what the program can do: two tenants, three months of reports, to paid statements
    ///
    /// Invents a label and a publisher-distributor with 2,000 recordings and 300 contracts, and twelve providers'
    /// files over three months; then takes them through the public GraphQL API from collection to payment, proves that
    /// no money got lost, and goes on serving. Running it again continues with what is there.
    Demo(Demo),
    /// Print the GraphQL schema (no database needed)
    Schema,
    /// Tell what is in report files (no database needed)
    ///
    /// Says of each file its layout, rows, units, amounts, periods and errors, as an import would see them. The exit
    /// status is 1 when a file has errors.
    Inspect(Inspect),
    /// Look into payment files: orders, returns, status reports, bank statements (no database needed)
    #[command(subcommand)]
    Payments(Payments),
    /// Compute a scenario file: contracts and lines in, royalties and balances out (no database needed)
    ///
    /// `docs/scenarios.md` tells how to write one. The exit status is 0 when it could be computed (lines that wait are
    /// listed), 2 when the scenario is wrong, and 1 when it says what it expects and something else came out.
    Compute(Compute),
    /// List the report layouts and providers that the program knows (no database needed)
    Layouts(LayoutsFlags),
    /// Compute a run again from its recorded inputs and compare every row with what is stored
    ///
    /// Says "byte-identical", or shows the first difference and ends with exit status 1. Reads only. A private database
    /// that another process serves from cannot be opened a second time: stop it first.
    Replay(Replay),
    /// Check that a statement's file is the one that was published (no database needed)
    ///
    /// Reads a PDF, XLSX or CSV and its proof (NUMBER.proof.json, downloaded with it): the file's hash, its place in the
    /// sealed batch, the seal's signature. The exit status is 1 when a byte was changed.
    Verify(Verify),
    /// Look after an installation: tenants, members, audit trail, settings
    #[command(subcommand)]
    Admin(Admin),
    /// Measure import, calculation or the API beside a baseline of the same run
    ///
    /// Runs in a scratch folder of its own, with the same durability for both sides.
    Bench(Bench),
}

/// A command that reads the settings.
#[derive(Debug, Args)]
pub struct Configured {
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Which part to be: everything in one process, or the API and the worker apart
    #[arg(long, value_enum, default_value_t = RoleFlag::All)]
    pub role: RoleFlag,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// The parts that a process can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleFlag {
    /// API and worker
    All,
    /// The API only; needs a database that a worker shares
    Api,
    /// The worker only; needs a database that the API shares
    Worker,
}

impl RoleFlag {
    /// Whether the API runs here.
    pub const fn api(self) -> bool {
        matches!(self, Self::All | Self::Api)
    }

    /// Whether the worker runs here.
    pub const fn worker(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }

    /// For telemetry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "api+worker",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// End after the summary instead of going on to serve
    #[arg(long)]
    pub once: bool,
    /// Report lines of the twelve files together
    #[arg(long, default_value_t = crate::demo::world::LINES, value_name = "N",
          value_parser = clap::value_parser!(u64).range(crate::demo::world::LEAST_LINES..))]
    pub lines: u64,
    /// Another seed gives another world
    #[arg(long, default_value_t = crate::demo::world::SEED, value_name = "N")]
    pub seed: u64,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The files: reports as text, workbooks, gzip or zip; payment files as banks send them
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One JSON object per file and line
    #[arg(long)]
    pub json: bool,
}

/// `payments`.
#[derive(Debug, Subcommand)]
pub enum Payments {
    /// Tell what is in payment files
    ///
    /// Reads NACHA files (orders, returns, notifications of change), pain.001, pain.002, camt.052, camt.053, camt.054,
    /// BAI2 and CSV statements of known layouts; says kind, version, counts, totals, entries with their references and
    /// codes, and what is wrong with its place. The exit status is 1 when a file is not good.
    Inspect(Inspect),
}

/// `compute`.
#[derive(Debug, Args)]
pub struct Compute {
    /// The scenario; `-` reads standard input
    #[arg(value_name = "SCENARIO.json")]
    pub file: PathBuf,
    /// With the derivation of every amount
    #[arg(long)]
    pub explain: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `layouts`.
#[derive(Debug, Args)]
pub struct LayoutsFlags {
    /// The page `docs/layouts.md` instead of a list of ids
    #[arg(long)]
    pub markdown: bool,
}

/// `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// The runs (`run_…`); without any, every run that has a result
    #[arg(value_name = "RUN")]
    pub runs: Vec<String>,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Files of published statements: PDF, XLSX or CSV
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The statement's proof; default: beside the file, with the ending .proof.json
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
    /// The issuer's public key, as you know it from elsewhere: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub key: Option<String>,
    /// One JSON object per file and line
    #[arg(long)]
    pub json: bool,
}

/// `admin …`.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Create a tenant with its first owner
    TenantCreate(TenantCreate),
    /// Add a member to a tenant
    MemberCreate(MemberCreate),
    /// Check the chain over the audit trail
    ///
    /// Reads every sealed entry of every tenant and checks every link. Note the head it prints somewhere else: with it
    /// a later check also finds a tail that was cut off. The exit status is 1 when a chain is broken.
    VerifyAudit(VerifyAudit),
    /// Make a new key that signs access tokens, and retire the present one
    ///
    /// The new key is published at once and signs ten minutes later; the old one goes on verifying until the last token it
    /// signed has ended, so nobody notices. With --at-once the old keys are void immediately: for a key that somebody
    /// else may know. Every access token is void then too, and clients get another with their refresh token.
    RotateKeys(RotateKeys),
    /// Change the keys that secrets (credentials of providers, bank accounts) are encrypted with
    ///
    /// Data keys that another master key wraps are wrapped with the first one of the settings, so that the old master key
    /// can be taken out of them afterwards. With --data-keys every tenant gets a new data key, too, and every secret is
    /// encrypted anew: for a data key that somebody else may know. Servers go on meanwhile. They do the same by themselves
    /// every night, for data keys older than ninety days.
    RotateSecrets(RotateSecrets),
    /// Print the settings in force and where each came from (secrets are masked)
    Config(Configured),
}

/// `admin rotate-keys`.
#[derive(Debug, Args)]
pub struct RotateKeys {
    /// Make the present keys void now
    #[arg(long)]
    pub at_once: bool,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `admin rotate-secrets`.
#[derive(Debug, Args)]
pub struct RotateSecrets {
    /// Give every tenant a new data key, and encrypt every secret anew
    #[arg(long)]
    pub data_keys: bool,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `admin tenant-create`.
#[derive(Debug, Args)]
pub struct TenantCreate {
    /// Short name: small letters, digits and hyphens
    #[arg(long)]
    pub slug: String,
    /// Name, shown to people
    #[arg(long)]
    pub name: String,
    /// Kind of business: LABEL, DISTRIBUTOR or PUBLISHER
    #[arg(long, default_value = "LABEL")]
    pub kind: String,
    /// Currency of its books, ISO 4217
    #[arg(long)]
    pub currency: String,
    /// The first owner's e-mail address
    #[arg(long)]
    pub owner_email: String,
    /// The first owner's name
    #[arg(long)]
    pub owner_name: String,
    #[command(flatten)]
    pub password: PasswordFlags,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `admin member-create`.
#[derive(Debug, Args)]
pub struct MemberCreate {
    /// The tenant's short name
    #[arg(long)]
    pub tenant: String,
    /// The address to sign in with
    #[arg(long)]
    pub email: String,
    /// The person's name
    #[arg(long)]
    pub name: String,
    /// OWNER, ROYALTY_MANAGER, FINANCE_APPROVER, PAYMENTS_OPERATOR, AUDITOR or RIGHTS_HOLDER
    #[arg(long)]
    pub role: String,
    /// For a RIGHTS_HOLDER: id of a party this person is (`pty_…`); repeat for more
    #[arg(long = "party", value_name = "ID")]
    pub parties: Vec<String>,
    #[command(flatten)]
    pub password: PasswordFlags,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// Where a first password comes from. Never the command line: others can read it there.
#[derive(Debug, Args)]
pub struct PasswordFlags {
    /// File whose first line is the password; without it one is made and printed
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// `admin verify-audit`.
#[derive(Debug, Args)]
pub struct VerifyAudit {
    /// Only this tenant (short name)
    #[arg(long)]
    pub tenant: Option<String>,
    /// The head printed by an earlier check of this tenant: NUMBER:HASH
    #[arg(long, value_name = "NUMBER:HASH", requires = "tenant")]
    pub noted: Option<String>,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// `bench …`.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure
    #[arg(value_enum)]
    pub work: BenchWork,
    /// Report lines of import, calculation and engine; lines of a statement's attachment
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub lines: u64,
    /// Requests of the API measurement
    #[arg(long, default_value_t = 50_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: u64,
    /// Statements of the document measurement
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = at_least_one)]
    pub statements: usize,
    /// One JSON object per figure
    #[arg(long)]
    pub json: bool,
    /// Folder of PostgreSQL's programs; default: searched for
    #[arg(long, value_name = "FOLDER")]
    pub postgres_bin: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a whole number above 0".to_owned())
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchWork {
    /// A report file to stored lines; baseline: binary COPY of the same lines
    Import,
    /// Lines to stored royalty lines; baseline: binary COPY of the same rows
    Calculate,
    /// The engine in memory on one core; baseline: the same deals in plain SQL, one PostgreSQL process
    Engine,
    /// A small query over HTTP; baseline: bare async-graphql
    Api,
    /// Statement documents; baselines: typst alone, the bare spreadsheet and CSV libraries
    Statements,
    /// Bank and return files of 100,000 entries; baseline: reading their bytes
    Payments,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
