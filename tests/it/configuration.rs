//! The vault's key exchanged and cut off by `kill -9`, and the configuration as a file, end to end.

use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, CameraId, RecordPolicy, Role, StreamConfig, Transport};
use atalaya_model::secret::Credentials;
use atalaya_model::time::WallTime;
use atalaya_service::{Access, Installation};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;
use support::{Cli, Simcams};

/// So many that sealing all of them takes a while, and a kill can hit it.
const LOGINS: u128 = 400;
const KILLS: u32 = 24;

fn password(n: u128) -> String {
    format!("contraseña {n}")
}

/// An installation with many cameras and their logins.
async fn fill(folder: &Path) {
    let installation = Installation::open(Some(folder.to_owned()), Access::Engine).await.expect("opens");
    let ports = installation.ports();
    for n in 1..=LOGINS {
        let id = CameraId(uuid(n));
        let host = format!("192.0.2.{}", n % 250 + 1);
        let camera = Camera {
            id,
            name: format!("camera {n}"),
            host: host.clone(),
            onvif_url: None,
            snapshot_url: None,
            device_identity: None,
            endpoint: None,
            enabled: true,
            group: None,
            credential_set: None,
            streams: vec![StreamConfig {
                role: Role::Main,
                url: StreamUrl::parse(&format!("rtsp://{host}/main")).expect("a URL"),
                transport: Transport::Tcp,
                poll: None,
                found: None,
            }],
            record: RecordPolicy::default(),
            schedule: None,
            allow_basic: false,
            tls_fingerprint: None,
            simulated: false,
            created_at: WallTime(0),
        };
        let sealed = ports.secrets.seal(id, &host, &Credentials::new("ana", password(n))).expect("sealed");
        ports.cameras.insert(&camera, Some(&sealed)).await.expect("stored");
    }
    drop(ports);
    installation.close().await;
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

/// Opens every login, as the next start of the program would; answers the key's fingerprint.
async fn check(folder: &Path) -> String {
    let installation = Installation::open(Some(folder.to_owned()), Access::Engine).await.expect("opens");
    let ports = installation.ports();
    for camera in ports.cameras.list().await.expect("cameras") {
        let sealed = ports.cameras.sealed_credentials(camera.id).await.expect("readable").expect("a login");
        let login = ports.secrets.open(camera.id, &camera.host, &sealed).expect("it opens");
        assert_eq!(login.password.expose(), password(camera.id.0.as_u128()));
    }
    let fingerprint = ports.secrets.status().fingerprint;
    drop(ports);
    installation.close().await;
    fingerprint
}

#[test]
fn the_key_is_exchanged_and_no_kill_loses_a_login() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // The key goes into a file, as the command line's tests have it.
    cli.ok(&["camera", "list"]);
    runtime.block_on(fill(cli.data_dir()));
    let first = runtime.block_on(check(cli.data_dir()));
    let started = Instant::now();
    let rotated = &cli.ok(&["key", "rotate"])[0];
    let whole = started.elapsed();
    assert_eq!(rotated["logins"].as_u64(), Some(LOGINS as u64), "{rotated}");
    let mut key = runtime.block_on(check(cli.data_dir()));
    assert!(key != first && rotated["key"]["fingerprint"] == key.as_str(), "{rotated}");
    assert_eq!(cli.ok(&["key", "status"])[0]["fingerprint"], key.as_str());
    let (mut forward, mut back) = (0, 0);
    for kill in 1..=KILLS {
        let rotating = cli.start(&["key", "rotate"]);
        std::thread::sleep(whole * kill / KILLS);
        rotating.kill();
        // A reader first: it must find its key whatever was left behind.
        cli.ok(&["camera", "list"]);
        let now = runtime.block_on(check(cli.data_dir()));
        if now == key {
            back += 1;
        } else {
            forward += 1;
        }
        key = now;
    }
    println!("{KILLS} kills over {whole:?}: {forward} exchanged, {back} as before, no login lost");
    for left in ["key.next", "secret.key.next"] {
        assert!(!cli.data_dir().join(left).exists(), "{left} is left behind");
    }
}

#[test]
fn a_configuration_moves_to_another_installation() {
    let simcams = Simcams::start_with_login(1, "ana", "correct horse");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (from, to) = (Cli::new(folder.path().join("from")), Cli::new(folder.path().join("to")));
    let url = simcams.cameras[0]["snapshot_url"].as_str().expect("an address");
    let add = ["camera", "add", "--name", "Gate", "--url", url, "--snapshot-every", "500ms"];
    let add = [&add[..], &["--user", "ana", "--password-stdin"]].concat();
    from.ok_with_input(&add, "correct horse\n");
    let file = folder.path().join("cameras.json");
    let file = file.to_str().expect("UTF-8");
    let secrets = ["--with-secrets", "--passphrase-stdin"];
    let export = [&["camera", "export", file][..], &secrets].concat();
    let written = from.ok_with_input(&export, "a long passphrase\n").remove(0);
    assert_eq!((written["cameras"].as_u64(), written["logins"].as_u64()), (Some(1), Some(1)), "{written}");
    let again = from.run_with_input(&export, "a long passphrase\n");
    assert_eq!(again.lines()[0]["error"]["code"], "CONFLICT");
    let text = std::fs::read_to_string(file).expect("readable");
    assert!(!text.contains("correct horse") && !text.contains("a long passphrase"), "{text}");

    let import = [&["camera", "import", file][..], &secrets].concat();
    let wrong = to.run_with_input(&import, "another passphrase\n");
    assert_eq!((wrong.code, &wrong.lines()[0]["error"]["code"]), (Some(4), &"REFUSED".into()));
    let added = to.ok_with_input(&import, "a long passphrase\n").remove(0);
    assert_eq!((&added["outcome"], &added["login"]), (&"added".into(), &true.into()), "{added}");
    // The camera plays with the login that came along.
    let test: Vec<Value> = to.ok(&["camera", "test", "Gate"]);
    assert_eq!((&test[0]["ok"], test[0]["stream"]["snapshot_every_ms"].as_u64()), (&true.into(), Some(500)));
    let conflict = to.run_with_input(&import, "a long passphrase\n");
    assert_eq!((conflict.code, &conflict.lines()[0]["outcome"]), (Some(1), &"conflict".into()));
    let replaced = to.ok_with_input(&[&import[..], &["--replace"]].concat(), "a long passphrase\n").remove(0);
    assert_eq!(replaced["outcome"], "replaced");
    let missing = to.run(&["camera", "import", "/nowhere/at.all"]);
    assert_eq!(missing.code, Some(3));
}
