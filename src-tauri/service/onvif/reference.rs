//! Owns endpoint references (WS-Addressing 1.0 Core §2): reading one out of an answer, and the headers that a message to
//! that endpoint carries.
//! Must not know what is asked there. Parameters of a reference are opaque: they go back as they came, under the
//! namespaces that they came with, and nothing else of the foreign document does.

use atalaya_model::{Error, Kind, Result};
use quick_xml::NsReader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Prefix, QName, ResolveResult};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The longest address (S9).
const ADDRESS_MAX_BYTES: usize = 2048;
/// The longest parameters, all together and written again: they are in every message (S9).
const PARAMETERS_MAX_BYTES: usize = 8192;

/// An endpoint that a device named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndpointReference {
    address: String,
    /// The reference parameters as SOAP headers.
    parameters: String,
}

impl EndpointReference {
    /// Reads the first element of this local name. `Protocol` when there is none, or it has no address; `Refused` when
    /// it is too long or its names are none. The document has been read before, within the limits for those.
    pub(super) fn read(document: &str, name: &str) -> Result<Self> {
        let mut reader = NsReader::from_str(document);
        let mut read = Self { address: String::new(), parameters: String::new() };
        // The open elements: local name, and how it was written again.
        let mut open: Vec<(String, String)> = Vec::new();
        loop {
            let event = reader.read_event().map_err(|cause| absent(name).caused_by(cause))?;
            let place = place(&open, name);
            match event {
                Event::Start(start) => {
                    let mut written = String::new();
                    if let Place::Parameters { outermost } = place {
                        written = read.begin(&reader, &start, outermost)?;
                        read.parameters.push('>');
                    }
                    open.push((start.local_name().into_inner().to_owned(), written));
                }
                Event::Empty(start) => {
                    if let Place::Parameters { outermost } = place {
                        read.begin(&reader, &start, outermost)?;
                        read.parameters.push_str("/>");
                    }
                }
                Event::End(_) => {
                    let Some((closed, written)) = open.pop() else { return Err(absent(name)) };
                    if !written.is_empty() {
                        read.parameters.push_str(&format!("</{written}>"));
                    }
                    if closed == name {
                        return if read.address.is_empty() { Err(absent(name)) } else { Ok(read) };
                    }
                }
                Event::Text(text) => read.text(place, &text.xml10_content()),
                Event::CData(text) => read.text(place, &text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => read.text(place, character.encode_utf8(&mut [0; 4])),
                    _ => read.text(place, resolve_predefined_entity(&reference).unwrap_or_default()),
                },
                Event::Eof => return Err(absent(name)),
                _ => {}
            }
            if read.address.len() > ADDRESS_MAX_BYTES || read.parameters.len() > PARAMETERS_MAX_BYTES {
                return Err(Error::new(Kind::Refused, "the device's endpoint reference is too long"));
            }
        }
    }

    /// Where it is, as the device says.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The headers of a message to it (WS-Addressing 1.0 SOAP Binding §3) but for the one that says whom it is to.
    pub(super) fn headers(&self, action: &str, message: Uuid) -> String {
        format!(
            "<wsa:Action>{}</wsa:Action><wsa:MessageID>urn:uuid:{message}</wsa:MessageID>{}",
            escape(action),
            self.parameters
        )
    }

    fn text(&mut self, place: Place, text: &str) {
        match place {
            Place::Address => self.address.push_str(text.trim()),
            Place::Parameters { outermost: false } => self.parameters.push_str(&escape(text)),
            Place::Parameters { outermost: true } | Place::Elsewhere => {}
        }
    }

