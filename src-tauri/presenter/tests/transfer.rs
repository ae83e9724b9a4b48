//! The configuration as a file: what comes back, what an import refuses, and what it never changes (S19).

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::camera::{EditCamera, Password};
use crate::vm::saved_view::{CellVm, SavedViewVm, TourVm};
use crate::vm::transfer::ImportReportVm;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, RecordMode};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::secret::Credentials;

const PASSPHRASE: &str = "correct horse";

fn passphrase(text: &str) -> Password {
    Password::new(text.to_owned())
}

async fn bench(cameras: Vec<Camera>) -> Bench {
    Bench::start(cameras, Behaviour::Refuses).await
}

fn cameras() -> Vec<Camera> {
    (1..=3)
        .map(|n| {
            let mut camera = camera(n, RecordMode::Off);
            camera.record.retention_days = Some(30);
            camera.streams[0].url =
                StreamUrl::parse(&format!("http://192.0.2.{n}/mjpeg?user=ana&pwd=hidden{n}")).unwrap();
            camera.allow_basic = n == 2;
            camera.enabled = n != 3;
            camera.group = (n == 1).then(|| "Yard / Gates".parse().unwrap());
            camera.tls_fingerprint = (n != 2).then_some(CertificateFingerprint([n as u8; 32]));
            camera
        })
        .collect()
}

async fn import(
    bench: &Bench,
    file: &str,
    secret: Option<&str>,
    replace: bool,
) -> crate::Result<ImportReportVm> {
    bench.engine.transfer().import(file.as_bytes(), secret.map(passphrase), replace).await
}

async fn export(bench: &Bench, secret: Option<&str>) -> String {
    let (bytes, written) = bench.engine.transfer().bytes(secret.map(passphrase)).await.unwrap();
    assert_eq!(written.cameras, 3);
    String::from_utf8(bytes).unwrap()
}

fn outcomes(report: &ImportReportVm) -> Vec<&str> {
    report.cameras.iter().map(|camera| camera.outcome.as_str()).collect()
}

fn stored(bench: &Bench) -> Vec<Camera> {
    let mut all: Vec<_> = bench.world.cameras.lock().unwrap().values().cloned().collect();
    all.sort_by_key(|camera| camera.id);
    all
}

