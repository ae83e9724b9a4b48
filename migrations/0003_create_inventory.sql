-- What scans have found on the network, so that the next one can say what is new, gone, moved or changed, and so that
-- the last result is there at once. Only what devices told without a login. Lists are separated by line feeds, which no
-- address and no name can hold. Times end in _us: microseconds since 1970-01-01T00:00:00 UTC without leap seconds.

CREATE TABLE known_device (
    key           TEXT    NOT NULL PRIMARY KEY,     -- What keeps it apart from others: its ONVIF endpoint reference, else host and port.
    host          TEXT    NOT NULL,                 -- The address at which it was last met.
    kind          TEXT    NOT NULL                  -- What it is.
                  CHECK (kind IN ('camera', 'recorder', 'other')),
    ports         TEXT    NOT NULL,                 -- Ports found open or named by it, as decimal numbers.
    evidence      TEXT    NOT NULL,                 -- What was learned about it, by the names that scans print.
    vendor        TEXT,                             -- Manufacturer as it says. Null: it did not say.
    model         TEXT,                             -- Model as it says. Null: it did not say.
    name          TEXT,                             -- Name as it says. Null: it did not say.
    serial        TEXT,                             -- Serial number as it says. Null: it did not say.
    firmware      TEXT,                             -- Firmware version as it says. Null: it did not say.
    mac           TEXT,                             -- Hardware address of its network card. Null: the system did not tell.
    onvif_url     TEXT,                             -- Its ONVIF device service, without user info. Null: none known.
    rtsp_urls     TEXT    NOT NULL,                 -- Streams it told, without user info.
    brand         TEXT,                             -- The brand it seems to be of. Null: not known, or it told its vendor.
    guesses       TEXT    NOT NULL,                 -- Addresses that devices of its brand have: use, a blank, address.
    first_seen_us INTEGER NOT NULL,                 -- When it was first met.
    last_seen_us  INTEGER NOT NULL,                 -- When it was last met.
    gone_since_us INTEGER                           -- When it was found to be gone. Null: it is there.
) STRICT, WITHOUT ROWID;
