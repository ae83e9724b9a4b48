//! The arrangement of the live grid: what is kept, what is refused, and that every window hears of it.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::event::EventVm;
use crate::vm::saved_view::{CellVm, SavedViewVm, TourVm};
use atalaya_model::camera::RecordMode;
use tokio::sync::broadcast::Receiver;

fn view(id: &str, name: &str, cameras: &[Option<&str>]) -> SavedViewVm {
    let cell = |(x, camera): (u8, Option<&str>)| CellVm {
        x,
        y: 0,
        width: 1,
        height: 1,
        camera: camera.map(str::to_owned),
    };
    SavedViewVm {
        id: id.to_owned(),
        name: name.to_owned(),
        columns: 4,
        rows: 2,
        cells: (0..).zip(cameras.iter().copied()).map(cell).collect(),
    }
}

fn told(events: &mut Receiver<EventVm>) -> usize {
    std::iter::from_fn(|| events.try_recv().ok()).filter(|event| *event == EventVm::ViewsChanged).count()
}

const ONE: &str = "00000000-0000-0000-0000-000000000001";
const TWO: &str = "00000000-0000-0000-0000-000000000002";

#[tokio::test(start_paused = true)]
async fn views_are_kept_renamed_ordered_and_taken_back() {
    let bench = Bench::start(vec![camera(1, RecordMode::Off)], Behaviour::Plays).await;
    let views = bench.engine.views();
    let mut events = bench.engine.subscribe();
    let yard = views.save(view("", "Yard", &[Some(ONE), None])).await.unwrap();
    let hall = views.save(view("", "Hall", &[None])).await.unwrap();
    assert_ne!(yard.id, hall.id);
    assert_eq!(told(&mut events), 2);
    views.reorder(&[hall.id.clone(), yard.id.clone()]).await.unwrap();
    let renamed = views.save(SavedViewVm { name: "South yard".to_owned(), ..yard.clone() }).await.unwrap();
    let kept = views.list().await.unwrap();
    assert_eq!(kept.views, [hall.clone(), renamed.clone()]);
    assert_eq!((kept.open, kept.order.len(), kept.tours.len()), (None, 0, 0));

    views.open(Some(&yard.id)).await.unwrap();
    assert_eq!(views.list().await.unwrap().open.as_deref(), Some(yard.id.as_str()));
    views.remove(&yard.id).await.unwrap();
    assert_eq!(views.list().await.unwrap().open, None, "what is gone is not open");
    // Undo: the same view under the same identity, so that tours and other windows find it again.
    views.save(renamed.clone()).await.unwrap();
    let kept = views.list().await.unwrap();
    assert_eq!((kept.views, kept.open), (vec![hall, renamed], Some(yard.id)));
    assert_eq!(told(&mut events), 4, "which view is open is a window's own");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused_and_told_to_nobody() {
    let bench = Bench::start(Vec::new(), Behaviour::Plays).await;
    let views = bench.engine.views();
    let yard = views.save(view("", "Yard", &[None])).await.unwrap();
    let mut events = bench.engine.subscribe();
    let mut large = view("", "Hall", &[None]);
    large.cells[0].width = 5;
    for (bad, code) in [
        (view("", "Yard", &[None]), "CONFLICT"),
        (view("no id", "Hall", &[None]), "INVALID_INPUT"),
        (view("", " ", &[None]), "INVALID_INPUT"),
        (view("", "Hall", &[]), "INVALID_INPUT"),
        (view("", "Hall", &[Some("../x")]), "INVALID_INPUT"),
        (view("", "Hall", &[Some(ONE), Some(ONE)]), "INVALID_INPUT"),
        (large, "INVALID_INPUT"),
    ] {
        assert_eq!(views.save(bad.clone()).await.unwrap_err().code, code, "{bad:?}");
    }
    assert_eq!(views.open(Some(TWO)).await.unwrap_err().code, "NOT_FOUND");
    assert_eq!(views.open(Some("x")).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(views.remove(TWO).await.unwrap_err().code, "NOT_FOUND");
    assert_eq!(views.arrange(&["x".to_owned()]).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(views.reorder(&["x".to_owned()]).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(views.list().await.unwrap().views, [yard]);
    assert_eq!(told(&mut events), 0);
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_all_cameras_and_the_tours_are_kept() {
    let bench = Bench::start(Vec::new(), Behaviour::Plays).await;
    let views = bench.engine.views();
    let order = [TWO.to_owned(), ONE.to_owned()];
    views.arrange(&order).await.unwrap();
    assert_eq!(views.list().await.unwrap().order, order);
    views.arrange(&[]).await.unwrap();
    assert!(views.list().await.unwrap().order.is_empty());

    let tour = |dwell_s, steps| TourVm { id: String::new(), name: "Night".to_owned(), dwell_s, steps };
    let night = views.save_tour(tour(3, vec![None, Some(ONE.to_owned())])).await.unwrap();
    assert_eq!(views.list().await.unwrap().tours, std::slice::from_ref(&night));
    for (bad, code) in [
        (tour(3, vec![None]), "CONFLICT"),
        (tour(2, vec![None]), "INVALID_INPUT"),
        (tour(601, vec![None]), "INVALID_INPUT"),
        (tour(3, vec![]), "INVALID_INPUT"),
        (tour(3, vec![Some("x".to_owned())]), "INVALID_INPUT"),
    ] {
        assert_eq!(views.save_tour(bad.clone()).await.unwrap_err().code, code, "{bad:?}");
    }
    views.remove_tour(&night.id).await.unwrap();
    assert_eq!(views.remove_tour(&night.id).await.unwrap_err().code, "NOT_FOUND");
    bench.engine.shutdown().await;
}
