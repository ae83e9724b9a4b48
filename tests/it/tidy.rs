//! Rules of this repository that the compiler does not hold, read off the files as they lie there.
//!
//! Owns: which layer may depend on what, what stands at the head of a file, what may not stand in one, and which
//! entries the root has. Runs no program and knows nothing of what the code does.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
struct File {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn has_ending(&self, endings: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
    }
}

fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo and nextest set it for tests");
    Path::new(&package).parent().expect("this package lies in the root").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read_json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What .gitignore names, and git's own.
const NOT_OURS: [&str; 5] = [".git", "target", "gen", "ui/node_modules", "ui/dist"];

/// Every text file below a folder of the repository; `""` is the root.
fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let path = root().join(folder);
    for entry in fs::read_dir(&path).unwrap_or_else(|error| panic!("{folder}: {error}")) {
        let name = entry.expect("the folder can be read").file_name().into_string().expect("names are UTF-8");
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if NOT_OURS.contains(&path.as_str()) {
            continue;
        }
        let full = root().join(&path);
        if full.is_dir() {
            found.extend(files(&path));
        } else if let Ok(text) = fs::read_to_string(full) {
            // What is no UTF-8 is a picture or a clip.
            found.push(File { path, text });
        }
    }
    found
}

/// Fails with the whole list, so that one run shows everything there is to do.
fn assert_none(offenders: impl IntoIterator<Item = String>, rule: &str) {
    let offenders: Vec<_> = offenders.into_iter().collect();
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

/// Lines of a file that `wrong` finds fault with, as `path:line: text`.
fn lines(file: &File, wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = (1..).zip(file.text.lines());
    numbered
        .filter(|(_, line)| wrong(line))
        .map(|(n, line)| format!("{}:{n}: {}", file.path, line.trim()))
        .collect()
}

/// The names in a manifest's `[dependencies]`, for any platform. Our manifests have one dependency a line and rename
/// none.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = read(manifest);
    assert!(!text.contains("package = \""), "{manifest} renames a dependency, which hides what it is");
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').rsplit('.').next() == Some("dependencies");
        } else if inside && !line.trim().is_empty() && !line.starts_with('#') {
            names.insert(line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned());
        }
    }
    names
}

#[test]
fn layers_depend_downwards_only() {
    const TECHNOLOGY: [&str; 12] = [
        "tauri",
        "sqlx",
        "retina",
        "reqwest",
        "oxvif",
        "openh264",
        "keyring",
        "fernet",
        "quick-xml",
        "rustix",
        "socket2",
        "tokio-tungstenite",
    ];
    const WINDOW: [&str; 3] = ["tauri", "wry", "atalaya"];
    let forbidden: [(&str, &[&[&str]]); 4] = [
        ("presenter", &[&["atalaya-service", "atalaya-simcam"], &WINDOW, &TECHNOLOGY]),
        ("service", &[&["atalaya-presenter", "atalaya-simcam", "clap"], &WINDOW]),
        // A camera knows nothing of who watches it.
        ("simcam", &[&["atalaya-model", "atalaya-presenter", "atalaya-service", "retina"], &WINDOW]),
        ("view/cli", &[&WINDOW]),
    ];
    let mut offenders = Vec::new();
    for (layer, names) in forbidden {
        let found = dependencies(&format!("src-tauri/{layer}/Cargo.toml"));
        assert!(!found.is_empty(), "{layer} depends on something");
        let wrong = names.concat().into_iter().filter(|name| found.contains(*name));
        offenders.extend(wrong.map(|name| format!("{layer} depends on {name}")));
    }
    assert_none(offenders, "a layer knows only what lies below it");

    // The model does no I/O: each of these is free of it with the features it is taken with.
    let model = dependencies("src-tauri/model/Cargo.toml");
    let pure = ["bytes", "futures-core", "jiff", "url", "uuid", "zeroize"];
    assert_none(
        model.into_iter().filter(|name| !pure.contains(&name.as_str())),
        "the model depends on too much",
    );
    assert!(read("src-tauri/model/lib.rs").contains("#![no_std]"));
}

#[test]
fn one_file_speaks_to_tauri() {
    let pages = files("ui/src");
    let wrong = pages.iter().filter(|file| file.path != "ui/src/ipc.ts");
    let wrong = wrong.flat_map(|file| lines(file, |line| line.contains("@tauri-apps")));
    assert_none(wrong, "only ui/src/ipc.ts imports Tauri's API");
}

