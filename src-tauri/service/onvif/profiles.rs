//! Owns reading a device's media profiles and their addresses, over Media2 (ONVIF Media2 §5) where there is one, since
//! only it knows of H.265, else over Media1 (ONVIF Media §5).
//! Must not know logins. Every address is pinned to the device's host (S3).

use super::device::{Services, is_foreign};
use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::ProfileFacts;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};

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
    /// The device's media services, the one to try first first. One that names none has Media1 at the usual place.
    fn of(services: &Services) -> Vec<Self> {
        let two = services.media2.clone().map(|url| Self { url, version: Version::Two });
        let one = services.media1.clone().filter(|url| !url.is_empty());
        let one = one.or_else(|| two.is_none().then(|| MEDIA1_USUAL.to_owned()));
        two.into_iter().chain(one.map(|url| Self { url, version: Version::One })).collect()
    }

    /// 1 or 2.
    pub(super) const fn number(&self) -> u8 {
        match self.version {
            Version::One => 1,
            Version::Two => 2,
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

/// What was found of profiles.
pub(super) struct Found {
    /// The profiles with video, with their addresses.
    pub(super) profiles: Vec<ProfileFacts>,
    /// The media service that told them.
    pub(super) media: Media,
    /// Whether any of their addresses was at another host.
    pub(super) foreign: bool,
}

/// The profiles with video, with their addresses, from the first media service that has any.
pub(super) async fn profiles(session: &Session, services: &Services) -> Result<Found> {
    let mut failure = None;
    for media in Media::of(services) {
        match profiles_of(&media, session).await {
            Ok((profiles, foreign)) if !profiles.is_empty() => return Ok(Found { profiles, media, foreign }),
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Unauthorized => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure
        .unwrap_or_else(|| Error::new(Kind::Unsupported, "the device has no media profile with video")))
}

async fn profiles_of(media: &Media, session: &Session) -> Result<(Vec<ProfileFacts>, bool)> {
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
    let mut foreign = false;
    let mut failure = None;
    for Profile { token, encoder } in profiles.into_iter().take(PROFILES_MAX) {
        let url = match media.stream_uri(session, &token).await {
            Ok(named) => {
                foreign |= is_foreign(&named, session.device_url());
                pinned(&named, session, &["rtsp", "rtsps"])
            }
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
        _ => Ok((facts, foreign)),
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
