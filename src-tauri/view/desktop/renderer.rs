//! What the webview's renderer must be told before it starts.

/// Where no graphics processor is, WebKit paints a grid for half the work without its DMABUF renderer (measured: 0.47
/// cores instead of 0.85). It reads that from the environment of this process alone, so it is set here: once, before
/// there is a second thread that could read the environment at the same time. That is why the standard library's way
/// is `unsafe`, which is forbidden here; GLib, which GTK brings along, offers the same call as a safe one.
///
/// A value that the user has set stays.
#[cfg(target_os = "linux")]
pub fn prepare() {
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if !has_gpu() && glib::setenv(VARIABLE, "1", false).is_err() {
        eprintln!("{VARIABLE} could not be set; live pictures will take more of the processor");
    }
}

/// WebView2 and WKWebView choose by themselves.
#[cfg(not(target_os = "linux"))]
pub fn prepare() {}

/// Whether the kernel offers a graphics processor to render with.
#[cfg(target_os = "linux")]
fn has_gpu() -> bool {
    std::fs::read_dir("/dev/dri").is_ok_and(|nodes| {
        nodes.flatten().any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
    })
}
