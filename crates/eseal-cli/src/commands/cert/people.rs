//! The table of a bulk issue: a CSV file with a header, one certificate or pair a row.
//!
//! A row's subject rules; its request gives the key. What is wrong with the table as a whole stops before anything is
//! issued; what is wrong with a row is that row's own failure.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use eseal::cert::Name;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::office::escaped;

/// The largest table, in bytes: a hundred thousand rows of long Chinese names.
const MAX_BYTES: u64 = 64 << 20;
/// The most rows: they are held in memory, and a run of so many takes minutes. Larger tables are parted.
const MAX_ROWS: usize = 100_000;

/// A row as it was written. Empty cells are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number, from 1, without the header.
    pub(super) number: usize,
    /// The request, beside the table or by a whole path.
    pub(super) request: PathBuf,
    /// The holder: a whole name, or a common name that `organization` completes.
    pub(super) subject: Option<String>,
    /// What the certificate is for; else that of the command line.
    pub(super) profile: Option<String>,
    /// The name of the holder's organization.
    pub(super) organization: Option<String>,
    /// The code of the holder's organization, as a rule a USCC.
    pub(super) organization_code: Option<String>,
    /// Where the holder belongs, digits of GB/T 2260.
    pub(super) region: Option<String>,
    /// How many days it is valid.
    pub(super) days: Option<String>,
    /// The holder's identity number.
    pub(super) id_number: Option<String>,
}

impl Row {
    /// A cell by the name of its column.
    fn cell(&mut self, column: &str) -> Option<&mut Option<String>> {
        match column {
            "subject" => Some(&mut self.subject),
            "profile" => Some(&mut self.profile),
            "organization" => Some(&mut self.organization),
            "organization-code" => Some(&mut self.organization_code),
            "region" => Some(&mut self.region),
            "days" => Some(&mut self.days),
            "id-number" => Some(&mut self.id_number),
            _ => None,
        }
    }

    /// The subject of the certificate, if the row has one: a whole name as it stands, a common name completed by the
    /// organization.
    pub(super) fn name(&self) -> Outcome<Option<Name>> {
        let organization = self.organization.as_deref();
        let Some(subject) = self.subject.as_deref() else {
            return match organization {
                Some(_) => Err(Failure::new("people-subject-missing")),
                None => Ok(None),
            };
        };
        if !subject.contains('=') {
            let mut parts = vec![format!("CN={}", escaped(subject))];
            parts.extend(organization.map(|organization| format!("O={}", escaped(organization))));
            parts.push("C=CN".into());
            return Ok(Some(Name::parse(&parts.join(","))?));
        }
        let name = Name::parse(subject)?;
        match organization {
            Some(organization) if name.organization().as_deref() != Some(organization) => {
                Err(Failure::new("people-organization-differs").with("name", organization.to_owned()))
            }
            _ => Ok(Some(name)),
        }
    }

    /// The days of validity, if the row says so.
    pub(super) fn days(&self) -> Outcome<Option<u32>> {
        let Some(text) = self.days.as_deref() else { return Ok(None) };
        match text.parse() {
            Ok(days) if days > 0 => Ok(Some(days)),
            _ => Err(Failure::new("people-days").with("text", text.to_owned())),
        }
    }
}

/// Reads a table.
pub(super) fn read(context: &Context, path: &Path) -> Outcome<Vec<Row>> {
    let bytes = context.read(path, MAX_BYTES)?;
    // Requests are named from where the table lies; of one that comes by stdin, from here.
    let folder = if path.as_os_str() == "-" { Path::new("") } else { path.parent().unwrap_or(Path::new("")) };
    rows(&bytes, folder, MAX_ROWS).map_err(|failure| failure.at(path))
}

fn rows(bytes: &[u8], folder: &Path, limit: usize) -> Outcome<Vec<Row>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::new("people-not-utf8"))?;
    // Office programs put a mark in front of UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let malformed = |error: &csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        Failure::new("people-malformed").with("line", i64::try_from(line).unwrap_or(i64::MAX))
    };
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    for (index, column) in header.iter().enumerate() {
        if column != "request" && Row::default().cell(column).is_none() {
            return Err(Failure::new("people-column-unknown").with("name", shortened(column)));
        }
        if header.iter().skip(index + 1).any(|other| other == column) {
            return Err(Failure::new("people-column-twice").with("name", column.to_owned()));
        }
    }
    if !header.iter().any(|column| column == "request") {
        return Err(Failure::new("people-column-missing").with("name", "request"));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        if rows.len() == limit {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            return Err(Failure::new("people-too-many").with("limit", limit));
        }
        let mut row = Row { number: rows.len() + 1, ..Row::default() };
        for (column, value) in header.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
            match row.cell(column) {
                Some(cell) => *cell = Some(value.to_owned()),
                None => row.request = folder.join(value),
            }
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(Failure::new("people-empty")) } else { Ok(rows) }
}

