//! Owns the PTZ service (ONVIF PTZ §5): which profile has a drive, what it can do, moves, presets, home.
//! Must not know who moves a camera, nor when it has to stop.

use super::device::{Device, required};
use super::xml::Element;
use atalaya_model::ptz::{MOVE_MAX, PtzAbility, PtzAxes, PtzGoal, PtzMove, PtzPreset, PtzStatus, PtzVector};
use atalaya_model::quirk::OnvifQuirk;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use quick_xml::escape::escape;

/// Presets that one device lists.
const PRESETS_MAX: usize = 512;

/// The drive of one device, found once.
#[derive(Debug, Clone)]
pub(super) struct Drive {
    service: String,
    /// The media profile that has it.
    profile: String,
    pub(super) ability: PtzAbility,
    ranges: Ranges,
}

/// The spaces that moves go in. Devices have their own units beside the generic ones; where only those are, moves
/// are scaled into them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ranges {
    speed: Space,
    distance: Space,
    pub(super) place: Space,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    pan: (f32, f32),
    tilt: (f32, f32),
    zoom: (f32, f32),
    /// Zoom from 0, not from −1.
    zoom_from_zero: bool,
}

impl Default for Space {
    fn default() -> Self {
        Self { pan: (-1.0, 1.0), tilt: (-1.0, 1.0), zoom: (-1.0, 1.0), zoom_from_zero: false }
    }
}

impl Space {
    /// A vector of the generic space, or of the device's own, as XML attributes want it.
    fn write(self, vector: PtzVector) -> String {
        let out = |value: f32, (min, max): (f32, f32)| if value < 0.0 { -value * min } else { value * max };
        let zoom = |value: f32| {
            if self.zoom_from_zero {
                self.zoom.0 + value * (self.zoom.1 - self.zoom.0)
            } else {
                out(value, self.zoom)
            }
        };
        let mut xml = String::new();
        if let Some((pan, tilt)) = vector.pan_tilt {
            xml += &format!("<tt:PanTilt x=\"{}\" y=\"{}\"/>", out(pan, self.pan), out(tilt, self.tilt));
        }
        if let Some(value) = vector.zoom {
            xml += &format!("<tt:Zoom x=\"{}\"/>", zoom(value));
        }
        xml
    }

    /// The vector that a device tells, in the generic space.
    pub(super) fn read(self, element: Option<&Element>) -> PtzVector {
        let number = |axis: &str, attribute: &str| {
            let value = element?.at(&[axis])?.attribute(attribute)?.trim().parse::<f32>().ok()?;
            value.is_finite().then_some(value)
        };
        let back = |value: f32, (min, max): (f32, f32)| {
            let generic = if value < 0.0 { -value / min } else { value / max };
            if generic.is_finite() { generic.clamp(-1.0, 1.0) } else { 0.0 }
        };
        let zoom = |value: f32| {
            let share = (value - self.zoom.0) / (self.zoom.1 - self.zoom.0);
            if self.zoom_from_zero && share.is_finite() {
                share.clamp(0.0, 1.0)
            } else {
                back(value, self.zoom)
            }
        };
        PtzVector {
            pan_tilt: number("PanTilt", "x")
                .zip(number("PanTilt", "y"))
                .map(|(pan, tilt)| (back(pan, self.pan), back(tilt, self.tilt))),
            zoom: number("Zoom", "x").map(zoom),
        }
    }
}

fn action(name: &str) -> String {
    format!("http://www.onvif.org/ver20/ptz/wsdl/{name}")
}

impl Drive {
    /// Finds the drive: the first media profile with a PTZ configuration, and the node behind it. `Unsupported` when
    /// there is none.
    pub(super) async fn of(device: &Device) -> Result<Self> {
        let service = required(device.services.ptz.as_ref(), "ptz")?.to_owned();
        let (profile, node_token) = profile_with_drive(device).await?;
        let nodes = device.session.ask(&service, &action("GetNodes"), "<tptz:GetNodes/>".to_owned()).await?;
        let node = nodes
            .children("PTZNode")
            .find(|node| node.attribute("token") == node_token.as_deref())
            .or_else(|| nodes.children("PTZNode").next())
            .ok_or_else(|| Error::new(Kind::Unsupported, "the device has no drive"))?;
        Ok(Self { service, profile, ability: ability(node), ranges: ranges(node) })
    }

