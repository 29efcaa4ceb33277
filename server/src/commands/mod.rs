//! What each command does, apart from the long ones (service, demo, bench).

mod admin;
mod compute;
mod inspect;
mod layouts;
mod migrate;
mod password;
mod payments;
mod replay;
mod serve;
mod settings;
mod verify;

use crate::cli::{Admin, Cli, Command, Payments};
use crate::stop::Stop;
use crate::{bench, demo, say};

/// Runs the command.
///
/// # Errors
/// [`Stop`]: what to say, and the exit status.
pub async fn run(cli: Cli) -> Result<(), Stop> {
    match cli.command {
        Command::Serve(flags) => serve::serve(&flags).await,
        Command::Migrate(flags) => migrate::migrate(&flags.settings.load()?).await,
        Command::Demo(flags) => demo::run::demo(flags).await,
        Command::Schema => {
            say::line(api::sdl().trim_end());
            Ok(())
        }
        Command::Payments(Payments::Inspect(flags)) => payments::inspect_files(flags).await,
        Command::Compute(flags) => compute::compute(&flags),
        Command::Inspect(flags) => inspect::inspect(flags).await,
        Command::Layouts(flags) => {
            layouts::list(&flags);
            Ok(())
        }
        Command::Replay(flags) => replay::replay(flags).await,
        Command::Verify(flags) => verify::verify(&flags),
        Command::Admin(Admin::TenantCreate(flags)) => admin::tenant_create(flags).await,
        Command::Admin(Admin::MemberCreate(flags)) => admin::member_create(flags).await,
        Command::Admin(Admin::VerifyAudit(flags)) => admin::verify_audit(flags).await,
        Command::Admin(Admin::RotateKeys(flags)) => admin::rotate_keys(flags).await,
        Command::Admin(Admin::RotateSecrets(flags)) => admin::rotate_secrets(flags).await,
        Command::Admin(Admin::Config(flags)) => settings::print(&flags.settings),
        Command::Bench(flags) => bench::bench(flags).await,
    }
}
