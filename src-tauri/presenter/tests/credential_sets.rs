//! Credential sets: who gets a copy of the login, and who never does.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::camera::{EditCamera, Password};
use atalaya_model::camera::{Camera, RecordMode};
use atalaya_model::secret::Credentials;
use std::time::Duration;

fn word(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn take(set: &str) -> EditCamera {
    EditCamera { credentials: Some(set.to_owned()), ..EditCamera::default() }
}

async fn bench() -> Bench {
    let cameras = (1..=3).map(|n| camera(n, RecordMode::Off)).collect();
    let bench = Bench::start(cameras, Behaviour::Plays).await;
    let sets = bench.engine.credential_sets();
    let added = sets.add("Yard", "ana".to_owned(), word("first")).await.unwrap();
    assert_eq!((added.name.as_str(), added.user.as_str(), added.cameras), ("Yard", "ana", 0));
    bench
}

/// What a camera would log in with, and what its sealed copy is bound to.
async fn login(bench: &Bench, name: &str) -> (Credentials, String) {
    let camera: Camera = bench.engine.inner.find_camera(name).await.unwrap();
    let login = bench.engine.inner.credentials(&camera).await.unwrap().expect("a login");
    let sealed = bench.world.sealed.lock().unwrap()[&camera.id].clone();
    (login, sealed)
}

#[tokio::test(start_paused = true)]
async fn each_camera_gets_a_copy_of_its_own_for_its_host_alone() {
    let bench = bench().await;
    for name in ["camera 1", "camera 2"] {
        bench.engine.cameras().edit(name, take("Yard")).await.unwrap();
    }
    let (one, sealed) = login(&bench, "camera 1").await;
    assert_eq!(one, Credentials::new("ana", "first"));
    assert!(sealed.contains("|192.0.2.1|"), "{sealed}");
    assert_eq!(login(&bench, "camera 3").await.0, Credentials::new("admin", "secret"), "nobody assigned it");
    let listed = bench.engine.credential_sets().list().await.unwrap();
    assert_eq!((listed.len(), listed[0].cameras), (1, 2));
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_reaches_its_cameras_and_says_how_many() {
    let bench = bench().await;
    for name in ["camera 1", "camera 2"] {
        bench.engine.cameras().edit(name, take("Yard")).await.unwrap();
    }
    // A login that is typed is the camera's own from then on.
    let own =
        EditCamera { user: Some("eva".to_owned()), password: Some(word("mine")), ..EditCamera::default() };
    assert_eq!(bench.engine.cameras().edit("camera 2", own).await.unwrap().credential_set, None);
    let changed =
        bench.engine.credential_sets().change("Yard", "ana".to_owned(), word("second")).await.unwrap();
    assert_eq!(changed.cameras, 1);
    assert_eq!(login(&bench, "camera 1").await.0, Credentials::new("ana", "second"));
    assert_eq!(login(&bench, "camera 2").await.0, Credentials::new("eva", "mine"));
    assert_eq!(login(&bench, "camera 3").await.0, Credentials::new("admin", "secret"));

    let removed = bench.engine.credential_sets().remove("Yard").await.unwrap();
    assert_eq!(removed.cameras, 1);
    assert_eq!(login(&bench, "camera 1").await.0, Credentials::new("ana", "second"), "it keeps its copy");
    assert_eq!(bench.engine.cameras().get("camera 1").await.unwrap().credential_set, None);
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_camera_tries_again_when_its_set_is_changed() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.engine.credential_sets().add("Yard", "ana".to_owned(), word("first")).await.unwrap();
    bench.world.behave(one.id, Behaviour::WrongPassword);
    bench.engine.cameras().edit("camera 1", take("Yard")).await.unwrap();
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(Duration::from_secs(1)).await;
    bench.world.behave(one.id, Behaviour::WrongPassword);
    bench.pass(Duration::from_hours(1)).await;
    let tried = bench.world.calls_of(one.id);
    bench.pass(Duration::from_hours(1)).await;
    assert_eq!(bench.world.calls_of(one.id), tried, "a refused login is not tried for ever");
    bench.world.behave(one.id, Behaviour::Plays);
    bench.engine.credential_sets().change("Yard", "ana".to_owned(), word("second")).await.unwrap();
    bench.pass(Duration::from_secs(5)).await;
    assert_eq!(bench.world.calls_of(one.id), tried + 1);
    let live = bench.engine.inner.all_pulls().iter().any(|pull| pull.report().state.code() == "live");
    assert!(live, "the right login plays at once");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let bench = bench().await;
    let both = EditCamera { user: Some("x".to_owned()), password: Some(word("y")), ..take("Yard") };
    let edit = async |changes| bench.engine.cameras().edit("camera 1", changes).await.unwrap_err().code;
    assert_eq!(edit(both).await, "INVALID_INPUT");
    assert_eq!(edit(take("Nowhere")).await, "NOT_FOUND");
    let sets = bench.engine.credential_sets();
    for (name, user) in [("", "ana"), ("a\u{202e}b", "ana"), ("Hall", "")] {
        let error = sets.add(name, user.to_owned(), word("x")).await.unwrap_err();
        assert_eq!(error.code, "INVALID_INPUT", "{name:?} {user:?}");
    }
    assert_eq!(sets.change("Nowhere", "ana".to_owned(), word("x")).await.unwrap_err().code, "NOT_FOUND");
    assert_eq!(sets.remove("Nowhere").await.unwrap_err().code, "NOT_FOUND");
    assert_eq!(login(&bench, "camera 1").await.0, Credentials::new("admin", "secret"));
    bench.engine.shutdown().await;
}
