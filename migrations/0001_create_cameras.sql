-- Cameras, their streams, their sealed credentials, and the settings.
-- Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without leap seconds.

-- "Atal" in ASCII: tells this program's database from any other SQLite file (sqlite.org/fileformat2.html §1.3.13).
PRAGMA application_id = 1098146156;

CREATE TABLE camera (
    id              INTEGER PRIMARY KEY,            -- Row id that other tables refer to; never leaves the database. Never reused, as rows are never deleted.
    uuid            TEXT    NOT NULL UNIQUE         -- The camera's identity as in its files: hyphenated lower-case UUID.
                    CHECK (length(uuid) = 36),
    name            TEXT    NOT NULL,               -- The user's name for it, 1 to 64 characters; unique among cameras not removed.
    host            TEXT    NOT NULL,               -- Address or DNS name that its credentials are sealed for; IPv6 without brackets.
    onvif_url       TEXT,                           -- Its ONVIF device service, without user info. Null: none known.
    snapshot_url    TEXT,                           -- Where it hands out still pictures, without user info. Null: none known.
    device_identity TEXT,                           -- The device's own lasting identity (ONVIF endpoint reference, else serial number). Null: none known.
    record_mode     TEXT    NOT NULL                -- When it is recorded.
                    CHECK (record_mode IN ('off', 'continuous')),
    retention_days  INTEGER                         -- Days after which its footage is deleted. Null: until the quota or the disk asks for room.
                    CHECK (retention_days >= 0),
    quota_bytes     INTEGER                         -- The most bytes that its footage may take. Null: no limit.
                    CHECK (quota_bytes >= 0),
    simulated       INTEGER NOT NULL                -- 1 when it says of itself that it is simulated, else 0.
                    CHECK (simulated IN (0, 1)),
    created_at_us   INTEGER NOT NULL,               -- When it was added.
    removed_at_us   INTEGER                         -- When the user removed it; the row stays as the owner of its footage. Null: in use.
) STRICT;

-- A removed camera's name is free again.
CREATE UNIQUE INDEX camera_name ON camera (name) WHERE removed_at_us IS NULL;

CREATE TABLE stream (
    camera_id INTEGER NOT NULL REFERENCES camera (id),  -- Whose stream.
    role      TEXT    NOT NULL                      -- Which of its streams.
              CHECK (role IN ('main', 'sub')),
    url       TEXT    NOT NULL,                     -- Where it is, without user info.
    transport TEXT    NOT NULL                      -- How RTP reaches us.
              CHECK (transport IN ('tcp', 'udp')),
    codec     TEXT,                                 -- Video codec found when it was last opened, such as h264. Null: never opened; then the next four are null too.
    width     INTEGER,                              -- Picture width found, in pixels.
    height    INTEGER,                              -- Picture height found, in pixels.
    fps_milli INTEGER,                              -- Frames a second found, in thousandths; 0 when unknown.
    audio     TEXT,                                 -- Audio codec found, such as aac. Null: no audio.
    PRIMARY KEY (camera_id, role),
    CHECK ((codec IS NULL) = (width IS NULL)
       AND (codec IS NULL) = (height IS NULL)
       AND (codec IS NULL) = (fps_milli IS NULL)
       AND (codec IS NOT NULL OR audio IS NULL))
) STRICT, WITHOUT ROWID;

-- Apart from camera, so that listing cameras never touches a secret, sealed or not.
CREATE TABLE credential (
    camera_id     INTEGER PRIMARY KEY REFERENCES camera (id), -- Whose login. No row: the camera needs none.
    sealed        TEXT    NOT NULL,                 -- Fernet token; camera, host, user and password stand encrypted inside it.
    changed_at_us INTEGER NOT NULL                  -- When it was last set.
) STRICT;

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,                -- The setting's name, chosen by the presenters.
    value TEXT NOT NULL                             -- Its text. No row: the default.
) STRICT, WITHOUT ROWID;
