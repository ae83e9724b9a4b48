//! Owns the imaging service (ONVIF Imaging §5) of the one lens: brightness, the infrared filter, focus. Focus has units of
//! its own, so that a client that takes ONVIF's generic ones for given shows.
//! Must not know how pictures change by it.

use super::{Context, Outcome, media, soap::Fault};
use crate::{
    lens::Lens,
    setup::{IrCut, Look},
    xml::Element,
};
use std::time::Instant;

const NO_SOURCE: Fault = Fault::invalid("ter:NoSource", "there is no video source of this token");
const INVALID: Fault = Fault::invalid("ter:SettingsInvalid", "the settings cannot be had");

pub(super) fn answer(context: &Context<'_>, name: &str, operation: &Element) -> Outcome {
    if name != "GetServiceCapabilities" && operation.child_text("VideoSourceToken") != Some(media::SOURCE) {
        return Err(NO_SOURCE);
    }
    let setup = &context.camera.setup;
    let lens = Some(&*context.camera.lens).filter(|_| !context.camera.faults.has_a_fixed_lens());
    let now = Instant::now();
    Ok(match name {
        "GetServiceCapabilities" => {
            "<timg:GetServiceCapabilitiesResponse><timg:Capabilities ImageStabilization=\"false\"/>\
             </timg:GetServiceCapabilitiesResponse>"
                .to_owned()
        }
        "GetImagingSettings" => {
            let Look { brightness, ir_cut } = setup.look();
            let mode = |lens: &Lens| if lens.is_auto() { "AUTO" } else { "MANUAL" };
            let focus = lens.map_or_else(String::new, |lens| {
                format!("<tt:Focus><tt:AutoFocusMode>{}</tt:AutoFocusMode></tt:Focus>", mode(lens))
            });
            format!(
                "<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>{brightness}</tt:Brightness>\
                 {focus}<tt:IrCutFilter>{}</tt:IrCutFilter></timg:ImagingSettings></timg:GetImagingSettingsResponse>",
                word(ir_cut)
            )
        }
        "GetOptions" => {
            let focus = if lens.is_some() { FOCUS_OPTIONS } else { "" };
            format!(
                "<timg:GetOptionsResponse><timg:ImagingOptions>\
                 <tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:Brightness>{focus}\
                 <tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>OFF</tt:IrCutFilterModes>\
                 <tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes></timg:ImagingOptions></timg:GetOptionsResponse>"
            )
        }
        "SetImagingSettings" => {
            let settings = operation.child("ImagingSettings").ok_or(INVALID)?;
            let look = changed(setup.look(), settings)?;
            if let Some(mode) = settings.at(&["Focus", "AutoFocusMode"]) {
                let auto = match mode.text() {
                    "AUTO" => true,
                    "MANUAL" => false,
                    _ => return Err(INVALID),
                };
                lens.ok_or(INVALID)?.set_auto(now, auto);
            }
            setup.set_look(look);
            "<timg:SetImagingSettingsResponse/>".to_owned()
        }
        "GetMoveOptions" => {
            let options = lens.map_or_else(String::new, |_| move_options());
            format!(
                "<timg:GetMoveOptionsResponse><timg:MoveOptions>{options}</timg:MoveOptions>\
                 </timg:GetMoveOptionsResponse>"
            )
        }
        // §5.2.4: without a motor the lens has no focus to move.
        "Move" | "Stop" | "GetStatus" => {
            let lens = lens.ok_or(Fault::invalid("ter:NoImagingForSource", "the lens is fixed"))?;
            match name {
                "Move" => moved(lens, now, operation.child("Focus").ok_or(INVALID)?)?,
                "Stop" => lens.stop(now),
                _ => return Ok(status(lens, now)),
            }
            format!("<timg:{name}Response/>")
        }
        _ => return Err(Fault::not_supported()),
    })
}

const FOCUS_OPTIONS: &str = "<tt:Focus><tt:AutoFocusModes>AUTO</tt:AutoFocusModes>\
    <tt:AutoFocusModes>MANUAL</tt:AutoFocusModes></tt:Focus>";
/// A lens's farthest place in its own steps; the nearest is 0.
const PLACE_MAX: f32 = 2000.0;
/// Its full speed.
const SPEED_MAX: f32 = 7.0;

