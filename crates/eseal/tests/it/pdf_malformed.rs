//! PDF files made to break readers: each must be read or refused cleanly, quickly and in bounded memory.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use eseal::document::pdf::exercise;
use flate2::{Compress, Compression, FlushCompress};

/// A file in the making: objects at their offsets, then a table.
struct Draft {
    bytes: Vec<u8>,
    offsets: Vec<(u32, usize)>,
}

impl Draft {
    fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n".to_vec(), offsets: Vec::new() }
    }

    fn object(mut self, number: u32, body: impl AsRef<[u8]>) -> Self {
        self.offsets.push((number, self.bytes.len()));
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        self.bytes.extend(body.as_ref());
        self.bytes.extend(b"\nendobj\n");
        self
    }

    fn stream(self, number: u32, keys: &str, data: &[u8]) -> Self {
        let head = format!("<<{keys}/Length {}>>stream\n", data.len());
        self.object(number, [head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// Catalog 1, pages 2, page 3.
    fn page(self) -> Self {
        self.object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>")
            .object(3, "<</Type/Page/Parent 2 0 R>>")
    }

    fn table(&self) -> String {
        let mut offsets = self.offsets.clone();
        offsets.sort_unstable();
        let mut table = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in offsets {
            write!(table, "{number} 1\n{offset:010} 00000 n \n").unwrap();
        }
        table
    }

    fn size(&self) -> u32 {
        self.offsets.iter().map(|(number, _)| number + 1).max().unwrap_or(1)
    }

    fn finish(self) -> Vec<u8> {
        let trailer = format!("/Size {}/Root 1 0 R", self.size());
        self.finish_with(&trailer)
    }

    fn finish_with(mut self, trailer: &str) -> Vec<u8> {
        let at = self.bytes.len();
        let table = self.table();
        write!(&mut self.bytes, "{table}trailer\n<<{trailer}>>\nstartxref\n{at}\n%%EOF\n").unwrap();
        self.bytes
    }

    /// Ends with a cross-reference stream of the given keys and rows.
    fn finish_stream(mut self, number: u32, keys: &str, rows: &[u8]) -> Vec<u8> {
        let at = self.bytes.len();
        write!(&mut self.bytes, "{number} 0 obj\n<</Type/XRef/Root 1 0 R{keys}/Length {}>>stream\n", rows.len())
            .unwrap();
        self.bytes.extend(rows);
        write!(&mut self.bytes, "\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").unwrap();
        self.bytes
    }

    /// Rows of type 1 for all objects so far and for the stream itself, `/W [1 4 1]`.
    fn rows(&self, itself: u32) -> Vec<u8> {
        let mut rows = Vec::new();
        for number in 0..=itself {
            let at = self.offsets.iter().find(|(other, _)| *other == number).map(|(_, at)| *at);
            let at = at.or((number == itself).then_some(self.bytes.len()));
            rows.push(u8::from(at.is_some()));
            rows.extend(u32::try_from(at.unwrap_or(0)).unwrap().to_be_bytes());
            rows.push(0);
        }
        rows
    }
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Flate data that grows to `mebibytes` of zeros, made without compressing them all.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut packed = Vec::with_capacity(1 << 16);
    Compress::new(Compression::best(), false).compress_vec(&zeros, &mut packed, FlushCompress::Sync).unwrap();
    [&[0x78, 0xDA][..], &packed.repeat(mebibytes), &[3, 0, 0, 0, 0, 0]].concat()
}

/// Asks everything; says which code came back, `ok` for none.
fn outcome(bytes: &[u8]) -> &'static str {
    let start = Instant::now();
    let code = exercise(bytes).map_or_else(|error| error.code(), |()| "ok");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "{code} took {took:?}");
    code
}

fn good() -> Vec<u8> {
    Draft::new().page().finish()
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from));
    text.replace(from, to).into_bytes()
}

