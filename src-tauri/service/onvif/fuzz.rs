//! Mutated SOAP (R11): whatever a device answers, reading it stays within its limits, and what is written again means
//! the same.

use super::device::Services;
use super::encoder::{self, Version};
use super::tests::TIME;
use super::xml::Element;
use super::{events, imaging, ptz, session};
use atalaya_fuzz::Target;
use atalaya_model::Kind;
use atalaya_model::focus::FocusAbility;
use atalaya_model::text::excerpt;
use futures_util::FutureExt;
use oxvif::OnvifClient;
use oxvif::transport::{Transport, TransportError};
use std::path::Path;
use std::sync::Arc;

const SOAP: Target = Target {
    name: "soap",
    tokens: &[
        b"<",
        b">",
        b"/>",
        b"</",
        b"\"",
        b"'",
        b"&",
        b"&#13;",
        b"&#x10FFFF;",
        b"&lt;",
        b"&bomb;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"<?xml version=\"1.0\"?>",
        b"<!DOCTYPE a>",
        b"xmlns:tt=\"u\" ",
        b" token=\"\"",
        b" Value=\"true\"",
        b"\r",
        b"\xc3\xb1",
        b"\xff",
        b"\xe2\x80\xae",
        b"tt:",
        b"<a>",
        b"</a>",
        b"<a/>",
        b"<Body>",
        b"<Fault>",
        b"<Min>1</Min>",
        b"NaN",
        b"Infinity",
    ],
    max_bytes: 128 << 10,
};
const DEVICE: &str = "http://192.0.2.7/onvif/device_service";

/// Answers everything with the same text.
struct Parrot(String);

#[async_trait::async_trait]
impl Transport for Parrot {
    async fn soap_post(&self, _: &str, _: &str, _: String) -> Result<String, TransportError> {
        Ok(self.0.clone())
    }
}

/// Whether a text was made safe to show, at the length that devices' texts are cut to.
fn is_shown(text: &str) -> bool {
    excerpt(text, 129) == text
}

/// The replies of `tests/fixtures/soap`, and the answer that each reader wants.
fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/soap");
    let fixtures = std::fs::read_dir(folder).unwrap().map(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let body = bytes.windows(2).position(|two| two == b"\n\n").map_or(0, |end| end + 2);
        bytes[body..].to_vec()
    });
    fixtures.chain([format!("<Envelope><Body>{TIME}</Body></Envelope>").into_bytes()]).collect()
}

/// What oxvif makes of an answer: how many calls understand it.
fn understood_by_oxvif(text: &str) -> usize {
    let onvif = OnvifClient::new(DEVICE).with_transport(Arc::new(Parrot(text.to_owned())));
    let at_once = "nothing is waited for";
    [
        onvif.get_system_date_and_time().now_or_never().expect(at_once).is_ok(),
        onvif.get_device_info().now_or_never().expect(at_once).is_ok(),
        onvif.get_profiles(DEVICE).now_or_never().expect(at_once).is_ok(),
        onvif.get_profiles_media2(DEVICE).now_or_never().expect(at_once).is_ok(),
        onvif.get_video_encoder_configurations(DEVICE).now_or_never().expect(at_once).is_ok(),
        onvif.get_video_encoder_configurations_media2(DEVICE).now_or_never().expect(at_once).is_ok(),
        onvif.get_stream_uri(DEVICE, "a").now_or_never().expect(at_once).is_ok(),
        onvif.get_stream_uri_media2(DEVICE, "a").now_or_never().expect(at_once).is_ok(),
        onvif.get_snapshot_uri(DEVICE, "a").now_or_never().expect(at_once).is_ok(),
    ]
    .into_iter()
    .filter(|understood| *understood)
    .count()
}

/// Everything of ours that reads the first element of a body, each as if it had asked for it: how much each finds.
fn read(answer: &Element) -> [usize; 8] {
    let services = [Services::listed(answer, DEVICE), Services::of_capabilities(answer, DEVICE)];
    let mut encoders = 0;
    for configuration in answer.children("Configurations") {
        let Some(settings) = encoder::settings(configuration) else { continue };
        encoders += 1;
        assert!(is_shown(&settings.codec) && settings.fps_milli <= 1_000_000_000, "{settings:?}");
        for version in [Version::One, Version::Two] {
            let written = format!("<a>{}</a>", encoder::write(configuration, &settings, version));
            Element::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
        }
    }
    let mut options: Vec<_> = answer.children("Options").map(encoder::options2).collect();
    options.extend(answer.at(&["Options"]).into_iter().flat_map(encoder::options1));
    for options in &options {
        assert!(is_shown(&options.codec));
        assert!(options.fps_milli.is_none_or(|(min, max)| min.max(max) <= 1_000_000_000), "{options:?}");
    }
    let imaging = imaging::imaging("s".to_owned(), answer, answer, FocusAbility::default());
    let levels = [imaging.brightness, imaging.contrast, imaging.saturation, imaging.sharpness];
    let levels = levels.iter().flatten().inspect(|level| {
        assert!(level.value.is_finite() && level.min.is_finite() && level.max.is_finite(), "{level:?}");
    });
    let node = answer.at(&["PTZNode"]).unwrap_or(answer);
    let place = ptz::ranges(node).place.read(answer.at(&["PTZPosition"]));
    let numbers = place.pan_tilt.into_iter().flat_map(|(pan, tilt)| [pan, tilt]).chain(place.zoom);
    let numbers = numbers.inspect(|number| assert!((-1.0..=1.0).contains(number), "{place:?}")).count();
    let heard: Vec<_> = answer.children("NotificationMessage").filter_map(events::event).collect();
    assert!(heard.iter().all(|event| is_shown(&event.source)), "{heard:?}");
    [
        services.iter().flatten().count(),
        encoders.min(3),
        options.len().min(3),
        levels.count(),
        imaging.ir_cut_modes.len().min(3),
        numbers,
        heard.len().min(3),
        usize::from(ptz::ability(node).continuous.pan_tilt),
    ]
}

#[test]
fn no_answer_does_harm() {
    SOAP.run(seeds(), |input| {
        let text = String::from_utf8_lossy(input);
        let root = match Element::parse(&text) {
            Ok(root) => root,
            Err(error) => {
                assert!(matches!(error.kind(), Kind::Refused | Kind::Protocol), "{error:?}");
                return Err(error.message().to_owned());
            }
        };
        let (elements, depth, bytes) = root.extent();
        assert!(elements <= 10_000 && depth <= 64 && bytes <= text.len(), "{elements} {depth} {bytes}");
        let printed = root.to_schema();
        let again = Element::parse(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert_eq!(again.to_schema(), printed, "printed, read and printed again");
        let oxvif = understood_by_oxvif(&text);
        match session::body_of(&text) {
            Ok(answer) => Ok((oxvif, read(&answer))),
            Err(error) => Err(format!("{} {oxvif}", error.message())),
        }
    });
}
