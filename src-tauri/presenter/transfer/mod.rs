//! The configuration of the cameras as a file, and back. An import never overwrites silently, and never shortens for
//! how long footage is kept.

mod file;
#[cfg(test)]
mod fuzz;
mod views;

pub use file::FILE_MAX_BYTES;

use crate::Result;
use crate::engine::Inner;
use crate::pause;
use crate::vm::camera::Password;
use crate::vm::event::EventVm;
use crate::vm::transfer::{ConfigurationVm, ImportReportVm, ImportedCameraVm, ImportedSetVm};
use atalaya_model::camera::{Camera, CameraId};
use atalaya_model::secret::Secret;
use atalaya_model::{Error, Kind};
use file::{Entered, EnteredSet, File};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The shortest passphrase taken, in characters.
const PASSPHRASE_MIN: usize = 8;

/// Exports and imports the configuration.
pub struct Transfer {
    engine: Arc<Inner>,
}

/// What becomes of a camera of the file.
enum Fate {
    Add,
    /// The camera here with the same id or name takes over what the file says.
    Replace(Box<Camera>),
}

impl Transfer {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Writes all cameras to a file, with their logins where there is a passphrase to seal them under.
    pub async fn export(
        &self,
        path: &str,
        passphrase: Option<Password>,
        overwrite: bool,
    ) -> Result<ConfigurationVm> {
        let (bytes, mut written) = self.bytes(passphrase).await?;
        self.engine.ports.stills.save(path, bytes.into(), overwrite).await?;
        path.clone_into(&mut written.path);
        Ok(written)
    }

    /// The file's bytes, and what is in it.
    pub(crate) async fn bytes(&self, passphrase: Option<Password>) -> Result<(Vec<u8>, ConfigurationVm)> {
        let passphrase = passphrase.map(|passphrase| Secret::new(passphrase.into_inner()));
        if passphrase.as_ref().is_some_and(|text| text.expose().chars().count() < PASSPHRASE_MIN) {
            return Err(Error::new(Kind::InvalidInput, "the passphrase is shorter than 8 characters").into());
        }
        let mut cameras = Vec::new();
        for camera in self.engine.ports.cameras.list().await? {
            let login = match &passphrase {
                Some(_) => self.engine.credentials(&camera).await?,
                None => None,
            };
            cameras.push((camera, login));
        }
        let mut sets = Vec::new();
        if passphrase.is_some() {
            let _turn = self.engine.vault.read().await;
            for set in self.engine.ports.credential_sets.list().await? {
                let login = self.engine.ports.secrets.open_set(set.id, &set.name, &set.sealed)?;
                sets.push((set, login));
            }
        }
        let (mut file, secrets) = file::write(&cameras, &sets, self.engine.ports.clock.wall());
        if let Some(passphrase) = passphrase {
            file.secrets = Some(self.engine.ports.secrets.seal_under(passphrase, secrets).await?);
        }
        (file.views, file.tours) = self.views().await?;
        let bytes = file.to_bytes();
        let written = ConfigurationVm {
            path: String::new(),
            bytes: bytes.len() as u64,
            cameras: cameras.len() as u32,
            logins: cameras.iter().filter(|(_, login)| login.is_some()).count() as u32,
            credential_sets: sets.len() as u32,
            views: (file.views.len() + file.tours.len()) as u32,
        };
        Ok((bytes, written))
    }

    /// Takes the cameras of a file over, its credential sets, saved views and tours. A set, a view or a tour whose name
    /// is here already is left as it is. Where a camera is here already, by its id or its name, nothing at all is
    /// changed unless `replace` says so; the report lists them.
    pub async fn import(
        &self,
        bytes: &[u8],
        passphrase: Option<Password>,
        replace: bool,
    ) -> Result<ImportReportVm> {
        let file = File::parse(bytes)?;
        let (entered, sets) = self.read(&file, passphrase).await?;
        let arrangement = views::of(file)?;
        let here = self.engine.ports.cameras.list().await?;
        let mut planned = Vec::new();
        for entered in entered {
            let fate = fate(&entered.camera, &here)?;
            planned.push((entered, fate));
        }
        let conflicts = planned.iter().any(|(_, fate)| matches!(fate, Fate::Replace(_)));
        let changes = replace || !conflicts;
        let mut report =
            ImportReportVm { changed: changes, cameras: Vec::new(), credential_sets: Vec::new(), views: 0 };
        for set in sets {
            let outcome = self.take_set(&set, changes).await?.to_owned();
            report.credential_sets.push(ImportedSetVm { credential_set: set.name, outcome });
        }
        let mut ids = BTreeMap::new();
        for (entered, fate) in planned {
            let outcome = match (&fate, changes) {
                (Fate::Add, _) => "added",
                (Fate::Replace(_), true) => "replaced",
                (Fate::Replace(_), false) => "conflict",
            };
            let mut line = ImportedCameraVm {
                id: entered.camera.id.to_string(),
                name: entered.camera.name.clone(),
                outcome: outcome.to_owned(),
                existing: None,
                login: entered.login.is_some(),
            };
            if let Fate::Replace(existing) = &fate {
                line.existing = Some(existing.name.clone());
            }
            if changes {
                let named = entered.camera.id;
                let id = self.take(entered, fate).await?;
                line.id = id.to_string();
                ids.insert(named, id);
            }
            report.cameras.push(line);
        }
        if changes {
            report.views = self.take_views(arrangement, &ids).await?;
            tracing::info!(cameras = report.cameras.len(), replace, "a configuration was imported");
            self.engine.emit(EventVm::CamerasChanged);
        }
        Ok(report)
    }

