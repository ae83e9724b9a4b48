//! Owns the device service (ONVIF Core §8): who the camera is, what it can do, what time it believes it is.
//! Must not know media.

use super::{
    Context, DEVICE_NS, DEVICE_PATH, EVENTS_NS, EVENTS_PATH, IMAGING_NS, IMAGING_PATH, MEDIA_NS, MEDIA_PATH,
    MEDIA2_NS, MEDIA2_PATH, Outcome, PTZ_NS, PTZ_PATH, soap::Fault,
};
use crate::{
    clock::{self, Civil},
    discovery::scopes,
    identity::{FIRMWARE, MANUFACTURER, MODEL},
    setup::RESTART,
    xml::{Element, each, escape},
};
use std::time::Instant;

/// Operations of the access class PRE_AUTH (Core §5.9.4.1): a client needs them to be able to authenticate.
pub(super) fn is_open_to_all(operation: &Element) -> bool {
    operation.namespace == DEVICE_NS
        && matches!(
            operation.name.as_str(),
            "GetSystemDateAndTime"
                | "GetCapabilities"
                | "GetServices"
                | "GetServiceCapabilities"
                | "GetHostname"
                | "GetEndpointReference"
                | "GetWsdlUrl"
        )
}

pub(super) fn answer(context: &Context<'_>, operation: &str, call: &Element) -> Outcome {
    let identity = &context.camera.identity;
    Ok(match operation {
        "GetSystemDateAndTime" => date_and_time(Civil::from_utc(context.camera.utc())),
        "SetSystemDateAndTime" => {
            set_date_and_time(context, call)?;
            "<tds:SetSystemDateAndTimeResponse/>".to_owned()
        }
        "SystemReboot" => {
            context.camera.setup.restart(Instant::now());
            format!(
                "<tds:SystemRebootResponse><tds:Message>Rebooting in {} seconds</tds:Message></tds:SystemRebootResponse>",
                RESTART.as_secs()
            )
        }
        "GetDeviceInformation" => format!(
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>{MANUFACTURER}</tds:Manufacturer>\
             <tds:Model>{MODEL}</tds:Model><tds:FirmwareVersion>{FIRMWARE}</tds:FirmwareVersion>\
             <tds:SerialNumber>{}</tds:SerialNumber><tds:HardwareId>simcam</tds:HardwareId>\
             </tds:GetDeviceInformationResponse>",
            identity.serial
        ),
        "GetCapabilities" => capabilities(context),
        "GetServices" => services(context),
        "GetServiceCapabilities" => "<tds:GetServiceCapabilitiesResponse><tds:Capabilities>\
             <tds:Network IPFilter=\"false\" ZeroConfiguration=\"false\" IPVersion6=\"false\" DynDNS=\"false\"/>\
             <tds:Security UsernameToken=\"true\" HttpDigest=\"true\"/>\
             <tds:System DiscoveryResolve=\"false\" DiscoveryBye=\"true\" RemoteDiscovery=\"false\"/>\
             </tds:Capabilities></tds:GetServiceCapabilitiesResponse>"
            .to_owned(),
        "GetScopes" => {
            let scopes = each(scopes(&identity.name), |scope| {
                    format!(
                        "<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{}</tt:ScopeItem></tds:Scopes>",
                        escape(&scope)
                    )
                });
            format!("<tds:GetScopesResponse>{scopes}</tds:GetScopesResponse>")
        }
        "GetHostname" => format!(
            "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>\
             <tt:Name>simcam-{}</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>",
            identity.number
        ),
        "GetEndpointReference" => format!(
            "<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:{}</tds:GUID></tds:GetEndpointReferenceResponse>",
            identity.uuid
        ),
        "GetDiscoveryMode" => "<tds:GetDiscoveryModeResponse><tds:DiscoveryMode>Discoverable</tds:DiscoveryMode>\
             </tds:GetDiscoveryModeResponse>"
            .to_owned(),
        "GetNetworkInterfaces" => network_interfaces(context),
        "GetNetworkProtocols" => format!(
            "<tds:GetNetworkProtocolsResponse>\
             <tds:NetworkProtocols><tt:Name>HTTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>{}</tt:Port></tds:NetworkProtocols>\
             <tds:NetworkProtocols><tt:Name>RTSP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>{}</tt:Port></tds:NetworkProtocols>\
             </tds:GetNetworkProtocolsResponse>",
            context.local.port(),
            context.rtsp_port
        ),
        "GetUsers" => {
            let users = context.camera.authenticator.account().map_or_else(String::new, |account| {
                format!(
                    "<tds:User><tt:Username>{}</tt:Username><tt:UserLevel>Administrator</tt:UserLevel></tds:User>",
                    escape(account.user())
                )
            });
            format!("<tds:GetUsersResponse>{users}</tds:GetUsersResponse>")
        }
        "GetDNS" => "<tds:GetDNSResponse><tds:DNSInformation><tt:FromDHCP>false</tt:FromDHCP></tds:DNSInformation>\
             </tds:GetDNSResponse>"
            .to_owned(),
        "GetNTP" => "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP></tds:NTPInformation>\
             </tds:GetNTPResponse>"
            .to_owned(),
        "GetWsdlUrl" => "<tds:GetWsdlUrlResponse><tds:WsdlUrl>http://www.onvif.org/</tds:WsdlUrl>\
             </tds:GetWsdlUrlResponse>"
            .to_owned(),
        _ => return Err(Fault::not_supported()),
    })
}

