//! One installation opened: its data directory, its database, and every port answered. The programs' composition
//! roots call this and hand the ports to the presenters.

use crate::archive::SqliteArchive;
use crate::clock::SystemClock;
use crate::data_dir::{DataDir, DataDirLock};
use crate::decode::{NativeCompositor, NativeMotionEye, NativeStillCamera};
use crate::discovery::LanDiscovery;
use crate::doctor::SystemHostProbe;
use crate::machine::SystemLoad;
use crate::onvif::OxvifDevice;
use crate::preset_pictures::PresetFolder;
use crate::protocols::ProtocolOpener;
use crate::sleep::SystemSleep;
use crate::store::{
    Database, SqliteCameraStore, SqliteCredentialSets, SqliteInventory, SqliteMotion, SqliteSavedViews,
};
use crate::vault::{FernetBox, KeyStore};
use crate::zones::JiffZones;
use atalaya_model::Result;
use atalaya_model::ports::{CameraStore, Clock, Ports};
use std::path::PathBuf;
use std::sync::Arc;

/// What an installation is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To record or to change something: at most one program at a time.
    Engine,
    /// To read beside a running engine.
    Reader,
}

/// An opened installation.
pub struct Installation {
    data_dir: DataDir,
    database: Database,
    ports: Ports,
    lock: Option<DataDirLock>,
}

impl Installation {
    /// Opens the data directory (see [`DataDir::resolve`]), and makes what is not there yet.
    pub async fn open(data_dir: Option<PathBuf>, access: Access) -> Result<Self> {
        let data_dir = DataDir::resolve(data_dir)?;
        let lock = match access {
            Access::Engine => Some(data_dir.lock()?),
            Access::Reader => None,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let database = match access {
            Access::Engine => Database::open_mending(&data_dir.database(), clock.wall()).await?.0,
            Access::Reader => Database::open(&data_dir.database()).await?,
        };
        let cameras = SqliteCameraStore::new(database.clone(), clock.clone());
        let sealed = cameras.sealed_sample().await?;
        let key_store = KeyStore::from_env()?;
        let secrets = FernetBox::open(&data_dir, key_store, &sealed, clock.clone(), lock.is_some()).await?;
        let archive = SqliteArchive::new(database.clone(), data_dir.recordings(), clock.clone())
            .reserving(data_dir.root().to_owned());
        let archive = Arc::new(archive);
        let onvif = Arc::new(OxvifDevice::new(clock.clone()));
        let ports = Ports {
            cameras: Arc::new(cameras),
            credential_sets: Arc::new(SqliteCredentialSets::new(database.clone(), clock.clone())),
            saved_views: Arc::new(SqliteSavedViews::new(database.clone())),
            secrets: Arc::new(secrets),
            discovery: Arc::new(LanDiscovery::new(onvif.clone())),
            inventory: Arc::new(SqliteInventory::new(database.clone())),
            hosts: Arc::new(SystemHostProbe::new(clock.clone())),
            onvif: onvif.clone(),
            ptz: onvif.clone(),
            device_settings: onvif.clone(),
            device_events: onvif,
            preset_pictures: Arc::new(PresetFolder::new(data_dir.root().join("presets"))),
            streams: Arc::new(ProtocolOpener::new(clock.clone())),
            archive: archive.clone(),
            retention: archive,
            stills: Arc::new(NativeStillCamera::new()),
            compositor: Arc::new(NativeCompositor::new()),
            eyes: Arc::new(NativeMotionEye::new()),
            motion: Arc::new(SqliteMotion::new(database.clone())),
            machine: Arc::new(SystemLoad::default()),
            zones: Arc::new(JiffZones),
            sleep: Arc::new(SystemSleep),
            clock,
        };
        Ok(Self { data_dir, database, ports, lock })
    }

    /// The ports, for the presenters.
    pub fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Where everything is.
    pub fn data_dir(&self) -> &DataDir {
        &self.data_dir
    }

    /// Closes the database. Call it when the engine has shut down.
    pub async fn close(self) {
        if self.lock.is_some() {
            Database::keep_copy(&self.data_dir.database()).await;
        }
        self.database.close().await;
    }
}