#[test]
fn a_small_good_file_is_read() {
    assert_eq!(outcome(&good()), "ok");
}

#[test]
fn what_is_no_pdf_is_refused() {
    assert_eq!(outcome(b""), "pdf-not-pdf");
    assert_eq!(outcome(b"%PDF-1.7\n"), "pdf-startxref-broken");
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .collect();
    assert_eq!(outcome(&noise), "pdf-not-pdf");
}

#[test]
fn a_file_cut_at_any_length_is_refused_or_read_whole() {
    let bytes = good();
    for length in 0..bytes.len() - 1 {
        assert_ne!(outcome(&bytes[..length]), "ok", "{length}");
    }
}

#[test]
fn a_flipped_byte_never_panics() {
    let bytes = good();
    for at in 0..bytes.len() {
        for flip in [1, 0x20, 0x80] {
            let mut broken = bytes.clone();
            broken[at] ^= flip;
            outcome(&broken);
        }
    }
}

#[test]
fn chains_of_sections_that_lead_in_a_circle_are_refused() {
    let draft = Draft::new().page();
    let at = draft.bytes.len();
    assert_eq!(outcome(&draft.finish_with(&format!("/Size 4/Root 1 0 R/Prev {at}"))), "pdf-xref-broken");
    // Two sections that name each other.
    let draft = Draft::new().page();
    let first = draft.bytes.len();
    let table = draft.table();
    let trailer = "trailer\n<</Size 4/Root 1 0 R/Prev @@@@@@@@@@>>\nstartxref\n0\n%%EOF\n";
    let second = first + table.len() + trailer.len();
    let mut bytes = draft.bytes;
    bytes.extend(table.bytes());
    bytes.extend(trailer.replace("@@@@@@@@@@", &format!("{second:010}")).bytes());
    write!(bytes, "xref\n0 0\ntrailer\n<</Size 4/Root 1 0 R/Prev {first}>>\nstartxref\n{second}\n%%EOF\n").unwrap();
    assert_eq!(outcome(&bytes), "pdf-xref-broken");
}

#[test]
fn a_startxref_that_leads_nowhere_is_refused() {
    let draft = Draft::new().page();
    let at = draft.bytes.len();
    let bytes = draft.finish();
    let with = |value: &str| replaced(&bytes, &format!("startxref\n{at}"), &format!("startxref\n{value}"));
    assert_eq!(outcome(&with("99999999")), "pdf-startxref-broken");
    assert_eq!(outcome(&with("-1")), "pdf-startxref-broken");
    assert_eq!(outcome(&with("1000000000000000000000000000000")), "pdf-startxref-broken");
    assert_eq!(outcome(&with("0")), "pdf-startxref-broken");
    assert_eq!(outcome(&with(&(at + 3).to_string())), "pdf-xref-broken");
    assert_eq!(outcome(&with(&(at - 3).to_string())), "pdf-xref-broken");
}

#[test]
fn deep_nesting_is_refused() {
    let arrays = Draft::new().page().object(4, "[".repeat(200_000));
    assert_eq!(outcome(&arrays.finish_with("/Size 5/Root 1 0 R/Info 4 0 R")), "ok", "nothing reads object 4");
    let page = |body: String| {
        Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>")
            .object(3, format!("<</Type/Page/Parent 2 0 R/X {body}>>"))
            .finish()
    };
    assert_eq!(outcome(&page("[".repeat(200_000))), "pdf-over-limit");
    assert_eq!(outcome(&page("<</A".repeat(100_000))), "pdf-over-limit");
    assert_eq!(outcome(&page("(".repeat(500_000))), "pdf-over-limit");
    assert_eq!(outcome(&page("(never ends".into())), "pdf-syntax");
    assert_eq!(outcome(&page("1e999999".into())), "pdf-syntax");
    assert_eq!(outcome(&page(format!("{}.0", "9".repeat(400)))), "pdf-syntax");
    assert_eq!(outcome(&page("123456789012345678901234567890".into())), "pdf-syntax");
    assert_eq!(outcome(&page(format!("[{}]", "0 ".repeat(2_000_000)))), "pdf-over-limit");
}

