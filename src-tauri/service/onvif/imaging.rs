//! Owns the imaging service (ONVIF Imaging §5): brightness and its kin, the infrared filter, focus.
//! Must not know which picture is a good one.

use super::device::{Device, required};
use super::xml::Element;
use atalaya_model::imaging::{Imaging, ImagingChange, IrCut, Level};
use atalaya_model::{Error, Kind, Result};
use quick_xml::escape::escape;

fn action(name: &str) -> String {
    format!("http://www.onvif.org/ver20/imaging/wsdl/{name}")
}

/// The imaging of one device's first video source.
struct Source<'a> {
    device: &'a Device,
    service: &'a str,
    token: String,
}

impl<'a> Source<'a> {
    async fn of(device: &'a Device) -> Result<Self> {
        let service = required(device.services.imaging.as_ref(), "imaging")?;
        Ok(Self { device, service, token: source_token(device).await? })
    }

    async fn ask(&self, name: &str, more: &str) -> Result<Element> {
        let token = escape(&self.token);
        let body = format!(
            "<timg:{name}><timg:VideoSourceToken>{token}</timg:VideoSourceToken>{more}</timg:{name}>"
        );
        self.device.session.ask(self.service, &action(name), body).await
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

/// Reads the settings with their ranges. A setting without a range is left out: there is nothing to offer.
pub(super) async fn get(device: &Device) -> Result<Imaging> {
    read(&Source::of(device).await?).await
}

async fn read(source: &Source<'_>) -> Result<Imaging> {
    let settings = source.ask("GetImagingSettings", "").await?;
    let options = source.ask("GetOptions", "").await?;
    let focus = match source.ask("GetMoveOptions", "").await {
        Ok(answer) => answer.at(&["MoveOptions", "Continuous"]).is_some(),
        Err(error) if error.kind() == Kind::Unauthorized => return Err(error),
        // Most cameras have no motor at their lens, and say so by a fault.
        Err(_) => false,
    };
    Ok(imaging(source.token.clone(), &settings, &options, focus))
}

pub(super) fn imaging(source: String, settings: &Element, options: &Element, focus: bool) -> Imaging {
    let number = |element: &Element, path: &[&str]| {
        element.text_at(path)?.parse::<f32>().ok().filter(|value| value.is_finite())
    };
    let level = |name: &str| {
        Some(Level {
            value: number(settings, &["ImagingSettings", name])?,
            min: number(options, &["ImagingOptions", name, "Min"])?,
            max: number(options, &["ImagingOptions", name, "Max"])?,
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
    let source = Source::of(device).await?;
    read(&source).await?.check(&change)?;
    let settings = format!("<timg:ImagingSettings>{}</timg:ImagingSettings>", write(&change));
    let more = format!("{settings}<timg:ForcePersistence>true</timg:ForcePersistence>");
    source.ask("SetImagingSettings", &more).await?;
    read(&source).await
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

/// Moves the focus at a speed, or stops it.
pub(super) async fn focus(device: &Device, speed: f32) -> Result<()> {
    if !speed.is_finite() || speed.abs() > 1.0 {
        return Err(Error::new(Kind::InvalidInput, "a focus speed is -1 to 1"));
    }
    let source = Source::of(device).await?;
    if speed == 0.0 {
        return source.ask("Stop", "").await.map(drop);
    }
    let more =
        format!("<timg:Focus><tt:Continuous><tt:Speed>{speed}</tt:Speed></tt:Continuous></timg:Focus>");
    source.ask("Move", &more).await.map(drop)
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
        let read = imaging("s".into(), &settings, &options, false);
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
