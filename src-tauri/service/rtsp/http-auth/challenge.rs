//! Owns the reading of a `WWW-Authenticate` value (RFC 9110 §11.6.1): schemes and their parameters, tolerantly.
//! Must not know what any scheme means.

/// A scheme offered, with its parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// As written.
    pub(crate) scheme: String,
    parameters: Vec<(String, String)>,
}

/// More than any camera offers; bounds what a hostile one can make us keep.
const CHALLENGES_MAX: usize = 16;
/// The same for the parameters of one challenge.
const PARAMETERS_MAX: usize = 32;

impl Challenge {
    /// The first parameter of this name, without its quotes.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// All challenges of a value. A comma separates both challenges and parameters: what is followed by `=` is a
/// parameter, what is not begins a challenge.
pub(crate) fn challenges(header: &str) -> Result<Vec<Challenge>, String> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let word;
        (word, rest) = split_at(rest, &[' ', '\t', ',', '=']);
        if word.is_empty() {
            return Err("the challenge has a value without a name".to_owned());
        }
        let after = rest.trim_start_matches([' ', '\t']);
        if let (Some(value), Some(challenge)) = (after.strip_prefix('='), found.last_mut()) {
            let value = value.trim_start_matches([' ', '\t']);
            let text;
            (text, rest) = if let Some(quoted) = value.strip_prefix('"') {
                unquoted(quoted)?
            } else {
                let (token, rest) = split_at(value, &[' ', '\t', ',']);
                (token.to_owned(), rest)
            };
            if challenge.parameters.len() == PARAMETERS_MAX {
                return Err("the challenge has too many parameters".to_owned());
            }
            challenge.parameters.push((word.to_owned(), text));
        } else if after.starts_with('=') {
            return Err("the challenge begins with a parameter".to_owned());
        } else {
            if found.len() == CHALLENGES_MAX {
                return Err("there are too many challenges".to_owned());
            }
            found.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
        }
    }
    Ok(found)
}

fn split_at<'t>(text: &'t str, ends: &[char]) -> (&'t str, &'t str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Reads a quoted string after its opening quote.
fn unquoted(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            _ => out.push(c),
        }
    }
    Err("the challenge has a quoted text without an end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_several_challenges_with_awkward_texts() {
        let found =
            challenges(r#"Digest realm="a, b=\"c\"" , nonce = 7 ,qop="auth",, Basic realm=x, Negotiate"#)
                .expect("readable");
        let schemes: Vec<_> = found.iter().map(|c| c.scheme.as_str()).collect();
        assert_eq!(schemes, ["Digest", "Basic", "Negotiate"]);
        assert_eq!(found[0].parameter("REALM"), Some(r#"a, b="c""#));
        assert_eq!(found[0].parameter("nonce"), Some("7"));
        assert_eq!(found[1].parameter("realm"), Some("x"));
    }

    #[test]
    fn nonsense_is_an_error_or_nothing() {
        for text in ["=", "a=b", "Digest x=\"", "Digest =,", "Digest \"x\"=1\"", "\u{1F600}", "Digest \\"] {
            let _ = challenges(text);
        }
        assert!(challenges("Digest x=\"").is_err());
        assert!(challenges(&"a,".repeat(100)).is_err());
        assert!(challenges(&format!("a {}", "b=c,".repeat(100))).is_err());
    }
}