#[test]
fn page_trees_that_never_end_are_refused() {
    let tree = |kids: &str| {
        Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, format!("<</Type/Pages/Count 1/Kids[{kids}]>>"))
            .object(3, "<</Type/Page/Parent 2 0 R>>")
    };
    assert_eq!(outcome(&tree("2 0 R").finish()), "pdf-pages-broken");
    assert_eq!(outcome(&tree("3 0 R 3 0 R").finish()), "pdf-pages-broken");
    assert_eq!(outcome(&tree("").finish()), "pdf-pages-broken");
    assert_eq!(outcome(&tree("9 0 R").finish()), "pdf-pages-broken");
    // Each node holds the next one twice: 2^40 pages.
    let mut draft = Draft::new().object(1, "<</Type/Catalog/Pages 2 0 R>>");
    for node in 2..42 {
        draft = draft.object(node, format!("<</Type/Pages/Count 1/Kids[{0} 0 R {0} 0 R]>>", node + 1));
    }
    assert_eq!(outcome(&draft.object(42, "<</Type/Page>>").finish()), "pdf-pages-broken");
    let mut draft = Draft::new().object(1, "<</Type/Catalog/Pages 2 0 R>>");
    for node in 2..50_002 {
        draft = draft.object(node, format!("<</Type/Pages/Count 1/Kids[{} 0 R]>>", node + 1));
    }
    assert_eq!(outcome(&draft.object(50_002, "<</Type/Page>>").finish()), "pdf-over-limit");
}

#[test]
fn references_that_lead_in_a_circle_are_refused() {
    let page = |keys: &str| {
        Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>")
            .object(3, format!("<</Type/Page/Parent 3 0 R{keys}>>"))
            .object(7, "8 0 R")
            .object(8, "7 0 R")
            .finish()
    };
    assert_eq!(outcome(&page("")), "ok", "a parent that is the page itself is not followed");
    assert_eq!(outcome(&page("/MediaBox 7 0 R")), "pdf-reference-loop");
    assert_eq!(outcome(&page("/MediaBox[0 0 7 0 R 8 0 R]")), "pdf-reference-loop");
}

#[test]
fn roots_that_are_no_catalog_are_refused() {
    let with = |root: &str| Draft::new().page().object(5, "[]").object(6, "6 0 R").finish_with(root);
    assert_eq!(outcome(&with("/Size 7/Root 5 0 R")), "pdf-catalog-broken");
    assert_eq!(outcome(&with("/Size 7/Root 6 0 R")), "pdf-catalog-broken");
    assert_eq!(outcome(&with("/Size 7/Root 3 0 R")), "pdf-catalog-broken");
    assert_eq!(outcome(&with("/Size 7/Root 9 0 R")), "pdf-catalog-broken");
    assert_eq!(outcome(&with("/Size 7")), "pdf-catalog-broken");
    assert_eq!(outcome(&with("/Root 1 0 R")), "pdf-trailer-broken");
}

#[test]
fn objects_that_are_not_where_the_table_says_are_refused() {
    let bytes = good();
    let offsets = ["0000000009", "0000000054"];
    assert_eq!(outcome(&replaced(&bytes, offsets[0], "0000000010")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, offsets[0], offsets[1])), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, offsets[0], "9999999999")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, "3 1\n", "3 1000000000\n")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, "3 1\n", "4294967295 1\n")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, "3 1\n", "2 1\n")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, "3 0 obj", "3 99999999999 obj")), "pdf-xref-broken");
    assert_eq!(outcome(&replaced(&bytes, "3 0 obj", "4294967295 0 obj")), "pdf-xref-broken");
}

