//! S16 in the real window: names that a page would run, were they not shown as texts.

use crate::window::{look, settle};
use serde_json::{Value, json};
use support::{Cli, Window};

/// Each sets `__hit` when it is run as a script, fills in as a template, or names what every object has.
const PAYLOADS: [&str; 50] = [
    "<script>__hit=1</script>",
    "<SCRIPT SRC=data:,__hit=1></SCRIPT>",
    "<scr<script>ipt>__hit=1</scr</script>ipt>",
    "</script><script>__hit=1</script>",
    "</title><script>__hit=1</script>",
    "</textarea><script>__hit=1</script>",
    "\"><script>__hit=1</script>",
    "<template><script>__hit=1</script></template>",
    "<svg><script>__hit=1</script></svg>",
    "<img src=x onerror=__hit=1>",
    "<IMG SRC=x OnErRoR=__hit=1>",
    "<img/src=x/onerror=__hit=1>",
    "<img src=x:x onerror=__hit&#61;1>",
    "'><img src=x onerror=__hit=1>",
    "<!--<img src=x onerror=__hit=1>-->",
    "<noscript><img src=x onerror=__hit=1></noscript>",
    "<svg onload=__hit=1>",
    "<svg><animate onbegin=__hit=1 attributeName=x dur=1s>",
    "<body onload=__hit=1>",
    "<details open ontoggle=__hit=1>",
    "<video src=x onerror=__hit=1>",
    "<audio src=x onerror=__hit=1>",
    "<input autofocus onfocus=__hit=1>",
    "<select autofocus onfocus=__hit=1>",
    "<textarea autofocus onfocus=__hit=1>",
    "<marquee onstart=__hit=1>x</marquee>",
    "<div onpointerover=__hit=1>x</div>",
    "<iframe srcdoc='<script>top.__hit=1</script>'>",
    "<iframe src=javascript:top.__hit=1>",
    "<object data=javascript:__hit=1>",
    "<embed src=javascript:__hit=1>",
    "<a href=javascript:__hit=1>x</a>",
    "<form action=javascript:__hit=1><button>x",
    "<math href=javascript:__hit=1>x</math>",
    "<link rel=stylesheet href=javascript:__hit=1>",
    "<meta http-equiv=refresh content=0;url=javascript:__hit=1>",
    "<base href=javascript:__hit=1//>",
    "<style>@import 'javascript:__hit=1'</style>",
    "<div style=background:url(javascript:__hit=1)>",
    "javascript:__hit=1",
    "';__hit=1;//",
    "\";__hit=1;//",
    "`${__hit=1}`",
    "{{constructor.constructor('__hit=1')()}}",
    "$t(nav.live) {{name}}",
    "<0>__hit=1</0>",
    "&lt;script&gt;__hit=1&lt;/script&gt;",
    "%3Cscript%3E__hit=1%3C/script%3E",
    "\\u003cscript\\u003e__hit=1\\u003c/script\\u003e",
    "__proto__",
];

fn camera(number: usize, name: &str) -> Value {
    let host = "192.0.2.1";
    let stream = json!({
        "role": "main", "url": format!("rtsp://{host}/{number}"), "transport": "tcp", "snapshot_every_ms": null
    });
    json!({
        "id": format!("00000000-0000-0000-0000-{number:012}"), "name": name, "host": host, "onvif_url": null,
        "snapshot_url": null, "device_identity": null, "streams": [stream], "record_mode": "off",
        "retention_days": null, "quota_bytes": null, "allow_basic": false, "simulated": false
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_names_run_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cli = Cli::new(folder.path().join("data"));
    let cameras: Vec<_> = PAYLOADS.iter().enumerate().map(|(number, name)| camera(number, name)).collect();
    let configuration = json!({
        "format": "atalaya-cameras", "version": 1, "exported_at": "2026-11-21T10:00:00Z", "cameras": cameras
    });
    let file = folder.path().join("cameras.json");
    std::fs::write(&file, configuration.to_string()).expect("can be written");
    cli.ok(&["camera", "import", file.to_str().expect("UTF-8")]);

    let window = Window::open(cli.data_dir(), &[], (1280, 900)).await;
    let mut shown = 0;
    for (language, theme) in [("en", "dark"), ("es", "light")] {
        look(&window, language, theme).await;
        for page in ["live", "recordings", "exports", "discover", "settings", "cameras"] {
            window.value(&format!("location.hash = '#/{page}'")).await;
            settle(&window).await;
            // What a page makes of markup in a text: elements that it has not itself, or handlers.
            let made = window
                .value(
                    "document.querySelectorAll('iframe, object, embed, base, marquee, math, noscript, \
                     body script:not([type=module]), body link, body meta, img[src=x], [onerror], [onload], [ontoggle], [onfocus], \
                     [onstart], [onbegin], [onpointerover], [href^=javascript], [action^=javascript]').length",
                )
                .await;
            assert_eq!(made, json!(0), "{page} in {language}");
            assert_eq!(window.value("window.__hit === undefined").await, json!(true), "{page} in {language}");
        }
        // The list of cameras shows each name as it is.
        let page = window.value("document.body.textContent").await;
        let page = page.as_str().expect("a text");
        for name in PAYLOADS {
            assert!(page.contains(name), "{name:?} is not shown as it is in {language}");
            shown += 1;
        }
        window.click(".page tbody tr button").await;
        settle(&window).await;
        assert_eq!(window.value("window.__hit === undefined").await, json!(true), "a camera's page");
    }
    println!("S16: {} names, {shown} times shown as they are, 0 executions", PAYLOADS.len());
    assert_eq!(window.errors().await, Value::Array(Vec::new()));
    window.close().await;
}
