-- The index of the recorded footage. The files are the source of truth: all of this but the causes of gaps can be
-- rebuilt from them. Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without leap seconds.

CREATE TABLE volume (
    id            INTEGER PRIMARY KEY,              -- Row id that the tables below refer to.
    uuid          TEXT    NOT NULL UNIQUE           -- What stands in the storage directory's marker file: tells the right disk from another one.
                  CHECK (length(uuid) = 36),
    root          TEXT    NOT NULL UNIQUE,          -- The storage directory where it was last seen, as an absolute path.
    clean_from_us INTEGER NOT NULL,                 -- Files that start before this are all in the index; start-up looks for lost ones from here on.
    longest_us    INTEGER NOT NULL                  -- How long the longest segment ever indexed is: how far before a range a segment that touches it can start.
) STRICT;

CREATE TABLE media_format (
    id     INTEGER PRIMARY KEY,                     -- Row id that segment refers to.
    codec  TEXT    NOT NULL                         -- Video codec.
           CHECK (codec IN ('h264', 'h265', 'mjpeg')),
    width  INTEGER NOT NULL,                        -- Picture width in pixels.
    height INTEGER NOT NULL,                        -- Picture height in pixels.
    audio  TEXT    NOT NULL                         -- Audio codec; '' without audio (not null, so that UNIQUE holds).
           CHECK (audio IN ('', 'aac', 'pcmu', 'pcma')),
    UNIQUE (codec, width, height, audio)
) STRICT;

-- Clustered by camera and time, so that a range of one camera is one run of pages. A year of sixteen cameras is 8.4
-- million rows: what can be told from other columns (the path) is not stored.
CREATE TABLE segment (
    camera_id INTEGER NOT NULL REFERENCES camera (id),       -- Whose footage.
    start_us  INTEGER NOT NULL,                     -- Wall time of the first picture; also names the file.
    id        INTEGER NOT NULL UNIQUE,              -- The segment's number in the program.
    end_us    INTEGER NOT NULL                      -- First instant after the last picture. While open: of the last fragment when the row was last touched.
              CHECK (end_us >= start_us),
    bytes     INTEGER NOT NULL                      -- Bytes of the file up to the end of its last whole fragment. While open: as for end_us.
              CHECK (bytes > 0),
    volume_id INTEGER NOT NULL REFERENCES volume (id),       -- Where its file is.
    format_id INTEGER NOT NULL REFERENCES media_format (id), -- What is in it.
    role      TEXT    NOT NULL                      -- Which of the camera's streams.
              CHECK (role IN ('main', 'sub')),
    twin      INTEGER NOT NULL                      -- 0; 1 and up for further files of a stream that start in the same millisecond, after a clock was set back.
              CHECK (twin BETWEEN 0 AND 9),
    open      INTEGER NOT NULL                      -- 1 while a recorder writes it, else 0.
              CHECK (open IN (0, 1)),
    PRIMARY KEY (camera_id, start_us, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX segment_open ON segment (id) WHERE open = 1;

-- Apart from segment, so that listing never reads it.
CREATE TABLE segment_index (
    segment_id INTEGER PRIMARY KEY,                 -- Whose fragments. No row while the segment is open.
    fragments  BLOB    NOT NULL                     -- Offset, bytes, start, duration and key flag of each fragment, in the coding of archive/index.rs.
) STRICT;

CREATE TABLE day_total (
    volume_id   INTEGER NOT NULL REFERENCES volume (id),     -- Where the files are.
    camera_id   INTEGER NOT NULL REFERENCES camera (id),     -- Whose footage.
    day         INTEGER NOT NULL,                   -- Days since 1970-01-01 UTC.
    segments    INTEGER NOT NULL,                   -- Closed segments that start on this day.
    bytes       INTEGER NOT NULL,                   -- Their bytes.
    recorded_us INTEGER NOT NULL,                   -- Microseconds of this day that closed segments cover.
    PRIMARY KEY (volume_id, camera_id, day)
) STRICT, WITHOUT ROWID;

-- Files whose segment is deleted already and that are still to be unlinked.
CREATE TABLE garbage (
    volume_id INTEGER NOT NULL REFERENCES volume (id),       -- Where the file is.
    path      TEXT    NOT NULL,                     -- Relative to the storage directory, with / between the parts.
    PRIMARY KEY (volume_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
    id        INTEGER PRIMARY KEY,                  -- Row id.
    camera_id INTEGER NOT NULL REFERENCES camera (id),       -- Whose footage is missing.
    start_us  INTEGER NOT NULL,                     -- First instant missing.
    end_us    INTEGER                               -- First instant recorded again. Null: the gap lasts.
              CHECK (end_us > start_us),
    cause     TEXT    NOT NULL                      -- Why.
              CHECK (cause IN ('offline', 'auth', 'loss', 'disk', 'app_closed', 'asleep', 'paused', 'retention', 'unsupported'))
) STRICT;

CREATE INDEX gap_of_camera ON gap (camera_id, start_us);
-- At most one gap of a camera lasts.
CREATE UNIQUE INDEX gap_lasting ON gap (camera_id) WHERE end_us IS NULL;
