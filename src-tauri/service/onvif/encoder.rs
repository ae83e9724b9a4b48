//! Owns the video encoders' settings and options, over Media2 (ONVIF Media2 §5.3) or Media1 (ONVIF Media §5.2.8).
//! Must not know which settings are good ones.

use super::device::Device;
use super::xml::Element;
use atalaya_model::encoder::{Encoder, EncoderChange, EncoderOptions, EncoderSettings};
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use quick_xml::escape::escape;

/// Encoders of one device; a recorder has two a channel.
const ENCODERS_MAX: usize = 128;

/// The media service to ask: Media2 where there is one, since only it knows of H.265.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

struct Media<'a> {
    device: &'a Device,
    service: &'a str,
    version: Version,
}

impl<'a> Media<'a> {
    fn of(device: &'a Device) -> Result<Self> {
        let services = &device.services;
        let (service, version) = match (&services.media2, &services.media1) {
            (Some(two), _) => (two, Version::Two),
            (None, Some(one)) => (one, Version::One),
            (None, None) => {
                return Err(
                    Error::new(Kind::Unsupported, "the device has no such service").with("service", "media")
                );
            }
        };
        Ok(Self { device, service, version })
    }

    async fn ask(&self, name: &str, content: &str) -> Result<Element> {
        let (prefix, namespace) = match self.version {
            Version::One => ("trt", "http://www.onvif.org/ver10/media/wsdl"),
            Version::Two => ("tr2", "http://www.onvif.org/ver20/media/wsdl"),
        };
        let body = format!("<{prefix}:{name}>{content}</{prefix}:{name}>");
        self.device.session.ask(self.service, &format!("{namespace}/{name}"), body).await
    }

    async fn configurations(&self) -> Result<Vec<Element>> {
        let answer = self.ask("GetVideoEncoderConfigurations", "").await?;
        Ok(answer.into_children("Configurations").take(ENCODERS_MAX).collect())
    }

    async fn options(&self, token: &str) -> Result<Vec<EncoderOptions>> {
        let prefix = if self.version == Version::One { "trt" } else { "tr2" };
        let token = format!("<{prefix}:ConfigurationToken>{}</{prefix}:ConfigurationToken>", escape(token));
        let answer = self.ask("GetVideoEncoderConfigurationOptions", &token).await?;
        Ok(match self.version {
            Version::One => answer.at(&["Options"]).map(options1).unwrap_or_default(),
            Version::Two => answer.children("Options").map(options2).collect(),
        })
    }
}

/// The encoders with what they offer. Options that cannot be read are left out: the device judges then.
pub(super) async fn encoders(device: &Device) -> Result<Vec<Encoder>> {
    let media = Media::of(device)?;
    let mut encoders = Vec::new();
    for settings in media.configurations().await?.iter().filter_map(settings) {
        let options = media.options(&settings.token).await.or_else(|error| match error.kind() {
            Kind::Unauthorized | Kind::Timeout | Kind::Unreachable => Err(error),
            _ => {
                tracing::debug!(%error, "a device does not tell what its encoder can do");
                Ok(Vec::new())
            }
        })?;
        encoders.push(Encoder { settings, options });
    }
    Ok(encoders)
}

/// Changes an encoder and reads it again.
pub(super) async fn set(device: &Device, token: &str, change: &EncoderChange) -> Result<EncoderSettings> {
    let media = Media::of(device)?;
    let unknown = || Error::new(Kind::NotFound, "the device has no such encoder");
    let is_it = |configuration: &&Element| configuration.attribute("token") == Some(token);
    let configurations = media.configurations().await?;
    let configuration = configurations.iter().find(is_it).ok_or_else(unknown)?;
    let encoder = Encoder {
        settings: settings(configuration).ok_or_else(unknown)?,
        options: media.options(token).await?,
    };
    let wanted = encoder.changed(change)?;
    if media.version == Version::One && wanted.codec.eq_ignore_ascii_case("H265") {
        return Err(Error::new(Kind::Unsupported, "the device's media service knows no H.265"));
    }
    let written = write(configuration, &wanted, media.version);
    let content = match media.version {
        Version::One => format!(
            "<trt:Configuration token=\"{}\">{written}</trt:Configuration>\
             <trt:ForcePersistence>true</trt:ForcePersistence>",
            escape(token)
        ),
        Version::Two => {
            let mut attributes = format!("token=\"{}\"", escape(token));
            if let Some(gop) = wanted.gop {
                attributes += &format!(" GovLength=\"{gop}\"");
            }
            if let Some(profile) =
                configuration.attribute("Profile").filter(|_| wanted.codec == encoder.settings.codec)
            {
                attributes += &format!(" Profile=\"{}\"", escape(profile));
            }
            format!("<tr2:Configuration {attributes}>{written}</tr2:Configuration>")
        }
    };
    media.ask("SetVideoEncoderConfiguration", &content).await?;
    media.configurations().await?.iter().find(is_it).and_then(settings).ok_or_else(unknown)
}

