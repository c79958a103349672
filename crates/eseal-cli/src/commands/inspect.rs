//! `eseal inspect FILE`: the structure of a file, without judgement.

use std::path::PathBuf;

use eseal::inspect::{Node, Value, inspect};
use serde_json::{Map, Value as Json, json};

use crate::args::AtArgs;
use crate::context::{Context, DOCUMENT};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Colour, local_time};
use crate::table::hex;

#[derive(clap::Args)]
pub(crate) struct InspectArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    // Taken on every reading command; a structure is the same at any time.
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, args: &InspectArgs) -> Outcome {
    let bytes = context.read(&args.file, DOCUMENT)?;
    let root = inspect(&bytes).map_err(|error| Failure::from(error).at(&args.file))?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.inspect/1",
            "at": context.at(&args.at).to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "root": node_json(&root),
        }))?;
    } else {
        let mut text = String::new();
        node_text(context, &root, 0, &mut text);
        context.output.text(&text)?;
    }
    Ok(Exit::Done)
}

// The library bounds how deep a listing goes; following it by recursion is safe.
fn node_json(node: &Node) -> Json {
    let mut object = Map::new();
    object.insert("key".into(), json!(node.key.word()));
    if node.value != Value::Nothing {
        object.insert("value".into(), value_json(&node.value));
    }
    if !node.children.is_empty() {
        object.insert("children".into(), node.children.iter().map(node_json).collect());
    }
    object.into()
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        // Beyond 64 bits a number goes as text: most readers of JSON would round it.
        Value::Number(number) => {
            i64::try_from(*number).map_or_else(|_| json!(number.to_string()), |small| json!(small))
        }
        Value::Numbers(numbers) => json!(numbers),
        Value::Flag(flag) => json!(flag),
        Value::Bytes { first, total } => json!({"hex": hex(first), "total": total}),
        Value::Time(at) => json!(at.to_rfc3339()),
        Value::Oid { dotted, name } => json!({"oid": dotted, "name": name}),
        Value::Word { word, .. } => json!(word),
        _ => Json::Null,
    }
}

fn node_text(context: &Context, node: &Node, depth: usize, text: &mut String) {
    let lang = context.messages.lang();
    let value = match &node.value {
        Value::Time(at) => local_time(*at),
        value => value.to_text(lang),
    };
    text.push_str(&"  ".repeat(depth));
    text.push_str(node.key.label(lang));
    if !value.is_empty() {
        text.push_str("  ");
        text.push_str(&context.output.paint(Colour::Dim, &value));
    }
    text.push('\n');
    for child in &node.children {
        node_text(context, child, depth + 1, text);
    }
}
