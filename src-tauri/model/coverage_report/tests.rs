//! The monthly report: what it says, in which words, and that names stay texts.

use super::*;
use crate::zone::date;
use alloc::vec;

fn day(text: &str, hours: f64, missing: u64) -> DayCell {
    let missing = Duration::from_secs(missing);
    let account = Account {
        recorded: Duration::from_secs((hours * 3600.0) as u64).saturating_sub(missing),
        missing: if missing.is_zero() { vec![] } else { vec![(GapCause::Offline, missing)] },
    };
    DayCell { date: date(text).expect("a date"), hours, account }
}

fn report() -> MonthReport {
    let days = vec![day("2026-10-24", 24.0, 0), day("2026-10-25", 25.0, 9000), day("2026-10-26", 24.0, 1)];
    let mut total = Account::default();
    for day in &days {
        total.add(&day.account);
    }
    let camera = CameraMonth {
        name: "<img src=x onerror=alert(1)>\u{202e}gate".into(),
        total,
        gaps: 2,
        longest: vec![LongGap {
            start: "2026-10-25 02:30:00 +02:00".into(),
            end: None,
            length: Duration::from_mins(150),
            cause: GapCause::Offline,
        }],
        days,
    };
    let idle = CameraMonth {
        name: "Idle".into(),
        total: Account::default(),
        gaps: 0,
        longest: vec![],
        days: vec![],
    };
    MonthReport {
        month: "2026-10".into(),
        zone: "Europe/Madrid".into(),
        made_at: "2026-11-01 08:00:00 +01:00".into(),
        version: "1.2.3",
        cameras: vec![camera, idle],
    }
}

#[test]
fn the_page_says_what_is_missing_and_why_in_both_languages() {
    let english = html(&report(), Language::English);
    for text in
        ["96.57 %", "100.00 %", "99.99 %", "90.00 %", "25 · 25 h", "2:30:00", "Camera offline", "still"]
    {
        assert!(english.contains(text), "{text}: {english}");
    }
    let spanish = html(&report(), Language::Spanish);
    for text in ["lang=\"es\"", "96,57 %", "Cámara sin conexión", "continúa", "no se quería grabar"] {
        assert!(spanish.contains(text), "{text}: {spanish}");
    }
    // Saturday is the sixth column.
    assert_eq!(english.matches("class=\"out\"").count(), 5);
}

#[test]
fn names_stay_texts_and_nothing_is_fetched() {
    let page = html(&report(), Language::English);
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;\u{fffd}gate"), "{page}");
    for forbidden in ["<script", "<img", "http://", "https://", "url(", "\u{202e}"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let empty = MonthReport { cameras: vec![], ..report() };
    assert!(html(&empty, Language::Spanish).contains("No hay cámaras."));
}

#[test]
fn a_second_missing_is_not_rounded_away() {
    let page = Page { language: Language::English, words: &ENGLISH };
    assert_eq!(page.share(&day("2026-10-26", 24.0, 1).account), "99.99 %");
    assert_eq!(page.share(&day("2026-10-26", 24.0, 0).account), "100.00 %");
    assert_eq!(level(&day("2026-10-25", 25.0, 9000).account), "fair");
    assert_eq!(clock(Duration::from_millis(90_061_500)), "25:01:02");
}
