-- What lists, filters and queries need. Small rows: a filter reads all of them.
CREATE TABLE exchange (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT, -- order of writing, never used twice: `tail` goes by it
    id             BLOB NOT NULL UNIQUE,              -- UUIDv7: order of arrival
    at             INTEGER NOT NULL,                  -- microseconds since the Unix epoch
    name           TEXT NOT NULL,
    label          TEXT NOT NULL,
    replay_of      BLOB,
    origin         TEXT,                              -- a URL
    method         BLOB NOT NULL,
    target         BLOB NOT NULL,
    request_type   BLOB,
    response_type  BLOB,
    provider       TEXT,
    event          TEXT,
    delivery       TEXT,
    verdict        TEXT,
    status         INTEGER,
    took           INTEGER,                           -- microseconds
    request_bytes  INTEGER,
    response_bytes INTEGER NOT NULL,
    failure        TEXT,                              -- JSON
    closed         INTEGER NOT NULL,
    duplicate      INTEGER NOT NULL,
    marked         INTEGER NOT NULL,
    note           TEXT,
    processing     TEXT,
    stored         INTEGER NOT NULL                   -- bytes on disk, for retention by size
) STRICT;

CREATE INDEX exchange_delivery ON exchange (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX exchange_replay_of ON exchange (replay_of) WHERE replay_of IS NOT NULL;

-- What passed, apart from the lists. Bodies come last, so that what stands before them is read
-- without walking through their pages. A body that is NULL is in the file named beside it.
CREATE TABLE message (
    seq               INTEGER PRIMARY KEY,
    sent_at           INTEGER,
    answered_at       INTEGER,
    closed_at         INTEGER,
    request_size      INTEGER NOT NULL,
    request_sha256    BLOB,
    request_trailers  BLOB,
    request_file      TEXT,
    response_size     INTEGER NOT NULL,
    response_sha256   BLOB,
    response_trailers BLOB,
    response_file     TEXT,
    request           BLOB NOT NULL,                  -- heads as on the wire (hookreel_shared::wire::head)
    response          BLOB,
    request_body      BLOB,
    response_body     BLOB
) STRICT;

-- Words of targets, header values and text bodies. Only the index: the text is above already.
CREATE VIRTUAL TABLE words USING fts5 (
    target, headers, bodies,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- How far `words` has come: it follows the writing when there is time.
CREATE TABLE indexed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO indexed VALUES (1, 0);
