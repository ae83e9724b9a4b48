//! Owns the PTZ service (ONVIF PTZ §5): one node in the generic spaces, moves, status, home and presets.
//! Must not know how the drive moves.

use super::{Context, Outcome, media, soap::Fault};
use crate::{
    clock::Civil,
    ptz::{Axes, DEFAULT_TIMEOUT, MAX_PRESETS, Ptz},
    xml::{Element, each, escape},
};
use std::time::{Duration, Instant};

const NODE: &str = "ptz_node";
const CONFIGURATION: &str = "ptz";
const SPACES: &str = "http://www.onvif.org/ver10/tptz";

pub(super) fn answer(context: &Context<'_>, name: &str, operation: &Element) -> Outcome {
    let (ptz, now) = (&*context.camera.ptz, Instant::now());
    let done = || Ok(format!("<tptz:{name}Response/>"));
    match name {
        "GetServiceCapabilities" => {
            return Ok(
                "<tptz:GetServiceCapabilitiesResponse><tptz:Capabilities EFlip=\"false\" Reverse=\"false\" \
                 GetCompatibleConfigurations=\"false\" MoveStatus=\"true\" StatusPosition=\"true\"/>\
                 </tptz:GetServiceCapabilitiesResponse>"
                    .to_owned(),
            );
        }
        "GetNodes" => {
            return Ok(format!("<tptz:GetNodesResponse>{}</tptz:GetNodesResponse>", node()));
        }
        "GetNode" if operation.child_text("NodeToken") == Some(NODE) => {
            return Ok(format!("<tptz:GetNodeResponse>{}</tptz:GetNodeResponse>", node()));
        }
        "GetNode" => {
            return Err(Fault::invalid("ter:NoEntity", "there is no PTZ node of this token"));
        }
        "GetConfigurations" => {
            let configuration = configuration("tptz:PTZConfiguration");
            return Ok(format!(
                "<tptz:GetConfigurationsResponse>{configuration}</tptz:GetConfigurationsResponse>"
            ));
        }
        "GetConfiguration" => {
            let configuration = configuration("tptz:PTZConfiguration");
            return Ok(format!(
                "<tptz:GetConfigurationResponse>{configuration}</tptz:GetConfigurationResponse>"
            ));
        }
        "GetConfigurationOptions" => {
            return Ok(format!(
                "<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions><tt:Spaces>{}</tt:Spaces>\
                 <tt:PTZTimeout><tt:Min>PT1S</tt:Min><tt:Max>PT60S</tt:Max></tt:PTZTimeout>\
                 </tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>",
                spaces()
            ));
        }
        _ => media::check_profile(operation)?,
    }
    match name {
        "GetStatus" => Ok(status(ptz, now, Civil::from_utc(context.camera.utc()))),
        "ContinuousMove" => {
            let velocity = axes(operation.child("Velocity"), [0.0; 3])?;
            let timeout = match operation.child_text("Timeout") {
                Some(text) => {
                    Some(duration(text).ok_or(Fault::invalid("ter:TimeoutNotSupported", "no such timeout"))?)
                }
                None => None,
            };
            ptz.drive(now, velocity, timeout);
            done()
        }
        "AbsoluteMove" => {
            let place = axes(operation.child("Position"), ptz.position(now))?;
            ptz.go_to(now, place);
            done()
        }
        "RelativeMove" => {
            ptz.go_by(now, axes(operation.child("Translation"), [0.0; 3])?);
            done()
        }
        "Stop" => {
            // §5.3.4: what is not named is stopped when neither is named; `false` leaves it going.
            let named = |axis| operation.child_text(axis).map(|text| matches!(text, "true" | "1"));
            let (pan_tilt, zoom) = (named("PanTilt"), named("Zoom"));
            ptz.stop(now, pan_tilt.unwrap_or(true), zoom.unwrap_or(true));
            done()
        }
        "GotoHomePosition" => {
            ptz.go_home(now);
            done()
        }
        "SetHomePosition" => {
            ptz.set_home(now);
            done()
        }
        "GetPresets" => {
            let presets = each(ptz.presets(), |(token, preset)| {
                let (name, [pan, tilt, zoom]) = (escape(&preset.name), preset.place);
                format!(
                    "<tptz:Preset token=\"{token}\"><tt:Name>{name}</tt:Name><tt:PTZPosition>\
                         <tt:PanTilt x=\"{pan}\" y=\"{tilt}\"/><tt:Zoom x=\"{zoom}\"/></tt:PTZPosition></tptz:Preset>"
                )
            });
            Ok(format!("<tptz:GetPresetsResponse>{presets}</tptz:GetPresetsResponse>"))
        }
        "SetPreset" => {
            let token = operation.child("PresetToken").map(preset_token).transpose()?;
            let name = operation.child_text("PresetName").filter(|name| !name.is_empty());
            let name = name.map(|name| name.chars().take(64).collect());
            let token = ptz.set_preset(now, token, name).ok_or(NO_PRESET)?;
            Ok(format!(
                "<tptz:SetPresetResponse><tptz:PresetToken>{token}</tptz:PresetToken></tptz:SetPresetResponse>"
            ))
        }
        "GotoPreset" | "RemovePreset" => {
            let token = operation.child("PresetToken").map(preset_token).transpose()?.ok_or(NO_PRESET)?;
            let found =
                if name == "GotoPreset" { ptz.go_to_preset(now, token) } else { ptz.remove_preset(token) };
            if found { done() } else { Err(NO_PRESET) }
        }
        _ => Err(Fault::not_supported()),
    }
}

