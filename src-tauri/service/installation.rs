//! One installation opened: its data directory, its database, and every port answered. The programs' composition
//! roots call this and hand the ports to the presenters.

use crate::archive::SqliteArchive;
use crate::clock::SystemClock;
use crate::data_dir::{DataDir, DataDirLock};
use crate::decode::{NativeCompositor, NativeStillCamera};
use crate::discovery::LanDiscovery;
use crate::doctor::SystemHostProbe;
use crate::machine::SystemLoad;
use crate::onvif::OxvifDevice;
use crate::preset_pictures::PresetFolder;
use crate::protocols::ProtocolOpener;
use crate::sleep::SystemSleep;
use crate::store::{Database, SqliteCameraStore, SqliteCredentialSets, SqliteInventory, SqliteSavedViews};
use crate::vault::{FernetBox, KeyStore};
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
    _lock: Option<DataDirLock>,
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
        let database = Database::open(&data_dir.database()).await?;
        let cameras = SqliteCameraStore::new(database.clone(), clock.clone());
        let sealed = cameras.sealed_sample().await?;
        let key_store = KeyStore::from_env()?;
        let secrets = FernetBox::open(&data_dir, key_store, &sealed, clock.clone(), lock.is_some()).await?;
        let archive = SqliteArchive::new(database.clone(), data_dir.recordings(), clock.clone());
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
            archive: Arc::new(archive),
            stills: Arc::new(NativeStillCamera::new()),
            compositor: Arc::new(NativeCompositor::new()),
            machine: Arc::new(SystemLoad::default()),
            sleep: Arc::new(SystemSleep),
            clock,
        };
        Ok(Self { data_dir, database, ports, _lock: lock })
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
        self.database.close().await;
    }
}
