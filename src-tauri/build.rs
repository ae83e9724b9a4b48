//! Hands the window's configuration, permissions and pages over to Tauri's build step.

use std::path::Path;

/// The pages, built by `npm run build` in `ui/`.
const PAGES: &str = "ui/dist/index.html";

const PERMISSIONS: &str = "src-tauri/permissions";

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed={PERMISSIONS}");
    if !Path::new(PAGES).exists() {
        eprintln!("{PAGES} is missing: the window's pages are not built. Run: cargo xtask run");
        std::process::exit(1);
    }
    // With a manifest of its own the program's commands are refused unless the window's capability names them.
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
