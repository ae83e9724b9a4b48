-- Several storage directories: their order, which of them are in use, and which camera's footage goes where.

ALTER TABLE volume ADD COLUMN
    position INTEGER NOT NULL DEFAULT 0;            -- Its place in the list: where one fails, the next one takes over. Those that share one stand by row id.
ALTER TABLE volume ADD COLUMN
    is_default INTEGER NOT NULL DEFAULT 0           -- 1 for the one that takes the footage of cameras without one of their own; else 0. Where none has 1, it is the one in the data folder.
               CHECK (is_default IN (0, 1));
ALTER TABLE volume ADD COLUMN
    removed_at_us INTEGER;                          -- When a person took it out of use; what is still to be unlinked there stays noted. Null: in use.

UPDATE volume SET position = id;

-- At most one is the default.
CREATE UNIQUE INDEX volume_default ON volume (is_default) WHERE is_default = 1;

ALTER TABLE camera ADD COLUMN
    volume_id INTEGER                               -- Where its footage goes. Null: to the default one.
              REFERENCES volume (id);