/// The content of a configuration with its wanted settings, in the schema's order; what is not ours to change is
/// given back as it came.
pub(super) fn write(before: &Element, wanted: &EncoderSettings, version: Version) -> String {
    let text =
        |path: &[&str], otherwise: &str| escape(before.text_at(path).unwrap_or(otherwise)).into_owned();
    let fps = f64::from(wanted.fps_milli) / 1000.0;
    let rate = match version {
        Version::One => format!(
            "<tt:RateControl><tt:FrameRateLimit>{}</tt:FrameRateLimit><tt:EncodingInterval>{}</tt:EncodingInterval>\
             <tt:BitrateLimit>{}</tt:BitrateLimit></tt:RateControl>",
            fps.round(),
            text(&["RateControl", "EncodingInterval"], "1"),
            wanted.bitrate_kbps
        ),
        Version::Two => format!(
            "<tt:RateControl><tt:FrameRateLimit>{fps}</tt:FrameRateLimit><tt:BitrateLimit>{}</tt:BitrateLimit>\
             </tt:RateControl>",
            wanted.bitrate_kbps
        ),
    };
    let head = format!(
        "<tt:Name>{}</tt:Name><tt:UseCount>{}</tt:UseCount><tt:Encoding>{}</tt:Encoding><tt:Resolution>\
         <tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:Resolution>",
        text(&["Name"], ""),
        text(&["UseCount"], "0"),
        escape(&wanted.codec),
        wanted.width,
        wanted.height
    );
    let quality = format!("<tt:Quality>{}</tt:Quality>", text(&["Quality"], "1"));
    let multicast = before.at(&["Multicast"]).map(Element::to_schema).unwrap_or_default();
    match version {
        Version::One => {
            let codec = match wanted.gop {
                Some(gop) if wanted.codec.eq_ignore_ascii_case("H264") => format!(
                    "<tt:H264><tt:GovLength>{gop}</tt:GovLength><tt:H264Profile>{}</tt:H264Profile></tt:H264>",
                    text(&["H264", "H264Profile"], "Main")
                ),
                _ => String::new(),
            };
            let timeout = text(&["SessionTimeout"], "PT60S");
            format!("{head}{quality}{rate}{codec}{multicast}<tt:SessionTimeout>{timeout}</tt:SessionTimeout>")
        }
        Version::Two => format!("{head}{rate}{multicast}{quality}"),
    }
}

fn number<T: std::str::FromStr>(element: &Element, path: &[&str]) -> Option<T> {
    element.text_at(path)?.parse().ok()
}

fn milli(fps: f64) -> u32 {
    (fps * 1000.0).clamp(0.0, 1e9).round() as u32
}

/// What a configuration of either version says; none without token or size.
pub(super) fn settings(configuration: &Element) -> Option<EncoderSettings> {
    let token = configuration.attribute("token").filter(|token| !token.is_empty())?.to_owned();
    let gop = number(configuration, &["H264", "GovLength"])
        .or_else(|| configuration.attribute("GovLength")?.trim().parse().ok());
    Some(EncoderSettings {
        token,
        codec: from_device(configuration.text_at(&["Encoding"]).unwrap_or_default()),
        width: number(configuration, &["Resolution", "Width"])?,
        height: number(configuration, &["Resolution", "Height"])?,
        fps_milli: number(configuration, &["RateControl", "FrameRateLimit"]).map_or(0, milli),
        bitrate_kbps: number(configuration, &["RateControl", "BitrateLimit"]).unwrap_or(0),
        gop,
    })
}

fn range<T: std::str::FromStr>(element: &Element, name: &str) -> Option<(T, T)> {
    Some((number(element, &[name, "Min"])?, number(element, &[name, "Max"])?))
}

