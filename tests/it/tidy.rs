//! The house rules that no compiler checks: layers, first lines, permissions, page security, migrations, names.
//!
//! Owns the rules as code. Reads the repository's files and nothing else; must not build or start a program but git.

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::command;
use toml::Table;

/// What the model may stand on: crates that do without a file, a socket and a clock.
const MODEL_MAY_USE: [&str; 6] = ["bytes", "futures-core", "jiff", "url", "uuid", "zeroize"];

/// Which crate must not depend on what, in any of its sections. A name that ends in `*` stands for all that begin so.
const FORBIDDEN: [(&str, &[&str]); 8] = [
    (
        "src-tauri/presenter",
        &["atalaya-service", "atalaya-simcam", "tauri*", "sqlx", "retina", "reqwest", "oxvif", "openh264"],
    ),
    ("src-tauri/service", &["atalaya-presenter", "tauri*"]),
    ("src-tauri/service/rtsp/http-auth", &["atalaya*", "tauri*"]),
    (FOREIGN, &["atalaya*", "tauri*"]),
    ("src-tauri/simcam", &["atalaya*", "tauri*"]),
    ("src-tauri/view/cli", &["tauri*", "wry"]),
    ("src-tauri/xtask", &["atalaya*", "tauri*"]),
    // The desktop package too, whose library links the webview.
    ("tests", &["atalaya", "tauri*", "wry"]),
];

/// Other people's code with changes of ours (decision 0016). It keeps its authors' style.
const FOREIGN: &str = "src-tauri/service/rtsp/retina";

/// What lies in the open at the top of the repository; tools' settings are dot-files.
const ROOT_ENTRIES: [&str; 14] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "gen",
    "icons",
    "migrations",
    "src-tauri",
    "target",
    "tauri.conf.json",
    "tests",
];

/// The rest of them, apart because the pages have an ecosystem of their own.
const PAGES: &str = "ui";

/// The two places that start child processes (S1).
const PROCESS_MODULES: [&str; 2] = ["src-tauri/xtask/process.rs", "tests/support/process.rs"];

/// The repository: where it is and which files belong to it.
struct Repository {
    root: PathBuf,
    /// Relative, with `/` between the parts.
    files: Vec<String>,
    /// Whether git named the files; else they were found by walking.
    tracked: bool,
}

impl Repository {
    fn open() -> Self {
        // The runner says where the package lies now; it may have been moved since it was compiled.
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().expect("tests/ lies in the repository").to_owned();
        let listed = command("git").arg("-C").arg(&root).args(["ls-files", "-z"]).output();
        let mut files: Vec<String> = match listed {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
                .split_terminator('\0')
                .map(str::to_owned)
                // Deleted, but not yet committed so.
                .filter(|path| root.join(path).is_file())
                .collect(),
            _ => Vec::new(),
        };
        let tracked = !files.is_empty();
        if !tracked {
            walk(&root, "", &mut files);
        }
        files.sort();
        Self { root, files, tracked }
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn toml(&self, path: &str) -> Table {
        self.text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn json(&self, path: &str) -> Json {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.files.iter().map(String::as_str).filter(move |path| in_folder(path, folder))
    }

    fn with_extension<'a>(&'a self, extensions: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.files.iter().map(String::as_str).filter(move |path| extensions.contains(&extension(path)))
    }

    /// The folders of the workspace's crates, the desktop package (`""`) first.
    fn crates(&self) -> Vec<String> {
        let workspace = self.toml("Cargo.toml");
        let members = workspace["workspace"]["members"].as_array().expect("the members are a list");
        let members = members.iter().map(|member| member.as_str().expect("a member is a folder").to_owned());
        std::iter::once(String::new()).chain(members).collect()
    }
}

fn in_folder(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn file_stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// Files of a repository that came without git. What is made while building is left out.
fn walk(root: &Path, folder: &str, files: &mut Vec<String>) {
    let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let made = [".git", "dist", "gen", "node_modules", "target"].contains(&name.as_str());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && (!made || path == "ui/src/gen") => walk(root, &path, files),
            Ok(kind) if kind.is_file() => files.push(path),
            _ => {}
        }
    }
}

