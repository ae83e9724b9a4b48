//! Foreign text made safe to show: capped, with control and bidirectional characters made visible (S16).

use alloc::string::String;

/// The longest text taken over from a device, in characters.
pub const DEVICE_TEXT_MAX: usize = 128;

/// Whether a character could change how the text around it is shown.
const fn is_invisible_or_reordering(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A device's text as it may be shown: trimmed, at most [`DEVICE_TEXT_MAX`] characters, each character that is
/// invisible or reorders its neighbours replaced by `�`.
pub fn from_device(text: &str) -> String {
    excerpt(text.trim(), DEVICE_TEXT_MAX)
}

/// The first `max` characters of a text, made safe as by [`from_device`], with `…` where something was left out.
pub fn excerpt(text: &str, max: usize) -> String {
    let mut chars = text.chars();
    let mut out: String = chars
        .by_ref()
        .take(max)
        .map(|c| if is_invisible_or_reordering(c) { '\u{fffd}' } else { c })
        .collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// Whether a text is fit to be somebody's name for something: something to see, at most `max` characters, no blanks
/// around it, and nothing in it that is invisible or reorders its neighbours.
pub fn is_name(text: &str, max: usize) -> bool {
    !text.is_empty() && excerpt(text.trim(), max) == text
}

/// A text as part of a file's name: everything that a file system could mind replaced by `_` (S17).
pub fn in_file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bidi_and_control_characters_become_visible() {
        assert_eq!(from_device("  gate\u{202e}gpj.exe\u{0} "), "gate\u{fffd}gpj.exe\u{fffd}");
        assert_eq!(excerpt("abcdef", 3), "abc…");
    }

    #[test]
    fn names_can_be_seen() {
        assert!(is_name("Gate 1", 6) && is_name("ñandú", 5));
        for bad in ["", " ", " Gate", "Gate ", "Gate 12", "Ga\u{200b}te", "Ga\nte"] {
            assert!(!is_name(bad, 6), "{bad:?}");
        }
    }

    #[test]
    fn file_names_hold_nothing_that_a_file_system_minds() {
        assert_eq!(in_file_name("../Gate 1\\ñ:\0-x"), "___Gate_1_ñ__-x");
    }
}
