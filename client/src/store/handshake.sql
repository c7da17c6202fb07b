-- Which handshake of a provider was answered in the origin's place.
ALTER TABLE exchange ADD COLUMN handshake TEXT;
