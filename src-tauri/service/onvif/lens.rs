//! Owns the lens of a device's first video source (ONVIF Imaging §5.2): which source that is, how its focus can be moved,
//! moving and stopping it.
//! Must not know who moves it, nor when it has to stop.

use super::device::{Device, required};
use super::xml::Element;
use atalaya_model::focus::{FocusAbility, FocusMove, FocusStatus};
use atalaya_model::{Error, Kind, Result};
use quick_xml::escape::escape;

/// What a device gives its figures in, from lowest to highest.
type Range = (f32, f32);

/// The lens, found once: a hand has no time to ask again at every move.
#[derive(Debug, Clone)]
pub(super) struct Lens {
    service: String,
    source: String,
    ways: Ways,
}

/// The ways that the focus can be moved in, with the device's own units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Ways {
    speed: Option<Range>,
    distance: Option<Range>,
    place: Option<Range>,
}

impl Ways {
    fn of(options: &Element) -> Self {
        let range = |way: &str, of: &str, generic: Range| {
            let way = options.at(&["MoveOptions", way])?;
            let bound = |name: &str| way.number_at(&[of, name]);
            // A way without a range is one in ONVIF's generic figures.
            Some(bound("Min").zip(bound("Max")).filter(|(min, max)| min < max).unwrap_or(generic))
        };
        Self {
            speed: range("Continuous", "Speed", (-1.0, 1.0)),
            distance: range("Relative", "Distance", (-1.0, 1.0)),
            place: range("Absolute", "Position", (0.0, 1.0)),
        }
    }

    /// A movement as the device wants it; none for a way that it does not offer.
    fn write(self, movement: FocusMove) -> Option<String> {
        let out = |value: f32, (min, max): Range| if value < 0.0 { -value * min } else { value * max };
        let element = |way: &str, of: &str, value: f32| {
            format!("<timg:Focus><tt:{way}><tt:{of}>{value}</tt:{of}></tt:{way}></timg:Focus>")
        };
        Some(match movement {
            FocusMove::Continuous(speed) => element("Continuous", "Speed", out(speed, self.speed?)),
            FocusMove::Relative(distance) => element("Relative", "Distance", out(distance, self.distance?)),
            FocusMove::Absolute(place) => {
                let (min, max) = self.place?;
                element("Absolute", "Position", min + place * (max - min))
            }
        })
    }

    /// A place that the device tells, as a share of its range.
    fn read(self, place: f32) -> Option<f32> {
        let (min, max) = self.place?;
        Some(((place - min) / (max - min)).clamp(0.0, 1.0)).filter(|share| share.is_finite())
    }
}

impl Lens {
    /// Finds the first video source and asks how its focus can be moved. `Unsupported` without an imaging service.
    pub(super) async fn of(device: &Device) -> Result<Self> {
        let service = required(device.services.imaging.as_ref(), "imaging")?.to_owned();
        let mut lens = Self { service, source: source_token(device).await?, ways: Ways::default() };
        match lens.ask(device, "GetMoveOptions", "").await {
            Ok(answer) => lens.ways = Ways::of(&answer),
            Err(error) if error.kind().is_transient() || error.kind() == Kind::Unauthorized => {
                return Err(error);
            }
            // Most cameras have no motor at their lens, and say so by a fault.
            Err(error) => tracing::debug!(%error, "a device does not move its focus"),
        }
        Ok(lens)
    }

    /// The device's own name for the video source.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// How its focus can be moved.
    pub(super) fn ability(&self) -> FocusAbility {
        let Ways { speed, distance, place } = self.ways;
        FocusAbility { continuous: speed.is_some(), relative: distance.is_some(), absolute: place.is_some() }
    }

    /// Makes a call of the imaging service about this source.
    pub(super) async fn ask(&self, device: &Device, name: &str, more: &str) -> Result<Element> {
        let source = escape(&self.source);
        let body = format!(
            "<timg:{name}><timg:VideoSourceToken>{source}</timg:VideoSourceToken>{more}</timg:{name}>"
        );
        let action = format!("http://www.onvif.org/ver20/imaging/wsdl/{name}");
        device.session.ask(&self.service, &action, body).await
    }

