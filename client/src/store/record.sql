-- What passed in most exchanges stands in a log as one piece (record.rs), and `log` says where. The
-- row in `message` is for the others: those with large bodies or parts of some, what users mark,
-- and what was written before.
ALTER TABLE exchange ADD COLUMN log INTEGER;
ALTER TABLE exchange ADD COLUMN log_start INTEGER;
ALTER TABLE exchange ADD COLUMN log_len INTEGER;
ALTER TABLE exchange ADD COLUMN log_checksum INTEGER;