    /// Writes the beginning of a start tag, with every namespace that it needs; the element's name as written.
    fn begin(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>, outermost: bool) -> Result<String> {
        let resolver = reader.resolver();
        let mut declared = BTreeSet::new();
        let mut declare = |prefix: &str, namespace: &str| {
            let colon = if prefix.is_empty() { "" } else { ":" };
            let is_new = declared.insert(prefix.to_owned());
            if is_new { format!(" xmlns{colon}{prefix}=\"{}\"", escape(namespace)) } else { String::new() }
        };
        let name = start.name();
        let (written, mut tag) = match resolver.resolve_element(name).0 {
            ResolveResult::Bound(namespace) => {
                let prefix = name.prefix().map(Prefix::into_inner).unwrap_or_default();
                (checked(name)?, declare(prefix, namespace.into_inner()))
            }
            // A prefix that stands for nothing would make the message one that nobody can read.
            _ => (checked(QName(name.local_name().into_inner()))?, declare("", "")),
        };
        let mut known = BTreeSet::new();
        for attribute in start.attributes().with_checks(false).flatten() {
            let key = attribute.key;
            let (namespace, local) = resolver.resolve_attribute(key);
            let is_ours = local.into_inner() == "IsReferenceParameter";
            if key.as_namespace_binding().is_some() || is_ours || !known.insert(key.into_inner().to_owned()) {
                continue;
            }
            let Ok(value) = attribute.normalized_value(quick_xml::XmlVersion::default()) else { continue };
            match (key.prefix(), namespace) {
                (None, _) => {}
                (Some(prefix), ResolveResult::Bound(_)) if prefix.is_xml() => {}
                (Some(prefix), ResolveResult::Bound(namespace)) => {
                    tag.push_str(&declare(prefix.into_inner(), namespace.into_inner()));
                }
                (Some(_), _) => continue,
            }
            tag.push_str(&format!(" {}=\"{}\"", checked(key)?, escape(&*value)));
        }
        // WS-Addressing 1.0 SOAP Binding §3.4. The envelope declares `wsa`, unless the parameter itself does.
        let mark = match (outermost, declared.contains("wsa")) {
            (false, _) => "",
            (true, false) => " wsa:IsReferenceParameter=\"true\"",
            (true, true) => {
                " xmlns:wsa10=\"http://www.w3.org/2005/08/addressing\" wsa10:IsReferenceParameter=\"true\""
            }
        };
        self.parameters.push_str(&format!("<{written}{tag}{mark}"));
        Ok(written)
    }
}

/// Where in a reference something stands.
#[derive(Clone, Copy)]
enum Place {
    Address,
    /// In the parameters; `outermost` when no parameter is open.
    Parameters {
        outermost: bool,
    },
    Elsewhere,
}

fn place(open: &[(String, String)], name: &str) -> Place {
    let Some(at) = open.iter().position(|(local, _)| local == name) else { return Place::Elsewhere };
    match &open[at + 1..] {
        [(only, _)] if only == "Address" => Place::Address,
        // Properties are the parameters of WS-Addressing of August 2004 (§2.1).
        [(first, _), more @ ..]
            if matches!(first.as_str(), "ReferenceParameters" | "ReferenceProperties") =>
        {
            Place::Parameters { outermost: more.is_empty() }
        }
        _ => Place::Elsewhere,
    }
}

/// A name as it may be written: the reader takes nearly anything for one.
fn checked(name: QName<'_>) -> Result<String> {
    let text = name.into_inner();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(fits);
    if text.split(':').count() > 2 || !text.split(':').all(is_part) {
        return Err(Error::new(Kind::Refused, "an endpoint reference with a name that is none"));
    }
    Ok(text.to_owned())
}

