-- What has a history (applications, tokens, escrowed keys, officers, passphrases): rewritten with each act.
CREATE TABLE dossiers (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    dossier_key TEXT NOT NULL,
    der BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX dossiers_by_key ON dossiers (kind, dossier_key);
CREATE INDEX dossiers_by_kind ON dossiers (kind, position);
