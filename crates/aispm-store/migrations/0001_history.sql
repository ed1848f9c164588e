-- History of scans. Written so that PostgreSQL can run it as it is. Times are RFC 3339 texts that the caller passes in.

-- Every scan that was saved; never deleted, since history refers to it.
CREATE TABLE scans (
    id TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    tool_version TEXT NOT NULL,
    content_version TEXT NOT NULL,
    targets TEXT NOT NULL,
    systems BIGINT NOT NULL,
    findings BIGINT NOT NULL,
    paths BIGINT NOT NULL
);

-- What a scan covered. `scope` is the target's stable key.
CREATE TABLE scan_scopes (
    scan TEXT NOT NULL REFERENCES scans (id),
    scope TEXT NOT NULL,
    complete BOOLEAN NOT NULL,
    PRIMARY KEY (scan, scope)
);

-- The whole report as plain JSON, so that people can query it; pruned after a while.
CREATE TABLE reports (
    scan TEXT NOT NULL PRIMARY KEY REFERENCES scans (id),
    json TEXT NOT NULL
);

CREATE TABLE assets (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'gone')),
    first_seen TEXT NOT NULL REFERENCES scans (id),
    last_seen TEXT NOT NULL REFERENCES scans (id)
);

CREATE TABLE findings (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    asset TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'regressed', 'fixed', 'gone')),
    first_seen TEXT NOT NULL REFERENCES scans (id),
    last_seen TEXT NOT NULL REFERENCES scans (id)
);
CREATE INDEX findings_rule_asset ON findings (rule, asset);

-- In which scopes an asset or finding stands, and the scan that last vouched for it. What has no row left is gone or fixed.
CREATE TABLE sightings (
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    vouched_by TEXT NOT NULL REFERENCES scans (id),
    PRIMARY KEY (subject, scope)
);
CREATE INDEX sightings_scope ON sightings (scope, vouched_by);
