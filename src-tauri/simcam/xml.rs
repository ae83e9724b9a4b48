//! Owns reading small foreign XML documents into a tree, and escaping text for our own.
//! Must not know SOAP. Refuses what no honest client sends: DOCTYPE, unknown entities, great depth, many nodes.

use quick_xml::{
    NsReader,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    name::{PrefixDeclaration, ResolveResult},
};
use std::borrow::Cow;

const MAX_DEPTH: usize = 64;
const MAX_ELEMENTS: usize = 10_000;

/// One element with its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Namespace URI; empty for none.
    pub(crate) namespace: String,
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Self>,
    text: String,
    /// Prefixes in scope, kept only where the content is made of qualified names (`Types`).
    prefixes: Vec<(String, String)>,
}

/// The document is not one we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct XmlError;

impl Element {
    /// Reads a document and returns its root.
    pub(crate) fn parse(document: &str) -> Result<Self, XmlError> {
        let mut reader = NsReader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        let mut elements = 0;
        loop {
            let event = reader.read_event().map_err(|_| XmlError)?;
            match event {
                Event::Start(start) | Event::Empty(start)
                    if elements >= MAX_ELEMENTS || open.len() >= MAX_DEPTH =>
                {
                    drop(start);
                    return Err(XmlError);
                }
                Event::Start(start) => {
                    elements += 1;
                    open.push(Self::opened(&reader, &start)?);
                }
                Event::Empty(start) => {
                    elements += 1;
                    let element = Self::opened(&reader, &start)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(XmlError)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text += &text.xml10_content();
                    }
                }
                Event::CData(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text += &text.xml10_content();
                    }
                }
                Event::GeneralRef(reference) => {
                    let element = open.last_mut().ok_or(XmlError)?;
                    match reference.resolve_char_ref().map_err(|_| XmlError)? {
                        Some(character) => element.text.push(character),
                        None => element.text += resolve_predefined_entity(&reference).ok_or(XmlError)?,
                    }
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) | Event::Eof => return Err(XmlError),
            }
        }
    }

    fn opened(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Self, XmlError> {
        let resolver = reader.resolver();
        let (namespace, name) = resolver.resolve_element(start.name());
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => return Err(XmlError),
        };
        let name = name.into_inner().to_owned();
        let attributes = start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.map_err(|_| XmlError)?;
                let value =
                    attribute.normalized_value(quick_xml::XmlVersion::default()).map_err(|_| XmlError)?;
                Ok((attribute.key.local_name().into_inner().to_owned(), value.into_owned()))
            })
            .collect::<Result<_, _>>()?;
        let mut prefixes = Vec::new();
        if name == "Types" {
            prefixes.extend(resolver.bindings().map(|(declaration, namespace)| {
                let prefix = match declaration {
                    PrefixDeclaration::Default => "",
                    PrefixDeclaration::Named(prefix) => prefix,
                };
                (prefix.to_owned(), namespace.into_inner().to_owned())
            }));
        }
        Ok(Self { namespace, name, attributes, prefixes, ..Self::default() })
    }

    /// The first child of this local name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The descendant reached by these local names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The element's own text without the space round it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text of the first child of this local name.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text)
    }

    /// The attribute of this local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The content as qualified names: namespace URI, local name. Only for `Types`.
    pub(crate) fn qualified_names(&self) -> Vec<(&str, &str)> {
        self.text
            .split_whitespace()
            .map(|name| {
                let (prefix, local) = name.split_once(':').unwrap_or(("", name));
                let bound = self.prefixes.iter().rev().find(|(known, _)| known == prefix);
                (bound.map_or("", |(_, namespace)| namespace.as_str()), local)
            })
            .collect()
    }
}

/// What `write` makes of each item, one after the other.
pub(crate) fn each<T>(items: impl IntoIterator<Item = T>, write: impl Fn(T) -> String) -> String {
    items.into_iter().map(write).collect()
}

/// Text made safe for element content and attribute values.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_namespaces_text_and_attributes() {
        let root = Element::parse(
            "<?xml version=\"1.0\"?><!-- c --><a:r xmlns:a=\"urn:a\"><b xmlns=\"urn:b\" k=\"1&amp;2\"> x&lt;&#65;<![CDATA[<&]]> </b><c/></a:r>",
        )
        .unwrap();
        assert_eq!((root.namespace.as_str(), root.name.as_str()), ("urn:a", "r"));
        let b = root.child("b").unwrap();
        assert_eq!((b.namespace.as_str(), b.text(), b.attribute("k")), ("urn:b", "x<A<&", Some("1&2")));
        assert_eq!(root.child("c").unwrap().namespace, "");
        assert_eq!(root.at(&["b", "nothing"]), None);
    }

    #[test]
    fn qualified_names_are_resolved_where_they_stand() {
        let root =
            Element::parse("<p xmlns:d=\"urn:1\"><Types xmlns:d=\"urn:2\"> d:A\n B e:C</Types></p>").unwrap();
        assert_eq!(root.child("Types").unwrap().qualified_names(), [("urn:2", "A"), ("", "B"), ("", "C")]);
    }

    #[test]
    fn hostile_documents_are_refused() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1));
        for document in [
            "",
            "<a>",
            "text",
            "<a></b>",
            "<x:a/>",
            "<a>&bomb;</a>",
            "<a k=\"&bomb;\"/>",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            &deep,
            &wide,
        ] {
            assert_eq!(Element::parse(document), Err(XmlError), "{document:.40}");
        }
    }
}
