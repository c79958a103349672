//! `eseal stamp IN...`: presses a seal on documents.

use std::path::PathBuf;

use clap::ArgAction;

use crate::args::SignerArgs;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("to").required(true).args(["out", "out_dir", "dry_run"]).multiple(true)))]
pub(crate) struct StampArgs {
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    #[arg(long, value_name = "SEAL")]
    seal: PathBuf,
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long, value_name = "PLACE", action = ArgAction::Append, conflicts_with = "invisible", allow_hyphen_values = true)]
    place: Vec<String>,
    #[arg(long)]
    invisible: bool,
    #[arg(long, value_name = "NAME", conflicts_with_all = ["place", "invisible"])]
    field: Option<String>,
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    #[arg(long, value_name = "BLEND", default_value = "normal")]
    blend: Blend,
    #[arg(long, value_name = "CERTIFY", default_value = "none")]
    certify: Certify,
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    later: LaterArgs,
}

// Flags of cli.md, 4, that a later version obeys. Known here so that they are refused by name and never ignored.
#[derive(clap::Args)]
struct LaterArgs {
    #[arg(long, value_name = "TEXT", hide = true)]
    keyword: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    nth: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true, allow_hyphen_values = true)]
    offset: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam_group: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam_at: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    format: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    level: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    tsa: Option<String>,
    #[arg(long, value_name = "DIR", hide = true)]
    preview: Option<PathBuf>,
}

impl LaterArgs {
    fn refuse(&self) -> Outcome<()> {
        let given = [
            ("--keyword", self.keyword.is_some()),
            ("--nth", self.nth.is_some()),
            ("--offset", self.offset.is_some()),
            ("--seam", self.seam.is_some()),
            ("--seam-group", self.seam_group.is_some()),
            ("--seam-at", self.seam_at.is_some()),
            // What is done anyway may be asked for by name.
            ("--format", self.format.as_deref().is_some_and(|word| word != "seal")),
            ("--level", self.level.as_deref().is_some_and(|word| word != "b")),
            ("--tsa", self.tsa.is_some()),
            ("--preview", self.preview.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::not_yet(flag)),
            None => Ok(()),
        }
    }
}

// How the picture mixes with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Blend {
    Normal,
    Multiply,
}

// What may still change after this stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Certify {
    None,
    Forms,
    Annotations,
}

pub(crate) fn run(_context: &Context, args: &StampArgs) -> Outcome {
    args.later.refuse()?;
    Err(Failure::not_yet("stamp"))
}
