-- Footage that no rule deletes, and the record of what was deleted.
-- Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without leap seconds.

CREATE TABLE protected_range (
    uuid          TEXT    NOT NULL PRIMARY KEY      -- Its identity: hyphenated lower-case UUID.
                  CHECK (length(uuid) = 36),
    camera_id     INTEGER NOT NULL REFERENCES camera (id), -- Whose footage is protected.
    start_us      INTEGER NOT NULL,                 -- First instant protected; segments that reach into the range are protected whole.
    end_us        INTEGER NOT NULL                  -- First instant behind it.
                  CHECK (end_us > start_us),
    reason        TEXT    NOT NULL,                 -- Why, in the user's words, 1 to 200 characters.
    expires_us    INTEGER,                          -- When the protection ends by itself. Null: when the user removes it.
    created_at_us INTEGER NOT NULL                  -- When it was made.
) STRICT, WITHOUT ROWID;

CREATE INDEX protected_range_of_camera ON protected_range (camera_id, start_us);

-- One row for each day, camera, rule and author: as footage goes minute by minute, a row for each pass would outgrow
-- the index that deleting is meant to shrink.
CREATE TABLE deletion (
    day       INTEGER NOT NULL,                     -- When it was deleted, in days since 1970-01-01 UTC.
    camera_id INTEGER NOT NULL REFERENCES camera (id), -- Whose footage it was.
    rule      TEXT    NOT NULL                      -- Why it was deleted; lost: its file was found to be gone.
              CHECK (rule IN ('age', 'quota', 'reserve', 'lost')),
    author    TEXT    NOT NULL                      -- By whose wish: the rules by themselves, or a person who asked for them to be kept at once.
              CHECK (author IN ('rule', 'user')),
    at_us     INTEGER NOT NULL,                     -- When the last of it was deleted.
    start_us  INTEGER NOT NULL,                     -- Start of the first segment deleted.
    end_us    INTEGER NOT NULL                      -- End of the last one.
              CHECK (end_us >= start_us),
    segments  INTEGER NOT NULL,                     -- How many segments.
    bytes     INTEGER NOT NULL,                     -- Bytes of their files.
    PRIMARY KEY (day, camera_id, rule, author)
) STRICT, WITHOUT ROWID;
