//! Behaviour and state: camera actors, recording, live view, scanning, exporting. Sees the world only through the
//! model's ports; knows no Tauri, no SQL, no RTSP, no ONVIF XML.

pub mod vm;
