//! Credential sets in the database: all or none, and nothing of what was replaced stays.

use super::*;
use atalaya_model::Error;
use atalaya_model::credential_set::{CredentialSet, CredentialSetId};
use atalaya_model::ports::CredentialSetStore;

fn set(n: u128, name: &str, sealed: &str) -> CredentialSet {
    CredentialSet {
        id: CredentialSetId(Uuid::from_u128(n)),
        name: name.to_owned(),
        sealed: sealed.to_owned(),
    }
}

struct Stores {
    at: Fixture,
    sets: SqliteCredentialSets,
}

impl Stores {
    async fn new() -> Self {
        let at = Fixture::new().await;
        let sets = SqliteCredentialSets::new(at.db.clone(), Arc::new(SteppedClock::default()));
        Self { at, sets }
    }

    /// A camera with a copy of a set's login.
    async fn member(&self, n: u128, of: Option<&CredentialSet>) -> Camera {
        let camera = Camera { credential_set: of.map(|set| set.id), ..camera(n, &format!("Camera {n}")) };
        self.at.store.insert(&camera, Some(&format!("old copy {n}"))).await.unwrap();
        camera
    }

    async fn copy_of(&self, camera: &Camera) -> String {
        self.at.store.sealed_credentials(camera.id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_change_reaches_the_set_and_all_its_cameras_or_nothing() {
    let stores = Stores::new().await;
    let yard = set(1, "Yard", "old token");
    stores.sets.insert(&yard).await.unwrap();
    assert_eq!(kind_of(stores.sets.insert(&set(2, "Yard", "x")).await), Kind::Conflict);
    assert_eq!(kind_of(stores.sets.insert(&set(2, " ", "x")).await), Kind::InvalidInput);
    let (one, two) = (stores.member(1, Some(&yard)).await, stores.member(2, Some(&yard)).await);
    let other = stores.member(3, None).await;
    assert_eq!(stores.at.store.list().await.unwrap()[0].credential_set, Some(yard.id));

    let new = set(1, "Yard", "new token");
    let copy = |camera: &Camera| (camera.id, format!("new copy of {}", camera.name));
    for wrong in [vec![copy(&one)], vec![copy(&one), copy(&two), copy(&other)], Vec::new()] {
        assert_eq!(kind_of(stores.sets.change(&new, &wrong).await), Kind::Conflict);
        assert_eq!(stores.sets.list().await.unwrap(), std::slice::from_ref(&yard));
        assert_eq!(stores.copy_of(&one).await, "old copy 1");
    }
    stores.sets.change(&new, &[copy(&one), copy(&two)]).await.unwrap();
    assert_eq!(stores.sets.list().await.unwrap(), [new]);
    assert_eq!(
        [stores.copy_of(&one).await, stores.copy_of(&two).await, stores.copy_of(&other).await],
        ["new copy of Camera 1", "new copy of Camera 2", "old copy 3"]
    );
    assert_eq!(kind_of(stores.sets.change(&set(9, "None", "x"), &[]).await), Kind::NotFound);
    let needles = [b"old token".to_vec(), b"old copy 1".to_vec()];
    assert_eq!(files_with(stores.at.temp.path(), &needles), [] as [PathBuf; 0], "what was replaced is gone");
}

#[tokio::test]
async fn a_set_that_goes_leaves_its_cameras_their_login() {
    let stores = Stores::new().await;
    let yard = set(1, "Yard", "the token");
    stores.sets.insert(&yard).await.unwrap();
    let one = stores.member(1, Some(&yard)).await;
    stores.sets.remove(yard.id).await.unwrap();
    assert_eq!(kind_of(stores.sets.remove(yard.id).await), Kind::NotFound);
    assert_eq!(stores.at.store.list().await.unwrap()[0].credential_set, None);
    assert_eq!(stores.copy_of(&one).await, "old copy 1");
    assert_eq!(files_with(stores.at.temp.path(), &[b"the token".to_vec()]), [] as [PathBuf; 0]);
    // A camera that still names it, as one read before, is kept without it.
    stores.at.store.update(&one).await.unwrap();
    assert_eq!(stores.at.store.list().await.unwrap()[0].credential_set, None);
}

#[tokio::test]
async fn the_key_s_exchange_and_its_loss_reach_the_sets() {
    let stores = Stores::new().await;
    let yard = set(1, "Yard", "set token");
    stores.sets.insert(&yard).await.unwrap();
    // A key that only a set depends on must not be replaced silently either.
    assert_eq!(stores.at.store.sealed_sample().await.unwrap(), ["set token"]);
    stores.member(1, Some(&yard)).await;
    let fails = |sealed: &str| match sealed {
        "set token" => Err(Error::new(Kind::Corrupt, "damaged")),
        sealed => Ok(format!("new {sealed}")),
    };
    assert_eq!(kind_of(stores.at.store.reseal_credentials(&fails).await), Kind::Corrupt);
    assert_eq!(stores.at.store.sealed_sample().await.unwrap(), ["old copy 1", "set token"]);
    let sealed = stores.at.store.reseal_credentials(&|sealed| Ok(format!("new {sealed}"))).await;
    assert_eq!(sealed.unwrap(), 2);
    assert_eq!(stores.at.store.sealed_sample().await.unwrap(), ["new old copy 1", "new set token"]);

    stores.at.store.forget_credentials().await.unwrap();
    assert!(stores.at.store.sealed_sample().await.unwrap().is_empty());
    assert!(stores.sets.list().await.unwrap().is_empty());
    assert_eq!(stores.at.store.list().await.unwrap()[0].credential_set, None);
}

#[tokio::test]
async fn a_camera_moves_with_its_login_or_not_at_all() {
    let stores = Stores::new().await;
    let one = stores.member(1, None).await;
    let two = stores.member(2, None).await;
    let moved = Camera { name: two.name.clone(), ..one.clone() };
    assert_eq!(kind_of(stores.at.store.update_with_login(&moved, "moved").await), Kind::Conflict);
    assert_eq!(stores.copy_of(&one).await, "old copy 1");
    let moved = Camera { name: "Gate".to_owned(), enabled: !one.enabled, group: None, ..one.clone() };
    stores.at.store.update_with_login(&moved, "moved").await.unwrap();
    assert_eq!(stores.copy_of(&one).await, "moved");
    assert_eq!(stores.at.store.list().await.unwrap(), [two, moved]);
}
