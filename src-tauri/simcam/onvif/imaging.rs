//! Owns the imaging service (ONVIF Imaging §5) of the one lens: brightness and the infrared filter.
//! Must not know how pictures change by it.

use super::{Context, Outcome, media, soap::Fault};
use crate::{
    setup::{IrCut, Look},
    xml::Element,
};

const NO_SOURCE: Fault = Fault::invalid("ter:NoSource", "there is no video source of this token");
const INVALID: Fault = Fault::invalid("ter:SettingsInvalid", "the settings cannot be had");

pub(super) fn answer(context: &Context<'_>, name: &str, operation: &Element) -> Outcome {
    if name != "GetServiceCapabilities" && operation.child_text("VideoSourceToken") != Some(media::SOURCE) {
        return Err(NO_SOURCE);
    }
    let setup = &context.camera.setup;
    Ok(match name {
        "GetServiceCapabilities" => {
            "<timg:GetServiceCapabilitiesResponse><timg:Capabilities ImageStabilization=\"false\"/>\
             </timg:GetServiceCapabilitiesResponse>"
                .to_owned()
        }
        "GetImagingSettings" => {
            let Look { brightness, ir_cut } = setup.look();
            format!(
                "<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>{brightness}</tt:Brightness>\
                 <tt:IrCutFilter>{}</tt:IrCutFilter></timg:ImagingSettings></timg:GetImagingSettingsResponse>",
                word(ir_cut)
            )
        }
        "GetOptions" => "<timg:GetOptionsResponse><timg:ImagingOptions>\
             <tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:Brightness>\
             <tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>OFF</tt:IrCutFilterModes>\
             <tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes></timg:ImagingOptions></timg:GetOptionsResponse>"
            .to_owned(),
        "SetImagingSettings" => {
            let settings = operation.child("ImagingSettings").ok_or(INVALID)?;
            setup.set_look(changed(setup.look(), settings)?);
            "<timg:SetImagingSettingsResponse/>".to_owned()
        }
        "GetMoveOptions" => {
            "<timg:GetMoveOptionsResponse><timg:MoveOptions/></timg:GetMoveOptionsResponse>".to_owned()
        }
        // §5.2.4: without a motor the lens has no focus to move.
        _ => return Err(Fault::not_supported()),
    })
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
}