#[test]
fn bytes_before_the_header_are_refused() {
    assert_eq!(outcome(&[b"garbage\n".as_slice(), &good()].concat()), "pdf-leading-bytes");
    assert_eq!(outcome(&[good(), b"garbage after the end".to_vec()].concat()), "ok", "but it is a fault");
}

#[test]
fn carriage_returns_alone_end_lines() {
    let bytes = String::from_utf8(good()).unwrap().replace(" \n", "\u{1}").replace('\n', "\r").replace('\u{1}', " \r");
    assert_eq!(outcome(bytes.as_bytes()), "ok");
}

#[test]
fn a_form_that_never_ends_is_refused() {
    let form = |field: &str| {
        Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 9 9]>>")
            .object(3, "<</Type/Page/Parent 2 0 R>>")
            .object(4, field)
            .finish()
    };
    assert_eq!(outcome(&form("<</T(a)/Kids[4 0 R]>>")), "pdf-form-broken");
    assert_eq!(outcome(&form("[1]")), "pdf-form-broken");
    assert_eq!(outcome(&form("<</T(a)/FT/Sig/V[1 2]>>")), "pdf-form-broken");
    assert_eq!(outcome(&form("<</T(a)/FT/Sig/V 4 0 R>>")), "ok", "a signature with faults");
    let mut draft = Draft::new()
        .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>")
        .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 9 9]>>")
        .object(3, "<</Type/Page/Parent 2 0 R>>");
    for field in 4..1004 {
        draft = draft.object(field, format!("<</T(a)/Kids[{} 0 R]>>", field + 1));
    }
    assert_eq!(outcome(&draft.object(1004, "<</T(a)/FT/Tx>>").finish()), "pdf-over-limit");
}

#[test]
fn lengths_that_lie_are_refused_where_they_matter() {
    // The object stream that holds page 3.
    let members = b"3 0 <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>";
    let file = |length: &str| {
        let draft =
            Draft::new().object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>");
        let text = std::str::from_utf8(members).unwrap();
        let draft = draft
            .object(4, format!("<</Type/ObjStm/N 1/First 4/Length {length}>>stream\n{text}\nendstream"))
            .object(5, members.len().to_string());
        let mut rows = draft.rows(6);
        rows[18..24].copy_from_slice(&[2, 0, 0, 0, 4, 0]);
        draft.finish_stream(6, "/Size 7/W[1 4 1]", &rows)
    };
    assert_eq!(outcome(&file(&members.len().to_string())), "ok");
    assert_eq!(outcome(&file("5 0 R")), "ok");
    for length in ["4 0 R", "3 0 R", "99 0 R", "100000000000000000000", "-1", "1", "(x)", "99999999"] {
        let code = outcome(&file(length));
        assert!(["pdf-stream-length", "pdf-syntax"].contains(&code), "{length}: {code}");
    }
}

#[test]
fn object_streams_that_contradict_themselves_are_refused() {
    let file = |keys: &str, content: &[u8]| {
        let draft = Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>")
            .stream(4, keys, content);
        let mut rows = draft.rows(5);
        rows[18..24].copy_from_slice(&[2, 0, 0, 0, 4, 0]);
        draft.finish_stream(5, "/Size 6/W[1 4 1]", &rows)
    };
    let page = b"3 0 <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>";
    assert_eq!(outcome(&file("/Type/ObjStm/N 1/First 4", page)), "ok");
    assert_eq!(outcome(&file("/Type/ObjStm/N 1/First 4/Extends 4 0 R", page)), "ok", "/Extends is not followed");
    for keys in [
        "/Type/ObjStm/N 2147483648/First 4",
        "/Type/ObjStm/N 1/First 99999",
        "/Type/ObjStm/N -1/First 4",
        "/Type/ObjStm/N 1",
        "/Type/ObjStm/N 0/First 4",
        "/Type/Other/N 1/First 4",
        "/Type/ObjStm/N 1/First 4/N 1",
    ] {
        assert_eq!(outcome(&file(keys, page)), "pdf-object-stream-broken", "{keys}");
    }
    assert_eq!(outcome(&file("/Type/ObjStm/N 1/First 4", b"7 0 <</Type/Page>>")), "pdf-object-stream-broken");
    // Two object streams, each inside the other.
    let draft = Draft::new().object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]>>");
    let mut rows = draft.rows(6);
    rows[18..24].copy_from_slice(&[2, 0, 0, 0, 4, 0]);
    rows[24..30].copy_from_slice(&[2, 0, 0, 0, 5, 0]);
    rows[30..36].copy_from_slice(&[2, 0, 0, 0, 4, 0]);
    assert_eq!(outcome(&draft.finish_stream(6, "/Size 7/W[1 4 1]", &rows)), "pdf-object-stream-broken");
}