/// Manual time only (Core §8.3.10); there is no NTP server to ask.
fn set_date_and_time(context: &Context<'_>, call: &Element) -> Result<(), Fault> {
    let invalid = Fault::invalid("ter:InvalidDateTime", "the date or time cannot be");
    if call.child_text("DateTimeType") != Some("Manual") {
        return Err(Fault::invalid("ter:NtpServerUndefined", "this camera knows no time server"));
    }
    let field = |path: &[&str]| {
        call.child("UTCDateTime")?.at(path).and_then(|element| element.text().parse::<u32>().ok())
    };
    let read = || {
        let [year, month, day] = ["Year", "Month", "Day"].map(|name| field(&["Date", name]));
        let [hour, minute, second] = ["Hour", "Minute", "Second"].map(|name| field(&["Time", name]));
        clock::parse_iso(&format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            year?, month?, day?, hour?, minute?, second?
        ))
    };
    context.camera.setup.set_utc(read().ok_or(invalid)?);
    Ok(())
}

fn date_and_time(now: Civil) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = now;
    let fields = format!(
        "<tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute>{minute}</tt:Minute><tt:Second>{second}</tt:Second></tt:Time>\
         <tt:Date><tt:Year>{year}</tt:Year><tt:Month>{month}</tt:Month><tt:Day>{day}</tt:Day></tt:Date>"
    );
    format!(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>\
         <tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>\
         <tt:UTCDateTime>{fields}</tt:UTCDateTime><tt:LocalDateTime>{fields}</tt:LocalDateTime>\
         </tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )
}

fn capabilities(context: &Context<'_>) -> String {
    let [device, media, ptz, events, imaging] =
        [DEVICE_PATH, MEDIA_PATH, PTZ_PATH, EVENTS_PATH, IMAGING_PATH].map(|path| context.http_url(path));
    format!(
        "<tds:GetCapabilitiesResponse><tds:Capabilities>\
         <tt:Device><tt:XAddr>{device}</tt:XAddr>\
         <tt:Network><tt:IPFilter>false</tt:IPFilter><tt:ZeroConfiguration>false</tt:ZeroConfiguration>\
         <tt:IPVersion6>false</tt:IPVersion6><tt:DynDNS>false</tt:DynDNS></tt:Network>\
         <tt:System><tt:DiscoveryResolve>false</tt:DiscoveryResolve><tt:DiscoveryBye>true</tt:DiscoveryBye>\
         <tt:RemoteDiscovery>false</tt:RemoteDiscovery><tt:SystemBackup>false</tt:SystemBackup>\
         <tt:SystemLogging>false</tt:SystemLogging><tt:FirmwareUpgrade>false</tt:FirmwareUpgrade>\
         <tt:SupportedVersions><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tt:SupportedVersions></tt:System>\
         <tt:IO><tt:InputConnectors>0</tt:InputConnectors><tt:RelayOutputs>0</tt:RelayOutputs></tt:IO>\
         <tt:Security><tt:TLS1.1>false</tt:TLS1.1><tt:TLS1.2>false</tt:TLS1.2>\
         <tt:OnboardKeyGeneration>false</tt:OnboardKeyGeneration><tt:AccessPolicyConfig>false</tt:AccessPolicyConfig>\
         <tt:X.509Token>false</tt:X.509Token><tt:SAMLToken>false</tt:SAMLToken>\
         <tt:KerberosToken>false</tt:KerberosToken><tt:RELToken>false</tt:RELToken></tt:Security></tt:Device>\
         <tt:Events><tt:XAddr>{events}</tt:XAddr><tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>\
         <tt:WSPullPointSupport>true</tt:WSPullPointSupport>\
         <tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>\
         <tt:Imaging><tt:XAddr>{imaging}</tt:XAddr></tt:Imaging>\
         <tt:Media><tt:XAddr>{media}</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast>\
         <tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>\
         <tt:PTZ><tt:XAddr>{ptz}</tt:XAddr></tt:PTZ>\
         </tds:Capabilities></tds:GetCapabilitiesResponse>"
    )
}

fn services(context: &Context<'_>) -> String {
    let media2 = Some((MEDIA2_NS, MEDIA2_PATH)).filter(|_| !context.camera.faults.omits_media2());
    let others = [
        (DEVICE_NS, DEVICE_PATH),
        (MEDIA_NS, MEDIA_PATH),
        (PTZ_NS, PTZ_PATH),
        (IMAGING_NS, IMAGING_PATH),
        (EVENTS_NS, EVENTS_PATH),
    ];
    let services = others.into_iter().chain(media2);
    let services = each(services, |(namespace, path)| {
        format!(
            "<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{}</tds:XAddr>\
                 <tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>",
            context.http_url(path)
        )
    });
    format!("<tds:GetServicesResponse>{services}</tds:GetServicesResponse>")
}

fn network_interfaces(context: &Context<'_>) -> String {
    // A locally administered address (bit 1 of the first byte) made of the camera's UUID.
    let mac = &context.camera.identity.uuid.as_bytes()[..5];
    let mac = each(mac, |byte| format!(":{byte:02x}"));
    let (family, address) = (if context.local.is_ipv4() { "IPv4" } else { "IPv6" }, context.local.ip());
    let prefix = if context.local.is_ipv4() { 24 } else { 64 };
    format!(
        "<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token=\"eth0\"><tt:Enabled>true</tt:Enabled>\
         <tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>02{mac}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>\
         <tt:{family}><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>{address}</tt:Address>\
         <tt:PrefixLength>{prefix}</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:{family}>\
         </tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
    )
}
