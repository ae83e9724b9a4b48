//! The commissioning report: what an installer hands over, as one page that needs nothing beside it.
//!
//! Pure: takes what was found out, gives HTML. Every text of a device is shown as text (S16); the page forbids itself
//! scripts and anything from elsewhere.

use crate::error::{Error, Kind, Result};
use crate::text::{excerpt, from_device};
use crate::time::WallTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use core::str::FromStr;

/// A camera's clock that is off by more than this in milliseconds is worth a warning: footage would carry wrong times.
const CLOCK_TOLERANCE_MS: u64 = 2000;

/// The language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(code: &str) -> Result<Self> {
        match code {
            "en" => Ok(Self::English),
            "es" => Ok(Self::Spanish),
            _ => Err(Error::new(Kind::InvalidInput, "reports are written in en or es")
                .with("language", excerpt(code, 16))),
        }
    }
}

/// What a report says.
#[derive(Debug, Clone)]
pub struct Report {
    /// When it was made.
    pub made_at: WallTime,
    /// The program's version.
    pub version: &'static str,
    /// The cameras, in the order they are listed.
    pub cameras: Vec<CameraReport>,
}

/// What it says of one camera.
#[derive(Debug, Clone, Default)]
pub struct CameraReport {
    /// Its name.
    pub name: String,
    /// Its host.
    pub host: String,
    /// Manufacturer, model, firmware and serial number, as far as it tells them.
    pub device: Option<DeviceReport>,
    /// Its clock minus ours in milliseconds; none while unknown.
    pub clock_offset_ms: Option<i64>,
    /// Its streams.
    pub streams: Vec<StreamReport>,
    /// Whether a person has switched it off: then nothing was tested, and nothing is missing.
    pub switched_off: bool,
    /// Whether it is set to be recorded.
    pub recorded: bool,
    /// Days that its footage is kept; none keeps it until space runs out.
    pub retention_days: Option<u32>,
    /// What it sees, as a `data:image/jpeg;base64,` URL; none when no picture came.
    pub picture: Option<String>,
}

/// Who a device says it is.
#[derive(Debug, Clone, Default)]
pub struct DeviceReport {
    /// Manufacturer.
    pub vendor: String,
    /// Model.
    pub model: String,
    /// Firmware version.
    pub firmware: String,
    /// Serial number.
    pub serial: String,
}

/// What a test of a stream found.
#[derive(Debug, Clone, Default)]
pub struct StreamReport {
    /// `main` or `sub`.
    pub role: &'static str,
    /// Its address, without a login.
    pub url: String,
    /// Codec, such as `h264`; empty while unknown.
    pub codec: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second in thousandths.
    pub fps_milli: u32,
    /// Codec of its audio.
    pub audio: Option<String>,
    /// From the start of the connection to the first key picture, in milliseconds; none when none came.
    pub first_picture_ms: Option<u32>,
    /// What failed.
    pub error: Option<String>,
}

/// What an installer should look at before leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// A stream does not play.
    StreamFails,
    /// No picture could be taken.
    NoPicture,
    /// There is no second, smaller stream: grids must decode the large one.
    NoSubStream,
    /// The clock is off by more than two seconds.
    ClockOff,
    /// It is not set to be recorded.
    NotRecorded,
    /// It is switched off.
    SwitchedOff,
}

impl CameraReport {
    /// What is wrong with it, gravest first.
    pub fn warnings(&self) -> Vec<Warning> {
        if self.switched_off {
            return Vec::from([Warning::SwitchedOff]);
        }
        let off = self.clock_offset_ms.is_some_and(|offset| offset.unsigned_abs() > CLOCK_TOLERANCE_MS);
        [
            (Warning::StreamFails, self.streams.iter().any(|stream| stream.error.is_some())),
            (Warning::NoPicture, self.picture.is_none()),
            (Warning::NotRecorded, !self.recorded),
            (Warning::ClockOff, off),
            (Warning::NoSubStream, self.streams.len() < 2),
        ]
        .into_iter()
        .filter_map(|(warning, is_so)| is_so.then_some(warning))
        .collect()
    }
}

/// The report's own words.
struct Words {
    lang: &'static str,
    title: &'static str,
    made: &'static str,
    cameras: &'static str,
    with_warnings: &'static str,
    address: &'static str,
    device: &'static str,
    serial: &'static str,
    clock: &'static str,
    recording: &'static str,
    continuous: &'static str,
    off: &'static str,
    for_ever: &'static str,
    days: &'static str,
    stream: &'static str,
    picture: &'static str,
    audio: &'static str,
    first_picture: &'static str,
    fails: &'static str,
    no_picture: &'static str,
    fine: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    title: "Commissioning report",
    made: "Made",
    cameras: "Cameras",
    with_warnings: "with something to look at",
    address: "Address",
    device: "Device",
    serial: "Serial number",
    clock: "Clock against this computer",
    recording: "Recording",
    continuous: "continuous",
    off: "off",
    for_ever: "kept for ever",
    days: "days kept",
    stream: "Stream",
    picture: "Picture",
    audio: "Audio",
    first_picture: "First picture after",
    fails: "does not play",
    no_picture: "No picture",
    fine: "Nothing to look at",
};

