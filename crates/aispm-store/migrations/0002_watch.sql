-- What the server keeps beside the history of scans. Written so that PostgreSQL can run it as it is. Lists are JSON texts.

-- The name under which a scan's report lists the scope; none in scans of before.
ALTER TABLE scan_scopes ADD COLUMN target TEXT;

CREATE TABLE users (
    name TEXT NOT NULL PRIMARY KEY,
    password TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
    created_at TEXT NOT NULL
);

-- Tokens are random; only their SHA-256 is kept.
CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
    created_by TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE TABLE targets (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
);

-- `targets` lists ids; an empty list is all of them, so that one graph holds the whole estate.
CREATE TABLE schedules (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    every_minutes BIGINT NOT NULL CHECK (every_minutes > 0),
    targets TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    next_at TEXT NOT NULL
);

-- `targets` lists what is scanned as it was written, whatever becomes of the target later.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    requested_by TEXT NOT NULL,
    targets TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    scan TEXT REFERENCES scans (id),
    message TEXT
);
CREATE INDEX jobs_state ON jobs (state, sequence);

-- What the organisation says of an AI system. `system` is the asset id; an entry stays when the system is gone.
CREATE TABLE register (
    system TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    owner TEXT,
    purpose TEXT,
    data_classes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pilot', 'production', 'retired', 'unknown')),
    security_status TEXT NOT NULL CHECK (security_status IN ('not_reviewed', 'in_review', 'approved', 'rejected')),
    review_by TEXT,
    expires_on TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL
);

-- The secret signs what is sent, so it is kept as it is.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('json', 'slack')),
    secret TEXT NOT NULL,
    least_severity TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE deliveries (
    webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    scan TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (webhook, scan)
);
