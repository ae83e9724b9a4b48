//! Owns the second media service (ONVIF Media2 §5) over the same two profiles.
//! Must not know how streams are made.

use super::{
    Context, Outcome, encoder,
    media::{self, PROFILES, Profile},
    ptz,
    soap::Fault,
};
use crate::{
    http::SNAPSHOT_PATH,
    xml::{Element, each},
};

pub(super) fn answer(context: &Context<'_>, name: &str, operation: &Element) -> Outcome {
    let format = |profile: &Profile| context.camera.stream(profile.mount).format();
    Ok(match name {
        "GetServiceCapabilities" => {
            "<tr2:GetServiceCapabilitiesResponse><tr2:Capabilities SnapshotUri=\"true\" Rotation=\"false\" \
             VideoSourceMode=\"false\" OSD=\"false\"><tr2:ProfileCapabilities MaximumNumberOfProfiles=\"2\" \
             ConfigurationsSupported=\"VideoSource VideoEncoder PTZ\"/><tr2:StreamingCapabilities \
             RTSPStreaming=\"true\" RTPMulticast=\"false\" RTP_RTSP_TCP=\"true\"/></tr2:Capabilities>\
             </tr2:GetServiceCapabilitiesResponse>"
                .to_owned()
        }
        "GetProfiles" => {
            let wanted = operation.child_text("Token");
            if wanted.is_some() {
                media::find(wanted)?;
            }
            let chosen = PROFILES.iter().filter(|profile| wanted.is_none_or(|token| token == profile.token));
            let types: Vec<_> =
                operation.children.iter().filter(|it| it.name == "Type").map(Element::text).collect();
            let profiles = each(chosen, |profile| {
                let asked = |kind: &str| types.iter().any(|it| *it == kind || *it == "All");
                let part = |kind: &str, content: String| if asked(kind) { content } else { String::new() };
                let token = profile.token;
                format!(
                    "<tr2:Profiles token=\"{token}\" fixed=\"true\"><tr2:Name>{token}</tr2:Name><tr2:Configurations>\
                     {}{}{}</tr2:Configurations></tr2:Profiles>",
                    part("VideoSource", media::source_configuration("tr2:VideoSource")),
                    part(
                        "VideoEncoder",
                        encoder::configuration2("tr2:VideoEncoder", profile, format(profile))
                    ),
                    part("PTZ", ptz::configuration("tr2:PTZ")),
                )
            });
            format!("<tr2:GetProfilesResponse>{profiles}</tr2:GetProfilesResponse>")
        }
        "GetStreamUri" => {
            let profile = media::profile(operation)?;
            if !matches!(operation.child_text("Protocol"), Some("RTSP" | "RtspUnicast") | None) {
                return Err(Fault::invalid("ter:InvalidStreamSetup", "this camera streams by RTSP only"));
            }
            uri("GetStreamUri", &context.rtsp_url(profile.mount.path()))
        }
        "GetSnapshotUri" => {
            media::profile(operation)?;
            uri("GetSnapshotUri", &context.http_url(SNAPSHOT_PATH))
        }
        "GetVideoSourceConfigurations" => format!(
            "<tr2:GetVideoSourceConfigurationsResponse>{}</tr2:GetVideoSourceConfigurationsResponse>",
            media::source_configuration("tr2:Configurations")
        ),
        "GetVideoEncoderConfigurations" => {
            let token = operation.child_text("ConfigurationToken").or(operation.child_text("ProfileToken"));
            let chosen = token.map(|token| media::find(Some(token))).transpose()?;
            let chosen = PROFILES.iter().filter(|it| chosen.is_none_or(|chosen| chosen.token == it.token));
            let all = each(chosen, |it| encoder::configuration2("tr2:Configurations", it, format(it)));
            format!(
                "<tr2:GetVideoEncoderConfigurationsResponse>{all}</tr2:GetVideoEncoderConfigurationsResponse>"
            )
        }
        "GetVideoEncoderConfigurationOptions" => {
            let token = operation.child_text("ConfigurationToken").or(operation.child_text("ProfileToken"));
            let profile = token.map_or(Ok(&PROFILES[0]), |token| media::find(Some(token)))?;
            format!(
                "<tr2:GetVideoEncoderConfigurationOptionsResponse>{}</tr2:GetVideoEncoderConfigurationOptionsResponse>",
                encoder::options2(profile)
            )
        }
        "SetVideoEncoderConfiguration" => {
            media::set_encoder(context, operation)?;
            "<tr2:SetVideoEncoderConfigurationResponse/>".to_owned()
        }
        _ => return Err(Fault::not_supported()),
    })
}

/// Media2 answers with the address alone.
fn uri(operation: &str, uri: &str) -> String {
    format!("<tr2:{operation}Response><tr2:Uri>{uri}</tr2:Uri></tr2:{operation}Response>")
}
