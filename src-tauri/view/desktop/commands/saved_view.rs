//! The arrangement of the live grid: saved views, tours, which view is open, and the order of all cameras.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::saved_view::{ArrangementVm, SavedViewVm, TourVm};
use tauri::State;

#[tauri::command]
pub(super) async fn saved_view_list(desktop: State<'_, Desktop>) -> Result<ArrangementVm> {
    desktop.engine.views().list().await
}

#[tauri::command]
pub(super) async fn saved_view_save(desktop: State<'_, Desktop>, view: SavedViewVm) -> Result<SavedViewVm> {
    desktop.engine.views().save(view).await
}

#[tauri::command]
pub(super) async fn saved_view_remove(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.views().remove(&id).await
}

#[tauri::command]
pub(super) async fn saved_view_reorder(desktop: State<'_, Desktop>, ids: Vec<String>) -> Result<()> {
    desktop.engine.views().reorder(&ids).await
}

#[tauri::command]
pub(super) async fn saved_view_open(desktop: State<'_, Desktop>, id: Option<String>) -> Result<()> {
    desktop.engine.views().open(id.as_deref()).await
}

#[tauri::command]
pub(super) async fn saved_view_arrange(desktop: State<'_, Desktop>, cameras: Vec<String>) -> Result<()> {
    desktop.engine.views().arrange(&cameras).await
}

#[tauri::command]
pub(super) async fn saved_view_save_tour(desktop: State<'_, Desktop>, tour: TourVm) -> Result<TourVm> {
    desktop.engine.views().save_tour(tour).await
}

#[tauri::command]
pub(super) async fn saved_view_remove_tour(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.views().remove_tour(&id).await
}
