//! Owns reading a device's media profiles and their addresses, over Media2 (ONVIF Media2 §5) where there is one, since
//! only it knows of H.265, else over Media1 (ONVIF Media §5).
//! Must not know logins. Every address is pinned to the device's host (S3).

use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::ProfileFacts;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use oxvif::OnvifService;

const MEDIA1: &str = "http://www.onvif.org/ver10/media/wsdl";
/// Where a device that does not say so has its media service, by custom.
const MEDIA1_USUAL: &str = "/onvif/media_service";
/// Profiles whose addresses are asked for; a recorder has some per channel.
const PROFILES_MAX: usize = 64;

/// The media service to ask.
pub(super) struct Media {
    url: String,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A profile with a video encoder, before its address is known.
struct Profile {
    token: String,
    encoder: String,
}

/// What an encoder makes.
struct Encoder {
    token: String,
    encoding: String,
    width: u32,
    height: u32,
    fps_milli: u32,
}

impl Media {
    /// The device's media services, the one to try first first.
    pub(super) async fn of(session: &Session) -> Result<Vec<Self>> {
        let services =
            match session.call("GetServices", |onvif| async move { onvif.get_services().await }).await {
                Ok(services) => services,
                // Devices older than ONVIF 2.0 know GetCapabilities only.
                Err(error) if matches!(error.kind(), Kind::Protocol | Kind::Unsupported) => {
                    return Ok(vec![Self::one(capabilities(session).await)]);
                }
                Err(error) => return Err(error),
            };
        let two = services.iter().find(|service| service.is_media2());
        let one = services.iter().find(|service| service.namespace == MEDIA1);
        let url = |service: &OnvifService| service.url.clone();
        let two = two.map(|service| Self { url: url(service), version: Version::Two });
        let mut all: Vec<Self> = two.into_iter().collect();
        if one.is_some() || all.is_empty() {
            all.push(Self::one(one.map(url)));
        }
        Ok(all)
    }

    fn one(url: Option<String>) -> Self {
        Self {
            url: url.filter(|url| !url.is_empty()).unwrap_or_else(|| MEDIA1_USUAL.to_owned()),
            version: Version::One,
        }
    }

    /// The profiles that have video.
    async fn profiles(&self, session: &Session) -> Result<Vec<Profile>> {
        let url = self.url.clone();
        let with_video =
            |(token, encoder): (String, Option<String>)| Some(Profile { token, encoder: encoder? });
        Ok(match self.version {
            Version::One => session
                .call("GetProfiles", |onvif| async move { onvif.get_profiles(&url).await })
                .await?
                .into_iter()
                .map(|profile| (profile.token, profile.video_encoder_token))
                .filter_map(with_video)
                .collect(),
            Version::Two => session
                .call("GetProfiles", |onvif| async move { onvif.get_profiles_media2(&url).await })
                .await?
                .into_iter()
                .map(|profile| (profile.token, profile.video_encoder_token))
                .filter_map(with_video)
                .collect(),
        })
    }

    async fn encoders(&self, session: &Session) -> Result<Vec<Encoder>> {
        let url = self.url.clone();
        let milli = |fps: f32| (fps * 1000.0).clamp(0.0, 1e9).round() as u32;
        Ok(match self.version {
            Version::One => session
                .call("GetVideoEncoderConfigurations", |onvif| async move {
                    onvif.get_video_encoder_configurations(&url).await
                })
                .await?
                .into_iter()
                .map(|encoder| Encoder {
                    token: encoder.token,
                    encoding: from_device(encoder.encoding.as_str()),
                    width: encoder.resolution.width,
                    height: encoder.resolution.height,
                    fps_milli: encoder
                        .rate_control
                        .map_or(0, |rate| rate.frame_rate_limit.saturating_mul(1000)),
                })
                .collect(),
            Version::Two => session
                .call("GetVideoEncoderConfigurations", |onvif| async move {
                    onvif.get_video_encoder_configurations_media2(&url).await
                })
                .await?
                .into_iter()
                .map(|encoder| Encoder {
                    token: encoder.token,
                    encoding: from_device(encoder.encoding.as_str()),
                    width: encoder.resolution.width,
                    height: encoder.resolution.height,
                    fps_milli: encoder.rate_control.map_or(0, |rate| milli(rate.frame_rate_limit)),
                })
                .collect(),
        })
    }

