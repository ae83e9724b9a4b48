//! What the end-to-end tests stand on: the built programs, simulated and foreign cameras, network namespaces, and
//! ffprobe as an outside judge. The only place besides xtask that starts child processes (S1).

mod certificate;
mod cli;
mod flooding;
mod foreign;
mod foreign_onvif;
mod http_cameras;
mod lan;
mod netns;
mod ports;
mod probe;
mod process;
mod simcams;
mod switch;
mod tile;
mod window;

pub use certificate::Certificate;
pub use cli::{Cli, EVER, Finished, Running, all_files};
pub use flooding::{FloodingCamera, Script};
pub use foreign::{Auth, ForeignCameras, sample_media};
pub use foreign_onvif::{ForeignDevice, axe_source, read_with_npm, read_with_zeep};
pub use http_cameras::HttpCamera;
pub use lan::Lan;
pub use netns::Netns;
pub use probe::{Probed, decode_all, ffprobe, packet_hashes};
pub use process::{ProcessId, bin_dir, command};
pub use simcams::Simcams;
pub use switch::Switch;
pub use tile::TilePicture;
pub use window::Window;
