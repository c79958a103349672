//! The statements behind pages of lists, for both stores.
//!
//! A page costs what it shows, not what the store holds: the place where it begins is a key of the index that it is read
//! from. Lists that are bounded by the end of validity, the standing or the organization run along
//! `certificates_by_end`, which holds everything they ask for; only where an organization has [`FEW`] certificates they
//! are picked out first and sorted.

use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::Cursor;
use eseal::registry::DossierKind;
use eseal::registry::EntryQuery;
use eseal::registry::MAX_PAGE;
use eseal::registry::SealQuery;
use eseal::registry::Standing;

use super::Dialect;
use super::Value;

/// How many certificates of an organization are picked out and sorted in a few milliseconds.
pub(crate) const FEW: u64 = 5_000;

pub(crate) const CERTIFICATE: &str = "position, serial, subject, issuer, issuer_key, subject_key, profile, not_before, \
                                      not_after, status, status_at, reason, invalidity, der, organization, region, \
                                      partner, replaces, order_id";
pub(crate) const SEAL: &str =
    "position, id, name, kind, organization, maker, created, valid_from, valid_to, state, sm3";
pub(crate) const ENTRY: &str = "sequence, at, actor, act, subject, record, previous, digest";
pub(crate) const LIST: &str = "issuer_key, number, this_update, next_update, entries, sm3, base, point";
pub(crate) const ANSWER: &str = "position, order_id, der";
pub(crate) const DOSSIER: &str = "position, kind, dossier_key, der";
pub(crate) const TIMESTAMP: &str = "serial, at, imprint, sm3";

/// A statement that gives a page and one record more.
pub(crate) struct Listing<'q> {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'q>>,
    pub(crate) limit: usize,
}

/// Conditions with their values, as they are put together.
struct Wanted<'q> {
    conditions: Vec<String>,
    values: Vec<Value<'q>>,
}

impl<'q> Wanted<'q> {
    const fn new() -> Self {
        Self { conditions: Vec::new(), values: Vec::new() }
    }

    /// The mark of a new parameter.
    fn mark(&mut self, value: Value<'q>) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn and(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// A comparison of a column, for example `profile = ` with a value.
    fn compare(&mut self, left: &str, value: Value<'q>) {
        let mark = self.mark(value);
        self.and(format!("{left} {mark}"));
    }

    /// The condition that a column begins with a text, so that an index can answer it.
    fn begins(&mut self, column: &str, prefix: &'q str) -> String {
        let from = self.mark(prefix.into());
        match after_prefix(prefix) {
            Some(end) => {
                let to = self.mark(end.into());
                format!("({column} >= {from} AND {column} < {to})")
            }
            None => format!("({column} >= {from})"),
        }
    }

    fn finish(self, columns: &str, from: &str, order: &str, limit: usize) -> Listing<'q> {
        let limit = limit.clamp(1, MAX_PAGE);
        let conditions = if self.conditions.is_empty() { "true".to_owned() } else { self.conditions.join(" AND ") };
        let sql = format!("SELECT {columns} FROM {from} WHERE {conditions} ORDER BY {order} LIMIT {}", limit + 1);
        Listing { sql, values: self.values, limit }
    }
}

/// The least text that is greater than every text with this prefix, if there is one.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut text: Vec<char> = prefix.chars().collect();
    while let Some(last) = text.pop() {
        // The range skips what is no character.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text.into_iter().collect());
        }
    }
    None
}

/// Numbers beyond the stores' signed 64 bits come from callers only; they mean "after everything".
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The least number of what follows a position. From the start means from the very first row, be its number one that
/// we never give: a row put in by hand must not hide there.
pub(crate) fn first_after(position: u64) -> i64 {
    if position == 0 { i64::MIN } else { stored(position).saturating_add(1) }
}

/// The statement that counts the certificates of the query's organization, up to one more than [`FEW`].
pub(crate) fn few_of_organization(query: &CertificateQuery) -> Option<(String, Vec<Value<'_>>)> {
    let prefix = query.org.as_deref()?;
    let mut wanted = Wanted::new();
    let region = wanted.begins("region", prefix);
    let organization = wanted.begins("organization", prefix);
    let most = FEW + 1;
    let sql = format!(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM certificates WHERE {region} LIMIT {most}) AS regions) \
         + (SELECT count(*) FROM (SELECT 1 FROM certificates WHERE {organization} LIMIT {most}) AS organizations)"
    );
    Some((sql, wanted.values))
}

