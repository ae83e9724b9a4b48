//! Owns SOAP 1.2: reading a call out of its envelope, wrapping answers, faults in ONVIF's form (Core §5.8.2).
//! Must not know services.

use crate::{
    message::Response,
    xml::{Element, escape},
};

pub(super) const CONTENT_TYPE: &str = "application/soap+xml; charset=utf-8";
const ENVELOPE_NAMESPACES: [&str; 2] =
    ["http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"];

/// One call.
pub(super) struct Call {
    /// The first element of the body: its name is the operation's.
    pub(super) operation: Element,
    /// The WS-Security `UsernameToken`, if there is one.
    pub(super) username_token: Option<Element>,
    /// WS-Addressing's MessageID, to be related to.
    pub(super) message_id: Option<String>,
    /// The headers that are marked as parameters of a reference (WS-Addressing 1.0 SOAP Binding §3.4).
    pub(super) reference_parameters: Vec<Element>,
}

impl Call {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let malformed = || Fault::sender("ter:WellFormed", "the request is not well-formed SOAP");
        let document = std::str::from_utf8(body).map_err(|_| malformed())?;
        let envelope = Element::parse(document.trim_start_matches('\u{FEFF}')).map_err(|_| malformed())?;
        if envelope.name != "Envelope" || !ENVELOPE_NAMESPACES.contains(&envelope.namespace.as_str()) {
            return Err(malformed());
        }
        let operation =
            envelope.child("Body").and_then(|body| body.children.first()).ok_or_else(malformed)?;
        let header = envelope.child("Header");
        Ok(Self {
            operation: operation.clone(),
            username_token: header.and_then(|header| header.at(&["Security", "UsernameToken"])).cloned(),
            message_id: header.and_then(|header| header.child_text("MessageID")).map(str::to_owned),
            reference_parameters: header
                .into_iter()
                .flat_map(|header| &header.children)
                .filter(|child| matches!(child.attribute("IsReferenceParameter"), Some("true" | "1")))
                .cloned()
                .collect(),
        })
    }
}

/// A complete answer round the content of its body.
pub(super) fn envelope(relates_to: Option<&str>, body: &str) -> String {
    let header = relates_to.map_or_else(String::new, |id| {
        format!("<s:Header><wsa:RelatesTo>{}</wsa:RelatesTo></s:Header>", escape(id))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:wsa=\"http://www.w3.org/2005/08/addressing\" \
         xmlns:wsnt=\"http://docs.oasis-open.org/wsn/b-2\" \
         xmlns:wstop=\"http://docs.oasis-open.org/wsn/t-1\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:ter=\"http://www.onvif.org/ver10/error\" \
         xmlns:tns1=\"http://www.onvif.org/ver10/topics\" \
         xmlns:tt=\"http://www.onvif.org/ver10/schema\" \
         xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" \
         xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" \
         xmlns:tr2=\"http://www.onvif.org/ver20/media/wsdl\" \
         xmlns:timg=\"http://www.onvif.org/ver20/imaging/wsdl\" \
         xmlns:tptz=\"http://www.onvif.org/ver20/ptz/wsdl\" \
         xmlns:tev=\"http://www.onvif.org/ver10/events/wsdl\">\
         {header}<s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// A SOAP fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `Sender` or `Receiver`.
    code: &'static str,
    /// Subcodes from general to special, at most two.
    subcodes: [Option<&'static str>; 2],
    reason: &'static str,
}

impl Fault {
    /// The caller's fault, with one subcode.
    pub(super) const fn sender(subcode: &'static str, reason: &'static str) -> Self {
        Self { code: "Sender", subcodes: [Some(subcode), None], reason }
    }

    /// An argument that does not do, with its special subcode.
    pub(super) const fn invalid(subcode: &'static str, reason: &'static str) -> Self {
        Self { code: "Sender", subcodes: [Some("ter:InvalidArgVal"), Some(subcode)], reason }
    }

    pub(super) const fn not_supported() -> Self {
        Self {
            code: "Receiver",
            subcodes: [Some("ter:ActionNotSupported"), None],
            reason: "this camera does not know the operation",
        }
    }

    pub(super) const fn not_authorized() -> Self {
        Self::sender("ter:NotAuthorized", "the action requires authorization")
    }

    pub(super) fn envelope(&self) -> String {
        let subcode = self.subcodes.iter().rev().flatten().fold(String::new(), |inner, subcode| {
            format!("<s:Subcode><s:Value>{subcode}</s:Value>{inner}</s:Subcode>")
        });
        let (code, reason) = (self.code, escape(self.reason));
        envelope(
            None,
            &format!(
                "<s:Fault><s:Code><s:Value>s:{code}</s:Value>{subcode}</s:Code>\
                 <s:Reason><s:Text xml:lang=\"en\">{reason}</s:Text></s:Reason></s:Fault>"
            ),
        )
    }

    /// SOAP 1.2 part 2 §7.5.2.2: 400 for the sender's fault, 500 for ours.
    pub(super) fn into_response(self) -> Response {
        let response = if self.code == "Sender" {
            Response::new(400, "Bad Request")
        } else {
            Response::new(500, "Internal Server Error")
        };
        response.with_body(CONTENT_TYPE, self.envelope())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_out_of_either_soap() {
        for namespace in ENVELOPE_NAMESPACES {
            let text = format!(
                "<e:Envelope xmlns:e=\"{namespace}\"><e:Header><MessageID>7</MessageID>\
                 <a IsReferenceParameter=\"true\">9</a><b>8</b></e:Header>\
                 <e:Body><x:Op xmlns:x=\"urn:x\"/></e:Body></e:Envelope>"
            );
            let call = Call::parse(text.as_bytes()).ok().unwrap();
            assert_eq!((call.operation.namespace.as_str(), call.operation.name.as_str()), ("urn:x", "Op"));
            assert_eq!(call.message_id.as_deref(), Some("7"));
            assert_eq!(call.reference_parameters.iter().map(Element::text).collect::<Vec<_>>(), ["9"]);
        }
    }

    #[test]
    fn what_is_not_soap_is_the_senders_fault() {
        for body in ["", "<a/>", "<Envelope/>", "\u{0}", "<!DOCTYPE a><a/>"] {
            assert_eq!(Call::parse(body.as_bytes()).err().unwrap().code, "Sender");
        }
    }

    #[test]
    fn answers_and_faults_are_well_formed_xml() {
        for text in [envelope(Some("<&>"), "<tds:X/>"), Fault::invalid("ter:NoProfile", "a < b").envelope()] {
            let root = Element::parse(&text).unwrap();
            assert!(root.child("Body").is_some(), "{text}");
        }
    }
}
