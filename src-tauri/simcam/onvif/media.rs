//! Owns the media service (ONVIF Media §5): two profiles, their configurations and where their streams are.
//! Must not know how streams are made.

use super::{Context, Outcome, encoder, ptz, soap::Fault};
use crate::{
    camera::{MAIN, SUB},
    http::SNAPSHOT_PATH,
    media::{AudioCodec, VideoFormat},
    rtsp::Mount,
    xml::Element,
};

/// One media profile: its token is also its name.
pub(super) struct Profile {
    pub(super) token: &'static str,
    pub(super) mount: Mount,
    /// How its stream is at first: its size stays, its rate is the highest.
    pub(super) format: VideoFormat,
}

pub(super) const PROFILES: [Profile; 2] = [
    Profile { token: "main", mount: Mount::Main, format: MAIN },
    Profile { token: "sub", mount: Mount::Sub, format: SUB },
];
pub(super) const SOURCE: &str = "video_source";
const AUDIO_SOURCE: &str = "audio_source";

/// The profile of this token; a fault names what is wrong with it (Media §5.2.3).
pub(super) fn profile(operation: &Element) -> Result<&'static Profile, Fault> {
    find(operation.child_text("ProfileToken"))
}

pub(super) fn find(token: Option<&str>) -> Result<&'static Profile, Fault> {
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
    let format = |profile: &Profile| context.camera.stream(profile.mount).format();
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
            let profiles = all(&|profile| describe("trt:Profiles", profile, format(profile), audio(profile)));
            format!("<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>")
        }
        "GetProfile" => {
            let profile = profile(operation)?;
            let described = describe("trt:Profile", profile, format(profile), audio(profile));
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
            all(&|it| encoder::configuration1("trt:Configurations", it, format(it), MULTICAST))
        ),
        "GetVideoEncoderConfiguration" => format!(
            "<trt:GetVideoEncoderConfigurationResponse>{}</trt:GetVideoEncoderConfigurationResponse>",
            {
                let profile = configuration()?;
                encoder::configuration1("trt:Configuration", profile, format(profile), MULTICAST)
            }
        ),
        "GetVideoEncoderConfigurationOptions" => {
            let chosen = operation.child_text("ConfigurationToken").or(operation.child_text("ProfileToken"));
            let chosen = chosen.map(|token| find(Some(token))).transpose()?;
            encoder::options1(
                PROFILES.iter().filter(|it| chosen.is_none_or(|chosen| chosen.token == it.token)),
            )
        }
        "SetVideoEncoderConfiguration" => {
            set_encoder(context, operation)?;
            "<trt:SetVideoEncoderConfigurationResponse/>".to_owned()
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

/// Takes an encoder's configuration of either media service over.
pub(super) fn set_encoder(context: &Context<'_>, operation: &Element) -> Result<(), Fault> {
    let configuration = operation.child("Configuration");
    let no_config = Fault::invalid("ter:NoConfig", "there is no encoder of this token");
    let configuration = configuration.ok_or(no_config.clone())?;
    let token = configuration.attribute("token");
    let profile = PROFILES.iter().find(|it| Some(it.token) == token).ok_or(no_config)?;
    let stream = context.camera.stream(profile.mount);
    stream.set_format(encoder::wanted(profile, stream.format(), configuration)?);
    Ok(())
}

fn describe(tag: &str, profile: &Profile, format: VideoFormat, audio: Option<AudioCodec>) -> String {
    let token = profile.token;
    let source = source_configuration("tt:VideoSourceConfiguration");
    let encoder = encoder::configuration1("tt:VideoEncoderConfiguration", profile, format, MULTICAST);
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

pub(super) fn source_configuration(tag: &str) -> String {
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
