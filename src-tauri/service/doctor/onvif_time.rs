//! Owns asking an ONVIF device service the one question that needs no login: its time (ONVIF Core §8.3.9). Must not
//! know logins. Apart from `service/onvif` since here an answer that is wrong is a finding, not an error.

use crate::onvif::xml::Element;
use atalaya_model::address::StreamUrl;
use atalaya_model::doctor::Onvif;
use atalaya_model::ports::Clock;
use atalaya_model::text::from_device;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;

const CONTENT: &str = "application/soap+xml; charset=utf-8; \
                       action=\"http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime\"";
const QUESTION: &str = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>\
                        <GetSystemDateAndTime xmlns=\"http://www.onvif.org/ver10/device/wsdl\"/>\
                        </s:Body></s:Envelope>";
/// The largest answer (S9); an honest one has two thousand bytes.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

pub(super) async fn ask(client: &Client, clock: &dyn Clock, url: &StreamUrl) -> Onvif {
    let before_ms = clock.wall().as_millis();
    let sent = client.post(url.as_str()).header(CONTENT_TYPE, CONTENT).body(QUESTION).send().await;
    let mut answer = match sent {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(%url, timeout = error.is_timeout(), "no answer from a device service");
            return Onvif::Absent;
        }
    };
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        if body.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Onvif::Absent;
        }
        body.extend_from_slice(&chunk);
    }
    let now_ms = i64::midpoint(before_ms, clock.wall().as_millis());
    read(&String::from_utf8_lossy(&body), now_ms, url)
}

/// What an answer says. What is not SOAP is another web server.
fn read(answer: &str, now_ms: i64, url: &StreamUrl) -> Onvif {
    let Some(envelope) = Element::parse(answer).ok() else {
        return Onvif::Absent;
    };
    let Some(body) = envelope.at(&["Body"]) else { return Onvif::Absent };
    if let Some(response) = body.at(&["GetSystemDateAndTimeResponse"]) {
        // The device tells whole seconds: on average it is half a second further.
        let told_ms = response.at(&["SystemDateAndTime", "UTCDateTime"]).and_then(unix_ms).map(|ms| ms + 500);
        let clock_offset_ms = told_ms.map(|ms| ms - now_ms);
        return Onvif::Answers { url: url.clone(), clock_offset_ms };
    }
    let Some(fault) = body.at(&["Fault"]) else { return Onvif::Absent };
    let subcode = fault.text_at(&["Code", "Subcode", "Value"]).unwrap_or_default();
    let reason = fault.text_at(&["Reason", "Text"]).or(fault.text_at(&["faultstring"])).unwrap_or(subcode);
    if subcode.ends_with("NotAuthorized") || reason.to_ascii_lowercase().contains("not authorized") {
        // Some old cameras want a login even for this.
        return Onvif::Answers { url: url.clone(), clock_offset_ms: None };
    }
    Onvif::Faulty(from_device(reason))
}

/// Milliseconds since 1970 of an ONVIF date and time.
fn unix_ms(utc: &Element) -> Option<i64> {
    let number = |path: &[&str]| utc.text_at(path)?.parse::<i16>().ok();
    let small = |path: &[&str]| utc.text_at(path)?.parse::<i8>().ok();
    let date = jiff::civil::Date::new(
        number(&["Date", "Year"])?,
        small(&["Date", "Month"])?,
        small(&["Date", "Day"])?,
    );
    // A leap second is told as the one before.
    let second = small(&["Time", "Second"])?.min(59);
    let time = jiff::civil::Time::new(small(&["Time", "Hour"])?, small(&["Time", "Minute"])?, second, 0);
    let at = date.ok()?.to_datetime(time.ok()?).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Onvif {
        let url = StreamUrl::parse("http://192.0.2.7/onvif/device_service").unwrap();
        let envelope = format!("<E:Envelope xmlns:E='e'><E:Body>{body}</E:Body></E:Envelope>");
        read(&envelope, 1_795_256_431_000, &url)
    }

    #[test]
    fn clocks_are_compared() {
        let at = |year: &str| {
            told(&format!(
                "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time><Hour>10</Hour>\
                 <Minute>20</Minute><Second>31</Second></Time><Date><Year>{year}</Year><Month>11</Month>\
                 <Day>22</Day></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>"
            ))
        };
        let offset = |answer| match answer {
            Onvif::Answers { clock_offset_ms, .. } => clock_offset_ms,
            _ => Some(-1),
        };
        assert_eq!(offset(at("2026")), Some(86_400_500));
        assert_eq!(offset(at("99999")), None);
        assert_eq!(offset(told("<GetSystemDateAndTimeResponse/>")), None);
    }

    #[test]
    fn faults_and_other_servers_are_told_apart() {
        let fault = |subcode: &str, reason: &str| {
            told(&format!(
                "<Fault><Code><Value>s:Sender</Value><Subcode><Value>{subcode}</Value></Subcode></Code>\
                 <Reason><Text>{reason}</Text></Reason></Fault>"
            ))
        };
        assert!(matches!(fault("ter:NotAuthorized", "no"), Onvif::Answers { clock_offset_ms: None, .. }));
        assert_eq!(fault("ter:Action", "broken"), Onvif::Faulty("broken".to_owned()));
        assert_eq!(told("<html/>"), Onvif::Absent);
        let url = StreamUrl::parse("http://192.0.2.7/").unwrap();
        assert_eq!(read("<html><body>404</body></html>", 0, &url), Onvif::Absent);
        assert_eq!(read("", 0, &url), Onvif::Absent);
    }
}
