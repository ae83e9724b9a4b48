//! Where a camera is, as operators of many cameras sort them: a site, and at most one group within it.

use crate::error::{Error, Kind, Result};
use crate::text;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// The longest name of a site or of a group, in characters.
pub const GROUP_NAME_MAX: usize = 48;

/// What stands between site and group.
const SEPARATOR: &str = " / ";

/// A site, or a site and a group within it: `North yard` or `North yard / Gates`. A path is all there is to a group: one
/// that no camera is in does not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupPath(String);

impl GroupPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever is in `other` is in this one: it is the same, or a group of this site.
    pub fn holds(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
    }
}

impl fmt::Display for GroupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for GroupPath {
    type Err = Error;

    /// Reads `Site` or `Site/Group`, with blanks around the slash or without. `InvalidInput` when a name is empty, longer
    /// than [`GROUP_NAME_MAX`] or holds what cannot be seen, and when there are more than two.
    fn from_str(path: &str) -> Result<Self> {
        let refused = || {
            Error::new(
                Kind::InvalidInput,
                "a group is a site or site / group, each of 1 to 48 visible characters",
            )
            .with("group", text::excerpt(path, 2 * GROUP_NAME_MAX))
        };
        let name = |name: &str| {
            let name = name.trim();
            text::is_name(name, GROUP_NAME_MAX).then(|| name.to_owned()).ok_or_else(refused)
        };
        match path.split_once('/') {
            None => name(path).map(Self),
            Some((_, group)) if group.contains('/') => Err(refused()),
            Some((site, group)) => Ok(Self(name(site)? + SEPARATOR + &name(group)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> GroupPath {
        text.parse().expect(text)
    }

    #[test]
    fn paths_have_one_form() {
        assert_eq!(path(" North ").as_str(), "North");
        assert_eq!(path("North/Gates"), path(" North  /  Gates "));
        assert_eq!(path("North/Gates").as_str(), "North / Gates");
        assert_eq!(
            path(path("Almacén/Muelle 2").as_str()),
            path("Almacén/Muelle 2"),
            "it reads what it writes"
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let long = "x".repeat(GROUP_NAME_MAX + 1);
        for bad in ["", " ", "/", "a/", "/b", "a/b/c", "a\u{202e}b", "a\nb", long.as_str()] {
            assert_eq!(bad.parse::<GroupPath>().expect_err(bad).kind(), Kind::InvalidInput, "{bad:?}");
        }
        path(&long[1..]);
    }

    #[test]
    fn a_site_holds_its_groups() {
        let site = path("North");
        assert!(site.holds(&site) && site.holds(&path("North/Gates")));
        assert!(!site.holds(&path("North yard")) && !site.holds(&path("South/North")));
        assert!(!path("North/Gates").holds(&site) && !path("North/Gates").holds(&path("North/Gates 2")));
    }
}
