-- Whether the end of a body never passed. With the small rows, as columns behind the bodies would
-- be read through their pages.
ALTER TABLE exchange ADD COLUMN request_cut INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exchange ADD COLUMN response_cut INTEGER NOT NULL DEFAULT 0;
