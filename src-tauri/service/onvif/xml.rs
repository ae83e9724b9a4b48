//! Owns reading foreign XML: into a small tree by local names, within limits that no honest device comes near (S9).
//! Must not know SOAP, ONVIF or WS-Discovery. Namespaces are not resolved: cameras get their prefixes wrong.

use atalaya_model::{Error, Kind, Result};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// Elements inside each other.
const DEPTH_MAX: usize = 64;
/// Elements in a document.
const ELEMENTS_MAX: usize = 10_000;
/// Attributes of one element. Readers compare each with all before it, so that a million of them are a trap.
const ATTRIBUTES_MAX: usize = 64;

/// One element with its content.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// Reads a document; `Refused` when it has a DOCTYPE or goes beyond the limits, `Protocol` when it is not XML.
    pub(crate) fn parse(document: &str) -> Result<Self> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        let mut elements = 0;
        loop {
            let event = reader.read_event().map_err(|cause| not_xml(&reader).caused_by(cause))?;
            let closed = match event {
                Event::Start(start) => {
                    elements += 1;
                    if open.len() == DEPTH_MAX || elements > ELEMENTS_MAX {
                        return Err(refused("XML of too many elements", &reader));
                    }
                    open.push(opened(&start, &reader)?);
                    continue;
                }
                Event::Empty(start) => {
                    elements += 1;
                    if elements > ELEMENTS_MAX {
                        return Err(refused("XML of too many elements", &reader));
                    }
                    opened(&start, &reader)?
                }
                Event::End(_) => open.pop().ok_or_else(|| not_xml(&reader))?,
                Event::Text(text) => {
                    append(&mut open, &text.xml10_content());
                    continue;
                }
                Event::CData(text) => {
                    append(&mut open, &text.xml10_content());
                    continue;
                }
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(|_| not_xml(&reader))?;
                    match (character, resolve_predefined_entity(&reference)) {
                        (Some(character), _) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                        (None, Some(text)) => append(&mut open, text),
                        // Only a DOCTYPE could declare another entity.
                        (None, None) => return Err(refused("XML with an undeclared entity", &reader)),
                    }
                    continue;
                }
                Event::DocType(_) => return Err(refused("XML with a DOCTYPE", &reader)),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => continue,
                Event::Eof => return Err(not_xml(&reader)),
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None => return Ok(closed),
            }
        }
    }

    /// Its own text without the space around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its local name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The value of the attribute of this local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Its first child of this local name, alone.
    pub(crate) fn take(&mut self, name: &str) -> Option<Self> {
        let at = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.swap_remove(at))
    }

    /// Its first child, alone.
    pub(crate) fn into_first(self) -> Option<Self> {
        self.children.into_iter().next()
    }

    /// The children of this local name, taken over.
    pub(crate) fn into_children(self, name: &str) -> impl Iterator<Item = Self> {
        self.children.into_iter().filter(move |child| child.name == name)
    }

    /// The element and its content written again, every name in ONVIF's schema (prefix `tt`), without attributes.
    pub(crate) fn to_schema(&self) -> String {
        let content: String = self.children.iter().map(Self::to_schema).collect();
        // A bare carriage return is read as a line feed (XML 1.0 §2.11).
        let text = quick_xml::escape::escape(self.text()).replace('\r', "&#13;");
        format!("<tt:{name}>{text}{content}</tt:{name}>", name = self.name)
    }

    /// The children of this local name.
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The descendant reached by these local names, the first of each.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.children.iter().find(|child| child.name == *name))
    }

    /// The text of the descendant reached by these local names, if there is any.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The finite number of that descendant, if it is one.
    pub(crate) fn number_at(&self, path: &[&str]) -> Option<f32> {
        self.text_at(path)?.parse::<f32>().ok().filter(|number| number.is_finite())
    }
}

#[cfg(test)]
impl Element {
    /// How many elements there are, how deep, and how many bytes of text and attributes they hold.
    pub(crate) fn extent(&self) -> (usize, usize, usize) {
        let own = self.text.len() + self.attributes.iter().map(|(_, value)| value.len()).sum::<usize>();
        self.children.iter().map(Self::extent).fold((1, 1, own), |(elements, depth, bytes), child| {
            (elements + child.0, depth.max(child.1 + 1), bytes + child.2)
        })
    }
}

fn opened(start: &BytesStart<'_>, reader: &Reader<&[u8]>) -> Result<Element> {
    if start.attributes().with_checks(false).take(ATTRIBUTES_MAX + 1).count() > ATTRIBUTES_MAX {
        return Err(refused("XML with too many attributes", reader));
    }
    let attributes = start
        .attributes()
        .with_checks(false)
        .flatten()
        .filter_map(|attribute| {
            let value = attribute.normalized_value(quick_xml::XmlVersion::default()).ok()?.into_owned();
            Some((attribute.key.local_name().as_ref().to_owned(), value))
        })
        .collect();
    let name = start.local_name().as_ref().to_owned();
    if !is_name(&name) {
        return Err(not_xml(reader));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

/// Whether a local name can be written again as it was read. quick-xml takes quotes and slashes in names, which would
/// change the meaning of what stands after them. Other scripts, and bytes that were no UTF-8, do no harm.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn not_xml(reader: &Reader<&[u8]>) -> Error {
    Error::new(Kind::Protocol, "not well-formed XML").with("offset", reader.error_position())
}

fn refused(why: &'static str, reader: &Reader<&[u8]>) -> Error {
    Error::new(Kind::Refused, why).with("offset", reader.buffer_position())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_names_lead_to_text() {
        let root = Element::parse(
            "<?xml version=\"1.0\"?><!-- c --><a:r xmlns:a=\"u\"><a:b>x&lt;&#65;<![CDATA[<&]]> </a:b><b>2</b><c/></a:r>",
        )
        .unwrap();
        assert_eq!(root.name, "r");
        assert_eq!(root.text_at(&["b"]), Some("x<A<&"));
        assert_eq!(root.children("b").count(), 2);
        assert_eq!(root.text_at(&["c"]), None);
        assert!(root.at(&["b", "nothing"]).is_none());
        let root = Element::parse("<r><p t:x=\"1&amp;2\" token='a' broken=\"&bomb;\"/></r>").unwrap();
        let p = root.at(&["p"]).unwrap();
        let attribute = |name| p.attribute(name);
        assert_eq!((p.name(), attribute("x"), attribute("token")), ("p", Some("1&2"), Some("a")));
        assert_eq!(attribute("broken"), None);
    }

    #[test]
    fn hostile_documents_are_refused() {
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        let wide = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
        let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
        let many_attributes = format!("<a{attributes}/>");
        for document in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>",
            "<a>&bomb;</a>",
            &deep,
            &wide,
            &many_attributes,
        ] {
            assert_eq!(Element::parse(document).unwrap_err().kind(), Kind::Refused, "{document:.40}");
        }
        for document in ["", "text", "<a>", "<a></b>", "</a>", "<a", "\u{0}", "{\"json\": 1}"] {
            assert_eq!(Element::parse(document).unwrap_err().kind(), Kind::Protocol, "{document:.40}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<[!?/]?[a-z:&;=' ]{0,8}>?|&[#a-z0-9]{0,6};|[<>&;]|.){0,60}") {
            let _ = Element::parse(&text);
        }
    }
}
