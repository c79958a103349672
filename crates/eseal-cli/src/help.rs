//! Help in two languages: puts the texts of `i18n/` over clap's command tree.
//!
//! `help-<command>` tells a command in one line, `help-<command>-long` in full, `help-<command>-<argument>` an argument of one
//! command, `help-arg-<argument>` one that means the same everywhere, `value-<name>` what stands for its value.

use clap::{Arg, ArgAction, Command};

use crate::messages::Messages;

/// The whole command tree in the language of the messages.
pub(crate) fn localize(command: Command, messages: &Messages) -> Command {
    let mut command = level(command, messages, "");
    // clap makes these two itself otherwise, in English.
    command = command
        .arg(flag("help", 'h', ArgAction::Help, messages))
        .arg(flag("version", 'V', ArgAction::Version, messages).global(false));
    // Needed before the usage lines can be told; global flags reach the sub-commands here.
    command.build();
    usages(command, messages)
}

fn flag(name: &'static str, short: char, action: ArgAction, messages: &Messages) -> Arg {
    Arg::new(name)
        .long(name)
        .short(short)
        .action(action)
        .global(true)
        .help(messages.text(&format!("help-arg-{name}"), &[]))
        .help_heading(messages.text("text-help-globals", &[]))
}

fn level(command: Command, messages: &Messages, path: &str) -> Command {
    let text = |id: &str| messages.text(id, &[]);
    let name = if path.is_empty() { "help-eseal".to_owned() } else { format!("help{path}") };
    let usage = messages.text("text-help-usage", &[("usage", "{usage}".into())]);
    let template = format!("{{about-with-newline}}\n{usage}\n\n{{all-args}}{{after-help}}");
    let mut command = command
        .about(text(&name))
        .long_about(None::<&str>)
        .help_template(template)
        .subcommand_help_heading(text("text-help-commands"))
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true);
    if let Some(long) = messages.find(&format!("{name}-long"), &[]) {
        command = command.after_long_help(long);
    }
    let place = if path.is_empty() { "-eseal" } else { path };
    command.mut_args(|arg| argument(arg, messages, place)).mut_subcommands(|child| {
        let path = format!("{path}-{}", child.get_name());
        level(child, messages, &path)
    })
}

/// The id of an argument's help, if its text is there.
pub(crate) fn argument_id(messages: &Messages, path: &str, argument: &str) -> Option<String> {
    let argument = argument.replace('_', "-");
    [format!("help{path}-{argument}"), format!("help-arg-{argument}")].into_iter().find(|id| messages.has(id))
}

fn argument(arg: Arg, messages: &Messages, path: &str) -> Arg {
    let id =
        argument_id(messages, path, arg.get_id().as_str()).unwrap_or_else(|| format!("help{path}-{}", arg.get_id()));
    let mut help = messages.text(&id, &[]);
    // What clap would add by itself is added here in the reader's language.
    let mut extra = |id: &str, values: String| {
        help.push(' ');
        help.push_str(&messages.text(id, &[("values", values.into())]));
    };
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    if takes_value && !arg.get_possible_values().is_empty() {
        let names: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        extra("text-help-possible", names.join(", "));
    }
    if takes_value && !arg.get_default_values().is_empty() {
        let values: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        extra("text-help-default", values.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        extra("text-help-env", variable.to_string_lossy().into_owned());
    }
    let heading = if arg.is_positional() {
        "text-help-arguments"
    } else if arg.is_global_set() {
        "text-help-globals"
    } else {
        "text-help-options"
    };
    let names: Vec<String> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| messages.find(&value_id(name), &[]).unwrap_or_else(|| name.to_string()))
        .collect();
    let arg = if takes_value && !names.is_empty() { arg.value_names(names) } else { arg };
    arg.help(help)
        .long_help(None::<&str>)
        .help_heading(messages.text(heading, &[]))
        .hide_default_value(takes_value)
        .hide_possible_values(takes_value)
        .hide_env(takes_value)
}

/// The id that names a value.
pub(crate) fn value_id(name: &str) -> String {
    format!("value-{}", name.to_ascii_lowercase())
}

fn usages(command: Command, messages: &Messages) -> Command {
    let (options, child) = (messages.text("text-help-options-mark", &[]), messages.text("text-help-command-mark", &[]));
    let mut command = command.mut_subcommands(|child| usages(child, messages));
    let line = command.render_usage().to_string();
    let line = line.trim_start_matches("Usage:").trim().replace("[OPTIONS]", &options).replace("<COMMAND>", &child);
    command.override_usage(line)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use eseal::lang::Lang;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn every_command_argument_and_value_has_help_in_both_languages() {
        fn walk(command: &Command, messages: &Messages, path: &str) {
            let name = if path.is_empty() { "help-eseal".to_owned() } else { format!("help{path}") };
            assert!(messages.has(&name), "{name}");
            let place = if path.is_empty() { "-eseal" } else { path };
            for arg in command.get_arguments() {
                let id = arg.get_id().as_str();
                assert!(argument_id(messages, place, id).is_some(), "help{place}-{id} or help-arg-{id}");
                for value in arg.get_value_names().unwrap_or_default() {
                    if matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
                        assert!(messages.has(&value_id(value)), "{} of {place} {id}", value_id(value));
                    }
                }
            }
            for child in command.get_subcommands() {
                walk(child, messages, &format!("{path}-{}", child.get_name()));
            }
        }
        for lang in [Lang::En, Lang::ZhCn] {
            walk(&Cli::command(), &Messages::new(lang), "");
        }
    }

    #[test]
    fn chinese_help_has_no_english_left() {
        fn walk(command: &mut Command) {
            let help = command.render_long_help().to_string();
            for word in ["Usage", "Options", "Commands", "Arguments", "Print", "default:", "possible", "[OPTIONS]"] {
                assert!(!help.contains(word), "{word} in the help of {}:\n{help}", command.get_name());
            }
            for child in command.get_subcommands_mut() {
                walk(child);
            }
        }
        walk(&mut localize(Cli::command(), &Messages::new(Lang::ZhCn)));
    }

    #[test]
    fn the_command_tree_is_sound() {
        localize(Cli::command(), &Messages::new(Lang::En)).debug_assert();
    }
}