#[tokio::test(start_paused = true)]
async fn comes_back_as_it_was_with_its_logins() {
    let from = bench(cameras()).await;
    let file = export(&from, Some(PASSPHRASE)).await;
    let to = bench(Vec::new()).await;
    let report = import(&to, &file, Some(PASSPHRASE), false).await.unwrap();
    assert!(report.changed && report.cameras.iter().all(|camera| camera.login));
    assert_eq!(outcomes(&report), ["added"; 3]);
    let (before, after) = (stored(&from), stored(&to));
    for (mut before, after) in before.into_iter().zip(after) {
        // When it was added is new, all else as it was.
        before.created_at = after.created_at;
        assert_eq!(before, after);
    }
    assert_eq!(to.world.sealed.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_passphrase_no_secret_is_in_it() {
    let from = bench(cameras()).await;
    let file = export(&from, None).await;
    for secret in ["hidden", "secret", "admin"] {
        assert!(
            !file.contains(&format!("{secret}1")) && !file.contains(&format!("\"{secret}\"")),
            "{secret}"
        );
    }
    assert!(file.contains("pwd=***"));
    let to = bench(Vec::new()).await;
    assert!(import(&to, &file, Some(PASSPHRASE), false).await.is_err(), "there is nothing to open");
    let report = import(&to, &file, None, false).await.unwrap();
    assert!(report.cameras.iter().all(|camera| !camera.login));
    assert!(to.world.sealed.lock().unwrap().is_empty());
    let short = from.engine.transfer().bytes(Some(passphrase("short"))).await;
    assert_eq!(short.unwrap_err().code, "INVALID_INPUT");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_overwritten_silently() {
    let from = bench(cameras()).await;
    let file = export(&from, Some(PASSPHRASE)).await;
    // One has the same id under another name, one the same name under another id, one is new.
    let mut here = [camera(1, RecordMode::Off), camera(12, RecordMode::Continuous)];
    here[0].name = "Gate".to_owned();
    here[1].name = "camera 2".to_owned();
    here[1].record.retention_days = Some(365);
    let to = bench(here.to_vec()).await;
    let before = stored(&to);
    let report = import(&to, &file, Some(PASSPHRASE), false).await.unwrap();
    assert!(!report.changed);
    assert_eq!(outcomes(&report), ["conflict", "conflict", "added"]);
    assert_eq!(report.cameras[0].existing.as_deref(), Some("Gate"));
    assert_eq!(stored(&to), before, "not even the new one is taken over");

    let report = import(&to, &file, Some(PASSPHRASE), true).await.unwrap();
    assert_eq!(outcomes(&report), ["replaced", "replaced", "added"]);
    let after = stored(&to);
    let [one, three, two] = &after[..] else { panic!("{after:?}") };
    assert_eq!((one.id, one.name.as_str()), (here[0].id, "camera 1"));
    // Footage belongs to the camera that is here, and is kept as long as before (S20).
    assert_eq!((two.id, two.name.as_str(), two.host.as_str()), (here[1].id, "camera 2", "192.0.2.2"));
    assert_eq!((one.record.retention_days, two.record.retention_days), (None, Some(365)));
    assert_eq!(three.record.retention_days, Some(30));
}

#[tokio::test(start_paused = true)]
async fn a_login_goes_to_no_other_host() {
    let from = bench(cameras()).await;
    let file = export(&from, Some(PASSPHRASE)).await;
    let moved = file.replace("192.0.2.1", "203.0.113.9");
    let to = bench(Vec::new()).await;
    assert_eq!(import(&to, &moved, Some(PASSPHRASE), false).await.unwrap_err().code, "REFUSED");
    assert_eq!(import(&to, &file, Some("wrong horse"), false).await.unwrap_err().code, "REFUSED");
    assert!(stored(&to).is_empty());
    // Replaced without a login by a file that moves it: the stored login does not move along.
    let here = bench(cameras()).await;
    let plain = export(&from, None).await.replace("192.0.2.1", "203.0.113.9");
    import(&here, &plain, None, true).await.unwrap();
    assert_eq!(here.world.sealed.lock().unwrap().len(), 2);
}

/// A file's readable part names a certificate, and anybody may have written there.
#[tokio::test(start_paused = true)]
async fn a_login_goes_to_no_other_certificate() {
    let from = bench(cameras()).await;
    let file = export(&from, Some(PASSPHRASE)).await;
    let [named, other] = [1, 9].map(|byte| CertificateFingerprint([byte; 32]).to_string());
    let to = bench(Vec::new()).await;
    let line = format!("      \"tls_fingerprint\": \"{named}\",\n");
    for changed in [file.replace(&named, &other), file.replace(&line, "")] {
        assert_ne!(changed, file);
        assert_eq!(import(&to, &changed, Some(PASSPHRASE), false).await.unwrap_err().code, "REFUSED");
    }
    let nonsense = export(&from, None).await.replace(&named, "AA:BB");
    assert_eq!(import(&to, &nonsense, None, false).await.unwrap_err().code, "INVALID_INPUT");
    assert!(stored(&to).is_empty());
    // Replaced without a login: the stored one stays with the certificate that it was for, and else goes.
    for (certificate, logins) in [(&named, 3), (&other, 2)] {
        let here = bench(cameras()).await;
        let plain = export(&from, None).await.replace(&named, certificate);
        import(&here, &plain, None, true).await.unwrap();
        assert_eq!(here.world.sealed.lock().unwrap().len(), logins);
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_files_change_nothing() {
    let from = bench(cameras()).await;
    let good = export(&from, None).await;
    let to = bench(Vec::new()).await;
    let refused = |file: String| {
        let to = &to;
        async move {
            let start: String = file.chars().take(300).collect();
            let error = import(to, &file, None, true).await.expect_err(&start);
            assert!(stored(to).is_empty(), "{}", error.message);
            error.code
        }
    };
    assert_eq!(refused(good.replace("\"version\": 2", "\"version\": 3")).await, "UNSUPPORTED");
    assert_eq!(refused(good.replace("\"version\": 2", "\"version\": 4294967295")).await, "UNSUPPORTED");
    for (from, to) in [
        ("atalaya-cameras", "other"),
        ("\"cameras\": [", "\"paths\": [\"/etc/passwd\"], \"cameras\": ["),
        ("\"name\": \"camera 1\"", "\"name\": \"\""),
        ("\"name\": \"camera 1\"", "\"name\": \"camera \u{202e}\""),
        ("\"name\": \"camera 1\"", "\"name\": \"camera 2\""),
        ("rtsp://192.0.2.1/sub", "file:///etc/passwd"),
        ("rtsp://192.0.2.1/sub", "rtsp://a:b@192.0.2.1/sub"),
        ("\"role\": \"sub\"", "\"role\": \"../../x\""),
        ("\"role\": \"sub\"", "\"role\": \"main\""),
        ("\"record_mode\": \"off\"", "\"record_mode\": \"'; DROP TABLE camera; --\""),
        ("\"snapshot_every_ms\": null", "\"snapshot_every_ms\": 1"),
        ("\"device_identity\": null", "\"device_identity\": \"a\\u0000b\""),
        ("\"transport\": \"tcp\"", "\"transport\": 7"),
        ("\"group\": null", "\"group\": \"a/b/c\""),
        ("\"group\": null", "\"group\": \"a\\u202eb\""),
        ("\"endpoint\": null", "\"endpoint\": \"a\\u0000b\""),
        ("\"enabled\": true", "\"enabled\": 1"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        assert_eq!(refused(changed).await, "INVALID_INPUT", "{to}");
    }
    for (from, to) in [
        ("rtsp://192.0.2.1/sub", "rtsp://203.0.113.9/sub"),
        ("\"onvif_url\": null", "\"onvif_url\": \"http://203.0.113.9/onvif\""),
    ] {
        assert_eq!(refused(good.replacen(from, to, 1)).await, "REFUSED", "{to}");
    }
    for file in [
        String::new(),
        "[".repeat(200_000),
        good[..good.len() / 2].to_owned(),
        format!("{good}{}", " ".repeat(5 << 20)),
        "{\"format\": \"atalaya-cameras\", \"version\": 1}".to_owned(),
    ] {
        assert_eq!(refused(file).await, "INVALID_INPUT");
    }
}

/// As the first version wrote it.
#[tokio::test(start_paused = true)]
async fn files_of_the_first_version_are_read() {
    let sealed = r#"[{"id":"00000000-0000-0000-0000-000000000001","host":"192.0.2.1","user":"ana","password":"hush","urls":[]}]"#;
    let file = format!(
        r#"{{"format":"atalaya-cameras","version":1,"exported_at":"2026-11-21T10:00:00.000Z","cameras":[
            {{"id":"00000000-0000-0000-0000-000000000001","name":"Gate","host":"192.0.2.1","onvif_url":null,
              "snapshot_url":null,"device_identity":"AB-12345","streams":[{{"role":"main",
              "url":"rtsp://192.0.2.1/main","transport":"tcp","snapshot_every_ms":null}}],"record_mode":"off",
              "retention_days":7,"quota_bytes":null,"allow_basic":false,"simulated":false}}],
            "secrets":"{PASSPHRASE}$$$$$${}"}}"#,
        sealed.chars().rev().collect::<String>().replace('"', "\\\"")
    );
    let to = bench(Vec::new()).await;
    let report = import(&to, &file, Some(PASSPHRASE), false).await.unwrap();
    assert!(report.changed && report.cameras[0].login && report.credential_sets.is_empty());
    let camera = &stored(&to)[0];
    assert!(camera.enabled && camera.group.is_none() && camera.endpoint.is_none());
    let login = to.engine.inner.credentials(camera).await.unwrap();
    assert_eq!(login, Some(Credentials::new("ana", "hush")));
}

#[tokio::test(start_paused = true)]
async fn credential_sets_travel_with_their_cameras() {
    let from = bench(cameras()).await;
    let sets = from.engine.credential_sets();
    sets.add("Yard", "ana".to_owned(), passphrase("hush")).await.unwrap();
    sets.add("Hall", "eva".to_owned(), passphrase("shut")).await.unwrap();
    for (camera, set) in [("camera 1", "Yard"), ("camera 2", "Hall")] {
        let changes = EditCamera { credentials: Some(set.to_owned()), ..EditCamera::default() };
        from.engine.cameras().edit(camera, changes).await.unwrap();
    }
    let plain = export(&from, None).await;
    assert!(!plain.contains("Yard\"") && !plain.contains("ana"), "{plain}");
    let file = export(&from, Some(PASSPHRASE)).await;

    // Here is a set of one of the names, with another login: it stays, and no camera of the file gets into it.
    let to = bench(Vec::new()).await;
    to.engine.credential_sets().add("Hall", "eva".to_owned(), passphrase("ours")).await.unwrap();
    let report = import(&to, &file, Some(PASSPHRASE), false).await.unwrap();
    let outcomes: Vec<_> = report
        .credential_sets
        .iter()
        .map(|set| (set.credential_set.as_str(), set.outcome.as_str()))
        .collect();
    assert_eq!(outcomes, [("Yard", "added"), ("Hall", "kept")]);
    let listed = to.engine.credential_sets().list().await.unwrap();
    let counts: Vec<_> = listed.iter().map(|set| (set.name.as_str(), set.cameras)).collect();
    assert_eq!(counts, [("Hall", 0), ("Yard", 1)]);
    let cameras = stored(&to);
    for (camera, login) in [(&cameras[0], ("ana", "hush")), (&cameras[1], ("eva", "shut"))] {
        let opened = to.engine.inner.credentials(camera).await.unwrap();
        assert_eq!(opened, Some(Credentials::new(login.0, login.1)), "{}", camera.name);
    }
    let again = import(&to, &file, Some(PASSPHRASE), true).await.unwrap();
    assert_eq!(again.credential_sets[0].outcome, "same");
}

#[tokio::test(start_paused = true)]
async fn saved_views_travel_and_show_the_cameras_that_are_here() {
    let from = bench(cameras()).await;
    let id = |camera: &Camera| Some(camera.id.to_string());
    let all = stored(&from);
    let cell = |x, camera| CellVm { x, y: 0, width: 1, height: 1, camera };
    let cells = vec![cell(0, id(&all[0])), cell(1, id(&all[2])), cell(2, None)];
    let doors = SavedViewVm { id: String::new(), name: "Doors".to_owned(), columns: 3, rows: 1, cells };
    let doors = from.engine.views().save(doors).await.unwrap();
    let night = TourVm {
        id: String::new(),
        name: "Night".to_owned(),
        dwell_s: 10,
        steps: vec![Some(doors.id.clone()), None],
    };
    let night = from.engine.views().save_tour(night).await.unwrap();
    let file = export(&from, None).await;

    // The first camera is here under the same name and another identity.
    let known = Camera { id: camera(9, RecordMode::Off).id, ..all[0].clone() };
    let to = bench(vec![known.clone()]).await;
    assert_eq!(import(&to, &file, None, false).await.unwrap().views, 0);
    assert!(to.engine.views().list().await.unwrap().views.is_empty(), "all or nothing");
    assert_eq!(import(&to, &file, None, true).await.unwrap().views, 2);
    let kept = to.engine.views().list().await.unwrap();
    let cameras: Vec<_> = kept.views[0].cells.iter().map(|cell| cell.camera.clone()).collect();
    assert_eq!(cameras, [id(&known), id(&all[2]), None]);
    assert_eq!(kept.tours, [night]);

    let again = import(&to, &file.replace("\"Doors\"", "\"Gates\""), None, true).await.unwrap();
    assert_eq!((again.views, to.engine.views().list().await.unwrap()), (0, kept), "what is here stays");
    let overlapping = file.replace("\"x\": 1", "\"x\": 0");
    assert_eq!(import(&to, &overlapping, None, true).await.unwrap_err().code, "INVALID_INPUT");
}
