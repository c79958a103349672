//! A reader of Rust sources that knows just enough: comments, texts, paths, inline modules, test code.

/// A path from the crate root: `crate::seal::…`, or as many `super` as lead there.
pub(crate) struct Use {
    pub(crate) line: usize,
    /// The first name after the root; `{` or `*` for a group.
    pub(crate) name: String,
    pub(crate) of_test: bool,
}

/// What [`scan`] finds in a file.
#[derive(Default)]
pub(crate) struct Scan {
    pub(crate) uses: Vec<Use>,
    /// Modules declared, in line or not.
    pub(crate) modules: Vec<String>,
    /// The code without comments, texts and what stands under `#[cfg(test)]`; line numbers as in the file.
    pub(crate) code_outside_tests: String,
}

struct Block {
    module: bool,
    test: bool,
}

/// Reads a file whose own module lies `depth` modules below the crate root.
pub(crate) fn scan(text: &str, depth: usize) -> Scan {
    let code = without_comments_and_texts(text);
    let words = words(&code);
    let word = |at: usize| words.get(at).map_or("", |&(_, word)| word);
    let mut found = Scan::default();
    let mut blocks: Vec<Block> = Vec::new();
    let mut module_next = false;
    let mut test_next = false;
    let mut kept = vec![true; code.len()];
    for (at, &(offset, current)) in words.iter().enumerate() {
        let in_test = test_next || blocks.last().is_some_and(|block| block.test);
        if in_test {
            let end = words.get(at + 1).map_or(code.len(), |&(next, _)| next);
            kept[offset..end].fill(false);
        }
        match current {
            "#" if word(at + 1) == "[" && word(at + 2) == "cfg" => {
                let attribute = words[at..].iter().map(|&(_, word)| word).take_while(|word| *word != "]");
                let only_tests = |word: &str| !matches!(word, "not" | "any");
                test_next |= attribute.clone().any(|word| word == "test") && attribute.clone().all(only_tests);
            }
            "mod" => {
                found.modules.push(word(at + 1).to_owned());
                module_next = word(at + 2) == "{";
            }
            "{" => {
                blocks.push(Block { module: module_next, test: in_test });
                module_next = false;
                test_next = false;
            }
            "}" => drop(blocks.pop()),
            ";" => test_next = false,
            "crate" if word(at + 1) == "::" => {
                found.uses.push(Use { line: line_of(&code, offset), name: word(at + 2).to_owned(), of_test: in_test })
            }
            "super" if word(at.wrapping_sub(1)) != "::" => {
                let mut last = at;
                while word(last + 1) == "::" && word(last + 2) == "super" {
                    last += 2;
                }
                let climbed = (last - at) / 2 + 1;
                let here = depth + blocks.iter().filter(|block| block.module).count();
                if climbed >= here && word(last + 1) == "::" {
                    let name = word(last + 2).to_owned();
                    found.uses.push(Use { line: line_of(&code, offset), name, of_test: in_test });
                }
            }
            _ => {}
        }
    }
    let outside = code.bytes().zip(&kept).map(|(byte, kept)| if *kept || byte == b'\n' { byte } else { b' ' });
    found.code_outside_tests = String::from_utf8_lossy(&outside.collect::<Vec<u8>>()).into_owned();
    found
}

fn line_of(code: &str, offset: usize) -> usize {
    code[..offset].matches('\n').count() + 1
}

/// Names, `::` and single signs, each with its offset.
fn words(code: &str) -> Vec<(usize, &str)> {
    let bytes = code.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' {
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
        } else if bytes[at..].starts_with(b"::") {
            at += 2;
        } else {
            at += 1;
        }
        words.push((begin, &code[begin..at]));
    }
    words
}

/// The same text, ASCII only, with blanks for comments, texts and characters; lines stay where they are.
fn without_comments_and_texts(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code: Vec<u8> = bytes.iter().map(|&byte| if byte.is_ascii() { byte } else { b' ' }).collect();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let in_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let length = if rest.starts_with(b"//") {
            rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            block_comment(rest)
        } else if rest[0] == b'"' {
            quoted(rest)
        } else if rest[0] == b'r' && (!in_name || bytes[at - 1] == b'b') && raw_hashes(rest).is_some() {
            raw_text(rest)
        } else if rest[0] == b'\'' {
            character(rest)
        } else {
            at += 1;
            continue;
        };
        for byte in &mut code[at..at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at += length;
    }
    String::from_utf8(code).expect("only ASCII is left")
}

fn block_comment(rest: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            open += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            open -= 1;
            at += 2;
            if open == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(rest.len())
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// How many `#` a raw text has, if this is one.
fn raw_hashes(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
    (rest.get(1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_text(rest: &[u8]) -> usize {
    let hashes = raw_hashes(rest).unwrap_or_default();
    let mut end = vec![b'"'];
    end.resize(hashes + 1, b'#');
    let begin = hashes + 2;
    let found = rest[begin..].windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |position| begin + position + end.len())
}

/// The length of a character, or 1 for a lifetime's sign.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|&byte| byte == b'\'').map_or(1, |position| position + 4);
    }
    let width = rest.get(1).map_or(0, |&byte| match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    });
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 1 }
}