#[test]
fn cross_reference_streams_that_lie_are_refused() {
    let file = |keys: &str| {
        let draft = Draft::new().page();
        let rows = draft.rows(4);
        draft.finish_stream(4, keys, &rows)
    };
    assert_eq!(outcome(&file("/Size 5/W[1 4 1]")), "ok");
    for keys in [
        "/Size 4294967296/W[1 4 1]",
        "/Size 5/W[1 2147483648 1]",
        "/Size 5/W[0 0 0]",
        "/Size 5/W[1 -2 1]",
        "/Size 5/W[1 4]",
        "/Size 5/W[1 9 1]",
        "/Size 5",
        "/Size 5/W[1 4 1]/Index[0 6]",
        "/Size 5/W[1 4 1]/Index[0]",
        "/Size 5/W[1 4 1]/Index[4294967295 5]",
        "/Size 5/W[1 4 1]/Index[9223372036854775807 9223372036854775807]",
        "/Size 5/W[1 4 1]/Filter 3 0 R",
    ] {
        assert_eq!(outcome(&file(keys)), "pdf-xref-broken", "{keys}");
    }
    assert_eq!(outcome(&file("/W[1 4 1]/Index[0 5]")), "pdf-trailer-broken");
    assert_eq!(outcome(&file("/Size 5/W[1 4 1]/Filter/FlateDecode")), "pdf-stream-broken");
    assert_eq!(outcome(&file("/Size 5/W[1 4 1]/Filter/LZWDecode")), "pdf-filter-unsupported");
}

#[test]
fn streams_that_grow_without_end_are_stopped() {
    let xref = Draft::new().page().finish_stream(4, "/Size 5/W[1 4 1]/Filter/FlateDecode", &bomb(1024));
    assert_eq!(outcome(&xref), "pdf-over-limit");
    let members = |keys: &str, content: &[u8]| {
        let draft = Draft::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>")
            .stream(4, &format!("/Type/ObjStm/N 1/First 4{keys}"), content);
        let mut rows = draft.rows(5);
        rows[18..24].copy_from_slice(&[2, 0, 0, 0, 4, 0]);
        draft.finish_stream(5, "/Size 6/W[1 4 1]", &rows)
    };
    assert_eq!(outcome(&members("/Filter/FlateDecode", &bomb(2048))), "pdf-over-limit");
    let thrice = deflate(&deflate(&bomb(2048)));
    let filters = "/Filter[/FlateDecode/FlateDecode/FlateDecode]";
    assert_eq!(outcome(&members(filters, &thrice)), "pdf-over-limit");
    let many = format!("/Filter[{}]", "/FlateDecode".repeat(50_000));
    assert_eq!(outcome(&members(&many, b"x")), "pdf-over-limit");
}