    async fn call(&self, device: &Device, name: &str, more: &str) -> Result<Element> {
        let profile = escape(&self.profile);
        let body =
            format!("<tptz:{name}><tptz:ProfileToken>{profile}</tptz:ProfileToken>{more}</tptz:{name}>");
        device.session.ask(&self.service, &action(name), body).await
    }

    pub(super) async fn drive(&self, device: &Device, movement: PtzMove) -> Result<()> {
        let unable = || Err(Error::new(Kind::Unsupported, "the device's drive cannot move so"));
        match movement.validated()? {
            PtzMove::Continuous(speed) => {
                let speed = speed.within(self.ability.continuous);
                if !self.ability.continuous.any() {
                    return unable();
                }
                self.continuous(device, &self.ranges.speed.write(speed)).await
            }
            PtzMove::Relative(distance) if self.ability.relative.any() => {
                let by = self.ranges.distance.write(distance.within(self.ability.relative));
                let more = format!("<tptz:Translation>{by}</tptz:Translation>");
                self.call(device, "RelativeMove", &more).await.map(drop)
            }
            PtzMove::Absolute(place) if self.ability.absolute.any() => {
                let to = self.ranges.place.write(place.within(self.ability.absolute));
                let more = format!("<tptz:Position>{to}</tptz:Position>");
                self.call(device, "AbsoluteMove", &more).await.map(drop)
            }
            PtzMove::Relative(_) | PtzMove::Absolute(_) => unable(),
        }
    }

    async fn continuous(&self, device: &Device, speed: &str) -> Result<()> {
        let velocity = format!("<tptz:Velocity>{speed}</tptz:Velocity>");
        if !device.has(OnvifQuirk::MoveWithoutTimeout) {
            let more = format!("{velocity}<tptz:Timeout>PT{}S</tptz:Timeout>", MOVE_MAX.as_secs());
            match self.call(device, "ContinuousMove", &more).await {
                Err(error) if error.fact("fault").is_some_and(|fault| fault.contains("Timeout")) => {
                    device.note(OnvifQuirk::MoveWithoutTimeout);
                }
                answer => return answer.map(drop),
            }
        }
        self.call(device, "ContinuousMove", &velocity).await.map(drop)
    }

    pub(super) async fn stop(&self, device: &Device) -> Result<()> {
        let more = "<tptz:PanTilt>true</tptz:PanTilt><tptz:Zoom>true</tptz:Zoom>";
        self.call(device, "Stop", more).await.map(drop)
    }

    pub(super) async fn status(&self, device: &Device) -> Result<PtzStatus> {
        let answer = self.call(device, "GetStatus", "").await?;
        let status = answer.at(&["PTZStatus"]);
        let move_status = |axis: &str| status?.text_at(&["MoveStatus", axis]);
        let words: Vec<_> = ["PanTilt", "Zoom"].into_iter().filter_map(move_status).collect();
        Ok(PtzStatus {
            place: self.ranges.place.read(status.and_then(|status| status.at(&["Position"]))),
            moving: (!words.is_empty()).then(|| words.iter().any(|word| word.eq_ignore_ascii_case("MOVING"))),
        })
    }

    pub(super) async fn go_to(&self, device: &Device, goal: &PtzGoal) -> Result<()> {
        let (name, more) = match goal {
            PtzGoal::Home => ("GotoHomePosition", String::new()),
            PtzGoal::Preset(token) => ("GotoPreset", preset_token(token)),
        };
        self.call(device, name, &more).await.map(drop)
    }

