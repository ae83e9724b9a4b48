//! Windows that are found again at the next start.

use super::fakes::*;
use crate::vm::event::EventVm;
use crate::vm::system::SettingsVm;
use crate::vm::window::WindowShowsVm;
use crate::{KeptWindow, Windows};
use atalaya_model::window::{Area, Place, WINDOWS_MAX};

fn window(number: u32) -> KeptWindow {
    KeptWindow {
        further: number > 0,
        place: Place {
            monitor: "DELL U2415".to_owned(),
            origin: (-1920, 0),
            area: Area { x: 40, y: 40 * number as i32, width: 1280, height: 800 },
            maximized: false,
            full_screen: number == 2,
        },
        shows: WindowShowsVm {
            view: (number == 1).then(|| "perimeter".to_owned()),
            camera: (number == 2).then(|| "0190a1b2-0000-7000-8000-000000000001".to_owned()),
            group: (number == 3).then(|| "Süd / Höfe".to_owned()),
            tiles: (number == 3).then_some(16),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn windows_are_kept_as_they_were() {
    let bench = Bench::start(vec![], Behaviour::Plays).await;
    let windows = bench.engine.windows();
    assert_eq!(windows.kept().await, [], "a first start");
    let all: Vec<_> = (0..4).map(window).collect();
    windows.keep(&all).await.unwrap();
    assert_eq!(windows.kept().await, all);
    windows.keep(&all[..1]).await.unwrap();
    assert_eq!(windows.kept().await, all[..1], "those before are forgotten");
    let many: Vec<_> = (0..20).map(window).collect();
    windows.keep(&many).await.unwrap();
    assert_eq!(windows.kept().await, many[..WINDOWS_MAX]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_no_reason_not_to_start() {
    let bench = Bench::start(vec![], Behaviour::Plays).await;
    let store = &bench.engine.inner.ports.cameras;
    let windows = bench.engine.windows();
    windows.keep(&[window(0), window(2)]).await.unwrap();
    let good = store.setting("windows").await.unwrap().unwrap();
    for bad in ["", "{}", "[1]", &good[..good.len() / 2], &good.replace("1280", "-1280")] {
        store.set_setting("windows", Some(bad)).await.unwrap();
        assert_eq!(windows.kept().await, [], "{bad}");
    }
    store.set_setting("windows", Some(&good.replace("0190a1b2", "../../"))).await.unwrap();
    assert_eq!(windows.kept().await, [window(0)], "what is no camera is not shown");
    let later = good.replace("\"further\"", "\"later\":1,\"further\"");
    store.set_setting("windows", Some(&later)).await.unwrap();
    assert_eq!(windows.kept().await.len(), 2, "a later version may say more");
}

#[test]
fn a_window_shows_only_what_there_can_be() {
    let good = |shows: WindowShowsVm| Windows::check(&shows).is_ok();
    for number in 0..4 {
        assert!(good(window(number).shows));
    }
    let text = |text: &str| Some(text.to_owned());
    assert!(!good(WindowShowsVm { camera: text("gate"), ..WindowShowsVm::default() }));
    assert!(!good(WindowShowsVm { view: text(&"x".repeat(129)), ..WindowShowsVm::default() }));
    assert!(!good(WindowShowsVm { group: text("a\u{202e}b"), ..WindowShowsVm::default() }));
}

#[tokio::test(start_paused = true)]
async fn every_window_hears_of_changed_settings() {
    let bench = Bench::start(vec![], Behaviour::Plays).await;
    let mut events = bench.engine.subscribe();
    let settings = SettingsVm { theme: "light".to_owned(), ..SettingsVm::default() };
    bench.engine.settings().set(settings.clone()).await.unwrap();
    assert_eq!(events.recv().await.unwrap(), EventVm::SettingsChanged { settings });
}