/// The rows that requests on the command line stand for.
pub(super) fn of_requests(requests: &[PathBuf]) -> Vec<Row> {
    let row =
        |(index, request): (usize, &PathBuf)| Row { number: index + 1, request: request.clone(), ..Row::default() };
    requests.iter().enumerate().map(row).collect()
}

/// The file of each row's answer: named after its request, or after its row too if requests share a name.
pub(super) fn file_names(rows: &[Row], ending: &str) -> Vec<String> {
    let stem = |row: &Row| {
        let stem = row.request.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "row".into())
    };
    // File systems that do not tell letters by their case would lose one of two.
    let mut seen: HashMap<String, usize> = HashMap::new();
    rows.iter().for_each(|row| *seen.entry(stem(row).to_lowercase()).or_default() += 1);
    let name = |row: &Row| {
        let stem = stem(row);
        // With the number in front no two are the same, and none is that of another row.
        let alone = seen[&stem.to_lowercase()] == 1 && !stem.starts_with(|first: char| first.is_ascii_digit());
        let stem = if alone { stem } else { format!("{}-{stem}", row.number) };
        format!("{stem}.{ending}")
    };
    rows.iter().map(name).collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Row>, String> {
        rows(text.as_bytes(), Path::new("in"), 3).map_err(|failure| failure.code().to_owned())
    }

    #[test]
    fn a_table_is_read_with_its_columns_in_any_order() {
        let table = "\u{feff}subject,request,days,organization-code\r\n示例用户, first.req ,30,\r\n\"CN=另一用户,O=甲\",/x/second.req,,91350100M000100Y43\r\n";
        let rows = read(table).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].request, Path::new("in/first.req"));
        assert_eq!(
            (rows[0].number, rows[0].subject.as_deref(), rows[0].organization_code.as_deref()),
            (1, Some("示例用户"), None)
        );
        assert_eq!(rows[0].days().unwrap(), Some(30));
        assert_eq!(rows[1].request, Path::new("/x/second.req"));
        assert_eq!(rows[1].organization_code.as_deref(), Some("91350100M000100Y43"));
        assert_eq!(rows[1].name().unwrap().unwrap().organization().as_deref(), Some("甲"));
    }

    #[test]
    fn a_table_that_is_wrong_as_a_whole_is_refused() {
        for (table, code) in [
            ("", "people-column-missing"),
            ("request\n", "people-empty"),
            ("subject\n示例用户\n", "people-column-missing"),
            ("request,salary\na.req,1\n", "people-column-unknown"),
            ("Request\na.req\n", "people-column-unknown"),
            ("request,request\na,b\n", "people-column-twice"),
            ("request,subject\na.req\n", "people-malformed"),
            ("request,subject\na.req,b,c\n", "people-malformed"),
            ("request\na\nb\nc\nd\n", "people-too-many"),
        ] {
            assert_eq!(read(table).unwrap_err(), code, "{table:?}");
        }
        let gbk = rows(b"request,subject\na.req,\xd5\xc5\xc8\xfd\n", Path::new(""), 3).unwrap_err();
        assert_eq!(gbk.code(), "people-not-utf8");
    }

    #[test]
    fn a_common_name_is_completed_and_a_whole_name_must_agree() {
        let row = |subject: Option<&str>, organization: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let row = Row { subject: owned(subject), organization: owned(organization), ..Row::default() };
            row.name().map(|name| name.map(|name| name.to_string())).map_err(|failure| failure.code().to_owned())
        };
        assert_eq!(row(None, None), Ok(None));
        assert_eq!(row(Some("示例用户"), None), Ok(Some("CN=示例用户,C=CN".into())));
        assert_eq!(row(Some("示例用户"), Some("甲,乙")), Ok(Some("CN=示例用户,O=甲\\,乙,C=CN".into())));
        assert_eq!(row(Some("CN=示例用户,O=甲"), Some("甲")), Ok(Some("CN=示例用户,O=甲".into())));
        assert_eq!(row(Some("CN=示例用户,O=甲"), Some("乙")), Err("people-organization-differs".into()));
        assert_eq!(row(None, Some("甲")), Err("people-subject-missing".into()));
        assert_eq!(row(Some("CN="), None).unwrap_err(), "cert-name-syntax");
        for days in ["0", "-1", "1.5", "many", "99999999999"] {
            let row = Row { days: Some(days.into()), ..Row::default() };
            assert_eq!(row.days().unwrap_err().code(), "people-days", "{days}");
        }
    }

    #[test]
    fn answers_are_named_after_requests_and_never_the_same() {
        let paths: Vec<PathBuf> =
            ["a/x.req", "b/x.csr", "y.req", "Y", "1-x.req", "z.tar.req"].map(PathBuf::from).into();
        let names = file_names(&of_requests(&paths), "resp");
        assert_eq!(names, ["1-x.resp", "2-x.resp", "3-y.resp", "4-Y.resp", "5-1-x.resp", "z.tar.resp"]);
    }
}
