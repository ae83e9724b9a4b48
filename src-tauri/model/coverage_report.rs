//! The monthly report of what was recorded and what is missing: one page to print that needs nothing beside it.
//!
//! Pure: takes the accounts, gives HTML. Every name is shown as text (S16); the page forbids itself scripts and anything
//! from elsewhere. It names no computer.

use crate::coverage::Account;
use crate::recording::GapCause;
use crate::report::{Language, escaped, shown};
use crate::zone::Date;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use core::time::Duration;

/// What the report says.
#[derive(Debug, Clone)]
pub struct MonthReport {
    /// The month, `YYYY-MM`.
    pub month: String,
    /// The time zone of its days.
    pub zone: String,
    /// When it was made, as a clock there shows it.
    pub made_at: String,
    /// The program's version.
    pub version: &'static str,
    /// The cameras, in the order they are listed.
    pub cameras: Vec<CameraMonth>,
}

/// What it says of one camera.
#[derive(Debug, Clone)]
pub struct CameraMonth {
    /// Its name.
    pub name: String,
    /// The sum of its days.
    pub total: Account,
    /// How many gaps count.
    pub gaps: usize,
    /// The longest of them.
    pub longest: Vec<LongGap>,
    /// Its days, in order.
    pub days: Vec<DayCell>,
}

/// A gap that is listed by itself.
#[derive(Debug, Clone)]
pub struct LongGap {
    /// When it began, as a clock in the report's zone shows it.
    pub start: String,
    /// When it ended; none while it lasts.
    pub end: Option<String>,
    /// How long it is, or is so far.
    pub length: Duration,
    /// Why.
    pub cause: GapCause,
}

/// A day of the calendar.
#[derive(Debug, Clone)]
pub struct DayCell {
    /// Its date.
    pub date: Date,
    /// How many hours it has: 23 or 25 where the clocks change.
    pub hours: f64,
    /// Its account.
    pub account: Account,
}