fn absent(name: &str) -> Error {
    Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down")
        .with("missing", format!("{name}/Address"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onvif::xml::Element;

    fn read(reference: &str) -> Result<EndpointReference> {
        EndpointReference::read(
            &format!("<e:E xmlns:e=\"urn:e\" xmlns:w=\"urn:w\"><R><T>x</T></R><Ref>{reference}</Ref></e:E>"),
            "Ref",
        )
    }

    /// The headers as a device's reader sees them, in the envelope that they stand in.
    fn headers(reference: &EndpointReference) -> Element {
        let headers = reference.headers("urn:a?<&>", Uuid::from_u128(7));
        Element::parse(&format!("<h xmlns:wsa=\"urn:wsa\">{headers}</h>")).unwrap()
    }

    #[test]
    fn an_address_alone_needs_no_headers_of_its_own() {
        let reference = read("<w:Address> http://192.0.2.7/a?b=1&amp;c </w:Address>").unwrap();
        assert_eq!((reference.address(), &*reference.parameters), ("http://192.0.2.7/a?b=1&c", ""));
        assert_eq!(headers(&reference).text_at(&["Action"]), Some("urn:a?<&>"));
    }

    #[test]
    fn parameters_go_back_with_their_namespaces() {
        // As Axis names a subscription, and with everything that a parameter may have.
        let reference = read(
            "<w:Address>http://192.0.2.7/onvif/services</w:Address><w:ReferenceParameters>\n \
             <dom0:SubscriptionId xmlns:dom0=\"http://www.axis.com/2009/event\">17</dom0:SubscriptionId>\
             <Deep xmlns=\"urn:deep\" w:k=\"1&amp;2\" w:k=\"3\" plain=\"&lt;\" wrong:x=\"1\" xml:lang=\"en\">\
             <inner e:a=\"b\"/>a&lt;<![CDATA[&]]></Deep><lost:Prefix>&#65;</lost:Prefix>\
             </w:ReferenceParameters><w:Metadata><x>1</x></w:Metadata>",
        )
        .unwrap();
        assert_eq!(
            reference.parameters,
            "<dom0:SubscriptionId xmlns:dom0=\"http://www.axis.com/2009/event\" wsa:IsReferenceParameter=\"true\">\
             17</dom0:SubscriptionId>\
             <Deep xmlns=\"urn:deep\" xmlns:w=\"urn:w\" w:k=\"1&amp;2\" plain=\"&lt;\" xml:lang=\"en\" \
             wsa:IsReferenceParameter=\"true\">\
             <inner xmlns=\"urn:deep\" xmlns:e=\"urn:e\" e:a=\"b\"/>a&lt;&amp;</Deep>\
             <Prefix xmlns=\"\" wsa:IsReferenceParameter=\"true\">A</Prefix>"
        );
        assert_eq!(headers(&reference).text_at(&["SubscriptionId"]), Some("17"));
        assert_eq!(headers(&reference).at(&["Deep", "inner"]).and_then(|it| it.attribute("a")), Some("b"));
    }

    #[test]
    fn what_is_no_reference_is_an_error() {
        let kind = |reference: &str| read(reference).map_err(|error| error.kind());
        assert_eq!(kind(""), Err(Kind::Protocol));
        assert_eq!(kind("<w:Address> </w:Address>"), Err(Kind::Protocol));
        assert_eq!(
            EndpointReference::read("<a><b/></a>", "Ref").map_err(|it| it.kind()),
            Err(Kind::Protocol)
        );
        let long = "x".repeat(ADDRESS_MAX_BYTES + 1);
        assert_eq!(kind(&format!("<Address>{long}</Address>")), Err(Kind::Refused));
        let parameter =
            |inner: &str| format!("<Address>a</Address><ReferenceParameters>{inner}</ReferenceParameters>");
        let long = format!("<a>{}</a>", "x".repeat(PARAMETERS_MAX_BYTES));
        assert_eq!(kind(&parameter(&long)), Err(Kind::Refused));
        for name in ["a\"b", "a=b", "a<b"] {
            assert!(kind(&parameter(&format!("<{name}/>"))).is_err(), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_again_can_be_read(inner in "(<[a-c:]{1,3}( [a-c:]{1,3}='[a&;x]{0,3}')?>|</[a-c]>|<a/>|x|&amp;){0,20}") {
            let told = format!("<Address>a</Address><ReferenceParameters>{inner}</ReferenceParameters>");
            if let Ok(reference) = read(&told) {
                headers(&reference);
            }
        }
    }
}
