//! Owns the names of what can be asked for: two mounts and their tracks, and reading them from request URLs.
//! Must not know requests or sessions.

/// One of a camera's two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mount {
    Main,
    Sub,
}

impl Mount {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Main => "/main",
            Self::Sub => "/sub",
        }
    }
}

/// One medium of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Video,
    Audio,
}

impl Medium {
    /// What stands in `a=control` and after the mount in a track's URL.
    pub(super) fn control(self) -> &'static str {
        match self {
            Self::Video => "trackID=0",
            Self::Audio => "trackID=1",
        }
    }
}

/// What a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) mount: Mount,
    /// None for the mount as a whole.
    pub(super) medium: Option<Medium>,
}

impl Resource {
    /// Reads a request URL; query and trailing slash do not matter.
    pub(super) fn from_url(url: &str) -> Option<Self> {
        let path = match url.split_once("://") {
            Some((scheme, rest)) if ["rtsp", "rtsps"].contains(&scheme.to_ascii_lowercase().as_str()) => {
                &rest[rest.find('/')?..]
            }
            Some(_) => return None,
            None => url,
        };
        let path = path.split('?').next()?.trim_end_matches('/');
        [Mount::Main, Mount::Sub].into_iter().find_map(|mount| {
            let rest = path.strip_prefix(mount.path())?;
            let medium = match rest.strip_prefix('/') {
                None if rest.is_empty() => None,
                Some(control) => Some(
                    [Medium::Video, Medium::Audio].into_iter().find(|medium| medium.control() == control)?,
                ),
                None => return None,
            };
            Some(Self { mount, medium })
        })
    }
}

/// The host and port a client used, without user info; it may have come through a port forward, so answers name
/// the camera as the client does.
pub(super) fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host)).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_mounts_and_tracks() {
        let whole = |mount| Some(Resource { mount, medium: None });
        let track = |mount, medium| Some(Resource { mount, medium: Some(medium) });
        for (url, expected) in [
            ("rtsp://127.0.0.1:8554/main", whole(Mount::Main)),
            ("rtsp://cam/main/", whole(Mount::Main)),
            ("RTSPS://cam/main", whole(Mount::Main)),
            ("/sub?transportmode=unicast", whole(Mount::Sub)),
            ("rtsp://cam/main/trackID=0", track(Mount::Main, Medium::Video)),
            ("rtsp://cam/main/trackID=1/", track(Mount::Main, Medium::Audio)),
            ("rtsp://cam/", None),
            ("rtsp://cam", None),
            ("rtsp://cam/mainly", None),
            ("rtsp://cam/main/trackID=2", None),
            ("http://cam/main", None),
            ("*", None),
        ] {
            assert_eq!(Resource::from_url(url), expected, "{url}");
        }
    }

    #[test]
    fn the_authority_is_the_clients_without_user_info() {
        assert_eq!(authority("rtsp://u:p@10.0.0.1:8554/main"), Some("10.0.0.1:8554"));
        assert_eq!(authority("rtsp://[::1]:8554"), Some("[::1]:8554"));
        assert_eq!(authority("/main"), None);
    }
}
