-- Saved views of the live grid, and tours through them. Which view is open stands in setting.

CREATE TABLE saved_view (
    uuid     TEXT    NOT NULL PRIMARY KEY           -- Its identity: hyphenated lower-case UUID.
             CHECK (length(uuid) = 36),
    name     TEXT    NOT NULL UNIQUE,               -- The user's name for it, 1 to 64 characters.
    position INTEGER NOT NULL,                      -- Its place in the user's order; those that share one stand by name.
    columns  INTEGER NOT NULL                       -- Width of its grid in cells.
             CHECK (columns BETWEEN 1 AND 8),
    rows     INTEGER NOT NULL                       -- Height of its grid in cells.
             CHECK (rows BETWEEN 1 AND 8),
    cells    TEXT    NOT NULL                       -- Its tiles as a JSON list of [column, row, width, height, camera]: the first four in cells of the grid, the camera a UUID, or null for a tile that shows none. Of a camera that was removed the UUID stays.
) STRICT, WITHOUT ROWID;

CREATE TABLE tour (
    uuid    TEXT    NOT NULL PRIMARY KEY            -- Its identity: hyphenated lower-case UUID.
            CHECK (length(uuid) = 36),
    name    TEXT    NOT NULL UNIQUE,                -- The user's name for it, 1 to 64 characters.
    dwell_s INTEGER NOT NULL                        -- How long it stays at each step, in seconds.
            CHECK (dwell_s BETWEEN 3 AND 600),
    steps   TEXT    NOT NULL                        -- Its steps as a JSON list: UUIDs of saved views, or null for all pages of all cameras. Of a view that was removed the UUID stays.
) STRICT, WITHOUT ROWID;