#[test]
fn every_file_says_what_it_owns() {
    let opening = |file: &File| match file.path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rs") => file.text.starts_with("//!"),
        Some("ts" | "tsx" | "js" | "mjs") => file.text.starts_with("/*") || file.text.starts_with("//"),
        Some("css") => file.text.starts_with("/*"),
        Some("sql") => file.text.starts_with("--"),
        Some("py") => file.text.starts_with("#!") && file.text.contains("\n\"\"\""),
        _ => true,
    };
    let wrong = files("").into_iter().filter(|file| !opening(file)).map(|file| file.path);
    assert_none(wrong, "a file opens with a comment that says what it owns");
}

#[test]
fn child_processes_start_in_two_places() {
    let call = concat!("Command", "::new");
    let allowed = |path: &str| path == "src-tauri/xtask/process.rs" || path.starts_with("tests/support/");
    let wrong = files("").into_iter().filter(|file| file.has_ending(&["rs"]) && !allowed(&file.path));
    let wrong = wrong.flat_map(|file| lines(&file, |line| line.contains(call)));
    assert_none(wrong, "child processes start in xtask/process.rs and tests/support only (S1)");
}

#[test]
fn sql_is_never_built_from_text() {
    let words = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "ATTACH ", " WHERE "];
    // sqlx takes literals only, unless it is told to trust a text.
    let built = |line: &str| {
        line.contains("AssertSqlSafe")
            || (line.contains("format!") && words.iter().any(|word| line.contains(word)))
            || line.contains("push(format!")
    };
    let wrong = files("src-tauri/service").into_iter().filter(|file| file.has_ending(&["rs"]));
    let wrong = wrong.flat_map(|file| lines(&file, built));
    assert_none(wrong, "SQL is literal, values are bound (S18)");
}

#[test]
fn nothing_names_a_developer_machine() {
    // Put together here, or this file would name them itself.
    let folders = [["/ho", "me/"].concat(), ["/wo", "rk/"].concat(), ["/Us", "ers/"].concat()];
    let hosts = [["npm", "js.org"].concat(), ["crates", ".io/api"].concat(), ["py", "pi.org"].concat()];
    let begins_a_path = |line: &str, folder: &str| {
        // `https://host/path/…` goes on from a letter, a path of its own does not.
        let goes_on =
            |before: &str| before.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-$}".contains(c));
        line.match_indices(folder).any(|(at, _)| !goes_on(&line[..at]))
    };
    let wrong = |line: &str| {
        folders.iter().any(|folder| begins_a_path(line, folder))
            || hosts.iter().any(|host| line.contains(host))
    };
    let named = files("").into_iter().flat_map(|file| lines(&file, wrong));
    assert_none(named, "no path of a developer's machine and no registry's host");

    // The lock files name packages by version and hash; where they come from is the machine's own business.
    let lock =
        files("").into_iter().find(|file| file.path == "ui/package-lock.json").expect("there is a lock file");
    assert_none(lines(&lock, |line| line.contains("\"resolved\"")), "the lock file names a place");
}

#[test]
fn languages_say_the_same_things() {
    fn keys(value: &Value, path: &str, into: &mut BTreeMap<String, usize>) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    keys(field, &format!("{path}.{name}"), into);
                }
            }
            // A sentence with other placeholders would show a gap, or `{{name}}`.
            text => {
                drop(into.insert(path.to_owned(), text.as_str().unwrap_or_default().matches("{{").count()))
            }
        }
    }
    let language = |name: &str| {
        let mut found = BTreeMap::new();
        keys(&read_json(&format!("ui/src/i18n/{name}.json")), name, &mut found);
        let bare = |(path, count): (String, usize)| (path.trim_start_matches(name).to_owned(), count);
        found.into_iter().map(bare).collect::<BTreeSet<_>>()
    };
    let (english, spanish) = (language("en"), language("es"));
    assert!(english.len() > 50, "the sentences are where they are looked for");
    let text = |(path, count): &(String, usize)| format!("{path} with {count} placeholders");
    assert_none(english.symmetric_difference(&spanish).map(text), "said in one language only");
}

