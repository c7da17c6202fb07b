-- The address that the request was signed for, where what was sent does not tell.
ALTER TABLE exchange ADD COLUMN signed_for TEXT;
