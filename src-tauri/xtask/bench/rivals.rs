//! What a user would watch the same cameras with otherwise: one `mpv` or one `ffplay` a camera, or one GStreamer
//! pipeline that composes them all, each on a virtual display of its own.
//!
//! Owns their command lines. They show pictures of the size that a grid's tiles have in our window.

use super::cameras::Cameras;
use crate::Result;
use crate::machine::{self, Usage};
use crate::process::Background;
use crate::workspace::Workspace;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// From the start to the measurement: connected, windows open, buffers filled.
const SETTLE: Duration = Duration::from_secs(8);

/// How long the display may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The display, and the picture of a grid on it.
const SCREEN: (u32, u32) = (1280, 720);

/// A program, or several of it, that shows cameras.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rival {
    /// One a camera, drawing through X11 without a graphics processor.
    Mpv,
    /// One a camera.
    Ffplay,
    /// One pipeline with a `compositor`, in one window.
    Gstreamer,
}

impl Rival {
    pub(super) const ALL: [Self; 3] = [Self::Mpv, Self::Ffplay, Self::Gstreamer];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mpv => "mpv",
            Self::Ffplay => "ffplay",
            Self::Gstreamer => "gstreamer",
        }
    }
}

/// The cameras and the display on which rivals are measured. All ends with it.
pub(super) struct Arena<'a> {
    workspace: &'a Workspace,
    cameras: Cameras,
    display: String,
    _screen: Background,
}

impl<'a> Arena<'a> {
    /// Starts `count` cameras that send their `sub` stream, and a display.
    pub(super) fn start(workspace: &'a Workspace, count: u32) -> Result<Self> {
        let cameras = Cameras::start(workspace, &workspace.target("release/test-media"), "sub", count)?;
        let mut screen = workspace.command("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", &format!("{}x{}x24", SCREEN.0, SCREEN.1)]);
        let screen = Background::start(screen.args(["-nolisten", "tcp"]).stderr(Stdio::null()))?;
        let display = format!(":{}", screen.line(START_LIMIT)?.trim());
        Ok(Self { workspace, cameras, display, _screen: screen })
    }

    /// What showing all cameras costs a rival.
    pub(super) fn measure(&self, rival: Rival, span: Duration) -> Result<Usage> {
        let commands = match rival {
            Rival::Mpv => self.each(|url, place| self.mpv(url, place)),
            Rival::Ffplay => self.each(|url, place| self.ffplay(url, place)),
            Rival::Gstreamer => vec![self.gstreamer()],
        };
        let mut running = Vec::new();
        for mut command in commands {
            command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null());
            running.push(Background::start(&mut command)?);
        }
        thread::sleep(SETTLE);
        machine::measure(&running.iter().map(Background::pid).collect::<Vec<_>>(), span)
    }

    fn each(&self, command: impl Fn(&str, Place) -> Command) -> Vec<Command> {
        self.cameras.urls.iter().zip(self.places()).map(|(url, place)| command(url, place)).collect()
    }

    /// Where the tiles lie: as many a side as show all.
    fn places(&self) -> impl Iterator<Item = Place> {
        let side = (self.cameras.urls.len() as f64).sqrt().ceil() as u32;
        let (width, height) = (SCREEN.0 / side, SCREEN.1 / side);
        (0..side * side).map(move |n| Place { x: n % side * width, y: n / side * height, width, height })
    }

    fn mpv(&self, url: &str, Place { x, y, width, height }: Place) -> Command {
        let mut mpv = self.workspace.command("mpv");
        mpv.args(["--no-config", "--really-quiet", "--no-audio", "--vo=x11", "--hwdec=no", "--no-border"]);
        mpv.args(["--profile=low-latency", "--rtsp-transport=tcp", "--vd-lavc-threads=1", "--no-keepaspect"]);
        mpv.arg(format!("--geometry={width}x{height}+{x}+{y}")).arg(url);
        mpv
    }

    fn ffplay(&self, url: &str, Place { x, y, width, height }: Place) -> Command {
        let mut ffplay = self.workspace.command("ffplay");
        // Drawing through OpenGL, which a processor would have to imitate, costs it more.
        ffplay.env("SDL_RENDER_DRIVER", "software");
        ffplay.args(["-v", "error", "-an", "-noborder", "-threads", "1", "-rtsp_transport", "tcp"]);
        ffplay.args(["-fflags", "nobuffer", "-flags", "low_delay"]);
        for (option, value) in [("-x", width), ("-y", height), ("-left", x), ("-top", y)] {
            ffplay.args([option, &value.to_string()]);
        }
        ffplay.arg(url);
        ffplay
    }

    fn gstreamer(&self) -> Command {
        let mut gst = self.workspace.command("gst-launch-1.0");
        gst.args(["-q", "compositor", "name=grid", "background=black", "latency=100000000"]);
        for (n, Place { x, y, .. }) in self.places().take(self.cameras.urls.len()).enumerate() {
            gst.args([format!("sink_{n}::xpos={x}"), format!("sink_{n}::ypos={y}")]);
        }
        let (width, height) = SCREEN;
        gst.args(["!", &format!("video/x-raw,width={width},height={height},framerate=15/1")]);
        gst.args(["!", "videoconvert", "!", "ximagesink", "sync=false"]);
        for ((n, url), Place { width, height, .. }) in self.cameras.urls.iter().enumerate().zip(self.places())
        {
            gst.args(["rtspsrc", &format!("location={url}"), "protocols=tcp", "latency=0"]);
            gst.args(["!", "rtph264depay", "!", "h264parse", "!", "avdec_h264", "max-threads=1"]);
            gst.args(["!", "videoscale", "!", &format!("video/x-raw,width={width},height={height}")]);
            gst.args(["!", &format!("grid.sink_{n}")]);
        }
        gst
    }
}

/// Where a tile lies on the display, in pixels.
#[derive(Clone, Copy)]
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}
