//! Credential sets: logins that are kept once and used for many cameras.
//!
//! A set is opened for two things only: to seal a copy for a camera that the user has assigned it to, and to leave in a
//! configuration file under the user's passphrase. What logs in at a camera is the camera's own copy, sealed for that
//! camera and its host (S4).

use crate::cameras::login;
use crate::engine::Inner;
use crate::vm::camera::Password;
use crate::vm::credential_set::CredentialSetVm;
use crate::vm::event::EventVm;
use crate::{Result, UserError};
use atalaya_model::camera::Camera;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::secret::Credentials;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use std::sync::Arc;
use uuid::Uuid;

/// Keeps credential sets.
pub struct CredentialSets {
    engine: Arc<Inner>,
}

impl CredentialSets {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// All sets, by name.
    pub async fn list(&self) -> Result<Vec<CredentialSetVm>> {
        let cameras = self.engine.ports.cameras.list().await?;
        let _turn = self.engine.vault.read().await;
        let sets = self.engine.ports.credential_sets.list().await?;
        Ok(sets.iter().map(|set| view(set, &self.engine.user_of(set), &cameras)).collect())
    }

    /// Keeps a login under a name. `CONFLICT` when the name is taken.
    pub async fn add(&self, name: &str, user: String, password: Password) -> Result<CredentialSetVm> {
        let login = whole(user, password)?;
        let _turn = self.engine.vault.read().await;
        let set = self.engine.keep_set(name, &login).await?;
        Ok(view(&set, &login.user, &[]))
    }

    /// Gives a set another login, and all its cameras with it; they log in anew. What is returned says how many.
    pub async fn change(&self, set: &str, user: String, password: Password) -> Result<CredentialSetVm> {
        let login = whole(user, password)?;
        let (set, cameras) = {
            // Nobody may be given the login that was while it is exchanged.
            let _turn = self.engine.vault.write().await;
            let mut set = self.engine.find_set(set).await?;
            let cameras = self.engine.cameras_of(set.id).await?;
            let secrets = &self.engine.ports.secrets;
            set.sealed = secrets.seal_set(set.id, &set.name, &login)?;
            let copies: atalaya_model::Result<Vec<_>> = cameras
                .iter()
                .map(|camera| Ok((camera.id, secrets.seal(camera.id, &camera.host, &login)?)))
                .collect();
            self.engine.ports.credential_sets.change(&set, &copies?).await?;
            (set, cameras)
        };
        tracing::info!(set = set.name, cameras = cameras.len(), "a credential set was changed");
        for camera in &cameras {
            self.engine.login_changed(camera.id);
            self.engine.apply(camera);
        }
        self.engine.emit(EventVm::CamerasChanged);
        Ok(view(&set, &login.user, &cameras))
    }

    /// Forgets a set. Its cameras keep the login as their own; what is returned says how many.
    pub async fn remove(&self, set: &str) -> Result<CredentialSetVm> {
        let set = self.engine.find_set(set).await?;
        let cameras = self.engine.ports.cameras.list().await?;
        let user = {
            let _turn = self.engine.vault.read().await;
            self.engine.user_of(&set)
        };
        self.engine.ports.credential_sets.remove(set.id).await?;
        self.engine.emit(EventVm::CamerasChanged);
        Ok(view(&set, &user, &cameras))
    }
}

impl Inner {
    /// The set with this id or name.
    pub(crate) async fn find_set(&self, id_or_name: &str) -> atalaya_model::Result<CredentialSet> {
        let sets = self.ports.credential_sets.list().await?;
        let id = Uuid::try_parse(id_or_name).ok().map(CredentialSetId);
        sets.into_iter().find(|set| set.name == id_or_name || Some(set.id) == id).ok_or_else(|| {
            Error::new(Kind::NotFound, "no credential set has this id or name")
                .with("credential_set", excerpt(id_or_name, 64))
        })
    }

    /// A set by id or name, and its login. The caller has the vault's turn.
    pub(crate) async fn open_set(
        &self,
        id_or_name: &str,
    ) -> atalaya_model::Result<(CredentialSetId, Credentials)> {
        let set = self.find_set(id_or_name).await?;
        Ok((set.id, self.ports.secrets.open_set(set.id, &set.name, &set.sealed)?))
    }

    /// A set's user name; empty where the set cannot be opened any more: it can still be seen, changed and removed.
    fn user_of(&self, set: &CredentialSet) -> String {
        let opened = self.ports.secrets.open_set(set.id, &set.name, &set.sealed);
        opened.map_or_else(
            |error| {
                tracing::error!(%error, "a credential set cannot be opened");
                String::new()
            },
            |login| login.user,
        )
    }

    /// Adds a set. The caller has the vault's turn.
    pub(crate) async fn keep_set(
        &self,
        name: &str,
        login: &Credentials,
    ) -> atalaya_model::Result<CredentialSet> {
        CredentialSet::validate_name(name)?;
        let id = CredentialSetId(Uuid::new_v4());
        let sealed = self.ports.secrets.seal_set(id, name, login)?;
        let set = CredentialSet { id, name: name.to_owned(), sealed };
        self.ports.credential_sets.insert(&set).await?;
        Ok(set)
    }

    async fn cameras_of(&self, set: CredentialSetId) -> atalaya_model::Result<Vec<Camera>> {
        let mut cameras = self.ports.cameras.list().await?;
        cameras.retain(|camera| camera.credential_set == Some(set));
        Ok(cameras)
    }
}

fn whole(user: String, password: Password) -> std::result::Result<Credentials, UserError> {
    login(Some(user), Some(password))?
        .ok_or_else(|| Error::new(Kind::InvalidInput, "a credential set needs a user name").into())
}

fn view(set: &CredentialSet, user: &str, cameras: &[Camera]) -> CredentialSetVm {
    CredentialSetVm {
        id: set.id.to_string(),
        name: set.name.clone(),
        user: user.to_owned(),
        cameras: cameras.iter().filter(|camera| camera.credential_set == Some(set.id)).count() as u32,
    }
}