    pub(super) async fn presets(&self, device: &Device) -> Result<Vec<PtzPreset>> {
        let answer = self.call(device, "GetPresets", "").await?;
        let read = |preset: &Element| {
            let place = preset.at(&["PTZPosition"]).map(|place| self.ranges.place.read(Some(place)));
            Some(PtzPreset {
                // A token without characters is none: nothing could be done with it.
                token: preset.attribute("token").filter(|token| !token.is_empty())?.to_owned(),
                name: from_device(preset.text_at(&["Name"]).unwrap_or_default()),
                place,
            })
        };
        Ok(answer.children("Preset").filter_map(read).take(PRESETS_MAX).collect())
    }

    pub(super) async fn set_preset(&self, device: &Device, name: &str) -> Result<String> {
        let more = format!("<tptz:PresetName>{}</tptz:PresetName>", escape(name));
        let answer = self.call(device, "SetPreset", &more).await?;
        answer.text_at(&["PresetToken"]).map(str::to_owned).ok_or_else(|| {
            Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down")
                .with("missing", "PresetToken")
        })
    }

    pub(super) async fn remove_preset(&self, device: &Device, token: &str) -> Result<()> {
        self.call(device, "RemovePreset", &preset_token(token)).await.map(drop)
    }

    pub(super) async fn set_home(&self, device: &Device) -> Result<()> {
        self.call(device, "SetHomePosition", "").await.map(drop)
    }
}

fn preset_token(token: &str) -> String {
    format!("<tptz:PresetToken>{}</tptz:PresetToken>", escape(token))
}