fn sizes(options: &Element) -> Vec<(u32, u32)> {
    let size = |it: &Element| Some((number(it, &["Width"])?, number(it, &["Height"])?));
    options.children("ResolutionsAvailable").filter_map(size).collect()
}

/// Media1: one element a codec, in which bitrates stand in an extension.
pub(super) fn options1(options: &Element) -> Vec<EncoderOptions> {
    let codec = |name: &str| {
        let of = options.at(&[name])?;
        let extension = options.at(&["Extension", name]);
        Some(EncoderOptions {
            codec: name.to_owned(),
            sizes: sizes(of),
            fps_milli: range::<f64>(of, "FrameRateRange").map(|(min, max)| (milli(min), milli(max))),
            bitrate_kbps: extension.and_then(|of| range(of, "BitrateRange")),
            gop: range(of, "GovLengthRange"),
        })
    };
    ["H264", "JPEG"].into_iter().filter_map(codec).collect()
}

/// Media2: one element a codec, its lists in attributes.
pub(super) fn options2(options: &Element) -> EncoderOptions {
    let list = |name: &str| -> Vec<f64> {
        let words = options.attribute(name).unwrap_or_default().split_whitespace();
        words.filter_map(|word| word.parse().ok()).filter(|value: &f64| value.is_finite()).collect()
    };
    let ends = |values: &[f64]| {
        let min = values.iter().copied().reduce(f64::min)?;
        Some((min, values.iter().copied().fold(min, f64::max)))
    };
    EncoderOptions {
        codec: from_device(options.text_at(&["Encoding"]).unwrap_or_default()),
        sizes: sizes(options),
        fps_milli: ends(&list("FrameRatesSupported")).map(|(min, max)| (milli(min), milli(max))),
        bitrate_kbps: range(options, "BitrateRange"),
        gop: ends(&list("GovLengthRange")).map(|(min, max)| (min as u32, max as u32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_both_versions_are_read() {
        let one = Element::parse(
            "<Options><H264><ResolutionsAvailable><Width>640</Width><Height>360</Height></ResolutionsAvailable>\
             <GovLengthRange><Min>1</Min><Max>100</Max></GovLengthRange><FrameRateRange><Min>1</Min><Max>30</Max>\
             </FrameRateRange></H264><Extension><H264><BitrateRange><Min>64</Min><Max>8192</Max></BitrateRange></H264>\
             </Extension></Options>",
        )
        .unwrap();
        let expected = EncoderOptions {
            codec: "H264".into(),
            sizes: vec![(640, 360)],
            fps_milli: Some((1000, 30_000)),
            bitrate_kbps: Some((64, 8192)),
            gop: Some((1, 100)),
        };
        assert_eq!(options1(&one), std::slice::from_ref(&expected));
        let two = Element::parse(
            "<Options GovLengthRange=\"1 100\" FrameRatesSupported=\"30.0 15 1\"><Encoding>H265</Encoding>\
             <ResolutionsAvailable><Width>640</Width><Height>360</Height></ResolutionsAvailable>\
             <BitrateRange><Min>64</Min><Max>8192</Max></BitrateRange></Options>",
        )
        .unwrap();
        assert_eq!(options2(&two), EncoderOptions { codec: "H265".into(), ..expected });
    }

    #[test]
    fn what_is_not_changed_is_given_back() {
        let before = Element::parse(
            "<Configurations token=\"a\"><Name>x &amp; y</Name><UseCount>2</UseCount><Encoding>H264</Encoding>\
             <Resolution><Width>640</Width><Height>360</Height></Resolution><Quality>4</Quality>\
             <RateControl><FrameRateLimit>25</FrameRateLimit><EncodingInterval>3</EncodingInterval>\
             <BitrateLimit>512</BitrateLimit></RateControl><H264><GovLength>50</GovLength>\
             <H264Profile>High</H264Profile></H264><Multicast><Address><Type>IPv4</Type></Address></Multicast>\
             </Configurations>",
        )
        .unwrap();
        let wanted = EncoderSettings { gop: Some(25), ..settings(&before).unwrap() };
        let written = write(&before, &wanted, Version::One);
        for part in [
            "<tt:Name>x &amp; y</tt:Name>",
            "<tt:EncodingInterval>3</tt:EncodingInterval>",
            "<tt:GovLength>25</tt:GovLength><tt:H264Profile>High</tt:H264Profile>",
            "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type></tt:Address></tt:Multicast>",
        ] {
            assert!(written.contains(part), "{part} in {written}");
        }
    }
}