/// Fails with every broken place at once, each on its line.
#[track_caller]
fn nothing_broken(rule: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<String> = broken.into_iter().collect();
    assert!(broken.is_empty(), "\nrule: {rule}\n  {}\n", broken.join("\n  "));
}

/// What a manifest depends on: the crates' own names, whatever they are called here.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (section, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if section == "target" {
            found.extend(table.values().filter_map(toml::Value::as_table).flat_map(dependencies));
        } else if section.ends_with("dependencies") {
            found.extend(table.iter().map(|(name, value)| {
                value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
            }));
        }
    }
    found
}

fn matches(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

#[test]
fn layers_depend_only_downwards() {
    let repository = Repository::open();
    let mut broken = Vec::new();
    for (folder, forbidden) in FORBIDDEN {
        let manifest = format!("{folder}/Cargo.toml");
        for name in dependencies(&repository.toml(&manifest)) {
            if forbidden.iter().any(|pattern| matches(&name, pattern)) {
                broken.push(format!("{manifest}: depends on {name}"));
            }
        }
    }
    nothing_broken("a layer knows only the layers below it (ARCHITECTURE.md)", broken);
}

#[test]
fn the_model_does_no_input_or_output() {
    let repository = Repository::open();
    let manifest = repository.toml("src-tauri/model/Cargo.toml");
    let workspace = repository.toml("Cargo.toml");
    let mut broken = Vec::new();
    for name in manifest["dependencies"].as_table().expect("the model has dependencies").keys() {
        let declared = &workspace["workspace"]["dependencies"][name];
        if !MODEL_MAY_USE.contains(&name.as_str()) {
            broken.push(format!("src-tauri/model/Cargo.toml: depends on {name}"));
        } else if declared.get("default-features").and_then(toml::Value::as_bool) != Some(false) {
            broken.push(format!("Cargo.toml: {name} would bring the standard library into the model"));
        }
    }
    if !repository.text("src-tauri/model/lib.rs").lines().any(|line| line == "#![no_std]") {
        broken.push("src-tauri/model/lib.rs: is not no_std".to_owned());
    }
    nothing_broken("the model is no_std and stands on crates that are", broken);
}

#[test]
fn presenters_reach_files_and_networks_through_ports() {
    let repository = Repository::open();
    let rust = repository.in_folder("src-tauri/presenter").filter(|path| extension(path) == "rs");
    let broken = rust.filter(|path| !in_folder(path, "src-tauri/presenter/tests")).flat_map(|path| {
        let text = repository.text(path);
        let needles = ["std::fs", "std::net", "std::process", "tokio::fs", "tokio::net", "tokio::process"];
        let found: Vec<_> = needles.into_iter().filter(|needle| text.contains(needle)).collect();
        found.into_iter().map(move |needle| format!("{path}: uses {needle}"))
    });
    nothing_broken("a presenter sees the world through the model's ports", broken);
}

#[test]
fn every_crate_keeps_the_workspace_s_lints() {
    let repository = Repository::open();
    let keeps = |manifest: &Table| {
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
            == Some(true)
    };
    let manifests = repository.crates().into_iter().map(|folder| match folder.as_str() {
        "" => "Cargo.toml".to_owned(),
        folder => format!("{folder}/Cargo.toml"),
    });
    let broken = manifests
        .filter(|manifest| !keeps(&repository.toml(manifest)))
        .map(|manifest| format!("{manifest}: no [lints] workspace = true"));
    nothing_broken("every crate keeps the workspace's lints", broken);
    let root = repository.toml("Cargo.toml");
    let default = root["workspace"]["default-members"].as_array().expect("default-members is a list");
    assert!(
        default.iter().any(|member| member.as_str() == Some(".")),
        "Cargo.toml: default-members lacks \".\": a plain `cargo build` would pass the window by"
    );
}

#[test]
fn streams_are_opened_by_our_own_http_auth_and_retina() {
    let lock = Repository::open().toml("Cargo.lock");
    let packages = lock["package"].as_array().expect("the lock file lists packages");
    let broken = [("http-auth", "knows only Digest (S5)"), ("retina", "keeps to limits (S10)")]
        .into_iter()
        .filter(|(name, _)| {
            let all: Vec<_> = packages.iter().filter(|p| p["name"].as_str() == Some(name)).collect();
            all.len() != 1 || all[0].get("source").is_some()
        })
        .map(|(name, why)| {
            format!("Cargo.lock: {name} is not the one of src-tauri/service/rtsp alone, which {why}")
        });
    nothing_broken("the registry's http-auth and retina stay outside", broken);
}

/// Whether a file says in its first line what it is for, as its language says such things.
fn opens_with_purpose(path: &str, text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = match text.split_once('\n') {
        // `#!` alone would be an inner attribute of Rust, `#!/` is a shebang.
        Some((line, rest)) if line.starts_with("#!/") => rest,
        _ => text,
    };
    let openings: &[&str] = match extension(path) {
        "rs" => &["//!"],
        "ts" | "tsx" => &["/**", "//"],
        "py" => &["#", "\"\"\"", "'''"],
        _ => return true,
    };
    openings.iter().any(|opening| first.starts_with(opening))
}

#[test]
fn every_file_opens_with_its_purpose() {
    let repository = Repository::open();
    let broken = repository
        .with_extension(&["rs", "ts", "tsx", "py"])
        // What a tool wrote has the tool's opening, or none.
        .filter(|path| !in_folder(path, "src-tauri/presenter/bindings") && !in_folder(path, FOREIGN))
        .filter(|path| !opens_with_purpose(path, &repository.text(path)))
        .map(|path| format!("{path}: its first line does not say what it is for"));
    nothing_broken("a file opens with what it owns and what it must not know", broken);
}

#[test]
fn the_rule_of_openings_can_tell() {
    assert!(opens_with_purpose("a.rs", "//! Owns a.\n"));
    assert!(opens_with_purpose("a.py", "#!/usr/bin/env python3\n\"\"\"Makes a.\"\"\"\n"));
    assert!(!opens_with_purpose("a.rs", "use std::fs;\n//! late\n"));
    assert!(!opens_with_purpose("a.rs", "#![no_std]\n//! late\n"));
    assert!(!opens_with_purpose("a.rs", ""));
    assert!(!opens_with_purpose("a.tsx", "import { a } from './a';\n"));
    assert!(!opens_with_purpose("a.py", "#!/usr/bin/env python3\nimport sys\n"));
}

#[test]
fn one_file_of_the_pages_knows_tauri() {
    let repository = Repository::open();
    let import = ["'@tauri-apps", "\"@tauri-apps"];
    let broken = repository
        .in_folder("ui/src")
        .filter(|path| ["ts", "tsx"].contains(&extension(path)) && *path != "ui/src/ipc.ts")
        .filter(|path| import.iter().any(|import| repository.text(path).contains(import)))
        .map(|path| format!("{path}: imports Tauri's API"));
    nothing_broken("only ui/src/ipc.ts talks to Tauri", broken);
}

/// The keys of a language file, nested ones joined by dots.
fn keys(value: &Json, prefix: &str, found: &mut BTreeSet<String>) {
    match value {
        Json::Object(entries) => {
            for (key, value) in entries {
                keys(value, &format!("{prefix}.{key}"), found);
            }
        }
        _ => {
            found.insert(prefix.trim_start_matches('.').to_owned());
        }
    }
}

#[test]
fn all_languages_say_the_same_things() {
    let repository = Repository::open();
    let languages: BTreeMap<&str, BTreeSet<String>> = repository
        .in_folder("ui/src/i18n")
        .filter(|path| extension(path) == "json")
        .map(|path| {
            let mut found = BTreeSet::new();
            keys(&repository.json(path), "", &mut found);
            (path, found)
        })
        .collect();
    assert!(languages.len() >= 2, "ui/src/i18n: English and Spanish are there");
    let all: BTreeSet<&String> = languages.values().flatten().collect();
    let broken = languages.iter().flat_map(|(path, found)| {
        all.iter().filter(|key| !found.contains(**key)).map(move |key| format!("{path}: lacks {key}"))
    });
    nothing_broken("every text is there in every language", broken);
}

/// Names of the functions marked as commands in a Rust file.
fn declared_commands(text: &str) -> BTreeSet<String> {
    text.split("#[tauri::command")
        .skip(1)
        .filter_map(|rest| {
            let (_, rest) = rest.split_once("fn ")?;
            rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().map(str::to_owned)
        })
        .collect()
}

/// Names in a Rust file's `generate_handler![…]`.
fn handled_commands(text: &str) -> BTreeSet<String> {
    text.split("generate_handler![")
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .flat_map(|(list, _)| list.split(','))
        .map(|path| path.rsplit("::").next().unwrap_or(path).trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Commands that a permission file allows.
fn permitted_commands(file: &Table) -> BTreeSet<String> {
    let permissions = file.get("permission").and_then(toml::Value::as_array).into_iter().flatten();
    permissions
        .filter_map(|permission| permission.get("commands")?.get("allow")?.as_array())
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn every_command_is_handled_and_permitted() {
    let repository = Repository::open();
    let sources: Vec<String> = repository
        .in_folder("src-tauri/view/desktop")
        .filter(|path| extension(path) == "rs" && file_stem(path) != "tests")
        .map(|path| repository.text(path))
        .collect();
    let declared: BTreeSet<String> = sources.iter().flat_map(|text| declared_commands(text)).collect();
    let handled: BTreeSet<String> = sources.iter().flat_map(|text| handled_commands(text)).collect();
    let permitted: BTreeSet<String> = repository
        .in_folder("src-tauri/permissions")
        .filter(|path| extension(path) == "toml")
        .flat_map(|path| permitted_commands(&repository.toml(path)))
        .collect();
    assert!(!declared.is_empty(), "src-tauri/view/desktop: the window has commands");
    let places = [
        ("has no #[tauri::command] in src-tauri/view/desktop", &declared),
        ("is not in generate_handler!", &handled),
        ("is in no file of src-tauri/permissions", &permitted),
    ];
    let all: BTreeSet<&String> = places.iter().flat_map(|(_, names)| names.iter()).collect();
    let broken = all.iter().flat_map(|name| {
        places
            .iter()
            .filter(|(_, names)| !names.contains(*name))
            .map(move |(fault, _)| format!("{name}: {fault}"))
    });
    nothing_broken("a command is declared, handled and permitted (S15)", broken);
}

#[test]
fn the_rule_of_commands_can_read() {
    let text = "#[tauri::command]\npub(super) async fn camera_list(x: u8) {}\n\
                #[tauri::command(rename_all = \"snake_case\")]\n#[allow(dead_code)]\nfn key_status() {}\n\
                tauri::generate_handler![camera::camera_list, key_status,]";
    let both: BTreeSet<String> = ["camera_list", "key_status"].map(str::to_owned).into();
    assert_eq!(declared_commands(text), both);
    assert_eq!(handled_commands(text), both);
    let file = "[[permission]]\nidentifier = \"a\"\ncommands.allow = [\"camera_list\", \"key_status\"]";
    assert_eq!(permitted_commands(&file.parse().unwrap()), both);
}

/// What a content security policy lets in that it must not.
fn policy_faults(policy: &str) -> Vec<String> {
    let directives: BTreeMap<&str, Vec<&str>> = policy
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect();
    let mut faults = Vec::new();
    for (directive, sources) in &directives {
        for source in sources {
            // Keywords, schemes without a host, and this machine's own doors (S13).
            let local = source.starts_with('\'')
                || source.ends_with(':')
                || *source == "http://ipc.localhost"
                || source.starts_with("ws://127.0.0.1:");
            if !local {
                faults.push(format!("{directive} lets {source} in"));
            }
            if ["'unsafe-eval'", "http:", "https:", "ws:", "wss:"].contains(source) {
                faults.push(format!("{directive} has {source}"));
            }
        }
    }
    let Some(default) = directives.get("default-src") else { return vec!["no default-src".to_owned()] };
    if default != &["'self'"] {
        faults.push("default-src is more than 'self'".to_owned());
    }
    let scripts = directives.get("script-src").unwrap_or(default);
    for source in scripts.iter().filter(|source| **source != "'self'") {
        faults.push(format!("script-src has {source}"));
    }
    if directives.get("frame-src").is_none_or(|sources| sources != &["'none'"]) {
        faults.push("frame-src is not 'none'".to_owned());
    }
    faults
}

#[test]
fn pages_can_load_nothing_foreign() {
    let repository = Repository::open();
    let configuration = repository.json("tauri.conf.json");
    let policy =
        configuration["app"]["security"]["csp"].as_str().expect("tauri.conf.json: the CSP is a text");
    let faults = policy_faults(policy).into_iter().map(|fault| format!("tauri.conf.json: {fault}"));
    nothing_broken("the pages load and run only what the program brings along (S15)", faults);
}

#[test]
fn the_rule_of_policies_can_tell() {
    let good =
        "default-src 'self'; connect-src ipc: ws://127.0.0.1:*; img-src 'self' data:; frame-src 'none'";
    assert_eq!(policy_faults(good), [""; 0]);
    for bad in [
        "frame-src 'none'",
        "default-src *; frame-src 'none'",
        "default-src 'self'",
        "default-src 'self'; frame-src https:",
        "default-src 'self'; frame-src 'none'; script-src 'self' 'unsafe-inline'",
        "default-src 'self'; frame-src 'none'; script-src 'self' blob:",
        "default-src 'self'; frame-src 'none'; worker-src 'self' 'unsafe-eval'",
        "default-src 'self'; frame-src 'none'; connect-src https://example.com",
        "default-src 'self'; frame-src 'none'; connect-src wss:",
    ] {
        assert_ne!(policy_faults(bad), [""; 0], "{bad}");
    }
}

#[test]
fn the_window_has_no_plugin_that_reaches_out() {
    let repository = Repository::open();
    let plugins = ["tauri-plugin-shell", "tauri-plugin-fs", "tauri-plugin-http", "tauri-plugin-opener"];
    let broken = dependencies(&repository.toml("Cargo.toml"))
        .into_iter()
        .filter(|name| plugins.contains(&name.as_str()))
        .map(|name| format!("Cargo.toml: depends on {name}"));
    nothing_broken("the window starts no program and reaches no file or host by itself (S15)", broken);
}

/// Each file of a kind that contains one of the needles, as `path:line: needle`.
fn occurrences(repository: &Repository, extensions: &[&str], needles: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for path in repository.with_extension(extensions) {
        for (number, line) in repository.text(path).lines().enumerate() {
            for needle in needles.iter().filter(|needle| line.contains(needle.as_str())) {
                found.push(format!("{path}:{}: {needle}", number + 1));
            }
        }
    }
    found
}

#[test]
fn child_processes_start_in_two_modules() {
    // Needles are put together here and below, so that this file does not contain them itself.
    let needles = [["Command", "::new("].concat(), ["Command", "::from("].concat()];
    let found = occurrences(&Repository::open(), &["rs"], &needles);
    let broken = found
        .into_iter()
        .filter(|place| !PROCESS_MODULES.iter().any(|module| place.starts_with(&format!("{module}:"))));
    nothing_broken("child processes start in one module of xtask and one of the tests (S1)", broken);
}

#[test]
fn statements_are_never_put_together_from_texts() {
    let repository = Repository::open();
    let mut needles = vec![["AssertSql", "Safe"].concat()];
    for function in ["query", "query_as", "query_scalar", "query_with", "raw_sql"] {
        needles.extend(["(&format!", "(format!", "(&text", "(&sql"].map(|rest| [function, rest].concat()));
    }
    let broken = occurrences(&repository, &["rs"], &needles)
        .into_iter()
        .filter(|place| in_folder(place, "src-tauri/service") || in_folder(place, "src-tauri/presenter"));
    nothing_broken("SQL is written out, and its values are bound (S18)", broken);
}

#[test]
fn nothing_is_left_undone_or_left_out() {
    let needles = [["todo", "!("].concat(), ["unimplemented", "!("].concat(), ["#[", "ignore"].concat()];
    let needles = [&needles[..], &[["#[should_", "panic"].concat()]].concat();
    nothing_broken(
        "no gaps in the code, no test that is left out",
        occurrences(&Repository::open(), &["rs"], &needles),
    );
}

#[test]
fn no_file_names_a_developer_s_machine() {
    let repository = Repository::open();
    let mut needles = [["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"], ["/wo", "rk/"], ["C:\\Us", "ers\\"]]
        .map(|parts| parts.concat())
        .to_vec();
    // A short root such as / or /src would be found in honest texts.
    let root = repository.root.to_string_lossy().into_owned();
    if root.len() > 8 {
        needles.push(root);
    }
    let kinds = ["rs", "toml", "ts", "tsx", "json", "md", "py", "sql", "yml", "yaml", "css", "html", "svg"];
    let broken = occurrences(&repository, &kinds, &needles)
        .into_iter()
        // The pretended engine of page development shows made-up folders.
        .filter(|place| !in_folder(place, "ui/dev") && !in_folder(place, "src-tauri/presenter/bindings"));
    nothing_broken("no path of a developer's machine", broken);
}

#[test]
fn packages_come_from_the_public_registries() {
    let repository = Repository::open();
    let mut broken = Vec::new();
    let public = ["registry+https://github.com/rust-lang/crates.io-index"];
    let lock = repository.toml("Cargo.lock");
    for package in lock["package"].as_array().expect("the lock file lists packages") {
        if let Some(source) = package.get("source").and_then(toml::Value::as_str)
            && !public.contains(&source)
        {
            broken.push(format!("Cargo.lock: {} comes from {source}", package["name"]));
        }
    }
    for line in repository.text("ui/package-lock.json").lines().filter(|line| line.contains("\"resolved\"")) {
        if !line.contains("\"https://registry.npmjs.org/") {
            broken.push(format!("ui/package-lock.json: {}", line.trim()));
        }
    }
    for (path, needles) in [
        (".cargo/config.toml", ["[source", "[registries", "replace-with"]),
        ("ui/.npmrc", ["registry=", "registry =", "_auth"]),
    ] {
        if repository.root.join(path).is_file() {
            let text = repository.text(path);
            broken.extend(
                needles
                    .iter()
                    .filter(|needle| text.contains(**needle))
                    .map(|needle| format!("{path}: {needle}")),
            );
        }
    }
    nothing_broken("packages come from the public registries, whatever a machine puts in between", broken);
}

/// Whether a migration is named `NNNN_verb_noun.sql`.
fn is_migration_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".sql") else { return false };
    let mut words = stem.split('_');
    let number = words.next().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    number.len() == 4
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase()))
}

