//! Mutated configurations (R11, S19): whatever a file holds, only cameras that could have been typed in come out of it,
//! and they are the same after they were written again.

use super::file::{Entered, EnteredSet, File, write};
use super::views;
use atalaya_fuzz::Target;
use atalaya_model::Kind;
use atalaya_model::camera::Camera;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::secret::{Credentials, Secret};
use atalaya_model::time::WallTime;
use std::collections::BTreeSet;
use uuid::Uuid;

const CONFIGURATION: Target = Target {
    name: "configuration",
    tokens: &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"null",
        b"true",
        b"\\u0000",
        b"\\u202e",
        b"\\ud800",
        b"\xff",
        b"\0",
        b"main",
        b"sub",
        b"onvif",
        b"rtsp://192.0.2.1/main",
        b"rtsp://a:b@192.0.2.1/",
        b"http://192.0.2.1/x?pwd=***",
        b"file:///etc/passwd",
        b"192.0.2.1",
        b"[::1]",
        b"@",
        b"?user=ana&pwd=b",
        b"%40",
        b"\"id\": \"00000000-0000-0000-0000-000000000001\"",
        b"\"version\": 1",
        b"\"version\": 2",
        b"\"group\": \"Yard / Gates\"",
        b"\"set\": \"Yard\"",
        b"\"cells\": [{\"x\": 0, \"y\": 0, \"width\": 1, \"height\": 1, \"camera\": null}]",
        b"\"steps\": [null]",
        b"\"name\": ",
    ],
    max_bytes: 64 << 10,
};
const NOW: WallTime = WallTime(1_795_255_200_000_000);

/// Two cameras with all that a file can say of them, and behind a zero byte what was sealed.
const SEED: &str = r#"{
  "format": "atalaya-cameras", "version": 1, "exported_at": "2026-11-21T10:00:00Z",
  "cameras": [
    {"id": "00000000-0000-0000-0000-000000000001", "name": "Gate", "host": "192.0.2.1",
     "onvif_url": "http://192.0.2.1/onvif/device_service", "snapshot_url": "http://192.0.2.1/s?pwd=***",
     "device_identity": "urn:uuid:1", "record_mode": "continuous", "retention_days": 30, "quota_bytes": 1000000000,
     "allow_basic": false, "simulated": false,
     "streams": [{"role": "main", "url": "rtsp://192.0.2.1/main", "transport": "tcp", "snapshot_every_ms": null},
                 {"role": "sub", "url": "rtsp://192.0.2.1/sub?token=***", "transport": "udp", "snapshot_every_ms": null}]},
    {"id": "00000000-0000-0000-0000-000000000002", "name": "Yard", "host": "cam.example",
     "onvif_url": null, "snapshot_url": null, "device_identity": null, "record_mode": "off", "retention_days": null,
     "quota_bytes": null, "allow_basic": true, "simulated": true,
     "streams": [{"role": "main", "url": "https://cam.example/s.jpg", "transport": "tcp", "snapshot_every_ms": 1000}]}
  ],
  "secrets": "sealed"
}"#;
const SECRETS: &str = r#"[
  {"id": "00000000-0000-0000-0000-000000000001", "host": "192.0.2.1", "user": "ana", "password": "p",
   "urls": [["sub", "rtsp://192.0.2.1/sub?token=t"], ["snapshot", "http://192.0.2.1/s?pwd=q"]]}
]"#;

/// The same of the second version, with a group and a credential set.
const SEED_2: &str = r#"{
  "format": "atalaya-cameras", "version": 2, "exported_at": "2026-11-21T10:00:00Z",
  "cameras": [
    {"id": "00000000-0000-0000-0000-000000000001", "name": "Gate", "host": "192.0.2.1",
     "onvif_url": "http://192.0.2.1/onvif/device_service", "snapshot_url": null, "device_identity": "AB-1234567",
     "record_mode": "continuous", "retention_days": 30, "quota_bytes": 1000000000, "allow_basic": false, "simulated": false,
     "enabled": false, "group": "Yard / Gates", "endpoint": "urn:uuid:00000000-0000-0000-0000-00000000000a",
     "streams": [{"role": "main", "url": "rtsp://192.0.2.1/main", "transport": "tcp", "snapshot_every_ms": null}]}
  ],
  "views": [{"id": "00000000-0000-0000-0000-00000000000b", "name": "Doors", "columns": 3, "rows": 2,
             "cells": [{"x": 0, "y": 0, "width": 2, "height": 2, "camera": "00000000-0000-0000-0000-000000000001"}]}],
  "tours": [{"id": "00000000-0000-0000-0000-00000000000c", "name": "Night", "dwell_s": 10,
             "steps": ["00000000-0000-0000-0000-00000000000b", null]}],
  "secrets": "sealed"
}"#;
const SECRETS_2: &str = r#"{
  "cameras": [{"id": "00000000-0000-0000-0000-000000000001", "host": "192.0.2.1", "user": "ana", "password": "p",
               "set": "Yard", "urls": []}],
  "sets": [{"name": "Yard", "user": "ana", "password": "p"}, {"name": "Hall", "user": "ben", "password": "q"}]
}"#;