#[test]
fn too_many_revisions_are_refused_and_many_are_read() {
    let grow = |count: usize| {
        let draft = Draft::new().page();
        let mut last = draft.bytes.len();
        let mut bytes = draft.finish();
        for _ in 0..count {
            let at = bytes.len();
            write!(bytes, "xref\n0 0\ntrailer\n<</Size 4/Root 1 0 R/Prev {last}>>\nstartxref\n{at}\n%%EOF\n").unwrap();
            last = at;
        }
        bytes
    };
    assert_eq!(outcome(&grow(9_000)), "ok");
    assert_eq!(outcome(&grow(20_000)), "pdf-over-limit");
}

#[test]
fn a_bogus_encryption_dictionary_is_refused() {
    let with = |encrypt: &str| {
        let draft = Draft::new().page().object(4, "<</Filter/Standard/V 99/R 99>>").object(5, "<<>>");
        draft.finish_with(&format!("/Size 6/Root 1 0 R/Encrypt {encrypt}"))
    };
    assert_eq!(outcome(&with("4 0 R")), "pdf-encrypted");
    for bogus in ["5 0 R", "9 0 R", "[1 2]", "<</Filter/Adobe.PubSec>>"] {
        assert_eq!(outcome(&with(bogus)), "pdf-encrypted-public-key", "{bogus}");
    }
}

#[test]
fn objects_that_overlap_do_not_take_forever() {
    // Every header stands in the comment of the one before: all lead to the same large array.
    let count = 20_000_u32;
    let mut draft = Draft::new().page();
    for number in 10..10 + count {
        draft.offsets.push((number, draft.bytes.len()));
        draft.bytes.extend(format!("{number} 0 obj [%").bytes());
    }
    draft.bytes.extend(b"\n");
    draft.bytes.extend(b"0 ".repeat(200_000));
    draft.bytes.extend(b"] endobj\n");
    let bytes = draft.finish();
    assert_eq!(outcome(&bytes), "ok", "nothing reads them");
    // A signature and a later revision make the reader follow every reference of every object.
    let signed = super::pdf_later_changes::signed_over(&bytes);
    let later = super::pdf_later_changes::append(&signed, &[(90_000, "null".into())]);
    assert_eq!(outcome(&later), "pdf-over-limit");
}

/// A source of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Words that change what the bytes around them mean.
const WORDS: [&[u8]; 24] = [
    b"0",
    b"-1",
    b"99999999999",
    b"obj",
    b"endobj",
    b"stream\n",
    b"endstream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"(",
    b"<",
    b"/Kids",
    b"/Prev 9",
    b"/Length 5",
    b" R",
    b"2 0 R",
    b"null",
    b"/V",
];

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        match dice.roll(5) {
            0 => bytes[at] ^= 1 << dice.roll(8),
            1 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let word = WORDS[dice.roll(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            3 => {
                let word = WORDS[dice.roll(WORDS.len())];
                let end = (at + word.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&word[..end - at]);
            }
            _ => {
                // A digit for a digit keeps the file in shape but sends it elsewhere.
                let digits: Vec<usize> = (at..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).take(50).collect();
                if let Some(&at) = digits.get(dice.roll(digits.len())) {
                    bytes[at] = b'0' + dice.roll(10) as u8;
                }
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
}

#[test]
fn samples_with_small_damage_never_panic() {
    let Some(shared) = super::support::shared() else { return };
    let rounds = std::env::var("ESEAL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(40);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut read = 0_usize;
    for entry in std::fs::read_dir(shared.join("samples/pdf")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let sample = std::fs::read(&path).unwrap();
        let twice = super::pdf_samples::signed_again(&sample, 1.0)
            .and_then(|once| super::pdf_samples::signed_again(&once, 7.0));
        for bytes in [Some(sample), twice.ok()].into_iter().flatten() {
            for _ in 0..rounds {
                let mut damaged = bytes.clone();
                mutate(&mut damaged, &mut dice);
                read += usize::from(outcome(&damaged) == "ok");
            }
        }
    }
    assert!(read > 0, "no damaged file was read at all: the damage is too heavy to tell anything");
}
