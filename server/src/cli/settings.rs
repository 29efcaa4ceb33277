//! Every setting as a flag, from the one table. Secrets have none: other users of the machine can read command lines.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::PathBufValueParser;
use clap::error::Error;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use platform::config::{CONFIG_KEYS, Settings, Sources};

use crate::stop::Stop;

/// The settings named on the command line.
#[derive(Debug, Clone, Default)]
pub struct SettingFlags {
    file: Option<PathBuf>,
    given: Vec<(&'static str, String)>,
}

/// Flag names must live as long as the program.
static FLAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| CONFIG_KEYS.iter().map(|key| key.key.replace('_', "-")).collect());

impl SettingFlags {
    /// All sources of settings, these flags the strongest.
    pub fn sources(&self) -> Sources {
        self.given.iter().fold(Sources::from_process().file(self.file.as_deref()), |sources, (key, value)| {
            sources.flag(key, Some(value))
        })
    }

    /// The settings in force.
    ///
    /// # Errors
    /// A setting that does not exist or cannot be read, with its place.
    pub fn load(&self) -> Result<Settings, Stop> {
        Ok(self.sources().load()?)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.file = matches.get_one::<PathBuf>("config").cloned();
        self.given = CONFIG_KEYS
            .iter()
            .filter(|key| !key.secret)
            .filter_map(|key| Some((key.key, matches.get_one::<String>(key.key)?.clone())))
            .collect();
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(PathBufValueParser::new())
            .help("Settings file (TOML), with the keys below in snake_case")
            .help_heading("Settings");
        CONFIG_KEYS.iter().zip(FLAGS.iter()).filter(|(key, _)| !key.secret).fold(
            command.arg(file),
            |command, (key, flag)| {
                let default =
                    if key.default.is_empty() { String::new() } else { format!(" [default: {}]", key.default) };
                let mut arg = Arg::new(key.key)
                    .long(flag.as_str())
                    .value_name("VALUE")
                    .help(format!("{}{default} [env: {}]", key.meaning, key.env()))
                    .help_heading("Settings")
                    // `-h` shows what belongs to the command, `--help` everything.
                    .hide_short_help(!matches!(key.key, "data_dir" | "listen"));
                if key.key == "data_dir" {
                    arg = arg.visible_alias("data");
                }
                command.arg(arg)
            },
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
