-- Cameras that a person has switched off, where cameras are, credential sets, and what a camera that got another
-- address is known by. Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without leap seconds.

-- A login that many cameras share. Each camera keeps its own sealed copy in credential; this one is never sent anywhere.
CREATE TABLE credential_set (
    id            INTEGER PRIMARY KEY,              -- Row id that camera refers to.
    uuid          TEXT    NOT NULL UNIQUE           -- Its identity, which stands inside its token: hyphenated lower-case UUID.
                  CHECK (length(uuid) = 36),
    name          TEXT    NOT NULL UNIQUE,          -- The user's name for it, 1 to 64 characters.
    sealed        TEXT    NOT NULL,                 -- Fernet token; set, name, user and password stand encrypted inside it.
    changed_at_us INTEGER NOT NULL                  -- When it was last set.
) STRICT;

ALTER TABLE camera ADD COLUMN
    enabled INTEGER NOT NULL DEFAULT 1              -- 0 when a person has switched it off: it is neither pulled nor recorded; else 1.
            CHECK (enabled IN (0, 1));

-- Text and no table of groups: a group that no camera is in any more is gone.
ALTER TABLE camera ADD COLUMN
    group_path TEXT;                                -- Where it is: a site, or "site / group". Null: in no group.

ALTER TABLE camera ADD COLUMN
    endpoint TEXT;                                  -- Its device's ONVIF endpoint reference, as urn:uuid in lower case where it is one. Null: none known.

ALTER TABLE camera ADD COLUMN
    credential_set_id INTEGER                       -- The credential set that its login was taken from. Null: a login of its own, or none.
                      REFERENCES credential_set (id);
