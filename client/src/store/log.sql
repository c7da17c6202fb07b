-- What passed in exchanges of the usual size stands one after another in files, the logs (log.rs):
-- what goes into the database is written twice. `live`: how many spots of it rows name.
CREATE TABLE log (
    id   INTEGER PRIMARY KEY AUTOINCREMENT, -- in the file's name, never used twice
    live INTEGER NOT NULL
) STRICT;

-- The numbers of exchanges are counted here: AUTOINCREMENT keeps its books with each row.
ALTER TABLE total ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
UPDATE total SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'exchange'), 0);
CREATE TABLE exchange_new (
    seq            INTEGER PRIMARY KEY,  -- order of writing, never used twice: `tail` goes by it
    id             BLOB NOT NULL UNIQUE, -- UUIDv7: order of arrival
    at             INTEGER NOT NULL,     -- microseconds since the Unix epoch
    name           TEXT NOT NULL,
    label          TEXT NOT NULL,
    replay_of      BLOB,
    origin         TEXT,                 -- a URL
    method         BLOB NOT NULL,
    target         BLOB NOT NULL,
    request_type   BLOB,
    response_type  BLOB,
    provider       TEXT,
    event          TEXT,
    delivery       TEXT,
    verdict        TEXT,
    status         INTEGER,
    took           INTEGER,              -- microseconds
    request_bytes  INTEGER,
    response_bytes INTEGER NOT NULL,
    failure        TEXT,                 -- JSON
    closed         INTEGER NOT NULL,
    duplicate      INTEGER NOT NULL DEFAULT 0,
    marked         INTEGER NOT NULL DEFAULT 0,
    note           TEXT,
    processing     TEXT,
    stored         INTEGER NOT NULL,     -- bytes on disk, for retention by size
    request_cut    INTEGER NOT NULL DEFAULT 0, -- the end of the body never passed
    response_cut   INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO exchange_new SELECT seq, id, at, name, label, replay_of, origin, method, target,
    request_type, response_type, provider, event, delivery, verdict, status, took, request_bytes,
    response_bytes, failure, closed, duplicate, marked, note, processing, stored, request_cut,
    response_cut FROM exchange;
DROP TABLE exchange;
ALTER TABLE exchange_new RENAME TO exchange;
CREATE INDEX exchange_delivery ON exchange (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX exchange_replay_of ON exchange (replay_of) WHERE replay_of IS NOT NULL;