const SPANISH: Words = Words {
    lang: "es",
    title: "Informe de puesta en marcha",
    made: "Hecho",
    cameras: "Cámaras",
    with_warnings: "con algo que revisar",
    address: "Dirección",
    device: "Equipo",
    serial: "Número de serie",
    clock: "Reloj respecto de este equipo",
    recording: "Grabación",
    continuous: "continua",
    off: "apagada",
    for_ever: "se conserva para siempre",
    days: "días de conservación",
    stream: "Flujo",
    picture: "Imagen",
    audio: "Audio",
    first_picture: "Primera imagen tras",
    fails: "no se reproduce",
    no_picture: "Sin imagen",
    fine: "Nada que revisar",
};

impl Language {
    const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Spanish => &SPANISH,
        }
    }

    const fn warning(self, warning: Warning) -> &'static str {
        match (self, warning) {
            (Self::English, Warning::StreamFails) => "A stream does not play.",
            (Self::Spanish, Warning::StreamFails) => "Un flujo no se reproduce.",
            (Self::English, Warning::NoPicture) => "No picture could be taken.",
            (Self::Spanish, Warning::NoPicture) => "No se pudo tomar ninguna imagen.",
            (Self::English, Warning::NoSubStream) => {
                "There is no sub-stream: a grid must decode the main stream, which costs more."
            }
            (Self::Spanish, Warning::NoSubStream) => {
                "No hay flujo secundario: la cuadrícula debe decodificar el principal, que cuesta más."
            }
            (Self::English, Warning::ClockOff) => {
                "Its clock is off by more than two seconds: set it, or let it follow a time server."
            }
            (Self::Spanish, Warning::ClockOff) => {
                "Su reloj se desvía más de dos segundos: póngalo en hora o use un servidor de tiempo."
            }
            (Self::English, Warning::NotRecorded) => "It is not set to be recorded.",
            (Self::Spanish, Warning::NotRecorded) => "No está puesta a grabar.",
            (Self::English, Warning::SwitchedOff) => "It is switched off and was not tested.",
            (Self::Spanish, Warning::SwitchedOff) => "Está apagada y no se probó.",
        }
    }
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#15181c;max-width:960px;margin:32px auto;\
padding:0 20px}h1{font-size:26px;margin:0}h2{font-size:18px;margin:0 0 8px}.sum{color:#4c545e;margin:4px 0 24px}\
article{border:1px solid #d5dae0;border-radius:8px;padding:16px 18px;margin:0 0 16px;display:grid;gap:14px 20px;\
grid-template-columns:300px 1fr;break-inside:avoid}article>table{grid-column:1/-1}img,.none{width:300px;\
aspect-ratio:16/9;object-fit:contain;background:#0b0c0e;border-radius:4px}.none{display:grid;place-items:center;\
color:#c7ccd2}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:0}dt{color:#4c545e}\
dd{margin:0;overflow-wrap:anywhere}ul{margin:8px 0 0;padding-left:18px;color:#a13d00}.fine{color:#1d7a46;margin:8px 0 0}\
table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;color:#4c545e;font-weight:500}\
th,td{padding:4px 10px 4px 0;border-top:1px solid #e5e9ed;vertical-align:top}code{font-size:12.5px;overflow-wrap:anywhere}\
.bad{color:#a13d00}";

/// Writes the page.
pub fn html(report: &Report, language: Language) -> String {
    let words = language.words();
    let mut out = String::with_capacity(4096);
    let doubtful = report.cameras.iter().filter(|camera| !camera.warnings().is_empty()).count();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>\
         <p class=\"sum\">{made} {at} · Atalaya {version} · {cameras}: {count}, {doubtful} {with_warnings}</p>",
        lang = words.lang,
        title = words.title,
        made = words.made,
        at = report.made_at.to_rfc3339(),
        version = report.version,
        cameras = words.cameras,
        count = report.cameras.len(),
        with_warnings = words.with_warnings,
    );
    for camera in &report.cameras {
        write_camera(&mut out, camera, language);
    }
    out.push_str("</body></html>\n");
    out
}

fn write_camera(out: &mut String, camera: &CameraReport, language: Language) {
    let words = language.words();
    out.push_str("<article>");
    match &camera.picture {
        Some(picture) => {
            let _ = write!(out, "<img alt=\"\" src=\"{}\">", escaped(picture));
        }
        None => {
            let _ = write!(out, "<div class=\"none\">{}</div>", words.no_picture);
        }
    }
    let _ = write!(out, "<div><h2>{}</h2><dl>", shown(&camera.name));
    row(out, words.address, &shown(&camera.host));
    if let Some(device) = &camera.device {
        let DeviceReport { vendor, model, firmware, serial } = device;
        row(out, words.device, &shown(&format!("{vendor} {model} {firmware}")));
        row(out, words.serial, &shown(serial));
    }
    if let Some(offset) = camera.clock_offset_ms {
        row(out, words.clock, &format!("{:+.1} s", offset as f64 / 1000.0));
    }
    let kept = match camera.retention_days {
        _ if !camera.recorded => words.off.to_string(),
        None => format!("{}, {}", words.continuous, words.for_ever),
        Some(days) => format!("{}, {days} {}", words.continuous, words.days),
    };
    row(out, words.recording, &kept);
    out.push_str("</dl>");
    let warnings = camera.warnings();
    if warnings.is_empty() {
        let _ = write!(out, "<p class=\"fine\">{}</p>", words.fine);
    } else {
        out.push_str("<ul>");
        for warning in warnings {
            let _ = write!(out, "<li>{}</li>", language.warning(warning));
        }
        out.push_str("</ul>");
    }
    let _ = write!(
        out,
        "</div><table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>",
        words.stream, words.picture, words.audio, words.first_picture
    );
    for stream in &camera.streams {
        write_stream(out, stream, words);
    }
    out.push_str("</table></article>");
}

fn write_stream(out: &mut String, stream: &StreamReport, words: &Words) {
    let (fps, tenths) = (stream.fps_milli / 1000, stream.fps_milli % 1000 / 100);
    let picture = match &stream.error {
        Some(error) => format!("<span class=\"bad\">{}: {}</span>", words.fails, shown(error)),
        None => {
            format!("{} {}×{}, {fps}.{tenths} fps", shown(&stream.codec), stream.width, stream.height)
        }
    };
    let first = stream.first_picture_ms.map_or_else(|| "–".to_string(), |ms| format!("{ms} ms"));
    let _ = write!(
        out,
        "<tr><td>{} <code>{}</code></td><td>{picture}</td><td>{}</td><td>{first}</td></tr>",
        stream.role,
        escaped(&stream.url),
        shown(stream.audio.as_deref().unwrap_or("–")),
    );
}

fn row(out: &mut String, name: &str, html: &str) {
    let _ = write!(out, "<dt>{name}</dt><dd>{html}</dd>");
}

/// A device's text, made visible and harmless.
pub(crate) fn shown(text: &str) -> String {
    escaped(&from_device(text))
}

/// Text as HTML text or attribute value.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn camera() -> CameraReport {
        CameraReport {
            name: "<script>alert(1)</script>\" onload='x'".into(),
            host: "192.0.2.7".into(),
            device: Some(DeviceReport { vendor: "A&B".into(), ..DeviceReport::default() }),
            clock_offset_ms: Some(-1500),
            streams: vec![
                StreamReport { role: "main", fps_milli: 24_970, ..StreamReport::default() },
                StreamReport { role: "sub", ..StreamReport::default() },
            ],
            switched_off: false,
            recorded: true,
            retention_days: Some(14),
            picture: Some("data:image/jpeg;base64,AA==".into()),
        }
    }

    #[test]
    fn warnings_name_what_is_wrong() {
        assert_eq!(camera().warnings(), []);
        let mut bad = camera();
        bad.clock_offset_ms = Some(-3000);
        bad.recorded = false;
        bad.picture = None;
        bad.streams.truncate(1);
        bad.streams[0].error = Some("timeout".into());
        let off = CameraReport { switched_off: true, ..bad.clone() };
        assert_eq!(off.warnings(), [Warning::SwitchedOff], "nothing else is wrong with it");
        assert_eq!(
            bad.warnings(),
            [
                Warning::StreamFails,
                Warning::NoPicture,
                Warning::NotRecorded,
                Warning::ClockOff,
                Warning::NoSubStream
            ]
        );
    }

    #[test]
    fn device_texts_stay_texts_in_both_languages() {
        let report = Report { made_at: WallTime(0), version: "1.2.3", cameras: vec![camera()] };
        for (language, words) in [(Language::English, "14 days kept"), (Language::Spanish, "14 días de")] {
            let page = html(&report, language);
            assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
            assert!(
                page.contains("A&amp;B") && page.contains("-1.5 s") && page.contains("24.9 fps"),
                "{page}"
            );
            assert!(page.contains(words), "{page}");
        }
    }
}