/// The names in square brackets after `start`, such as commands in an array.
fn names_after<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let Some((_, rest)) = text.split_once(start) else { return Vec::new() };
    let list = rest.split(']').next().unwrap_or_default();
    let names = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    names.filter_map(|path| path.rsplit("::").next()).filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_command_has_a_permission() {
    let view = files("src-tauri/view/desktop");
    // A test may name the macro as well; the handler itself lists paths.
    let handled = view.iter().filter(|file| !file.path.contains("test"));
    let handled: BTreeSet<_> =
        handled.flat_map(|file| names_after(&file.text, "generate_handler![")).collect();
    assert!(!handled.is_empty(), "the handler is where it is looked for");
    let permissions = files("src-tauri/permissions");
    let sections = permissions.iter().flat_map(|file| file.text.split("[[permission]]"));
    let allowed: BTreeSet<_> =
        sections.flat_map(|section| names_after(section, "commands.allow = [")).collect();
    assert_none(handled.difference(&allowed).map(|name| (*name).to_owned()), "commands without a permission");
    assert_none(allowed.difference(&handled).map(|name| (*name).to_owned()), "permissions without a command");
}

#[test]
fn the_page_may_load_nothing_foreign() {
    let config = read_json("tauri.conf.json");
    let security = &config["app"]["security"];
    let policy = security["csp"].as_str().expect("a content security policy");
    let directives: BTreeMap<_, Vec<_>> = policy
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_whitespace();
            words.next().map(|name| (name, words.collect()))
        })
        .collect();
    for (name, sources) in [
        ("default-src", "'self'"),
        ("script-src", "'self'"),
        ("object-src", "'none'"),
        ("frame-src", "'none'"),
        ("base-uri", "'none'"),
    ] {
        assert_eq!(directives.get(name).map(Vec::as_slice), Some(&[sources][..]), "{name} in {policy}");
    }
    let local = ["http://ipc.localhost", "ws://127.0.0.1:*"];
    let remote =
        directives.values().flatten().filter(|source| source.contains("//") && !local.contains(source));
    assert_none(remote.map(|source| (*source).to_owned()), "the policy names other hosts");
    // Tauri adds hashes of its own scripts; switched off for scripts, the policy would not hold what it says.
    let unchanged = security["dangerousDisableAssetCspModification"].as_array().cloned().unwrap_or_default();
    assert!(unchanged.iter().all(|directive| directive == "style-src"), "{unchanged:?}");
    assert_ne!(config["app"]["withGlobalTauri"], true);
    let dependencies = dependencies("Cargo.toml");
    let doors = ["shell", "fs", "http", "process", "opener"].map(|plugin| format!("tauri-plugin-{plugin}"));
    assert_none(
        doors.into_iter().filter(|plugin| dependencies.contains(plugin)),
        "plugins that open the machine",
    );
}

#[test]
fn migrations_are_named_and_counted() {
    let mut migrations = files("migrations");
    migrations.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!migrations.is_empty());
    for (number, file) in (1..).zip(&migrations) {
        let name = file.path.trim_start_matches("migrations/");
        let words = name.strip_prefix(&format!("{number:04}_")).and_then(|rest| rest.strip_suffix(".sql"));
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let named = words.is_some_and(|words| words.contains('_') && words.split('_').all(is_word));
        assert!(named, "{name} should be {number:04}_verb_noun.sql");
    }
}

#[test]
fn the_root_stays_small() {
    let allowed = [
        "Cargo.lock",
        "Cargo.toml",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "assets",
        "icons",
        "migrations",
        "src-tauri",
        "tauri.conf.json",
        "tests",
        "ui",
    ];
    let names = fs::read_dir(root()).expect("the root can be read");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let seen = names.filter(|name| !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()));
    assert_none(
        seen.filter(|name| !allowed.contains(&name.as_str())),
        "not in the list of what the root holds",
    );
}

/// The exact comparison is `cargo xtask gen --check`, which compiles; this one sees what is forgotten most often.
#[test]
fn bindings_are_there_for_every_view_model() {
    let mut exported = 0;
    let mut wrong = Vec::new();
    for file in files("src-tauri/presenter/vm") {
        for item in file.text.split("#[ts(export)]").skip(1) {
            let (_, rest) = item.split_once("pub ").expect("a view model is public");
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).nth(1).expect("a type has a name");
            exported += 1;
            let Ok(binding) = fs::read_to_string(root().join(format!("ui/src/gen/{name}.ts"))) else {
                wrong.push(format!("{name}: no binding"));
                continue;
            };
            let body = rest.split("\n}").next().expect("a type has a body");
            let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
            wrong.extend(
                fields
                    .map(|(field, _)| field)
                    .filter(|field| !binding.contains(*field))
                    .map(|field| format!("{name}: no {field}")),
            );
        }
    }
    assert!(exported > 0, "view models are where they are looked for");
    assert_none(wrong, "`cargo xtask gen` writes the bindings anew");
}
