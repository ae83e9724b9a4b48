//! Owns the media service (ONVIF Media §5): two profiles, their configurations and where their streams are.
//! Must not know how streams are made. Nothing can be changed: the two streams are what they are.

use super::{Context, Outcome, ptz, soap::Fault};
use crate::{
    camera::{MAIN, SUB},
    http::SNAPSHOT_PATH,
    media::{AudioCodec, VideoFormat},
    rtsp::Mount,
    xml::{Element, each},
};

/// One media profile: its token is also its name.
struct Profile {
    token: &'static str,
    mount: Mount,
    format: VideoFormat,
}

const PROFILES: [Profile; 2] = [
    Profile { token: "main", mount: Mount::Main, format: MAIN },
    Profile { token: "sub", mount: Mount::Sub, format: SUB },
];
const SOURCE: &str = "video_source";
const AUDIO_SOURCE: &str = "audio_source";

/// The profile of this token; a fault names what is wrong with it (Media §5.2.3).
fn profile(operation: &Element) -> Result<&'static Profile, Fault> {
    find(operation.child_text("ProfileToken"))
}

fn find(token: Option<&str>) -> Result<&'static Profile, Fault> {
    PROFILES
        .iter()
        .find(|profile| Some(profile.token) == token)
        .ok_or(Fault::invalid("ter:NoProfile", "there is no media profile of this token"))
}

/// The fault for a profile token that names nothing, also for PTZ.
pub(super) fn check_profile(operation: &Element) -> Result<(), Fault> {
    profile(operation).map(|_| ())
}

pub(super) fn answer(context: &Context<'_>, name: &str, operation: &Element) -> Outcome {
    let audio = |profile: &Profile| context.camera.stream(profile.mount).plan().audio;
    let sound = PROFILES.iter().find_map(&audio);
    let all = |write: &dyn Fn(&Profile) -> String| PROFILES.iter().map(write).collect::<String>();
    let configuration = || find(operation.child_text("ConfigurationToken"));
    Ok(match name {
        "GetServiceCapabilities" => {
            "<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri=\"true\" \
             Rotation=\"false\" VideoSourceMode=\"false\" OSD=\"false\">\
             <trt:ProfileCapabilities MaximumNumberOfProfiles=\"2\"/>\
             <trt:StreamingCapabilities RTPMulticast=\"false\" RTP_TCP=\"true\" RTP_RTSP_TCP=\"true\"/>\
             </trt:Capabilities></trt:GetServiceCapabilitiesResponse>"
                .to_owned()
        }
        "GetProfiles" => {
            let profiles = all(&|profile| describe("trt:Profiles", profile, audio(profile)));
            format!("<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>")
        }
        "GetProfile" => {
            let profile = profile(operation)?;
            let described = describe("trt:Profile", profile, audio(profile));
            format!("<trt:GetProfileResponse>{described}</trt:GetProfileResponse>")
        }
        "GetStreamUri" => {
            let profile = profile(operation)?;
            let setup = operation.child("StreamSetup");
            if setup.and_then(|setup| setup.child_text("Stream")) == Some("RTP-Multicast") {
                return Err(Fault::invalid(
                    "ter:InvalidStreamSetup",
                    "this camera does not stream by multicast",
                ));
            }
            uri("GetStreamUri", &context.rtsp_url(profile.mount.path()))
        }
        "GetSnapshotUri" => {
            profile(operation)?;
            uri("GetSnapshotUri", &context.http_url(SNAPSHOT_PATH))
        }
        "GetVideoSources" => format!(
            "<trt:GetVideoSourcesResponse><trt:VideoSources token=\"{SOURCE}\"><tt:Framerate>{}</tt:Framerate>\
             <tt:Resolution><tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:Resolution></trt:VideoSources>\
             </trt:GetVideoSourcesResponse>",
            MAIN.fps, MAIN.width, MAIN.height
        ),
        "GetVideoSourceConfigurations" => format!(
            "<trt:GetVideoSourceConfigurationsResponse>{}</trt:GetVideoSourceConfigurationsResponse>",
            source_configuration("trt:Configurations")
        ),
        "GetVideoSourceConfiguration" => format!(
            "<trt:GetVideoSourceConfigurationResponse>{}</trt:GetVideoSourceConfigurationResponse>",
            source_configuration("trt:Configuration")
        ),
        "GetVideoEncoderConfigurations" => format!(
            "<trt:GetVideoEncoderConfigurationsResponse>{}</trt:GetVideoEncoderConfigurationsResponse>",
            all(&|profile| encoder_configuration("trt:Configurations", profile))
        ),
        "GetVideoEncoderConfiguration" => format!(
            "<trt:GetVideoEncoderConfigurationResponse>{}</trt:GetVideoEncoderConfigurationResponse>",
            encoder_configuration("trt:Configuration", configuration()?)
        ),
        "GetVideoEncoderConfigurationOptions" => {
            let chosen = operation.child_text("ConfigurationToken").or(operation.child_text("ProfileToken"));
            encoder_options(chosen.map(|token| find(Some(token))).transpose()?)
        }
        "GetAudioSources" => {
            let sources = sound.map_or_else(String::new, |_| {
                format!("<trt:AudioSources token=\"{AUDIO_SOURCE}\"><tt:Channels>1</tt:Channels></trt:AudioSources>")
            });
            format!("<trt:GetAudioSourcesResponse>{sources}</trt:GetAudioSourcesResponse>")
        }
        "GetAudioSourceConfigurations" => format!(
            "<trt:GetAudioSourceConfigurationsResponse>{}</trt:GetAudioSourceConfigurationsResponse>",
            sound.map_or_else(String::new, |_| audio_source_configuration("trt:Configurations"))
        ),
        "GetAudioEncoderConfigurations" => format!(
            "<trt:GetAudioEncoderConfigurationsResponse>{}</trt:GetAudioEncoderConfigurationsResponse>",
            sound.map_or_else(String::new, |_| audio_encoder_configuration("trt:Configurations"))
        ),
        _ => return Err(Fault::not_supported()),
    })
}