/// A page of certificates; `few` when [`few_of_organization`] counted no more than [`FEW`]. `None` finds nothing.
pub(crate) fn certificates(dialect: Dialect, query: &CertificateQuery, few: bool) -> Option<Listing<'_>> {
    let mut wanted = Wanted::new();
    let mut from = "certificates";
    let (mut ends_from, mut ends_by) = (query.ends_from, query.ends_by);
    match query.standing {
        None => {}
        // Said in both ways, because the index holds what is not active.
        Some((Standing::Revoked, _)) => wanted.and("status = 'revoked' AND status <> 'active'"),
        Some((Standing::Expired, at)) => {
            wanted.and("status <> 'revoked'");
            ends_by = ends_by.into_iter().chain([at.plus_seconds(-1)]).min();
        }
        Some((Standing::Active, at)) => {
            wanted.and("status IN ('active', 'released')");
            ends_from = ends_from.max(Some(at));
        }
        Some((Standing::Held, at)) => {
            wanted.and("status = 'held' AND status <> 'active'");
            ends_from = ends_from.max(Some(at));
        }
        Some(_) => return None,
    }
    if let Some(end) = ends_from {
        wanted.compare("not_after >=", Value::from(end.unix()));
    }
    if let Some(end) = ends_by {
        wanted.compare("not_after <=", Value::from(end.unix()));
    }
    if let Some(profile) = &query.profile {
        wanted.compare("profile =", profile.into());
    }
    if let Some(order) = &query.order {
        wanted.compare("order_id =", order.into());
    }
    if let Some(subject) = &query.subject {
        let mark = wanted.mark(subject.into());
        wanted.and(match dialect {
            Dialect::Sqlite => format!("instr(subject, {mark}) > 0"),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!("strpos(subject, {mark}) > 0"),
        });
    }
    if let Some(prefix) = &query.org {
        let region = wanted.begins("region", prefix);
        let organization = wanted.begins("organization", prefix);
        wanted.and(if few {
            format!(
                "position IN (SELECT position FROM certificates WHERE {region} \
                 UNION SELECT position FROM certificates WHERE {organization})"
            )
        } else {
            format!("({region} OR {organization})")
        });
    }
    if !query.by_end() {
        wanted.compare("position >=", Value::from(first_after(query.after.position())));
        return Some(wanted.finish(CERTIFICATE, from, "position", query.limit));
    }
    if dialect == Dialect::Sqlite && query.order.is_none() {
        // SQLite has no figures to choose by. Those on hold are few, and have an index of their own.
        let held = matches!(query.standing, Some((Standing::Held, _)));
        from = match (few, held) {
            (true, _) => "certificates NOT INDEXED",
            (false, true) => "certificates INDEXED BY certificates_by_status",
            (false, false) => "certificates INDEXED BY certificates_by_end",
        };
    }
    if let Some(end) = query.after.end() {
        let end = wanted.mark(Value::from(end.unix()));
        let position = wanted.mark(Value::from(stored(query.after.position())));
        wanted.and(format!("(not_after, position) > ({end}, {position})"));
    } else if query.after.position() > 0 {
        // A place of another list: as far as it goes, the same.
        wanted.compare("position >", Value::from(stored(query.after.position())));
    }
    #[cfg(feature = "postgres")]
    if dialect == Dialect::Postgres && !few && query.subject.is_none() && query.order.is_none() {
        // The index answers everything but what is shown, which is fetched for one page only.
        let mut listing = wanted.finish("position", from, "not_after, position", query.limit);
        listing.sql = format!(
            "SELECT {CERTIFICATE} FROM certificates JOIN ({}) AS page USING (position) ORDER BY not_after, position",
            listing.sql
        );
        return Some(listing);
    }
    Some(wanted.finish(CERTIFICATE, from, "not_after, position", query.limit))
}

/// The place of a certificate in the list that a query gives.
pub(crate) const fn place(query: &CertificateQuery, position: u64, record: &CertificateRecord) -> Cursor {
    if query.by_end() { Cursor::after_end(record.validity.to(), position) } else { Cursor::after(position) }
}

/// A page of seals.
pub(crate) fn seals(query: &SealQuery) -> Listing<'_> {
    let mut wanted = after("position", query.after);
    if let Some(organization) = &query.organization {
        wanted.compare("organization =", organization.into());
    }
    wanted.finish(SEAL, "seals", "position", query.limit)
}

/// A page of audit entries.
pub(crate) fn entries(query: &EntryQuery) -> Listing<'_> {
    let mut wanted = after("sequence", query.after);
    if let Some(since) = query.since {
        wanted.compare("at >=", Value::from(since.unix()));
    }
    if let Some(subject) = &query.subject {
        wanted.compare("subject =", subject.into());
    }
    if let Some(act) = query.act {
        wanted.compare("act =", act.word().into());
    }
    wanted.finish(ENTRY, "audit_entries", "sequence", query.limit)
}

/// A page of answers.
pub(crate) fn answers(cursor: Cursor, limit: usize) -> Listing<'static> {
    after("position", cursor).finish(ANSWER, "answers", "position", limit)
}

/// A page of time stamps.
pub(crate) fn timestamps(cursor: Cursor, limit: usize) -> Listing<'static> {
    after("serial", cursor).finish(TIMESTAMP, "timestamps", "serial", limit)
}

/// A page of dossiers of a kind.
pub(crate) fn dossiers(kind: DossierKind, cursor: Cursor, limit: usize) -> Listing<'static> {
    let mut wanted = after("position", cursor);
    wanted.compare("kind =", kind.word().into());
    wanted.finish(DOSSIER, "dossiers", "position", limit)
}

fn after(column: &str, cursor: Cursor) -> Wanted<'static> {
    let mut wanted = Wanted::new();
    wanted.compare(&format!("{column} >="), Value::from(first_after(cursor.position())));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_greater_than_all_with_it_and_no_more() {
        assert_eq!(after_prefix("5201").as_deref(), Some("5202"));
        assert_eq!(after_prefix("529").as_deref(), Some("52:"));
        assert_eq!(after_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{10ffff}"), None);
        assert_eq!(after_prefix(""), None);
    }

    #[test]
    fn no_text_of_a_caller_is_part_of_a_statement() {
        let hostile = "x' OR '1'='1";
        let query = CertificateQuery {
            profile: Some(hostile.into()),
            subject: Some(hostile.into()),
            org: Some(hostile.into()),
            order: Some(hostile.into()),
            ..CertificateQuery::default()
        };
        for few in [true, false] {
            let listing = certificates(Dialect::Sqlite, &query, few).expect("a list");
            assert!(!listing.sql.contains("OR '1'"), "{}", listing.sql);
        }
    }
}
