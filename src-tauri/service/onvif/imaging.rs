//! Owns the settings of the imaging service (ONVIF Imaging §5.2): brightness and its kin, the infrared filter, whether
//! the camera focuses by itself.
//! Must not know which picture is a good one.

use super::device::Device;
use super::xml::Element;
use atalaya_model::Result;
use atalaya_model::focus::FocusAbility;
use atalaya_model::imaging::{Imaging, ImagingChange, IrCut, Level};

/// Reads the settings with their ranges. A setting without a range is left out: there is nothing to offer.
pub(super) async fn get(device: &Device) -> Result<Imaging> {
    let lens = device.lens().await?;
    let settings = lens.ask(device, "GetImagingSettings", "").await?;
    let options = lens.ask(device, "GetOptions", "").await?;
    Ok(imaging(lens.source().to_owned(), &settings, &options, lens.ability()))
}

pub(super) fn imaging(source: String, settings: &Element, options: &Element, focus: FocusAbility) -> Imaging {
    let level = |name: &str| {
        Some(Level {
            value: settings.number_at(&["ImagingSettings", name])?,
            min: options.number_at(&["ImagingOptions", name, "Min"])?,
            max: options.number_at(&["ImagingOptions", name, "Max"])?,
        })
    };
    let modes = options.at(&["ImagingOptions"]).into_iter().flat_map(|it| it.children("IrCutFilterModes"));
    let auto = settings.text_at(&["ImagingSettings", "Focus", "AutoFocusMode"]);
    Imaging {
        source,
        brightness: level("Brightness"),
        contrast: level("Contrast"),
        saturation: level("ColorSaturation"),
        sharpness: level("Sharpness"),
        ir_cut: settings.text_at(&["ImagingSettings", "IrCutFilter"]).and_then(|mode| mode.parse().ok()),
        ir_cut_modes: modes.filter_map(|mode| mode.text().parse().ok()).collect(),
        auto_focus: auto.map(|mode| mode.eq_ignore_ascii_case("AUTO")),
        focus,
    }
}

/// Changes what is named, after a check against what the device offers, and reads it again.
pub(super) async fn set(device: &Device, change: ImagingChange) -> Result<Imaging> {
    get(device).await?.check(&change)?;
    let settings = format!("<timg:ImagingSettings>{}</timg:ImagingSettings>", write(&change));
    let more = format!("{settings}<timg:ForcePersistence>true</timg:ForcePersistence>");
    device.lens().await?.ask(device, "SetImagingSettings", &more).await?;
    get(device).await
}

/// The settings that change, in the schema's order; what is left out stays (ONVIF Imaging §5.2.2).
fn write(change: &ImagingChange) -> String {
    let element = |name: &str, value: Option<String>| {
        value.map_or_else(String::new, |value| format!("<tt:{name}>{value}</tt:{name}>"))
    };
    let level = |name: &str, value: Option<f32>| element(name, value.map(|value| value.to_string()));
    let focus = change
        .auto_focus
        .map(|auto| format!("<tt:AutoFocusMode>{}</tt:AutoFocusMode>", if auto { "AUTO" } else { "MANUAL" }));
    let ir_cut = change.ir_cut.map(|mode| match mode {
        IrCut::On => "ON".to_owned(),
        IrCut::Off => "OFF".to_owned(),
        IrCut::Auto => "AUTO".to_owned(),
    });
    [
        level("Brightness", change.brightness),
        level("ColorSaturation", change.saturation),
        level("Contrast", change.contrast),
        element("Focus", focus),
        element("IrCutFilter", ir_cut),
        level("Sharpness", change.sharpness),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_without_a_range_are_not_offered() {
        let settings = Element::parse(
            "<r><ImagingSettings><Brightness>50</Brightness><Contrast>1</Contrast><Sharpness>x</Sharpness>\
             <IrCutFilter>AUTO</IrCutFilter><Focus><AutoFocusMode>MANUAL</AutoFocusMode></Focus></ImagingSettings></r>",
        )
        .unwrap();
        let options = Element::parse(
            "<r><ImagingOptions><Brightness><Min>0</Min><Max>100</Max></Brightness><Sharpness><Min>0</Min>\
             <Max>9</Max></Sharpness><IrCutFilterModes>ON</IrCutFilterModes><IrCutFilterModes>Schedule\
             </IrCutFilterModes><IrCutFilterModes>AUTO</IrCutFilterModes></ImagingOptions></r>",
        )
        .unwrap();
        let read = imaging("s".into(), &settings, &options, FocusAbility::default());
        let expected = Imaging {
            source: "s".into(),
            brightness: Some(Level { value: 50.0, min: 0.0, max: 100.0 }),
            ir_cut: Some(IrCut::Auto),
            ir_cut_modes: vec![IrCut::On, IrCut::Auto],
            auto_focus: Some(false),
            ..Imaging::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn only_what_changes_is_written() {
        let change = ImagingChange { ir_cut: Some(IrCut::Off), brightness: Some(12.5), ..Default::default() };
        assert_eq!(write(&change), "<tt:Brightness>12.5</tt:Brightness><tt:IrCutFilter>OFF</tt:IrCutFilter>");
    }
}
