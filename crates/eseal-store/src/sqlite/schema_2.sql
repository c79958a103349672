-- Whose certificate it is, its pair, what it replaces, and the order that it fills.
ALTER TABLE certificates ADD COLUMN organization TEXT;
ALTER TABLE certificates ADD COLUMN region TEXT;
ALTER TABLE certificates ADD COLUMN partner TEXT;
ALTER TABLE certificates ADD COLUMN replaces TEXT;
ALTER TABLE certificates ADD COLUMN order_id TEXT;

-- Holds all that a list bounded by the end of validity asks for, in the order of that list.
DROP INDEX certificates_by_end;
CREATE INDEX certificates_by_end ON certificates (not_after, position, status, profile, region, organization);
CREATE INDEX certificates_by_region ON certificates (region) WHERE region IS NOT NULL;
CREATE INDEX certificates_by_organization ON certificates (organization) WHERE organization IS NOT NULL;
CREATE INDEX certificates_by_profile ON certificates (profile, position);
CREATE INDEX certificates_by_change ON certificates (issuer_key, status_at) WHERE status <> 'active';
CREATE INDEX certificates_by_status ON certificates (status, position) WHERE status <> 'active';
CREATE UNIQUE INDEX certificates_by_order ON certificates (order_id) WHERE order_id IS NOT NULL;

ALTER TABLE revocation_lists ADD COLUMN base INTEGER;
ALTER TABLE revocation_lists ADD COLUMN point TEXT;

CREATE TABLE answers (
    position INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    der BLOB NOT NULL
) STRICT;

CREATE TABLE timestamps (
    serial INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    imprint BLOB NOT NULL,
    sm3 BLOB NOT NULL
) STRICT;
