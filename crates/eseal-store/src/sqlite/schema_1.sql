CREATE TABLE certificates (
    position INTEGER PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    issuer_key BLOB NOT NULL,
    subject_key BLOB NOT NULL,
    profile TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_at INTEGER,
    reason INTEGER,
    invalidity INTEGER,
    der BLOB NOT NULL
) STRICT;
CREATE INDEX certificates_by_end ON certificates (not_after);
CREATE INDEX certificates_by_subject_key ON certificates (subject_key);
CREATE INDEX certificates_for_lists ON certificates (issuer_key, serial) WHERE status <> 'active';

CREATE TABLE revocation_lists (
    issuer_key BLOB NOT NULL,
    number INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    sm3 BLOB NOT NULL,
    PRIMARY KEY (issuer_key, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE seals (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    organization TEXT,
    maker TEXT NOT NULL,
    created INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL,
    state TEXT NOT NULL,
    sm3 BLOB NOT NULL
) STRICT;
CREATE INDEX seals_by_organization ON seals (organization);

-- The seals themselves, apart from their records, so that lists do not read the pictures.
CREATE TABLE seal_bytes (
    position INTEGER PRIMARY KEY REFERENCES seals (position),
    der BLOB NOT NULL
) STRICT;

CREATE TABLE audit_entries (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    record BLOB NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entries_by_subject ON audit_entries (subject);