/// Numbers of the lines that declare a column and do not say what it means.
fn unexplained_columns(sql: &str) -> Vec<usize> {
    let declares = |line: &str| {
        let line = line.split_once("ADD COLUMN").map_or(line, |(_, column)| column);
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let kind = words.next().unwrap_or_default().trim_end_matches([',', ';']);
        name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && ["INTEGER", "TEXT", "BLOB", "REAL", "ANY"].contains(&kind)
    };
    let explains = |line: &str| line.split_once("--").is_some_and(|(_, comment)| !comment.trim().is_empty());
    let lines = sql.lines().enumerate();
    lines.filter(|(_, line)| declares(line) && !explains(line)).map(|(number, _)| number + 1).collect()
}

#[test]
fn migrations_are_numbered_named_and_explained() {
    let repository = Repository::open();
    let mut broken = Vec::new();
    for (index, path) in repository.in_folder("migrations").enumerate() {
        let name = path.strip_prefix("migrations/").unwrap_or(path);
        if !is_migration_name(name) {
            broken.push(format!("{path}: is not called NNNN_verb_noun.sql"));
        }
        if !name.starts_with(&format!("{:04}_", index + 1)) {
            broken.push(format!("{path}: should have the number {:04}", index + 1));
        }
        for line in unexplained_columns(&repository.text(path)) {
            broken.push(format!("{path}:{line}: a column without its unit, meaning and when it is null"));
        }
    }
    nothing_broken("migrations follow one another and explain each column", broken);
}