fn uri(operation: &str, uri: &str) -> String {
    format!(
        "<trt:{operation}Response><trt:MediaUri><tt:Uri>{uri}</tt:Uri>\
         <tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>\
         <tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:{operation}Response>"
    )
}

fn describe(tag: &str, profile: &Profile, audio: Option<AudioCodec>) -> String {
    let token = profile.token;
    let source = source_configuration("tt:VideoSourceConfiguration");
    let encoder = encoder_configuration("tt:VideoEncoderConfiguration", profile);
    let (audio_source, audio_encoder) = match audio {
        Some(_) => (
            audio_source_configuration("tt:AudioSourceConfiguration"),
            audio_encoder_configuration("tt:AudioEncoderConfiguration"),
        ),
        None => Default::default(),
    };
    let ptz = ptz::configuration("tt:PTZConfiguration");
    format!(
        "<{tag} token=\"{token}\" fixed=\"true\"><tt:Name>{token}</tt:Name>\
         {source}{audio_source}{encoder}{audio_encoder}{ptz}</{tag}>"
    )
}

fn source_configuration(tag: &str) -> String {
    format!(
        "<{tag} token=\"{SOURCE}_configuration\"><tt:Name>lens</tt:Name><tt:UseCount>2</tt:UseCount>\
         <tt:SourceToken>{SOURCE}</tt:SourceToken><tt:Bounds x=\"0\" y=\"0\" width=\"{}\" height=\"{}\"/></{tag}>",
        MAIN.width, MAIN.height
    )
}

/// No multicast: the address is the unspecified one.
const MULTICAST: &str = "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address>\
    </tt:Address><tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>\
    <tt:SessionTimeout>PT60S</tt:SessionTimeout>";

fn encoder_configuration(tag: &str, profile: &Profile) -> String {
    let Profile { token, format, .. } = profile;
    format!(
        "<{tag} token=\"{token}\"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>\
         <tt:Resolution><tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>\
         <tt:RateControl><tt:FrameRateLimit>{fps}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>\
         <tt:BitrateLimit>{}</tt:BitrateLimit></tt:RateControl>\
         <tt:H264><tt:GovLength>{}</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile></tt:H264>{MULTICAST}</{tag}>",
        format.width,
        format.height,
        format.bitrate_bps / 1_000,
        format.fps * 2,
        fps = format.fps,
    )
}

fn encoder_options(chosen: Option<&Profile>) -> String {
    let offered =
        || PROFILES.iter().filter(|profile| chosen.is_none_or(|chosen| chosen.token == profile.token));
    let resolutions = each(offered(), |Profile { format, .. }| {
        format!(
            "<tt:ResolutionsAvailable><tt:Width>{}</tt:Width><tt:Height>{}</tt:Height></tt:ResolutionsAvailable>",
            format.width, format.height
        )
    });
    let rates = || offered().map(|profile| profile.format.fps);
    let (low, high) = (rates().min().unwrap_or(MAIN.fps), rates().max().unwrap_or(MAIN.fps));
    format!(
        "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options>\
         <tt:QualityRange><tt:Min>5</tt:Min><tt:Max>5</tt:Max></tt:QualityRange><tt:H264>{resolutions}\
         <tt:GovLengthRange><tt:Min>{}</tt:Min><tt:Max>{}</tt:Max></tt:GovLengthRange>\
         <tt:FrameRateRange><tt:Min>{low}</tt:Min><tt:Max>{high}</tt:Max></tt:FrameRateRange>\
         <tt:EncodingIntervalRange><tt:Min>1</tt:Min><tt:Max>1</tt:Max></tt:EncodingIntervalRange>\
         <tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported></tt:H264>\
         </trt:Options></trt:GetVideoEncoderConfigurationOptionsResponse>",
        low * 2,
        high * 2
    )
}

fn audio_source_configuration(tag: &str) -> String {
    format!(
        "<{tag} token=\"{AUDIO_SOURCE}_configuration\"><tt:Name>microphone</tt:Name><tt:UseCount>1</tt:UseCount>\
         <tt:SourceToken>{AUDIO_SOURCE}</tt:SourceToken></{tag}>"
    )
}

fn audio_encoder_configuration(tag: &str) -> String {
    // G711 is all ONVIF Media says; which law is the session description's to tell.
    format!(
        "<{tag} token=\"audio_encoder\"><tt:Name>sound</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>G711</tt:Encoding>\
         <tt:Bitrate>64</tt:Bitrate><tt:SampleRate>8</tt:SampleRate>{MULTICAST}</{tag}>"
    )
}
