//! Starts a fleet by hand and prints where it is: `fleet [BIND [COUNT [FIRST_PORT [USER PASSWORD [FAULT...]]]]]`.
//! Ends with Ctrl-C.

use atalaya_simcam::{Credentials, Fleet, FleetOptions};
use std::{error::Error, net::Ipv4Addr};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut arguments = std::env::args().skip(1);
    let bind = arguments.next().map_or(Ok(Ipv4Addr::LOCALHOST.into()), |bind| bind.parse())?;
    let count = arguments.next().map_or(Ok(4), |count| count.parse())?;
    let first_port = arguments.next().map_or(Ok(8554), |port| port.parse())?;
    let credentials =
        arguments.next().zip(arguments.next()).map(|(user, password)| Credentials::new(user, password));
    let faults = arguments.map(|spec| spec.parse()).collect::<Result<_, _>>()?;
    let fleet = Fleet::start(FleetOptions {
        bind,
        count,
        first_port,
        credentials,
        faults,
        ..FleetOptions::default()
    })
    .await?;
    for camera in fleet.cameras() {
        println!(
            "{}\n  {}\n  {}\n  {}",
            camera.name,
            camera.onvif_url,
            camera.rtsp_urls.join("\n  "),
            camera.snapshot_url
        );
    }
    tokio::signal::ctrl_c().await?;
    fleet.stop().await?;
    Ok(())
}
