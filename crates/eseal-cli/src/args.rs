//! The command line as a whole: global flags, the commands, and the argument groups that several commands share.
//!
//! Plain comments only: clap would show documentation comments as English help, and help comes from `i18n/` (see [`crate::help`]).

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use eseal::cert::{AlgorithmPolicy, LinkAlgorithm, RevocationPolicy};
use eseal::time::Instant;

use crate::commands;
use crate::output::{When, parse_time};
use crate::pin::PinSource;
use crate::signer::TokenSource;

// The command `eseal`.
#[derive(Parser)]
#[command(name = "eseal", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// The flags of cli.md, 1, before or behind any command.
#[derive(Args)]
pub(crate) struct Globals {
    #[arg(long, global = true, env = "ESEAL_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    #[arg(long, global = true, env = "ESEAL_STORE", value_name = "URL")]
    pub(crate) store: Option<String>,
    // `ESEAL_TRUST` holds several paths, parted as in PATH, and is read where trust is loaded.
    #[arg(long, global = true, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) trust: Vec<PathBuf>,
    #[arg(long, global = true, value_name = "LANG", value_parser = lang)]
    pub(crate) lang: Option<String>,
    #[arg(long, global = true, conflicts_with = "jsonl")]
    pub(crate) json: bool,
    #[arg(long, global = true)]
    pub(crate) jsonl: bool,
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) progress: When,
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

fn lang(word: &str) -> Result<String, String> {
    crate::messages::parse_language(word).map(|_| word.to_owned()).ok_or_else(|| "lang".to_owned())
}

// One command family a file under `commands/`.
#[derive(Subcommand)]
pub(crate) enum Command {
    Lab(commands::lab::LabArgs),
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Ca {
        #[command(subcommand)]
        command: commands::ca::CaCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Request {
        #[command(subcommand)]
        command: commands::request::RequestCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Cert {
        #[command(subcommand)]
        command: commands::cert::CertCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Crl {
        #[command(subcommand)]
        command: commands::crl::CrlCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Ocsp {
        #[command(subcommand)]
        command: commands::ocsp::OcspCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Tsa {
        #[command(subcommand)]
        command: commands::tsa::TsaCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Token {
        #[command(subcommand)]
        command: commands::token::TokenCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Agent {
        #[command(subcommand)]
        command: commands::agent::AgentCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Key {
        #[command(subcommand)]
        command: commands::key::KeyCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Officer {
        #[command(subcommand)]
        command: commands::officer::OfficerCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Seal {
        #[command(subcommand)]
        command: commands::seal::SealCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Auth {
        #[command(subcommand)]
        command: commands::auth::AuthCommand,
    },
    Sign(commands::sign::SignArgs),
    #[command(alias = "盖章")]
    Stamp(Box<commands::stamp::StampArgs>),
    #[command(alias = "验章")]
    Verify(commands::verify::VerifyArgs),
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Audit {
        #[command(subcommand)]
        command: commands::audit::AuditCommand,
    },
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Store {
        #[command(subcommand)]
        command: commands::store::StoreCommand,
    },
    Inspect(commands::inspect::InspectArgs),
    Doctor(commands::doctor::DoctorArgs),
    Explain(commands::explain::ExplainArgs),
    Completions(commands::completions::CompletionsArgs),
    Man(commands::man::ManArgs),
}

// Where one result goes.
#[derive(Args)]
pub(crate) struct OutArgs {
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[arg(long)]
    pub(crate) force: bool,
}

// "As of": on every reading command.
#[derive(Args)]
pub(crate) struct AtArgs {
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) at: Option<Instant>,
}

// The one way to name a holder's key.
#[derive(Args)]
pub(crate) struct SignerArgs {
    #[arg(long, value_name = "TOKEN", value_parser = token_source())]
    pub(crate) token: TokenSource,
    #[arg(long, value_name = "SRC")]
    pub(crate) pin_from: Option<PinSource>,
}

// A token is named by a path, which need not be UTF-8, or by what lends its keys.
pub(crate) fn token_source() -> impl TypedValueParser<Value = TokenSource> {
    OsStringValueParser::new().map(TokenSource::from)
}

// The one way to open an authority's key, which lies in the home.
#[derive(Args)]
pub(crate) struct AuthorityArgs {
    #[arg(long, value_name = "SRC")]
    pub(crate) key_pin_from: Option<PinSource>,
}

// What a judgement about certificates needs.
#[derive(Args)]
pub(crate) struct RevocationArgs {
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) crl: Vec<PathBuf>,
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) ocsp: Vec<PathBuf>,
    #[arg(long, value_name = "POLICY", default_value = "required")]
    pub(crate) revocation: Revocation,
    #[arg(long, value_name = "ALGORITHM", value_delimiter = ',', value_parser = algorithms())]
    pub(crate) algorithms: Vec<String>,
}

impl RevocationArgs {
    // What a lack of revocation data means.
    pub(crate) const fn revocation_policy(&self) -> RevocationPolicy {
        match self.revocation {
            Revocation::Required => RevocationPolicy::Required,
            Revocation::IfAvailable => RevocationPolicy::IfAvailable,
            Revocation::None => RevocationPolicy::None,
        }
    }

    // Which algorithms may sign the links of a chain beside SM2.
    pub(crate) fn algorithm_policy(&self) -> AlgorithmPolicy {
        AlgorithmPolicy::Listed(self.algorithms.iter().flat_map(|word| LinkAlgorithm::named(word)).collect())
    }
}

// `rsa` and `ecdsa` for all of a kind, or one algorithm by its word.
fn algorithms() -> PossibleValuesParser {
    let words = LinkAlgorithm::ALL.iter().filter(|algorithm| !LinkAlgorithm::named(algorithm.word()).is_empty());
    let words = words.filter(|algorithm| **algorithm != LinkAlgorithm::Sm2).map(|algorithm| algorithm.word());
    PossibleValuesParser::new(["rsa", "ecdsa"].into_iter().chain(words))
}

// How much a missing revocation list weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Revocation {
    Required,
    IfAvailable,
    None,
}
