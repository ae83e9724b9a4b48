-- Gaps of a range, however many there are before it: by start, and for each cause the last one that starts before.

DROP INDEX IF EXISTS gap_of_camera;
CREATE INDEX gap_of_camera ON gap (camera_id, start_us, end_us, cause);
CREATE INDEX gap_of_cause ON gap (camera_id, cause, start_us, end_us);
