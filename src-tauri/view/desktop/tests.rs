//! Fakes that stand for the services, and what the windows' configuration must hold (S15).

pub(crate) mod fakes;

use atalaya_model::window::{MAIN, further_label};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

fn configuration() -> Value {
    serde_json::from_str(&fs::read_to_string("tauri.conf.json").unwrap()).unwrap()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Names between quotes, a command each.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_content_security_policy_lets_nothing_foreign_in() {
    let security = &configuration()["app"]["security"];
    let policy = security["csp"].as_str().unwrap();
    let directives: Vec<(&str, &str)> =
        policy.split("; ").map(|directive| directive.split_once(' ').unwrap()).collect();
    let directive =
        |name: &str| directives.iter().find(|(directive, _)| *directive == name).map(|(_, value)| *value);
    assert_eq!(directive("default-src"), Some("'self'"));
    assert_eq!(directive("script-src"), Some("'self'"));
    assert_eq!(directive("worker-src"), Some("'self'"));
    for closed in ["object-src", "frame-src", "base-uri", "form-action"] {
        assert_eq!(directive(closed), Some("'none'"), "{closed}");
    }
    assert_eq!(directive("connect-src"), Some("ipc: http://ipc.localhost ws://127.0.0.1:*"));
    assert!(!policy.contains("unsafe-eval") && !policy.contains("https:") && !policy.contains("* "));
    // A nonce would make browsers ignore 'unsafe-inline', which the components' styles need. Scripts keep theirs.
    assert_eq!(texts(&security["dangerousDisableAssetCspModification"]), ["style-src".to_owned()].into());
}

#[test]
fn windows_may_do_only_what_they_need() {
    let capabilities = &configuration()["app"]["security"]["capabilities"];
    let [main, live] = capabilities.as_array().unwrap().as_slice() else { panic!("two capabilities") };
    for capability in [main, live] {
        assert!(capability["remote"].is_null(), "no remote page may call commands");
        let core = texts(&capability["permissions"]).into_iter().filter(|name| name.contains(':'));
        assert_eq!(
            core.collect::<Vec<_>>(),
            ["core:event:allow-listen", "core:event:allow-unlisten"],
            "no shell, file or HTTP plugin"
        );
    }
    assert_eq!(texts(&main["windows"]), [MAIN.to_owned()].into());
    assert_eq!(texts(&live["windows"]), ["live-*".to_owned()].into());
    assert!(further_label(1).starts_with("live-"));
}

/// A further window shows live pictures: it changes no camera, no setting and no login, and reads no footage.
#[test]
fn further_windows_may_watch_and_no_more() {
    let granted = texts(&configuration()["app"]["security"]["capabilities"][1]["permissions"]);
    let commands: BTreeSet<String> =
        granted.iter().filter(|name| !name.contains(':')).flat_map(|noun| commands_of(noun)).collect();
    for needed in ["camera_list", "live_endpoint", "settings_get", "window_shows"] {
        assert!(commands.contains(needed), "{needed}");
    }
    let nouns = [
        "background_",
        "camera_",
        "device_",
        "settings_",
        "key_",
        "credential_",
        "export_",
        "recording_",
        "scan_",
    ];
    let harmless = [
        "camera_list",
        "camera_snapshot",
        "camera_snapshot_copy",
        "camera_snapshot_save",
        "device_notices",
        // Instant replay.
        "recording_fragment",
        "recording_gaps",
        "recording_list",
        "recording_playback",
        "settings_get",
    ];
    for command in commands.iter().filter(|command| nouns.iter().any(|noun| command.starts_with(noun))) {
        assert!(harmless.contains(&command.as_str()), "{command}");
    }
}

/// What a permission file allows.
fn commands_of(noun: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(format!("src-tauri/permissions/{noun}.toml")).unwrap();
    assert!(text.contains(&format!("identifier = \"{noun}\"")), "{noun} is named after its file");
    quoted(text.split_once("commands.allow = [").unwrap().1)
}

#[test]
fn every_command_has_a_permission_and_every_permission_a_command() {
    let handler = include_str!("commands/mod.rs").split_once("generate_handler![").unwrap().1;
    let handled: BTreeSet<String> = handler
        .split(',')
        .filter_map(|path| path.split_once("::"))
        .map(|(_, command)| command.trim().to_owned())
        .collect();
    let capabilities = &configuration()["app"]["security"]["capabilities"];
    let granted: BTreeSet<String> =
        [0, 1].iter().flat_map(|at| texts(&capabilities[at]["permissions"])).collect();
    let mut permitted = BTreeSet::new();
    for file in fs::read_dir("src-tauri/permissions").unwrap() {
        let path = file.unwrap().path();
        let noun = path.file_stem().unwrap().to_str().unwrap();
        assert!(granted.contains(noun), "{noun} is granted to a window");
        permitted.extend(commands_of(noun));
    }
    assert!(handled.len() > 20, "the list was read");
    assert_eq!(handled, permitted);
}
