//! The line to the cameras: a network namespace of their own, and what befalls a line. Needs root, iproute2
//! and util-linux.

use super::{Result, Skipped, process, stage};
use std::path::Path;
use std::process::{Command, Stdio};

/// The cameras' end of the line, within the namespace.
const CAMERAS_END: &str = "lan0";
/// Where nobody is: what is sent there is lost without a word.
const NOWHERE: &str = "02:00:00:00:00:01";

/// What the namespaces are called, before the number of the process that made them.
const NAMESPACE: &str = "atalaya-torture-";

/// Says why no line can be laid here, if so.
pub(super) fn can_lay() -> Result {
    stage::need_root("a line of its own takes root")?;
    if ["ip", "ss", "nsenter"].iter().any(|program| process::find(program).is_none()) {
        return Err(Skipped("iproute2 or util-linux is not installed").into());
    }
    Ok(())
}

/// A line; the namespace goes when this is dropped.
pub(super) struct Wire {
    namespace: String,
    /// The recorder's end of the line.
    recorders_end: String,
    /// The first three numbers of the addresses of both ends.
    network: String,
}

impl Wire {
    /// Lays it. Several runs at once do not meet: names and addresses are of this process.
    pub(super) fn lay() -> Result<Self> {
        sweep()?;
        let id = std::process::id();
        let wire = Self {
            namespace: format!("{NAMESPACE}{id}"),
            recorders_end: format!("atl{id}"),
            network: format!("10.{}.{}", 64 + id / 256 % 64, id % 256),
        };
        ip(&["netns", "add", &wire.namespace])?;
        let pair = ["link", "add", &wire.recorders_end, "type", "veth", "peer", "name", CAMERAS_END];
        ip(&[&pair[..], &["netns", &wire.namespace]].concat())?;
        ip(&["addr", "add", &format!("{}.1/24", wire.network), "dev", &wire.recorders_end])?;
        ip(&["link", "set", &wire.recorders_end, "up"])?;
        let cameras = |args: &[&str]| ip(&[&["-n", &wire.namespace], args].concat());
        cameras(&["addr", "add", &format!("{}/24", wire.cameras()), "dev", CAMERAS_END])?;
        cameras(&["link", "set", CAMERAS_END, "up"])?;
        cameras(&["link", "set", "lo", "up"])?;
        Ok(wire)
    }

    /// The address that the cameras listen on.
    pub(super) fn cameras(&self) -> String {
        format!("{}.2", self.network)
    }

    /// Makes a command one that runs where the cameras are. Not by `ip netns exec`, which would also hold on to every
    /// disk that is mounted now.
    pub(super) fn among_cameras(&self, command: &Command) -> Command {
        let mut among = process::command("nsenter");
        among.arg(format!("--net=/run/netns/{}", self.namespace));
        among.arg(command.get_program()).args(command.get_args());
        among.stderr(Stdio::null());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                among.env(name, value);
            }
        }
        among
    }

    /// Pulls the plug, or puts it in again: both ends see it.
    pub(super) fn plugged(&self, plugged: bool) -> Result {
        let state = if plugged { "up" } else { "down" };
        ip(&["-n", &self.namespace, "link", "set", CAMERAS_END, state])
    }

    /// Swallows everything both ways, or lets it pass again: neither end sees why.
    pub(super) fn passes(&self, passes: bool) -> Result {
        let recorder = format!("{}.1", self.network);
        for (place, other, end) in [
            (&["-n", self.namespace.as_str()][..], recorder, CAMERAS_END),
            (&[], self.cameras(), self.recorders_end.as_str()),
        ] {
            let what: &[&str] = if passes {
                &["neigh", "del", &other, "dev", end]
            } else {
                &["neigh", "replace", &other, "lladdr", NOWHERE, "nud", "permanent", "dev", end]
            };
            ip(&[place, what].concat())?;
        }
        Ok(())
    }

    /// Makes the cameras' system forget every connection; it sends a reset for each, as far as the line lets it.
    pub(super) fn forget_connections(&self) -> Result {
        let mut ss = process::command("ss");
        ss.args(["--kill", "--no-header", "--tcp", "state", "established"]);
        // It prints those it ended, and succeeds also where the kernel cannot.
        if process::capture(&mut self.among_cameras(&ss))?.trim().is_empty() {
            return Err(
                Skipped("this kernel ends no connections for others (CONFIG_INET_DIAG_DESTROY)").into()
            );
        }
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Fails only where it was never made. The pair goes with it.
        let _ = process::outcome(process::command("ip").args(["netns", "del", &self.namespace]));
    }
}

/// Takes away what runs left that were ended from outside.
fn sweep() -> Result {
    for line in process::capture(process::command("ip").args(["netns", "list"]))?.lines() {
        let name = line.split_ascii_whitespace().next().unwrap_or_default();
        let of_dead = name.strip_prefix(NAMESPACE).is_some_and(|id| !Path::new("/proc").join(id).exists());
        if of_dead {
            ip(&["netns", "del", name])?;
        }
    }
    Ok(())
}

fn ip(args: &[&str]) -> Result {
    process::capture(process::command("ip").args(args)).map(drop)
}
