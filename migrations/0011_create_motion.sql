-- Motion: how it is looked for, and when it was seen. Times end in _us: microseconds since 1970-01-01T00:00:00 UTC
-- without leap seconds.

CREATE TABLE motion_setting (
    camera_id   INTEGER NOT NULL PRIMARY KEY REFERENCES camera (id), -- Whose picture. No row: the usual settings.
    enabled     INTEGER NOT NULL                    -- 1 when its picture is watched always, 0 when only where it is recorded by motion.
                CHECK (enabled IN (0, 1)),
    sensitivity INTEGER NOT NULL                    -- 0 (only large and strong changes) to 100 (the smallest ones).
                CHECK (sensitivity BETWEEN 0 AND 100),
    onvif       INTEGER NOT NULL                    -- 1 when the camera's own motion events count, too, else 0.
                CHECK (onvif IN (0, 1)),
    zones       TEXT    NOT NULL                    -- Where to look as a JSON list of [name, kind, corners]: kind is watch or ignore, corners a list of [x, y], shares of the picture from its upper left corner.
) STRICT;

-- Clustered by camera and time, so that a range of one camera is one run of pages.
CREATE TABLE motion (
    camera_id INTEGER NOT NULL REFERENCES camera (id), -- Whose picture.
    start_us  INTEGER NOT NULL,                     -- When it began.
    source    TEXT    NOT NULL                      -- Who saw it: our own detector, or the camera by its ONVIF events.
              CHECK (source IN ('own', 'onvif')),
    end_us    INTEGER NOT NULL                      -- Its end. While it lasts: until when it is known to have lasted.
              CHECK (end_us >= start_us),
    lasting   INTEGER NOT NULL                      -- 1 while it lasts, else 0.
              CHECK (lasting IN (0, 1)),
    peak      INTEGER                               -- The highest level reached, where 50 is what was needed. Null: the source tells none.
              CHECK (peak BETWEEN 0 AND 100),
    PRIMARY KEY (camera_id, start_us, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX motion_lasting ON motion (camera_id) WHERE lasting = 1;