/// The report's own words.
struct Words {
    lang: &'static str,
    title: &'static str,
    made: &'static str,
    zone: &'static str,
    camera: &'static str,
    coverage: &'static str,
    expected: &'static str,
    recorded: &'static str,
    missing: &'static str,
    gaps: &'static str,
    longest: &'static str,
    cause: &'static str,
    from: &'static str,
    to: &'static str,
    length: &'static str,
    lasts: &'static str,
    nothing_wanted: &'static str,
    nothing_missing: &'static str,
    no_cameras: &'static str,
    explained: &'static str,
    weekdays: [&'static str; 7],
}

const ENGLISH: Words = Words {
    lang: "en",
    title: "Recording report",
    made: "Made",
    zone: "Times in",
    camera: "Camera",
    coverage: "Coverage",
    expected: "Wanted",
    recorded: "Recorded",
    missing: "Missing",
    gaps: "Gaps",
    longest: "Longest gaps",
    cause: "Cause",
    from: "From",
    to: "To",
    length: "Length",
    lasts: "still going on",
    nothing_wanted: "No recording was wanted in this month.",
    nothing_missing: "Nothing is missing.",
    no_cameras: "There are no cameras.",
    explained: "Coverage is what was recorded of the time in which recording was wanted. Lengths are in hours, minutes \
                and seconds. A dash marks a day on which no recording was wanted.",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

const SPANISH: Words = Words {
    lang: "es",
    title: "Informe de grabación",
    made: "Hecho",
    zone: "Horas en",
    camera: "Cámara",
    coverage: "Cobertura",
    expected: "Previsto",
    recorded: "Grabado",
    missing: "Falta",
    gaps: "Huecos",
    longest: "Huecos más largos",
    cause: "Causa",
    from: "Desde",
    to: "Hasta",
    length: "Duración",
    lasts: "continúa",
    nothing_wanted: "En este mes no se quería grabar.",
    nothing_missing: "No falta nada.",
    no_cameras: "No hay cámaras.",
    explained: "La cobertura es lo grabado del tiempo en que se quería grabar. Las duraciones son horas, minutos y \
                segundos. Un guion marca un día en que no se quería grabar.",
    weekdays: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
};

/// What can be missing, in English and Spanish.
const CAUSES: [(GapCause, &str, &str); 8] = [
    (GapCause::Offline, "Camera offline", "Cámara sin conexión"),
    (GapCause::Auth, "Login refused", "Acceso denegado"),
    (GapCause::Loss, "Lost on the network", "Perdido en la red"),
    (GapCause::Disk, "Storage full or too slow", "Almacenamiento lleno o lento"),
    (GapCause::AppClosed, "Atalaya was not running", "Atalaya no estaba en marcha"),
    (GapCause::Asleep, "Computer asleep", "Equipo en suspensión"),
    (GapCause::Retention, "Deleted by the retention rules", "Borrado por las reglas de conservación"),
    (GapCause::Unsupported, "Cannot be recorded", "No se puede grabar"),
];

const STYLE: &str = "@page{size:A4;margin:14mm}body{font:13px/1.45 system-ui,sans-serif;color:#15181c;background:#fff;\
max-width:182mm;margin:24px auto;padding:0 16px;-webkit-print-color-adjust:exact;print-color-adjust:exact}\
h1{font-size:23px;margin:0}h2{font-size:17px;margin:0 0 6px;overflow-wrap:anywhere}h3{font-size:13px;margin:12px 0 4px}\
.sum,.note{color:#4c545e;margin:4px 0 16px}section{border-top:2px solid #15181c;padding-top:10px;margin-top:22px}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th{text-align:left;color:#4c545e;font-weight:500}th,td{padding:3px 10px 3px 0;border-top:1px solid #dfe3e8;\
vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right}tr{break-inside:avoid}\
.cal{table-layout:fixed;break-inside:avoid}.cal td{border:1px solid #b9c0c8;height:34px;padding:2px 5px}\
.cal th{padding:2px 5px;border:0}.cal b{display:block;font-weight:500;font-size:11px;color:#333a42}\
.cal .out{border:0}.full{background:#cfe9d9}.good{background:#e9f3c8}.fair{background:#ffe6b3}.low{background:#f6c1b4}\
@media print{body{margin:0;padding:0;max-width:none}}";

/// Writes the page.
pub fn html(report: &MonthReport, language: Language) -> String {
    let page = Page { language, words: words(language) };
    let words = page.words;
    let mut out = String::with_capacity(16 * 1024);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"color-scheme\" content=\"light\"><title>{title} {month}</title><style>{STYLE}</style></head>\
         <body><h1>{title} {month}</h1><p class=\"sum\">{zone_word} {zone} · {made} {at} · Atalaya {version}</p>",
        lang = words.lang,
        title = words.title,
        month = escaped(&report.month),
        zone_word = words.zone,
        zone = shown(&report.zone),
        made = words.made,
        at = escaped(&report.made_at),
        version = report.version,
    );
    if report.cameras.is_empty() {
        let _ = write!(out, "<p>{}</p>", words.no_cameras);
    } else {
        page.overview(&mut out, &report.cameras);
        let _ = write!(out, "<p class=\"note\">{}</p>", words.explained);
    }
    for camera in &report.cameras {
        page.camera(&mut out, camera);
    }
    out.push_str("</body></html>\n");
    out
}

const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

struct Page {
    language: Language,
    words: &'static Words,
}

impl Page {
    fn overview(&self, out: &mut String, cameras: &[CameraMonth]) {
        let words = self.words;
        let _ = write!(
            out,
            "<table><tr><th>{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th>\
             <th class=\"n\">{}</th><th class=\"n\">{}</th></tr>",
            words.camera, words.coverage, words.expected, words.recorded, words.missing, words.gaps
        );
        for camera in cameras {
            let total = &camera.total;
            let _ = write!(
                out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                shown(&camera.name),
                self.share(total),
                clock(total.recorded + total.missing()),
                clock(total.recorded),
                clock(total.missing()),
                camera.gaps,
            );
        }
        out.push_str("</table>");
    }