/// The first media profile that has a drive, and the drive's node: from Media1, else from Media2.
async fn profile_with_drive(device: &Device) -> Result<(String, Option<String>)> {
    let services = &device.services;
    let asked = [
        (&services.media1, "http://www.onvif.org/ver10/media/wsdl/GetProfiles", "<trt:GetProfiles/>"),
        (
            &services.media2,
            "http://www.onvif.org/ver20/media/wsdl/GetProfiles",
            "<tr2:GetProfiles><tr2:Type>PTZ</tr2:Type></tr2:GetProfiles>",
        ),
    ];
    let mut failure = None;
    for (service, action, body) in asked {
        let Some(service) = service else { continue };
        let answer = match device.session.ask(service, action, body.to_owned()).await {
            Ok(answer) => answer,
            Err(error) if error.kind() == Kind::Unauthorized => return Err(error),
            Err(error) => {
                failure = Some(error);
                continue;
            }
        };
        let found = answer.children("Profiles").find_map(|profile| {
            let drive = profile.at(&["PTZConfiguration"]).or(profile.at(&["Configurations", "PTZ"]))?;
            let token = profile.attribute("token").filter(|token| !token.is_empty())?;
            Some((token.to_owned(), drive.text_at(&["NodeToken"]).map(str::to_owned)))
        });
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(failure
        .unwrap_or_else(|| Error::new(Kind::Unsupported, "no media profile of the device has a drive")))
}

pub(super) fn ability(node: &Element) -> PtzAbility {
    let has = |space: &str| node.at(&["SupportedPTZSpaces", space]).is_some();
    let axes = |pan_tilt, zoom| PtzAxes { pan_tilt: has(pan_tilt), zoom: has(zoom) };
    let is = |name: &str| node.text_at(&[name]).is_some_and(|text| matches!(text, "true" | "1"));
    PtzAbility {
        continuous: axes("ContinuousPanTiltVelocitySpace", "ContinuousZoomVelocitySpace"),
        relative: axes("RelativePanTiltTranslationSpace", "RelativeZoomTranslationSpace"),
        absolute: axes("AbsolutePanTiltPositionSpace", "AbsoluteZoomPositionSpace"),
        home: is("HomeSupported"),
        presets_max: node
            .text_at(&["MaximumNumberOfPresets"])
            .and_then(|text| text.parse().ok())
            .unwrap_or_default(),
    }
}

pub(super) fn ranges(node: &Element) -> Ranges {
    let space = |pan_tilt: &str, zoom: &str, zoom_from_zero| {
        let generic = Space::default();
        let (pan, tilt) = match plain(node, pan_tilt) {
            Some(space) => (range(space, "XRange"), range(space, "YRange")),
            None => (None, None),
        };
        let zoom = plain(node, zoom).and_then(|space| range(space, "XRange"));
        Space {
            pan: pan.unwrap_or(generic.pan),
            tilt: tilt.unwrap_or(generic.tilt),
            zoom: zoom.unwrap_or(if zoom_from_zero { (0.0, 1.0) } else { generic.zoom }),
            zoom_from_zero,
        }
    };
    Ranges {
        speed: space("ContinuousPanTiltVelocitySpace", "ContinuousZoomVelocitySpace", false),
        distance: space("RelativePanTiltTranslationSpace", "RelativeZoomTranslationSpace", false),
        place: space("AbsolutePanTiltPositionSpace", "AbsoluteZoomPositionSpace", true),
    }
}

/// The space that a move without a space is in: the generic one where there is one, else the first.
fn plain<'a>(node: &'a Element, kind: &'a str) -> Option<&'a Element> {
    let spaces = node.at(&["SupportedPTZSpaces"])?;
    let generic = spaces
        .children(kind)
        .find(|space| space.text_at(&["URI"]).is_some_and(|uri| uri.contains("Generic")));
    generic.or_else(|| spaces.children(kind).next())
}

/// A range that something can be scaled into.
fn range(space: &Element, axis: &str) -> Option<(f32, f32)> {
    let (min, max) = (space.number_at(&[axis, "Min"])?, space.number_at(&[axis, "Max"])?);
    (min < max && max > 0.0).then_some((min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(spaces: &str) -> Element {
        Element::parse(&format!(
            "<PTZNode token=\"n\"><SupportedPTZSpaces>{spaces}</SupportedPTZSpaces>\
             <MaximumNumberOfPresets>8</MaximumNumberOfPresets><HomeSupported>true</HomeSupported></PTZNode>"
        ))
        .unwrap()
    }

    #[test]
    fn moves_are_scaled_into_the_device_s_own_spaces() {
        let node = node(
            "<ContinuousPanTiltVelocitySpace><URI>urn:vendor</URI><XRange><Min>-100</Min><Max>100</Max></XRange>\
             <YRange><Min>-50</Min><Max>25</Max></YRange></ContinuousPanTiltVelocitySpace>\
             <AbsoluteZoomPositionSpace><URI>x/Vendor</URI><XRange><Min>1</Min><Max>9</Max></XRange>\
             </AbsoluteZoomPositionSpace>",
        );
        let ability = ability(&node);
        assert!(
            ability.continuous.pan_tilt && !ability.continuous.zoom && ability.absolute.zoom && ability.home
        );
        assert_eq!(ability.presets_max, 8);
        let ranges = ranges(&node);
        let speed = PtzVector::new(0.5, -1.0, 1.0).within(ability.continuous);
        assert_eq!(ranges.speed.write(speed), "<tt:PanTilt x=\"50\" y=\"-50\"/>");
        assert_eq!(ranges.place.write(PtzVector { pan_tilt: None, zoom: Some(0.5) }), "<tt:Zoom x=\"5\"/>");
        let told =
            Element::parse("<Position><PanTilt x=\"0.25\" y=\"nan\"/><Zoom x=\"3\"/></Position>").unwrap();
        assert_eq!(ranges.place.read(Some(&told)), PtzVector { pan_tilt: None, zoom: Some(0.25) });
    }

    #[test]
    fn generic_spaces_go_before_others_and_broken_ones_are_generic() {
        let space = |uri: &str, max: &str| {
            format!(
                "<ContinuousZoomVelocitySpace><URI>{uri}</URI><XRange><Min>-{max}</Min><Max>{max}</Max></XRange>\
                 </ContinuousZoomVelocitySpace>"
            )
        };
        let both = node(&[space("urn:vendor", "9"), space("http://x/VelocityGenericSpace", "1")].concat());
        assert_eq!(ranges(&both).speed.zoom, (-1.0, 1.0));
        for broken in ["0", "x", "inf"] {
            assert_eq!(ranges(&node(&space("urn:vendor", broken))).speed.zoom, (-1.0, 1.0), "{broken}");
        }
    }
}