#[test]
fn the_rules_of_migrations_can_tell() {
    assert!(is_migration_name("0001_create_cameras.sql"));
    assert!(is_migration_name("0012_split_day_totals.sql"));
    for bad in
        ["1_create_cameras.sql", "0001_cameras.sql", "0001_Create_cameras.sql", "0001-create-cameras.sql"]
    {
        assert!(!is_migration_name(bad), "{bad}");
    }
    let sql = "CREATE TABLE camera (\n  id INTEGER PRIMARY KEY, -- Row id.\n  name TEXT NOT NULL,\n  \
               CHECK (length(name) > 0)\n);\nALTER TABLE camera ADD COLUMN host TEXT;\n";
    assert_eq!(unexplained_columns(sql), [3, 6]);
}

#[test]
fn the_top_of_the_repository_stays_small() {
    let repository = Repository::open();
    if !repository.tracked {
        // Without git nothing tells the project's files from those that its user put beside them.
        return;
    }
    let entries: BTreeSet<&str> = repository
        .files
        .iter()
        .map(|path| path.split_once('/').map_or(path.as_str(), |(top, _)| top))
        .collect();
    let broken = entries
        .into_iter()
        .filter(|entry| !entry.starts_with('.') && *entry != PAGES && !ROOT_ENTRIES.contains(entry))
        .map(|entry| format!("{entry}: does not belong at the top"));
    nothing_broken("the top of the repository holds what ARCHITECTURE.md says", broken);
}