    fn camera(&self, out: &mut String, camera: &CameraMonth) {
        let words = self.words;
        let _ = write!(out, "<section><h2>{}</h2>", shown(&camera.name));
        let total = &camera.total;
        if is_unwanted(total) {
            let _ = write!(out, "<p>{}</p></section>", words.nothing_wanted);
            return;
        }
        let _ = write!(
            out,
            "<p>{} <strong>{}</strong> · {} {} · {} {} · {} {}</p>",
            words.coverage,
            self.share(total),
            words.expected,
            clock(total.recorded + total.missing()),
            words.recorded,
            clock(total.recorded),
            words.missing,
            clock(total.missing()),
        );
        self.calendar(out, &camera.days);
        if total.missing.is_empty() {
            let _ = write!(out, "<p>{}</p>", words.nothing_missing);
        } else {
            self.gaps(out, camera);
        }
        out.push_str("</section>");
    }

    /// The month as weeks, Monday first.
    fn calendar(&self, out: &mut String, days: &[DayCell]) {
        out.push_str("<table class=\"cal\"><tr>");
        for name in self.words.weekdays {
            let _ = write!(out, "<th>{name}</th>");
        }
        out.push_str("</tr><tr>");
        let lead = days.first().map_or(0, |day| day.date.weekday().to_monday_zero_offset());
        out.push_str(&"<td class=\"out\"></td>".repeat(usize::try_from(lead).unwrap_or(0)));
        for (index, day) in days.iter().enumerate() {
            if index > 0 && day.date.weekday().to_monday_zero_offset() == 0 {
                out.push_str("</tr><tr>");
            }
            let whole = (day.hours - 24.0).abs() < 0.001;
            let hours = if whole { String::new() } else { format!(" · {} h", day.hours) };
            let _ = write!(
                out,
                "<td class=\"{}\"><b>{}{hours}</b>{}</td>",
                level(&day.account),
                day.date.day(),
                self.share(&day.account)
            );
        }
        out.push_str("</tr></table>");
    }

    fn gaps(&self, out: &mut String, camera: &CameraMonth) {
        let words = self.words;
        let _ = write!(
            out,
            "<h3>{} ({})</h3><table><tr><th>{}</th><th class=\"n\">{}</th></tr>",
            words.gaps, camera.gaps, words.cause, words.missing
        );
        for &(cause, length) in &camera.total.missing {
            let _ =
                write!(out, "<tr><td>{}</td><td class=\"n\">{}</td></tr>", self.cause(cause), clock(length));
        }
        let _ = write!(
            out,
            "</table><h3>{}</h3><table><tr><th>{}</th><th>{}</th><th class=\"n\">{}</th><th>{}</th></tr>",
            words.longest, words.from, words.to, words.length, words.cause
        );
        for gap in &camera.longest {
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
                escaped(&gap.start),
                gap.end.as_deref().map_or_else(|| words.lasts.to_string(), escaped),
                clock(gap.length),
                self.cause(gap.cause),
            );
        }
        out.push_str("</table>");
    }

    /// A share as people read it; never rounds up to 100 what is less.
    fn share(&self, account: &Account) -> String {
        if is_unwanted(account) {
            return "–".to_string();
        }
        let hundredths = (account.coverage().ratio() * 10_000.0) as u32;
        let text = format!("{}.{:02} %", hundredths / 100, hundredths % 100);
        match self.language {
            Language::English => text,
            Language::Spanish => text.replace('.', ","),
        }
    }

    fn cause(&self, cause: GapCause) -> &'static str {
        let known = CAUSES.iter().find(|(known, ..)| *known == cause);
        known.map_or(cause.code(), |&(_, english, spanish)| match self.language {
            Language::English => english,
            Language::Spanish => spanish,
        })
    }
}

fn is_unwanted(account: &Account) -> bool {
    account.coverage().seconds_expected <= 0.0
}

/// How well a day is covered, as the name of a colour; the figure beside it says it too.
fn level(account: &Account) -> &'static str {
    match account.coverage().ratio() {
        _ if is_unwanted(account) => "none",
        0.9999.. => "full",
        0.99.. => "good",
        0.9.. => "fair",
        _ => "low",
    }
}

/// `h:mm:ss`.
fn clock(length: Duration) -> String {
    let seconds = length.as_secs() + u64::from(length.subsec_millis() >= 500);
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests;
