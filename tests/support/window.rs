//! The real window on a virtual display, driven by WebDriver (tauri-driver over WebKitWebDriver).

use crate::cli::Running;
use crate::ports::free_port;
use crate::process::{ProcessId, bin_dir, command};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// How long something in the window may take to appear on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running window.
pub struct Window {
    /// The WebDriver client, for what this type has no method for.
    pub client: Client,
    display: String,
    driver: Running,
    _screen: Running,
}

impl Window {
    /// Opens the window on a virtual display of this size, with a data directory of the test's own.
    pub async fn open(data_dir: &Path, args: &[&str], (width, height): (u32, u32)) -> Self {
        let (screen, display) = start_screen(width, height);
        let (port, native_port) = (free_port(), free_port());
        let driver = std::env::var("ATALAYA_TAURI_DRIVER").unwrap_or_else(|_| "tauri-driver".to_owned());
        let mut driver = command(driver);
        driver.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        driver.env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY");
        driver.env("ATALAYA_KEY_STORE", "file").env("ATALAYA_LOG", "info").env("LANG", "en_US.UTF-8");
        driver.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let driver = Running::keeping_input(driver);
        let data_dir = data_dir.to_string_lossy();
        let args = [&["--data-dir", &data_dir][..], args].concat();
        let options = json!({ "application": bin_dir().join("atalaya"), "args": args });
        let capabilities = Map::from_iter([("tauri:options".to_owned(), options)]);
        let url = format!("http://127.0.0.1:{port}");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&url).await {
                Ok(client) => break client,
                Err(error) => {
                    assert!(tokio::time::Instant::now() < deadline, "the window did not open: {error}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        };
        let window = Self { client, display, driver, _screen: screen };
        // It opens where it was last, which may have been on another display.
        window.xdotool(&[
            "windowsize",
            "%@",
            &width.to_string(),
            &height.to_string(),
            "windowmove",
            "%@",
            "0",
            "0",
        ]);
        window.until(&format!("innerWidth === {width}")).await;
        window.collect_errors().await;
        window
    }

    /// Changes settings, as members of a JavaScript object, and loads the page anew.
    pub async fn set(&self, settings: &str) {
        let set = format!(
            "window.__TAURI_INTERNALS__.invoke('settings_get').then((settings) => \
               window.__TAURI_INTERNALS__.invoke('settings_set', \
                 {{ settings: {{ ...settings, {settings} }} }}))"
        );
        assert_eq!(self.value(&set).await, Value::Null, "{settings}");
        self.reload().await;
    }

    /// Loads the page anew, as after a start of the program.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
        self.collect_errors().await;
        self.wait("nav").await;
    }

    /// From now on every error of the page is kept for [`Window::errors`].
    async fn collect_errors(&self) {
        let script = "window.__errors = []; \
             const keep = (what) => window.__errors.push(String(what)); \
             const error = console.error; console.error = (...all) => { keep(all.join(' ')); error(...all); }; \
             window.addEventListener('error', (e) => keep(e.message)); \
             window.addEventListener('unhandledrejection', (e) => keep(e.reason)); \
             window.addEventListener('securitypolicyviolation', (e) => keep('CSP: ' + e.blockedURI));";
        self.client.execute(script, vec![]).await.expect("a script runs");
    }

    /// What went wrong in the page so far.
    pub async fn errors(&self) -> Value {
        self.client.execute("return window.__errors", vec![]).await.expect("a script runs")
    }

    /// Waits for an element.
    pub async fn wait(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                let page = self.client.execute("return document.body.innerText", vec![]).await;
                panic!("no {css}: {error}; the page says {page:?}");
            }
        }
    }

    /// Waits for an element that can be clicked, and clicks it.
    pub async fn click(&self, css: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        // Covered by a notice, on its way in, or drawn anew since it was found: then it was not clicked.
        while let Err(error) = self.wait(css).await.click().await {
            assert!(tokio::time::Instant::now() < deadline, "{css} cannot be clicked: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits for a field that can be typed into, and types.
    pub async fn fill(&self, css: &str, text: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while let Err(error) = self.wait(css).await.send_keys(text).await {
            assert!(tokio::time::Instant::now() < deadline, "{css} cannot be typed into: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Presses the mouse on the middle of one element, moves it to the middle of another, and lets go.
    pub async fn drag(&self, from: &str, to: &str) {
        let (from, to) = (self.wait(from).await, self.wait(to).await);
        let duration = Some(Duration::from_millis(300));
        let moved = |element| PointerAction::MoveToElement { element, duration, x: 0., y: 0. };
        let mouse = MouseActions::new("mouse".to_owned())
            .then(moved(from))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(moved(to))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(mouse).await.expect("the mouse moves");
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, expression: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.value(expression).await != Value::Bool(true) {
            assert!(tokio::time::Instant::now() < deadline, "never true: {expression}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The value of a JavaScript expression; a promise is waited for.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             Promise.resolve().then(() => {expression}).then(done, (e) => done('failed: ' + e));"
        );
        self.client.execute_async(&script, vec![]).await.expect("a script runs")
    }

    /// Photographs the whole virtual display into a PNG.
    pub fn photograph(&self, path: &Path) {
        let status =
            command("import").args(["-display", &self.display, "-window", "root"]).arg(path).status();
        assert!(status.expect("imagemagick is installed").success());
    }

    /// Takes the window off the display, as minimising does where a window manager is, and puts it there again.
    pub fn show(&self, shown: bool) {
        self.xdotool(&[if shown { "windowmap" } else { "windowunmap" }, "%@"]);
    }

    /// Does this with the window, which is called `%@`.
    fn xdotool(&self, actions: &[&str]) {
        let mut xdotool = command("xdotool");
        xdotool.args(["search", "--sync", "--name", "^Atalaya"]).args(actions).env("DISPLAY", &self.display);
        assert!(xdotool.status().expect("xdotool is installed").success());
    }

    /// Starts the program a second time on this data folder and this display. True when it found the first one.
    pub fn start_again(&self, data_dir: &Path) -> bool {
        let mut again = command(bin_dir().join("atalaya"));
        again.arg("--data-dir").arg(data_dir).env("DISPLAY", &self.display);
        again.status().expect("the program was built").success()
    }

    /// The process that runs the page.
    pub fn web_process(&self) -> ProcessId {
        let page = |pid: &ProcessId| pid.name().is_some_and(|name| name.starts_with("WebKitWebProces"));
        // The newest: one that died may not have been waited for yet.
        self.processes().into_iter().filter(page).max_by_key(|pid| pid.started()).expect("a page runs")
    }

    /// The driver, the program, and all that they started.
    pub fn processes(&self) -> Vec<ProcessId> {
        ProcessId(self.driver.pid()).family()
    }

    /// Closes the window.
    pub async fn close(self) {
        self.client.close().await.expect("the session ends");
    }
}

fn start_screen(width: u32, height: u32) -> (Running, String) {
    let mut screen = command("Xvfb");
    screen.args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"]);
    screen.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let screen = Running::keeping_input(screen);
    let number = screen.next_line(PATIENCE).expect("Xvfb names its display");
    (screen, format!(":{}", number.trim()))
}