    async fn read(
        &self,
        file: &File,
        passphrase: Option<Password>,
    ) -> atalaya_model::Result<(Vec<Entered>, Vec<EnteredSet>)> {
        let secrets = match (&file.secrets, passphrase) {
            (Some(sealed), Some(passphrase)) => {
                let passphrase = Secret::new(passphrase.into_inner());
                Some(self.engine.ports.secrets.open_under(passphrase, sealed.clone()).await?)
            }
            (None, Some(_)) => {
                return Err(Error::new(Kind::InvalidInput, "the file holds no logins"));
            }
            (_, None) => None,
        };
        let (entered, sets) = file.contents(secrets.as_ref(), self.engine.ports.clock.wall())?;
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        for Entered { camera, .. } in &entered {
            if !ids.insert(camera.id) || !names.insert(camera.name.as_str()) {
                return Err(Error::new(Kind::InvalidInput, "a camera is in the file twice")
                    .with("name", &camera.name));
            }
        }
        Ok((entered, sets))
    }

    /// Keeps a credential set of the file where none has its name: what becomes of it.
    async fn take_set(&self, set: &EnteredSet, changes: bool) -> atalaya_model::Result<&'static str> {
        let _turn = self.engine.vault.read().await;
        match self.engine.open_set(&set.name).await {
            Ok((_, here)) if here == set.login => Ok("same"),
            Ok(_) => Ok("kept"),
            Err(error) if error.kind() == Kind::NotFound => {
                if changes {
                    self.engine.keep_set(&set.name, &set.login).await?;
                }
                Ok("added")
            }
            Err(error) => Err(error),
        }
    }

    async fn take(&self, entered: Entered, fate: Fate) -> atalaya_model::Result<CameraId> {
        let Entered { mut camera, login, set } = entered;
        let ports = &self.engine.ports;
        if let Fate::Replace(existing) = &fate {
            // Footage belongs to the camera that is here, and no file decides when it is deleted (S20).
            camera.id = existing.id;
            camera.created_at = existing.created_at;
            camera.record.retention_days = existing.record.retention_days;
            camera.record.quota_bytes = existing.record.quota_bytes;
        }
        let id = camera.id;
        {
            let _turn = self.engine.vault.read().await;
            // A set here that has another login is another set, whatever its name.
            if let (Some(set), Some(login)) = (&set, &login)
                && let Ok((set, here)) = self.engine.open_set(set).await
                && here == *login
            {
                camera.credential_set = Some(set);
            }
            let sealed = login.map(|login| ports.secrets.seal(id, &camera.host, &login)).transpose()?;
            match &fate {
                Fate::Add => ports.cameras.insert(&camera, sealed.as_deref()).await?,
                Fate::Replace(existing) => {
                    // A login stays with its host (S4), and is not handed to a certificate that a file names.
                    let elsewhere = existing.host != camera.host
                        || camera.tls_fingerprint.is_some_and(|new| existing.tls_fingerprint != Some(new));
                    if sealed.is_none() && !elsewhere {
                        camera.credential_set = existing.credential_set;
                    }
                    if sealed.is_some() || elsewhere {
                        ports.cameras.set_sealed_credentials(id, sealed.as_deref()).await?;
                    }
                    ports.cameras.update(&camera).await?;
                }
            }
        }
        if let Fate::Replace(existing) = &fate {
            pause::account(&self.engine, existing, &camera).await?;
        }
        self.engine.login_changed(id);
        self.engine.apply(&camera);
        Ok(id)
    }
}

fn fate(camera: &Camera, here: &[Camera]) -> atalaya_model::Result<Fate> {
    let same_id = here.iter().find(|other| other.id == camera.id);
    let same_name = here.iter().find(|other| other.name == camera.name);
    match (same_id, same_name) {
        (None, None) => Ok(Fate::Add),
        (Some(one), Some(other)) if one.id != other.id => Err(Error::new(
            Kind::Conflict,
            "a camera of the file has the id of one here and the name of another",
        )
        .with("name", &camera.name)
        .with("id_of", &one.name)),
        (Some(one), _) | (None, Some(one)) => Ok(Fate::Replace(Box::new(one.clone()))),
    }
}
