-- How much there is: counted as it is written, as counting it anew reads all rows.
CREATE TABLE total (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    exchanges INTEGER NOT NULL,
    stored    INTEGER NOT NULL
) STRICT;
INSERT INTO total SELECT 1, count(*), coalesce(sum(stored), 0) FROM exchange;
