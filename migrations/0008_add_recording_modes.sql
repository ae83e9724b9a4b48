-- Recording on motion and by a weekly schedule. Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without
-- leap seconds.

-- Beside record_mode, whose check cannot be changed without making every table anew that refers to a camera.
ALTER TABLE camera ADD COLUMN
    record_on TEXT                                  -- What recording waits for, in record_mode 'continuous'. Null: for nothing.
              CHECK (record_on IN ('motion', 'schedule'));

ALTER TABLE camera ADD COLUMN
    schedule TEXT                                   -- What is recorded in each half hour of a local week: seven groups of 48 letters (-, C, M), Monday first, semicolons between. Null: none was made; then record_on is not 'schedule'.
             CHECK (length(schedule) = 342);

ALTER TABLE camera ADD COLUMN
    pre_s INTEGER NOT NULL DEFAULT 5                -- Seconds recorded from before a motion.
          CHECK (pre_s BETWEEN 0 AND 30);

ALTER TABLE camera ADD COLUMN
    post_s INTEGER NOT NULL DEFAULT 15              -- Seconds recorded from after a motion.
           CHECK (post_s BETWEEN 1 AND 300);

-- The same with one cause more: 'idle', nothing was to be recorded.
CREATE TABLE gap_with_idle (
    id        INTEGER PRIMARY KEY,                  -- Row id.
    camera_id INTEGER NOT NULL REFERENCES camera (id),       -- Whose footage is missing.
    start_us  INTEGER NOT NULL,                     -- First instant missing.
    end_us    INTEGER                               -- First instant recorded again. Null: the gap lasts.
              CHECK (end_us > start_us),
    cause     TEXT    NOT NULL                      -- Why.
              CHECK (cause IN ('offline', 'auth', 'loss', 'disk', 'app_closed', 'asleep', 'paused', 'retention', 'unsupported', 'idle'))
) STRICT;

INSERT INTO gap_with_idle (id, camera_id, start_us, end_us, cause)
    SELECT id, camera_id, start_us, end_us, cause FROM gap;
DROP TABLE gap;
ALTER TABLE gap_with_idle RENAME TO gap;

CREATE INDEX gap_of_camera ON gap (camera_id, start_us);
-- At most one gap of a camera lasts.
CREATE UNIQUE INDEX gap_lasting ON gap (camera_id) WHERE end_us IS NULL;
