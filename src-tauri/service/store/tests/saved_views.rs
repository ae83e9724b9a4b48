//! Saved views and tours in the database: they come back as they were, in the user's order, and damage costs one only.

use super::*;
use atalaya_model::ports::SavedViewStore;
use atalaya_model::saved_view::{Cell, SavedView, SavedViewId};
use atalaya_model::tour::{Tour, TourId, TourStep};

fn view(n: u128, name: &str) -> SavedView {
    let cell = |x, width, camera: Option<u128>| Cell {
        x,
        y: 0,
        width,
        height: 2,
        camera: camera.map(|n| CameraId(Uuid::from_u128(n))),
    };
    SavedView {
        id: SavedViewId(Uuid::from_u128(n)),
        name: name.to_owned(),
        columns: 3,
        rows: 2,
        cells: vec![cell(0, 2, Some(n)), cell(2, 1, None)],
    }
}

async fn names(store: &SqliteSavedViews) -> Vec<String> {
    store.views().await.unwrap().into_iter().map(|view| view.name).collect()
}

#[tokio::test]
async fn views_come_back_as_they_were_kept_in_the_user_s_order() {
    let at = Fixture::new().await;
    let store = SqliteSavedViews::new(at.db.clone());
    let (yard, hall, gate) = (view(1, "Yard"), view(2, "'; DROP TABLE saved_view; --"), view(3, "Gate"));
    for view in [&yard, &hall, &gate] {
        store.keep_view(view).await.unwrap();
    }
    assert_eq!(store.views().await.unwrap(), [yard.clone(), hall.clone(), gate.clone()]);

    store.order_views(&[gate.id, SavedViewId(Uuid::from_u128(9)), yard.id]).await.unwrap();
    assert_eq!(store.views().await.unwrap(), [gate.clone(), yard.clone(), hall.clone()]);
    store.keep_view(&view(4, "Dock")).await.unwrap();
    // What is kept again stays where it is.
    let wide = SavedView { name: "Wide".to_owned(), columns: 8, rows: 8, ..gate.clone() };
    store.keep_view(&wide).await.unwrap();
    assert_eq!(store.views().await.unwrap(), [wide, yard, hall.clone(), view(4, "Dock")]);

    store.remove_view(hall.id).await.unwrap();
    assert_eq!(kind_of(store.remove_view(hall.id).await), Kind::NotFound);
    assert_eq!(names(&store).await, ["Wide", "Yard", "Dock"]);
}

#[tokio::test]
async fn names_are_unique_and_what_makes_no_sense_is_not_kept() {
    let at = Fixture::new().await;
    let store = SqliteSavedViews::new(at.db.clone());
    store.keep_view(&view(1, "Yard")).await.unwrap();
    store.keep_view(&view(2, "Hall")).await.unwrap();
    for taken in [view(3, "Yard"), view(2, "Yard")] {
        assert_eq!(kind_of(store.keep_view(&taken).await), Kind::Conflict);
    }
    let overlapping = SavedView { columns: 2, ..view(3, "Gate") };
    assert_eq!(kind_of(store.keep_view(&overlapping).await), Kind::InvalidInput);
    assert_eq!(names(&store).await, ["Yard", "Hall"]);
}

#[tokio::test]
async fn a_damaged_view_costs_no_other() {
    let at = Fixture::new().await;
    let store = SqliteSavedViews::new(at.db.clone());
    store.keep_view(&view(1, "Yard")).await.unwrap();
    store.keep_view(&view(2, "Hall")).await.unwrap();
    for cells in ["", "{}", "[[0,0,9,1,null]]", "[[0,0,1,1,null],[0,0,1,1,null]]", "[[0,0,1,1,\"x\"]]", "[]"]
    {
        sqlx::query("UPDATE saved_view SET cells = ? WHERE name = 'Yard'")
            .bind(cells)
            .execute(at.db.write())
            .await
            .unwrap();
        assert_eq!(names(&store).await, ["Hall"], "{cells}");
    }
}

#[tokio::test]
async fn tours_come_back_as_they_were_kept() {
    let at = Fixture::new().await;
    let store = SqliteSavedViews::new(at.db.clone());
    let tour = |n, name: &str| Tour {
        id: TourId(Uuid::from_u128(n)),
        name: name.to_owned(),
        dwell_s: 600,
        steps: vec![TourStep::View(SavedViewId(Uuid::from_u128(1))), TourStep::AllCameras],
    };
    let (night, day) = (tour(1, "Night"), tour(2, "Day"));
    store.keep_tour(&night).await.unwrap();
    store.keep_tour(&day).await.unwrap();
    assert_eq!(store.tours().await.unwrap(), [day.clone(), night.clone()]);
    assert_eq!(kind_of(store.keep_tour(&tour(1, "Day")).await), Kind::Conflict);
    assert_eq!(kind_of(store.keep_tour(&Tour { dwell_s: 2, ..night.clone() }).await), Kind::InvalidInput);
    let quick = Tour { dwell_s: 3, ..night.clone() };
    store.keep_tour(&quick).await.unwrap();
    assert_eq!(store.tours().await.unwrap(), [day, quick]);
    sqlx::query("UPDATE tour SET steps = '[7]' WHERE name = 'Day'").execute(at.db.write()).await.unwrap();
    assert_eq!(store.tours().await.unwrap().len(), 1);
    store.remove_tour(night.id).await.unwrap();
    assert_eq!(kind_of(store.remove_tour(night.id).await), Kind::NotFound);
}