/// Names of the public types of a Rust file, in order.
fn public_types(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("pub ")?;
        let item = line.strip_prefix("struct ").or_else(|| line.strip_prefix("enum "))?;
        item.split(|letter: char| !letter.is_alphanumeric()).next().map(str::to_owned)
    })
}

/// Names of the types that a Rust file exports to TypeScript.
fn exported_types(text: &str) -> BTreeSet<String> {
    text.split("#[ts(export").skip(1).filter_map(|rest| public_types(rest).next()).collect()
}

#[test]
fn every_view_model_has_its_binding() {
    let repository = Repository::open();
    let sources: Vec<String> =
        repository.in_folder("src-tauri/presenter/vm").map(|path| repository.text(path)).collect();
    let exported: BTreeSet<String> = sources.iter().flat_map(|text| exported_types(text)).collect();
    // A type that an exported one mentions gets a binding too.
    let public: BTreeSet<String> = sources.iter().flat_map(|text| public_types(text)).collect();
    let bindings: BTreeSet<String> =
        repository.in_folder("ui/src/gen").map(|path| file_stem(path).to_owned()).collect();
    assert!(!exported.is_empty(), "src-tauri/presenter/vm: view models are exported");
    let missing = exported.difference(&bindings).map(|name| format!("ui/src/gen/{name}.ts: is missing"));
    let left = bindings.difference(&public).map(|name| format!("ui/src/gen/{name}.ts: has no view model"));
    nothing_broken("bindings are those of the code: run `cargo xtask gen`", missing.chain(left));
}

#[test]
fn the_rule_of_bindings_can_read() {
    let text = "#[derive(TS)]\n#[ts(export)]\n#[serde(tag = \"event\")]\npub enum EventVm {\n\
                #[ts(export, rename = \"x\")]\npub struct Password(String);\n";
    assert_eq!(exported_types(text), ["EventVm", "Password"].map(str::to_owned).into());
}