    pub(super) async fn focus(&self, device: &Device, movement: FocusMove) -> Result<()> {
        let unable = || Error::new(Kind::Unsupported, "the device's focus cannot be moved so");
        let more = self.ways.write(movement.validated()?).ok_or_else(unable)?;
        self.ask(device, "Move", &more).await.map(drop)
    }

    pub(super) async fn stop(&self, device: &Device) -> Result<()> {
        self.ask(device, "Stop", "").await.map(drop)
    }

    pub(super) async fn status(&self, device: &Device) -> Result<FocusStatus> {
        let answer = self.ask(device, "GetStatus", "").await?;
        let told = |name: &str| answer.text_at(&["Status", "FocusStatus20", name]);
        Ok(FocusStatus {
            place: told("Position").and_then(|place| self.ways.read(place.parse().ok()?)),
            moving: told("MoveStatus").map(|status| status.eq_ignore_ascii_case("MOVING")),
        })
    }
}

/// The first video source: by its configuration over Media2, else as Media1 lists it.
async fn source_token(device: &Device) -> Result<String> {
    let unknown = || Error::new(Kind::Unsupported, "the device names no video source");
    if let Some(one) = &device.services.media1 {
        let action = "http://www.onvif.org/ver10/media/wsdl/GetVideoSources";
        let answer = device.session.ask(one, action, "<trt:GetVideoSources/>".to_owned()).await?;
        let first = answer.children("VideoSources").next();
        return first.and_then(|it| it.attribute("token")).map(str::to_owned).ok_or_else(unknown);
    }
    let two = required(device.services.media2.as_ref(), "media")?;
    let action = "http://www.onvif.org/ver20/media/wsdl/GetVideoSourceConfigurations";
    let answer = device.session.ask(two, action, "<tr2:GetVideoSourceConfigurations/>".to_owned()).await?;
    answer.text_at(&["Configurations", "SourceToken"]).map(str::to_owned).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(options: &str) -> Ways {
        Ways::of(&Element::parse(&format!("<r><MoveOptions>{options}</MoveOptions></r>")).unwrap())
    }

    #[test]
    fn moves_are_written_in_the_device_s_own_figures() {
        let range = |of: &str, min: &str, max: &str| format!("<{of}><Min>{min}</Min><Max>{max}</Max></{of}>");
        let own = ways(&format!(
            "<Absolute>{}</Absolute><Relative>{}</Relative><Continuous>{}</Continuous>",
            range("Position", "100", "300"),
            range("Distance", "-8", "4"),
            range("Speed", "-7", "7"),
        ));
        let wrap = |inner: &str| Some(format!("<timg:Focus>{inner}</timg:Focus>"));
        assert_eq!(
            own.write(FocusMove::Absolute(0.25)),
            wrap("<tt:Absolute><tt:Position>150</tt:Position></tt:Absolute>")
        );
        assert_eq!(
            own.write(FocusMove::Relative(-0.5)),
            wrap("<tt:Relative><tt:Distance>-4</tt:Distance></tt:Relative>")
        );
        assert_eq!(
            own.write(FocusMove::Continuous(1.0)),
            wrap("<tt:Continuous><tt:Speed>7</tt:Speed></tt:Continuous>")
        );
        assert_eq!((own.read(250.0), own.read(999.0), own.read(f32::NAN)), (Some(0.75), Some(1.0), None));
    }

    #[test]
    fn only_what_is_offered_can_be_done() {
        assert_eq!(ways(""), Ways::default());
        let one = ways("<Continuous><Speed><Min>x</Min><Max>1</Max></Speed></Continuous>");
        assert_eq!(one, Ways { speed: Some((-1.0, 1.0)), ..Ways::default() });
        assert!(one.write(FocusMove::Continuous(0.5)).is_some());
        assert!(
            one.write(FocusMove::Relative(0.5)).is_none() && one.write(FocusMove::Absolute(0.5)).is_none()
        );
    }
}
