//! The command line's grammar. Stable: scripts rely on it; it may grow.

use clap::{Args, Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// IP-camera recorder: finds cameras, shows them live, records and exports them.
#[derive(Debug, Parser)]
#[command(name = "atalaya-cli", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Settings, database, logs and recordings. Default: the system's folder for application data.
    #[arg(long, global = true, value_name = "DIR", env = "ATALAYA_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// One JSON value per line on standard output; progress and logs on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Find devices on the network.
    Scan(Scan),
    /// Say why a camera cannot be found or played, and what to do.
    Doctor(Doctor),
    /// Add, list, change, clone, follow, test and remove cameras.
    #[command(subcommand)]
    Camera(Camera),
    /// Logins that are kept once and used for many cameras.
    #[command(subcommand)]
    Credentials(Credentials),
    /// Play a camera's stream and print its figures twice a second.
    Live(Live),
    /// Save a picture of what a camera sees now.
    Snapshot(Snapshot),
    /// Move a camera and keep its presets.
    Ptz(Ptz),
    /// Read and change a camera's own settings.
    #[command(subcommand)]
    Device(Device),
    /// Record every camera that is set to record, until Ctrl-C or SIGTERM.
    Run(Run),
    /// Set what is recorded of a camera.
    #[command(subcommand)]
    Record(Record),
    /// How motion is looked for at a camera, and when it was seen.
    #[command(subcommand)]
    Motion(Motion),
    /// List what was recorded, what is missing and why.
    Recordings(Recordings),
    /// Say how much is recorded, day by day over long ranges and span by span over up to two days.
    Timeline(Timeline),
    /// Protect a range of footage from deletion, or list and remove protections.
    Protect(Protect),
    /// See what the rules delete next and what they have deleted, and keep them at once.
    #[command(subcommand)]
    Retention(Retention),
    /// Say day by day how much of a month is recorded, and what the rest is missing for.
    Coverage(Coverage),
    /// Write a month's recording report of all cameras, one HTML page to print that needs nothing beside it.
    Report(Report),
    /// Make one MP4 of a range, without transcoding.
    Export(Export),
    /// The directories that footage is kept in, and which camera's goes where.
    #[command(subcommand)]
    Storage(Storage),
    /// Hold files and index against each other.
    Fsck(Fsck),
    /// Run simulated cameras on this machine.
    Simcam(Simcam),
    /// The key that credentials are encrypted with.
    #[command(subcommand)]
    Key(Key),
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Network to sweep, such as 192.168.1.0/24, or one address. May be given again. Default: the interfaces' own.
    #[arg(long, value_name = "CIDR")]
    pub(crate) subnet: Vec<String>,
    /// Interface to probe on, by name or address. May be given again. Default: all.
    #[arg(long, value_name = "NAME|IP")]
    pub(crate) interface: Vec<String>,
    /// When to stop.
    #[arg(long, value_parser = duration, default_value = "5s")]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Name or address, with or without a port; a stream's URL; or a camera's id or name, to use its stored login.
    #[arg(value_name = "HOST")]
    pub(crate) host: String,
    #[command(flatten)]
    pub(crate) login: Login,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Camera {
    /// Add a camera: by its ONVIF host, or by its streams' URLs.
    Add(AddCamera),
    /// List the cameras.
    List {
        /// Only those of this site, or site / group.
        #[arg(long, value_name = "NAME")]
        group: Option<String>,
    },
    /// Show one camera.
    Show(OneCamera),
    /// Change a camera's name, login, group or transport, or switch it off and on.
    Edit(EditCamera),
    /// Add a camera with the settings and the login of another one.
    Clone(CloneCamera),
    /// Move a camera to the address at which its device was last met, once the device there has proved to be the same.
    Follow(OneCamera),
    /// Forget a camera and its login. Its recordings stay.
    Remove(OneCamera),
    /// Open each stream of a camera and say what it is.
    Test(OneCamera),
    /// Look at every camera and write a commissioning report, one HTML page that needs nothing beside it.
    Report(CameraReport),
    /// Write the configuration of all cameras to a file. Without --with-secrets no password is in it.
    Export(ExportCameras),
    /// Take over the cameras of a file. Where one is here already, nothing is changed without --replace.
    Import(ImportCameras),
}

#[derive(Debug, Args)]
pub(crate) struct ExportCameras {
    /// The JSON file to make.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) secrets: WithSecrets,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportCameras {
    /// A file that `camera export` made.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) secrets: WithSecrets,
    /// Let cameras that are here already take over what the file says. For how long their footage is kept stays.
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WithSecrets {
    /// The cameras' logins too, sealed under a passphrase, which is asked for.
    #[arg(long)]
    pub(crate) with_secrets: bool,
    /// Read the passphrase from the first line of standard input.
    #[arg(long, requires = "with_secrets")]
    pub(crate) passphrase_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneCamera {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
}

#[derive(Debug, Args)]
#[group(id = "where", required = true, multiple = false, args = ["url", "host"])]
pub(crate) struct AddCamera {
    /// Name to give. Default: what the device calls itself.
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// Main stream's address: RTSP, MJPEG over HTTP, or a single picture (JPEG) to be fetched again and again; over
    /// TLS rtsps:// and https://.
    #[arg(long, value_name = "rtsp://…|http://…")]
    pub(crate) url: Option<String>,
    /// Sub-stream's address.
    #[arg(long, value_name = "rtsp://…|http://…", requires = "url")]
    pub(crate) sub_url: Option<String>,
    /// Host to read over ONVIF.
    #[arg(long, value_name = "H")]
    pub(crate) host: Option<String>,
    /// Port of the host's ONVIF service. Default: the usual ones.
    #[arg(long, value_name = "P", requires = "host")]
    pub(crate) onvif_port: Option<u16>,
    /// How RTP is fetched: tcp or udp.
    #[arg(long, value_name = "tcp|udp")]
    pub(crate) transport: Option<String>,
    /// What an HTTP address hands out. Default: recognised by the camera's answer.
    #[arg(long, value_name = "mjpeg|snapshot", requires = "url")]
    pub(crate) http_kind: Option<String>,
    /// How often to fetch the picture of an address that hands out single ones, 200ms to 8s. Default: 1s.
    #[arg(long, value_parser = duration, value_name = "DURATION", requires = "url")]
    pub(crate) snapshot_every: Option<Duration>,
    /// Send the password in the clear (HTTP Basic) if the camera offers nothing better: anybody on the network
    /// can then read it.
    #[arg(long)]
    pub(crate) allow_basic: bool,
    /// SHA-256 fingerprint of the certificate to believe over TLS. Default: what this computer's authorities signed.
    #[arg(long, value_name = "AA:BB:…")]
    pub(crate) tls_fingerprint: Option<String>,
    #[command(flatten)]
    pub(crate) login: Login,
    /// Credential set to take the login from, by name or id.
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(crate) credentials: Option<String>,
    /// Where it is: a site, or "site / group".
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// Record it continuously from now on.
    #[arg(long)]
    pub(crate) record: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// User name at the camera. Its password is asked for, or read with --password-stdin.
    #[arg(long, value_name = "U")]
    pub(crate) user: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long, requires = "user")]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EditCamera {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// New name.
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// How RTP is fetched: tcp or udp.
    #[arg(long, value_name = "tcp|udp")]
    pub(crate) transport: Option<String>,
    /// How often to fetch single pictures, 200ms to 8s.
    #[arg(long, value_parser = duration, value_name = "DURATION")]
    pub(crate) snapshot_every: Option<Duration>,
    /// Whether the password may be sent in the clear (HTTP Basic).
    #[arg(long, value_name = "true|false")]
    pub(crate) allow_basic: Option<bool>,
    /// Whether it is in use. One that is switched off keeps its settings and recordings, and is not recorded.
    #[arg(long, value_name = "true|false")]
    pub(crate) enabled: Option<bool>,
    /// Where it is: a site, or "site / group"; an empty text takes it out of its group.
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// SHA-256 fingerprint of the certificate to believe over TLS from now on; none believes it no more.
    #[arg(long, value_name = "AA:BB:…|none")]
    pub(crate) tls_fingerprint: Option<String>,
    #[command(flatten)]
    pub(crate) login: Login,
    /// Credential set to take the login from, by name or id; an empty text keeps the login as the camera's own.
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(crate) credentials: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CloneCamera {
    /// Id or unique name of the camera to take the settings of.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Host of the new camera. The login of the other one is used there.
    #[arg(long, value_name = "H")]
    pub(crate) host: String,
    /// Port of its ONVIF service. Default: the other camera's.
    #[arg(long, value_name = "P")]
    pub(crate) onvif_port: Option<u16>,
    /// Name to give. Default: the other camera's with a number behind it.
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// Send the password in the clear (HTTP Basic) if the camera offers nothing better: anybody on the network
    /// can then read it.
    #[arg(long)]
    pub(crate) allow_basic: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Credentials {
    /// Keep a login under a name.
    Add(SetLogin),
    /// Give a set another login, and all its cameras with it.
    Change(SetLogin),
    /// List the sets with their user names and how many cameras use them.
    List,
    /// Forget a set. Its cameras keep the login as their own.
    Remove {
        /// Name or id.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetLogin {
    /// The set's name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// User name at the cameras. Its password is asked for, or read with --password-stdin.
    #[arg(long, value_name = "U")]
    pub(crate) user: String,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CameraReport {
    /// The HTML file to write.
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: PathBuf,
    /// The report's language: en or es.
    #[arg(long, value_name = "en|es", default_value = "en")]
    pub(crate) language: String,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Live {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Which stream: main or sub.
    #[arg(long, value_name = "main|sub", default_value = "main")]
    pub(crate) stream: String,
    /// Stop after this time. Default: go on until Ctrl-C.
    #[arg(long = "for", value_parser = duration, value_name = "DURATION")]
    pub(crate) duration: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// The JPEG file to write.
    #[arg(short, long, value_name = "FILE.jpg")]
    pub(crate) output: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ptz {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    #[command(subcommand)]
    pub(crate) verb: PtzVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PtzVerb {
    /// Move at a speed for a time, by a distance (--by) or to a place (--to).
    Move(PtzMove),
    /// Stop every axis.
    Stop,
    /// Move the focus, or let the camera focus by itself.
    #[command(subcommand)]
    Focus(FocusVerb),
    /// Go to a preset, by token or unique name.
    GotoPreset {
        /// Token or unique name.
        #[arg(value_name = "PRESET")]
        preset: String,
    },
    /// List the presets.
    ListPresets,
    /// Keep the place where the camera points.
    SetPreset {
        /// Name to give.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Forget a preset.
    RemovePreset {
        /// Token or unique name.
        #[arg(value_name = "PRESET")]
        preset: String,
    },
    /// Go to the home place.
    Home,
    /// Make the place where the camera points its home place.
    SetHome,
    /// Say where the camera points and whether it moves.
    Status,
}

#[derive(Debug, Args)]
#[group(id = "axes", required = true, multiple = true, args = ["pan", "tilt", "zoom"])]
pub(crate) struct PtzMove {
    /// -1 (left) to 1 (right).
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) pan: Option<f32>,
    /// -1 (down) to 1 (up).
    #[arg(long, value_name = "Y", allow_negative_numbers = true)]
    pub(crate) tilt: Option<f32>,
    /// -1 (out) to 1 (in); as a place 0 (wide) to 1 (tele).
    #[arg(long, value_name = "Z", allow_negative_numbers = true)]
    pub(crate) zoom: Option<f32>,
    /// How long to move; at most 30 s.
    #[arg(long = "for", value_parser = duration, value_name = "DURATION", default_value = "500ms")]
    pub(crate) duration: Duration,
    /// The figures are a distance, as a share of the drive's range.
    #[arg(long, conflicts_with_all = ["to", "duration"])]
    pub(crate) by: bool,
    /// The figures are a place.
    #[arg(long, conflicts_with = "duration")]
    pub(crate) to: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FocusVerb {
    /// Towards what is near, for a time or by a distance.
    Near(FocusMove),
    /// Towards what is far, for a time or by a distance.
    Far(FocusMove),
    /// To a place.
    To {
        /// 0 (nearest) to 1 (farthest).
        #[arg(value_name = "PLACE")]
        place: f32,
    },
    /// Stop.
    Stop,
    /// Let the camera focus by itself.
    Auto,
    /// Leave the focus where it is.
    Manual,
    /// Say where the focus is and whether it moves.
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct FocusMove {
    /// Share of full speed.
    #[arg(long, value_name = "0..1", default_value_t = 0.5)]
    pub(crate) speed: f32,
    /// How long to move; at most 30 s.
    #[arg(long = "for", value_parser = duration, value_name = "DURATION", default_value = "500ms")]
    pub(crate) duration: Duration,
    /// By this distance instead, as a share of the longest that the camera offers.
    #[arg(long, value_name = "0..1", conflicts_with_all = ["speed", "duration"])]
    pub(crate) by: Option<f32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Device {
    /// Show what a camera is, what it can do, and what to know about it.
    Show(OneCamera),
    /// Change a video encoder, checked against what the camera offers.
    SetEncoder {
        /// Id or unique name.
        #[arg(value_name = "CAM")]
        camera: String,
        /// The encoder's token, as `device show` lists it.
        #[arg(value_name = "ENCODER")]
        encoder: String,
        /// Codec, such as H264.
        #[arg(long)]
        codec: Option<String>,
        /// Picture size, such as 1280x720.
        #[arg(long, value_name = "WxH")]
        size: Option<String>,
        /// Most frames a second.
        #[arg(long)]
        fps: Option<f64>,
        /// Most kbit/s.
        #[arg(long, value_name = "KBPS")]
        bitrate: Option<u32>,
        /// Frames from one key frame to the next.
        #[arg(long, value_name = "FRAMES")]
        gop: Option<u32>,
    },
    /// Show how a camera makes its picture, and change what is given.
    Imaging {
        /// Id or unique name.
        #[arg(value_name = "CAM")]
        camera: String,
        /// Brightness.
        #[arg(long)]
        brightness: Option<f32>,
        /// Contrast.
        #[arg(long)]
        contrast: Option<f32>,
        /// Colour saturation.
        #[arg(long)]
        saturation: Option<f32>,
        /// Sharpness.
        #[arg(long)]
        sharpness: Option<f32>,
        /// Infrared filter: on (day), off (night) or auto.
        #[arg(long, value_name = "on|off|auto")]
        ir_cut: Option<String>,
        /// Whether the camera focuses by itself.
        #[arg(long, value_name = "true|false")]
        auto_focus: Option<bool>,
    },
    /// Set a camera's clock to this computer's.
    SetTime(OneCamera),
    /// Start a camera anew.
    Reboot(OneCamera),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Stop after this time. Default: go on until Ctrl-C or SIGTERM.
    #[arg(long = "for", value_parser = duration, value_name = "DURATION")]
    pub(crate) duration: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Record {
    /// Set when to record and for how long to keep it.
    Set {
        /// Id or unique name.
        #[arg(value_name = "CAM")]
        camera: String,
        /// When to record: never, always, while something moves, or by a weekly schedule.
        #[arg(long, value_name = "off|continuous|motion|schedule")]
        mode: String,
        /// What to record in each half hour of a week of this computer's time: seven days of 48 letters, Monday first,
        /// semicolons or line breaks between; - nothing, C everything, M what moves. @FILE reads a file.
        #[arg(long, value_name = "SPEC|@FILE", allow_hyphen_values = true)]
        schedule: Option<String>,
        /// Seconds to record from before a motion, 0 to 30.
        #[arg(long, value_name = "S")]
        pre: Option<u8>,
        /// Seconds to record from after a motion, 1 to 300.
        #[arg(long, value_name = "S")]
        post: Option<u16>,
        /// Days to keep footage; 0 keeps it for ever.
        #[arg(long, value_name = "D")]
        retention_days: Option<u32>,
        /// Most bytes of footage to keep; 0 sets no limit.
        #[arg(long, value_name = "BYTES")]
        quota: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Motion {
    /// Show how motion is looked for.
    Settings(OneCamera),
    /// Change how motion is looked for. What is not given stays.
    Set(SetMotion),
    /// List when motion was seen, and by whom.
    Events {
        /// Id or unique name.
        #[arg(value_name = "CAM")]
        camera: String,
        /// Start of the range, RFC 3339.
        #[arg(long, value_name = "T")]
        from: String,
        /// End of the range, RFC 3339.
        #[arg(long, value_name = "T")]
        to: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetMotion {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Whether its picture is watched always; a camera that is recorded by motion is watched anyway.
    #[arg(long, value_name = "true|false")]
    pub(crate) enabled: Option<bool>,
    /// 0 (only large and strong changes) to 100 (the smallest ones).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=100))]
    pub(crate) sensitivity: Option<u8>,
    /// Whether the camera's own motion events count, too.
    #[arg(long, value_name = "true|false")]
    pub(crate) onvif: Option<bool>,
    /// A zone to look at, as NAME=X,Y X,Y X,Y with corners of 0 to 1 from the upper left. May be given again; the zones
    /// given take the place of all zones before.
    #[arg(long, value_name = "ZONE")]
    pub(crate) watch: Vec<String>,
    /// A zone never to look at, likewise.
    #[arg(long, value_name = "ZONE")]
    pub(crate) ignore: Vec<String>,
    /// Look at the whole picture: forget all zones.
    #[arg(long, conflicts_with_all = ["watch", "ignore"])]
    pub(crate) whole_picture: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Recordings {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Start of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// End of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// List what is missing, with its cause, instead.
    #[arg(long, conflicts_with = "coverage")]
    pub(crate) gaps: bool,
    /// Say how much of what should be there is, instead.
    #[arg(long)]
    pub(crate) coverage: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    /// Ids or unique names. Default: all cameras.
    #[arg(value_name = "CAM")]
    pub(crate) cameras: Vec<String>,
    /// Start of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// End of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// Time zone whose days these are, such as Europe/Madrid or +02:00. Default: this computer's.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) zone: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Id or unique name.
    #[arg(value_name = "CAM", required_unless_present = "all")]
    pub(crate) camera: Option<String>,
    /// All cameras.
    #[arg(long, conflicts_with = "camera")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) month: Month,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) month: Month,
    /// The HTML file to write.
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: PathBuf,
    /// The report's language: en or es.
    #[arg(long, value_name = "en|es", default_value = "en")]
    pub(crate) language: String,
    /// Replace a file that is there.
    #[arg(long, visible_alias = "force")]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Month {
    /// The month.
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: String,
    /// Time zone whose days these are, such as Europe/Madrid or +02:00. Default: this computer's.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) zone: Option<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Protect {
    #[command(subcommand)]
    pub(crate) verb: Option<ProtectVerb>,
    #[command(flatten)]
    pub(crate) range: Option<ProtectRange>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProtectVerb {
    /// List the protected ranges, those that have expired too.
    List {
        /// Only those of this camera, by id or unique name.
        #[arg(value_name = "CAM")]
        camera: Option<String>,
    },
    /// End a protection.
    Remove {
        /// Its id, as `protect list` shows it.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProtectRange {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Start of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// End of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// When the protection ends, RFC 3339. Default: when it is removed.
    #[arg(long, value_name = "T")]
    pub(crate) expires: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Retention {
    /// Say what the next pass deletes.
    Plan,
    /// Make a pass now. It takes a tenth of each camera's footage at the most.
    Run {
        /// Delete all that the rules say, however much it is.
        #[arg(long)]
        all: bool,
    },
    /// List what was deleted, the newest first.
    Log {
        /// The most entries.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    /// Set how many bytes shall stay free on each volume.
    Reserve {
        /// Bytes; without them the default, 5 % of the volume between 2 and 50 GiB.
        #[arg(value_name = "BYTES")]
        bytes: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Id or unique name.
    #[arg(value_name = "CAM")]
    pub(crate) camera: String,
    /// Start of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// End of the range, RFC 3339.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// The MP4 file to make.
    #[arg(short, long, value_name = "FILE.mp4")]
    pub(crate) output: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Storage {
    /// Say when the storage asks for room, and which footage goes first.
    Forecast,
    /// List the directories in the order in which they take over, with how they fare.
    List,
    /// Take a directory into use. One that was used before, here or elsewhere, is indexed.
    Add {
        /// The directory; it is made when only its last part is missing.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Take a directory out of use. Its files stay.
    Remove {
        /// Id or path.
        #[arg(value_name = "ID")]
        id: String,
        /// Forget its footage, if the directory is not there any more.
        #[arg(long)]
        force: bool,
    },
    /// Record a camera to a directory from its next file on.
    Assign {
        /// Id or unique name.
        #[arg(value_name = "CAM")]
        camera: String,
        /// Id or path of the directory; `default` for the default one.
        #[arg(value_name = "ID|default")]
        id: String,
    },
    /// Make a directory the default.
    Default {
        /// Id or path.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Fsck {
    /// Put right what can be put right.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Make the index anew from the files alone.
    #[arg(long)]
    pub(crate) rebuild_index: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simcam {
    /// How many cameras.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) count: u16,
    /// Camera i listens on this port + 2i (RTSP) and + 2i + 1 (ONVIF). 0: any free ports.
    #[arg(long, value_name = "P", default_value_t = 18_554)]
    pub(crate) first_port: u16,
    /// Address to listen on.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,
    /// Who the cameras are, apart from their ports: the same text at another address gives the same cameras, as when
    /// DHCP moves them. Default: the address.
    #[arg(long, value_name = "TEXT")]
    pub(crate) identity: Option<String>,
    #[command(flatten)]
    pub(crate) login: Login,
    /// Video codec of the streams.
    #[arg(long, default_value = "h264", value_parser = ["h264"])]
    pub(crate) codec: String,
    /// Something wrong with the cameras, such as loss=2 or stall=10:5. May be given again.
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Where the key lives.
    Status,
    /// Make a new key and encrypt every stored login anew, all of them or none.
    Rotate,
}

/// Reads `500ms`, `10s`, `5m`, `2h` or plain seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("a duration is a number with ms, s, m or h behind it".to_owned()),
    };
    let number: f64 = digits.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(number * scale).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("20"), Ok(Duration::from_secs(20)));
        assert!(duration("-1s").is_err() && duration("1d").is_err() && duration("").is_err());
    }
}
