//! `eseal ca init|export|profiles`: the office's authorities, and what they issue.

mod profiles;

use eseal::cert::Name;
use eseal::token::KdfCost;

use crate::args::{AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::office::{self, Authority, Founding};
use crate::output::Target;
use crate::pin::Wanted;
use crate::signer;

#[derive(clap::Subcommand)]
pub(crate) enum CaCommand {
    Init(InitArgs),
    Export(ExportArgs),
    Profiles(profiles::ProfilesArgs),
}

#[derive(clap::Args)]
pub(crate) struct InitArgs {
    #[arg(long, value_name = "DN")]
    subject: String,
    #[arg(long, value_name = "DN")]
    issuing_subject: Option<String>,
    #[command(flatten)]
    authority: AuthorityArgs,
    // Without it, what the profile `root` says.
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
pub(crate) struct ExportArgs {
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, group = "which")]
    chain: bool,
    #[arg(long, group = "which")]
    unlocker: bool,
    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn run(context: &Context, command: &CaCommand) -> Outcome {
    match command {
        CaCommand::Init(args) => init(context, args),
        CaCommand::Export(args) => export(context, args),
        CaCommand::Profiles(args) => profiles::run(context, args),
    }
}

fn init(context: &Context, args: &InitArgs) -> Outcome {
    let root = Name::parse(&args.subject)?;
    let issuing = args.issuing_subject.as_deref().map(Name::parse).transpose()?;
    let pin = signer::pin(context, args.authority.key_pin_from.as_ref(), Wanted::FIRST_KEY_PIN)?;
    office::found(context, &Founding { root, issuing, days: args.days, pin: &pin, kdf: KdfCost::DEFAULT })?;
    let home = context.home()?.display().to_string();
    context.output.note(&context.text("text-office-made", &[("path", home.into())]));
    Ok(Exit::Done)
}

fn export(context: &Context, args: &ExportArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let wanted: &[Authority] = match (args.issuing, args.chain, args.unlocker) {
        (true, _, _) => &[Authority::Issuing],
        (_, true, _) => &[Authority::Issuing, Authority::Root],
        (_, _, true) => &[Authority::Unlocker],
        _ => &[Authority::Root],
    };
    let mut text = String::new();
    for which in wanted {
        text.push_str(&office::certificate(context, *which)?.to_pem());
    }
    target.write(text.as_bytes())?;
    Ok(Exit::Done)
}
