-- Cameras over plain HTTP: Motion JPEG and single pictures.

ALTER TABLE camera ADD COLUMN
    allow_basic INTEGER NOT NULL DEFAULT 0          -- 1 when the user allows its password to go out in the clear (HTTP Basic without proven TLS), else 0.
                CHECK (allow_basic IN (0, 1));

ALTER TABLE stream ADD COLUMN
    poll_ms INTEGER                                 -- How often its single picture is fetched, in milliseconds from request to request. Null: it sends a stream by itself.
            CHECK (poll_ms BETWEEN 200 AND 8000);