const NO_PRESET: Fault =
    Fault::invalid("ter:NoToken", "there is no preset of this token, or no room for another");

fn preset_token(element: &Element) -> Result<u32, Fault> {
    element.text().parse().map_err(|_| NO_PRESET)
}

/// Reads a PTZVector or PTZSpeed; axes it leaves out stay as in `otherwise`.
fn axes(vector: Option<&Element>, otherwise: Axes) -> Result<Axes, Fault> {
    let vector = vector.ok_or(Fault::invalid("ter:InvalidPosition", "the place or speed is missing"))?;
    let read = |axis: &str, attribute: &str, otherwise: f32| match vector.child(axis) {
        None => Ok(otherwise),
        Some(element) => element
            .attribute(attribute)
            .and_then(|value| value.trim().parse::<f32>().ok())
            .filter(|value| value.is_finite())
            .ok_or(Fault::invalid("ter:InvalidPosition", "a coordinate is not a number")),
    };
    Ok([
        read("PanTilt", "x", otherwise[0])?,
        read("PanTilt", "y", otherwise[1])?,
        read("Zoom", "x", otherwise[2])?,
    ])
}

/// Reads an xs:duration without years and months, such as `PT5S` or `PT1M0.5S`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (days, time) =
        text.strip_prefix('P')?.split_once('T').map_or((text.strip_prefix('P')?, ""), |parts| parts);
    let mut total_s = 0.0;
    let mut anything = false;
    for (part, units) in
        [(days, &[('D', 86_400.0)][..]), (time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)][..])]
    {
        let mut rest = part;
        for &(unit, seconds) in units {
            if let Some((number, after)) = rest.split_once(unit) {
                let number = number.parse::<f64>().ok().filter(|number| (0.0..=1e9).contains(number))?;
                total_s += number * seconds;
                anything = true;
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    anything.then(|| Duration::from_secs_f64(total_s))
}

fn status(ptz: &Ptz, now: Instant, utc: Civil) -> String {
    let [pan, tilt, zoom] = ptz.position(now);
    let word = |moving| if moving { "MOVING" } else { "IDLE" };
    let (pan_tilt_moves, zoom_moves) = ptz.moving(now);
    format!(
        "<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position>\
         <tt:PanTilt x=\"{pan}\" y=\"{tilt}\" space=\"{SPACES}/PanTiltSpaces/PositionGenericSpace\"/>\
         <tt:Zoom x=\"{zoom}\" space=\"{SPACES}/ZoomSpaces/PositionGenericSpace\"/></tt:Position>\
         <tt:MoveStatus><tt:PanTilt>{}</tt:PanTilt><tt:Zoom>{}</tt:Zoom></tt:MoveStatus>\
         <tt:UtcTime>{}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>",
        word(pan_tilt_moves),
        word(zoom_moves),
        utc.iso()
    )
}

fn node() -> String {
    format!(
        "<tptz:PTZNode token=\"{NODE}\" FixedHomePosition=\"false\"><tt:Name>drive</tt:Name>\
         <tt:SupportedPTZSpaces>{}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>{MAX_PRESETS}</tt:MaximumNumberOfPresets>\
         <tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>",
        spaces()
    )
}

fn range(tag: &str, low: i8) -> String {
    format!("<tt:{tag}><tt:Min>{low}</tt:Min><tt:Max>1</tt:Max></tt:{tag}>")
}

/// The generic spaces; two-dimensional ones for pan and tilt, then zoom (order of the schema).
fn spaces() -> String {
    let plane = |tag: &str, uri: &str| {
        format!(
            "<tt:{tag}><tt:URI>{SPACES}/PanTiltSpaces/{uri}</tt:URI>{}{}</tt:{tag}>",
            range("XRange", -1),
            range("YRange", -1)
        )
    };
    let line = |tag: &str, kind: &str, uri: &str, low| {
        format!("<tt:{tag}><tt:URI>{SPACES}/{kind}/{uri}</tt:URI>{}</tt:{tag}>", range("XRange", low))
    };
    [
        plane("AbsolutePanTiltPositionSpace", "PositionGenericSpace"),
        line("AbsoluteZoomPositionSpace", "ZoomSpaces", "PositionGenericSpace", 0),
        plane("RelativePanTiltTranslationSpace", "TranslationGenericSpace"),
        line("RelativeZoomTranslationSpace", "ZoomSpaces", "TranslationGenericSpace", -1),
        plane("ContinuousPanTiltVelocitySpace", "VelocityGenericSpace"),
        line("ContinuousZoomVelocitySpace", "ZoomSpaces", "VelocityGenericSpace", -1),
        line("PanTiltSpeedSpace", "PanTiltSpaces", "GenericSpeedSpace", 0),
        line("ZoomSpeedSpace", "ZoomSpaces", "ZoomGenericSpeedSpace", 0),
    ]
    .concat()
}

/// The one PTZ configuration, also part of every media profile.
pub(super) fn configuration(tag: &str) -> String {
    let default = |operation: &str, kind: &str, uri: &str| {
        format!("<tt:Default{operation}>{SPACES}/{kind}/{uri}</tt:Default{operation}>")
    };
    let defaults = [
        default("AbsolutePantTiltPositionSpace", "PanTiltSpaces", "PositionGenericSpace"),
        default("AbsoluteZoomPositionSpace", "ZoomSpaces", "PositionGenericSpace"),
        default("RelativePanTiltTranslationSpace", "PanTiltSpaces", "TranslationGenericSpace"),
        default("RelativeZoomTranslationSpace", "ZoomSpaces", "TranslationGenericSpace"),
        default("ContinuousPanTiltVelocitySpace", "PanTiltSpaces", "VelocityGenericSpace"),
        default("ContinuousZoomVelocitySpace", "ZoomSpaces", "VelocityGenericSpace"),
    ]
    .concat();
    let limits = format!(
        "<tt:PanTiltLimits><tt:Range><tt:URI>{SPACES}/PanTiltSpaces/PositionGenericSpace</tt:URI>{}{}</tt:Range></tt:PanTiltLimits>\
         <tt:ZoomLimits><tt:Range><tt:URI>{SPACES}/ZoomSpaces/PositionGenericSpace</tt:URI>{}</tt:Range></tt:ZoomLimits>",
        range("XRange", -1),
        range("YRange", -1),
        range("XRange", 0)
    );
    format!(
        "<{tag} token=\"{CONFIGURATION}\"><tt:Name>drive</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>{NODE}</tt:NodeToken>\
         {defaults}<tt:DefaultPTZTimeout>PT{}S</tt:DefaultPTZTimeout>{limits}</{tag}>",
        DEFAULT_TIMEOUT.as_secs()
    )
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the figures are read, not reckoned")]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [("PT5S", 5.0), ("PT1M0.5S", 60.5), ("P1DT1H", 90_000.0), ("PT0S", 0.0)] {
            assert_eq!(duration(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "P", "PT", "5", "PTS", "PT-5S", "PT5", "PT1S1M", "PT1e400S"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn axes_left_out_stay() {
        let vector = Element::parse("<P><PanTilt x=\"0.5\" y=\"-1\"/></P>").unwrap();
        assert_eq!(axes(Some(&vector), [0.0, 0.0, 0.7]).unwrap(), [0.5, -1.0, 0.7]);
        for bad in ["<P><Zoom/></P>", "<P><Zoom x=\"inf\"/></P>", "<P><Zoom x=\"\"/></P>"] {
            assert!(axes(Some(&Element::parse(bad).unwrap()), [0.0; 3]).is_err(), "{bad}");
        }
        assert!(axes(None, [0.0; 3]).is_err());
    }
}