    async fn stream_uri(&self, session: &Session, profile: &str) -> Result<String> {
        let (url, version) = (self.url.clone(), self.version);
        session
            .call("GetStreamUri", |onvif| async move {
                match version {
                    Version::One => onvif.get_stream_uri(&url, profile).await.map(|answer| answer.uri),
                    Version::Two => onvif.get_stream_uri_media2(&url, profile).await,
                }
            })
            .await
    }

    /// Where the device hands out still pictures of a profile.
    pub(super) async fn snapshot(&self, session: &Session, profile: &str) -> Result<StreamUrl> {
        let (url, version) = (self.url.clone(), self.version);
        let named = session
            .call("GetSnapshotUri", |onvif| async move {
                match version {
                    Version::One => onvif.get_snapshot_uri(&url, profile).await.map(|answer| answer.uri),
                    Version::Two => onvif.get_snapshot_uri_media2(&url, profile).await,
                }
            })
            .await?;
        pinned(&named, session, &["http", "https"])
    }
}

async fn capabilities(session: &Session) -> Option<String> {
    let told = session.call("GetCapabilities", |onvif| async move { onvif.get_capabilities().await }).await;
    told.ok().and_then(|capabilities| capabilities.media.url)
}

/// The profiles with video, with their addresses, from the first media service that has any; and that service.
pub(super) async fn profiles(session: &Session) -> Result<(Vec<ProfileFacts>, Media)> {
    let mut failure = None;
    for media in Media::of(session).await? {
        match profiles_of(&media, session).await {
            Ok(profiles) if !profiles.is_empty() => return Ok((profiles, media)),
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Unauthorized => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure
        .unwrap_or_else(|| Error::new(Kind::Unsupported, "the device has no media profile with video")))
}

async fn profiles_of(media: &Media, session: &Session) -> Result<Vec<ProfileFacts>> {
    let profiles = media.profiles(session).await?;
    let encoders = match media.encoders(session).await {
        Ok(encoders) => encoders,
        // The address is what counts; codec and size show again in the stream itself.
        Err(error) if error.kind() != Kind::Unauthorized => {
            tracing::debug!(%error, "a device does not describe its encoders");
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    let mut facts = Vec::new();
    let mut failure = None;
    for Profile { token, encoder } in profiles.into_iter().take(PROFILES_MAX) {
        let url = match media.stream_uri(session, &token).await {
            Ok(named) => pinned(&named, session, &["rtsp", "rtsps"]),
            Err(error) if error.kind() == Kind::Unauthorized => return Err(error),
            Err(error) => Err(error),
        };
        let encoder = encoders.iter().find(|known| known.token == encoder);
        match url {
            Ok(url) => facts.push(ProfileFacts {
                token,
                url,
                encoding: encoder.map(|encoder| encoder.encoding.clone()).unwrap_or_default(),
                width: encoder.map_or(0, |encoder| encoder.width),
                height: encoder.map_or(0, |encoder| encoder.height),
                fps_milli: encoder.map_or(0, |encoder| encoder.fps_milli),
            }),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if facts.is_empty() => Err(error),
        _ => Ok(facts),
    }
}

/// An address that the device names, at the device's own host; a login in it is dropped.
fn pinned(named: &str, session: &Session, schemes: &[&str]) -> Result<StreamUrl> {
    let device = StreamUrl::parse(session.device_url())?;
    let (url, _login) = StreamUrl::parse_with_credentials(named.trim())?;
    if !schemes.contains(&url.scheme()) {
        return Err(
            Error::new(Kind::Refused, "the device names an address of the wrong kind").with("url", url)
        );
    }
    Ok(url.pinned_to(device.host(), None))
}