/// What a file holds, as the store would hold it.
type Taken = (Vec<(Camera, Option<Credentials>)>, Vec<(CredentialSet, Credentials)>);

/// A file, and the opened text of its secrets, if there is one.
fn split(input: &[u8]) -> (&[u8], Option<Secret>) {
    match input.iter().position(|byte| *byte == 0) {
        Some(at) => (&input[..at], Some(Secret::new(String::from_utf8_lossy(&input[at + 1..]).into_owned()))),
        None => (input, None),
    }
}

fn taken((cameras, sets): (Vec<Entered>, Vec<EnteredSet>)) -> Taken {
    let set = |(set, id): (EnteredSet, u128)| {
        let id = CredentialSetId(Uuid::from_u128(id));
        (CredentialSet { id, name: set.name, sealed: String::new() }, set.login)
    };
    let sets: Vec<_> = sets.into_iter().zip(1..).map(set).collect();
    let camera = |Entered { mut camera, login, set: name }: Entered| {
        // What is of no login is of no set.
        let of = |name: &String| sets.iter().find(|(set, _)| set.name == *name).map(|(set, _)| set.id);
        camera.credential_set = login.as_ref().and(name.as_ref()).and_then(of);
        (camera, login)
    };
    (cameras.into_iter().map(camera).collect(), sets)
}

#[test]
fn no_file_does_harm() {
    let seeds =
        [SEED.to_owned(), [SEED, SECRETS].join("\0"), SEED_2.to_owned(), [SEED_2, SECRETS_2].join("\0")];
    let seeds = seeds.map(String::into_bytes).to_vec();
    CONFIGURATION.run(seeds, |input| {
        let (bytes, secrets) = split(input);
        let file = match File::parse(bytes) {
            Ok(file) => file,
            Err(error) => {
                assert!(matches!(error.kind(), Kind::InvalidInput | Kind::Unsupported), "{error:?}");
                return Err(error.message().to_owned());
            }
        };
        let printed = file.to_bytes();
        let again = File::parse(&printed).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(again.to_bytes(), printed, "printed, read and printed again");

        let (cameras, sets) = match file.contents(secrets.as_ref(), NOW) {
            Ok(contents) => taken(contents),
            Err(error) => {
                assert!(matches!(error.kind(), Kind::InvalidInput | Kind::Refused), "{error:?}");
                return Err(error.message().to_owned());
            }
        };
        let ids: BTreeSet<_> = cameras.iter().map(|(camera, _)| camera.id).collect();
        for (camera, _) in &cameras {
            camera.validate().unwrap_or_else(|error| panic!("{error:?}"));
            let others = [&camera.onvif_url, &camera.snapshot_url].into_iter().flatten();
            for url in camera.streams.iter().map(|stream| &stream.url).chain(others) {
                assert_eq!(url.host(), camera.host, "S4");
            }
        }
        if let Err(error) = views::of(file) {
            assert_eq!(error.kind(), Kind::InvalidInput, "{error:?}");
        }
        // An import refuses a camera that is in the file twice.
        if ids.len() == cameras.len() {
            let (file, secrets) = write(&cameras, &sets, NOW);
            let again = file.contents(Some(&secrets), NOW).unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(taken(again), (cameras.clone(), sets), "written and read again");
        }
        let logins = cameras.iter().filter(|(_, login)| login.is_some()).count();
        Ok((
            cameras.len().min(3),
            logins,
            cameras.iter().map(|(it, _)| it.streams.len()).sum::<usize>().min(6),
        ))
    });
}
