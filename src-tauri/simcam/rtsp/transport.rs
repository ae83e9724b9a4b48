//! Owns the Transport header (RFC 2326 §12.39): what a client offers and what it gets.
//! Must not know sessions.

use std::ops::RangeInclusive;

/// A way of delivery a client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Within the RTSP connection, on these channels if it names any (§10.12).
    Interleaved(Option<(u8, u8)>),
    /// To these ports of the client's address: RTP, RTCP.
    Udp(u16, u16),
}

impl Offer {
    /// The first offer of the header that can be served; None calls for 461.
    pub(super) fn first_supported(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::parse)
    }

    fn parse(specification: &str) -> Option<Self> {
        let mut parameters = specification.trim().split(';').map(str::trim);
        let protocol = parameters.next()?;
        let (mut client_ports, mut channels) = (None, None);
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_lowercase().as_str() {
                "multicast" => return None,
                "mode" if !value.trim_matches('"').eq_ignore_ascii_case("play") => return None,
                "client_port" => client_ports = Some(pair(value, 1..=u16::MAX)?),
                "interleaved" => {
                    let (rtp, rtcp) = pair(value, 0..=u16::from(u8::MAX))?;
                    channels = Some((rtp as u8, rtcp as u8));
                }
                _ => {}
            }
        }
        match protocol.to_ascii_uppercase().as_str() {
            "RTP/AVP/TCP" => Some(Self::Interleaved(channels)),
            "RTP/AVP" | "RTP/AVP/UDP" => client_ports.map(|(rtp, rtcp)| Self::Udp(rtp, rtcp)),
            _ => None,
        }
    }
}

/// `a-b`, or `a` alone, which means `a` and the number after it.
fn pair(text: &str, allowed: RangeInclusive<u16>) -> Option<(u16, u16)> {
    let (first, second) = match text.split_once('-') {
        Some((first, second)) => (first.parse().ok()?, second.parse().ok()?),
        None => (text.parse::<u16>().ok()?, text.parse::<u16>().ok()?.checked_add(1)?),
    };
    (allowed.contains(&first) && allowed.contains(&second) && first != second).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_of_common_clients() {
        for (header, expected) in [
            ("RTP/AVP/TCP;unicast;interleaved=0-1", Some(Offer::Interleaved(Some((0, 1))))),
            ("RTP/AVP/TCP;unicast", Some(Offer::Interleaved(None))),
            ("RTP/AVP;unicast;client_port=50000-50001", Some(Offer::Udp(50_000, 50_001))),
            ("RTP/AVP/UDP;unicast;client_port=6970-6971;mode=\"PLAY\"", Some(Offer::Udp(6_970, 6_971))),
            ("RTP/AVP;multicast,RTP/AVP/TCP;interleaved=4", Some(Offer::Interleaved(Some((4, 5))))),
            ("RTP/AVP;multicast;port=5000-5001", None),
            ("RTP/SAVP;unicast;client_port=5000-5001", None),
            ("RTP/AVP;unicast;client_port=5000-5001;mode=record", None),
            ("RTP/AVP;unicast", None),
            ("RTP/AVP;unicast;client_port=0-1", None),
            ("RTP/AVP/TCP;interleaved=255-256", None),
            ("RTP/AVP/TCP;interleaved=3-3", None),
            ("", None),
        ] {
            assert_eq!(Offer::first_supported(header), expected, "{header}");
        }
    }
}