fn move_options() -> String {
    let range = |of: &str, min: f32, max: f32| {
        format!("<tt:{of}><tt:Min>{min}</tt:Min><tt:Max>{max}</tt:Max></tt:{of}>")
    };
    format!(
        "<tt:Absolute>{}</tt:Absolute><tt:Relative>{}</tt:Relative><tt:Continuous>{}</tt:Continuous>",
        range("Position", 0.0, PLACE_MAX),
        range("Distance", -PLACE_MAX, PLACE_MAX),
        range("Speed", -SPEED_MAX, SPEED_MAX)
    )
}

/// Carries out a FocusMove (§5.2.4).
fn moved(lens: &Lens, now: Instant, focus: &Element) -> Result<(), Fault> {
    let figure = |way: &str, of: &str, range: std::ops::RangeInclusive<f32>| -> Result<Option<f32>, Fault> {
        let Some(way) = focus.child(way) else { return Ok(None) };
        let value = way.child_text(of).and_then(|text| text.parse().ok());
        value.filter(|value| range.contains(value)).map(Some).ok_or(INVALID)
    };
    if let Some(place) = figure("Absolute", "Position", 0.0..=PLACE_MAX)? {
        lens.go_to(now, place / PLACE_MAX);
    } else if let Some(distance) = figure("Relative", "Distance", -PLACE_MAX..=PLACE_MAX)? {
        lens.go_by(now, distance / PLACE_MAX);
    } else if let Some(speed) = figure("Continuous", "Speed", -SPEED_MAX..=SPEED_MAX)? {
        lens.drive(now, speed / SPEED_MAX);
    } else {
        return Err(INVALID);
    }
    Ok(())
}

fn status(lens: &Lens, now: Instant) -> String {
    let moving = if lens.is_moving(now) { "MOVING" } else { "IDLE" };
    format!(
        "<timg:GetStatusResponse><timg:Status><tt:FocusStatus20><tt:Position>{}</tt:Position>\
         <tt:MoveStatus>{moving}</tt:MoveStatus></tt:FocusStatus20></timg:Status></timg:GetStatusResponse>",
        lens.place(now) * PLACE_MAX
    )
}

const fn word(ir_cut: IrCut) -> &'static str {
    match ir_cut {
        IrCut::On => "ON",
        IrCut::Off => "OFF",
        IrCut::Auto => "AUTO",
    }
}

/// What is left out stays (§5.2.2).
fn changed(mut look: Look, settings: &Element) -> Result<Look, Fault> {
    if let Some(text) = settings.child_text("Brightness") {
        look.brightness =
            text.parse().ok().filter(|brightness| (0.0..=100.0).contains(brightness)).ok_or(INVALID)?;
    }
    if let Some(text) = settings.child_text("IrCutFilter") {
        look.ir_cut = [IrCut::On, IrCut::Off, IrCut::Auto]
            .into_iter()
            .find(|mode| word(*mode) == text)
            .ok_or(INVALID)?;
    }
    Ok(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_and_what_is_left_out_stays() {
        let set = |xml: &str| changed(Look::default(), &Element::parse(xml).unwrap());
        let dark = set("<S><Brightness>12.5</Brightness></S>").unwrap();
        assert_eq!(dark, Look { brightness: 12.5, ..Look::default() });
        assert_eq!(set("<S><IrCutFilter>OFF</IrCutFilter></S>").unwrap().ir_cut, IrCut::Off);
        for bad in ["<Brightness>101</Brightness>", "<Brightness/>", "<IrCutFilter>off</IrCutFilter>"] {
            assert!(set(&format!("<S>{bad}</S>")).is_err(), "{bad}");
        }
    }

    #[test]
    fn focus_moves_are_in_the_lens_s_own_steps() {
        let now = Instant::now();
        let lens = Lens::new(now);
        let moving =
            |xml: &str| moved(&lens, now, &Element::parse(&format!("<Focus>{xml}</Focus>")).unwrap());
        for bad in [
            "",
            "<Absolute/>",
            "<Absolute><Position>2001</Position></Absolute>",
            "<Relative><Distance>NaN</Distance></Relative>",
            "<Continuous><Speed>7.5</Speed></Continuous>",
        ] {
            assert!(moving(bad).is_err() && lens.is_auto(), "{bad}");
        }
        moving("<Absolute><Position>500</Position></Absolute>").unwrap();
        let later = now + std::time::Duration::from_mins(1);
        assert!((lens.place(later) - 0.25).abs() < 1e-4 && !lens.is_auto());
        assert!(status(&lens, later).contains("<tt:MoveStatus>IDLE</tt:MoveStatus>"));
        moving("<Continuous><Speed>3.5</Speed></Continuous>").unwrap();
        assert!(status(&lens, now).contains("<tt:MoveStatus>MOVING</tt:MoveStatus>"));
    }
}
