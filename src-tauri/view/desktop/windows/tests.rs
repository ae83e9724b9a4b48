//! Which windows are let in, what of them is kept, and what their pages' addresses say.

use super::*;
use atalaya_model::window::Area;

fn place(full_screen: bool) -> Place {
    let area = Area { x: 40, y: 40, width: 1280, height: 800 };
    Place { monitor: "A".to_owned(), origin: (0, 0), area, maximized: false, full_screen }
}

fn camera(id: &str) -> WindowShowsVm {
    WindowShowsVm { camera: Some(id.to_owned()), ..WindowShowsVm::default() }
}

#[test]
fn no_more_windows_than_there_may_be_and_no_label_twice() {
    let mut state = State::default();
    state.open.insert(MAIN.to_owned(), Open::default());
    let labels: Vec<_> =
        std::iter::from_fn(|| state.admit(Some(place(false)), WindowShowsVm::default())).collect();
    assert_eq!(labels, (1..8).map(further_label).collect::<Vec<_>>());
    state.open.remove("live-3");
    let next = state.admit(None, WindowShowsVm::default());
    assert_eq!(next.as_deref(), Some("live-8"), "what is meant for a closed window reaches no other");
    assert_eq!(state.admit(None, WindowShowsVm::default()), None);
}

#[test]
fn open_windows_are_kept_and_those_without_their_monitor_wait() {
    let mut state = State::default();
    state.open.insert(MAIN.to_owned(), Open { place: Some(place(false)), ..Open::default() });
    let away = KeptWindow { further: true, place: place(true), shows: camera("b") };
    state.away.push(away.clone());
    let first = state.admit(Some(place(true)), camera("a")).unwrap();
    assert!(state.admit(None, camera("c")).is_some(), "one that nobody has seen yet has no place to keep");
    let main = KeptWindow { further: false, place: place(false), shows: WindowShowsVm::default() };
    let further = KeptWindow { further: true, place: place(true), shows: camera("a") };
    assert_eq!(state.to_keep(), [further, main.clone(), away.clone()]);
    state.open.remove(&first);
    assert_eq!(state.to_keep(), [main, away]);
}

#[test]
fn an_address_says_what_the_window_shows() {
    assert_eq!(address("live-1", &WindowShowsVm::default()), "index.html?window=live-1#/live");
    let all = WindowShowsVm {
        view: Some("a&window=main".to_owned()),
        camera: Some("0190".to_owned()),
        group: Some("Süd / Höfe #1".to_owned()),
        tiles: Some(16),
    };
    assert_eq!(
        address("live-12", &all),
        "index.html?window=live-12&view=a%26window%3Dmain&camera=0190&group=S%C3%BCd+%2F+H%C3%B6fe+%231\
         &tiles=16#/live"
    );
}

#[test]
fn a_page_is_told_once_that_it_was_loaded_anew() {
    let windows = Windows::default();
    windows.state().open.insert(MAIN.to_owned(), Open::default());
    assert!(!windows.take_restarted(MAIN));
    windows.restarts(MAIN);
    windows.restarts("live-9");
    assert!(!windows.take_restarted("live-9"), "a window that is gone is told nothing");
    assert!(windows.take_restarted(MAIN));
    assert!(!windows.take_restarted(MAIN));
}
