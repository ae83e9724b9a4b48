//! How the live grid is arranged: saved views, tours, which view is open, and the order of all cameras. Whatever
//! changes is told to all windows; which view a window shows is its own.

use crate::Result;
use crate::engine::Inner;
use crate::vm::event::EventVm;
use crate::vm::saved_view::{ArrangementVm, SavedViewVm, TourVm};
use atalaya_model::camera::CameraId;
use atalaya_model::saved_view::{SavedView, SavedViewId};
use atalaya_model::tour::Tour;
use atalaya_model::{Error, Kind};
use std::sync::Arc;

/// The setting that holds the view opened last.
const OPEN: &str = "live_view";
/// The setting that holds the order of all cameras: their identities with blanks between.
const ORDER: &str = "live_order";

/// Keeps the arrangement of the live grid.
pub struct Views {
    engine: Arc<Inner>,
}

impl Views {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// All of it.
    pub async fn list(&self) -> Result<ArrangementVm> {
        let (store, settings) = (&self.engine.ports.saved_views, &self.engine.ports.cameras);
        let views: Vec<SavedViewVm> = store.views().await?.iter().map(SavedViewVm::from).collect();
        let tours = store.tours().await?.iter().map(TourVm::from).collect();
        let open = settings.setting(OPEN).await?.filter(|open| views.iter().any(|view| view.id == *open));
        let order = settings.setting(ORDER).await?.unwrap_or_default();
        let order = order.split_whitespace().map(str::to_owned).collect();
        Ok(ArrangementVm { views, tours, open, order })
    }

    /// Keeps a view: in the place of the one with its identity, else as the last one. `CONFLICT` when the name is taken.
    pub async fn save(&self, view: SavedViewVm) -> Result<SavedViewVm> {
        let view = SavedView::try_from(view)?;
        self.engine.ports.saved_views.keep_view(&view).await?;
        self.changed();
        Ok(SavedViewVm::from(&view))
    }

    /// Forgets a view. Tours pass over it from then on, until it is saved again.
    pub async fn remove(&self, id: &str) -> Result<()> {
        self.engine.ports.saved_views.remove_view(id.parse()?).await?;
        self.changed();
        Ok(())
    }

    /// Puts the views in this order; those that are not named follow.
    pub async fn reorder(&self, ids: &[String]) -> Result<()> {
        let ids: Vec<SavedViewId> = ids.iter().map(|id| id.parse()).collect::<atalaya_model::Result<_>>()?;
        self.engine.ports.saved_views.order_views(&ids).await?;
        self.changed();
        Ok(())
    }

    /// Remembers which view is open; none stands for all cameras. `NOT_FOUND`.
    pub async fn open(&self, id: Option<&str>) -> Result<()> {
        if let Some(id) = id {
            let id: SavedViewId = id.parse()?;
            if !self.engine.ports.saved_views.views().await?.iter().any(|view| view.id == id) {
                return Err(Error::new(Kind::NotFound, "no such view").with("id", id).into());
            }
        }
        Ok(self.engine.ports.cameras.set_setting(OPEN, id).await?)
    }

    /// Puts all cameras in this order where no view is open; those that are not named follow, by name.
    pub async fn arrange(&self, cameras: &[String]) -> Result<()> {
        for camera in cameras {
            camera.parse::<CameraId>()?;
        }
        let order = cameras.join(" ");
        let order = (!order.is_empty()).then_some(order);
        self.engine.ports.cameras.set_setting(ORDER, order.as_deref()).await?;
        self.changed();
        Ok(())
    }

    /// Keeps a tour: in the place of the one with its identity, else as a new one. `CONFLICT` when the name is taken.
    pub async fn save_tour(&self, tour: TourVm) -> Result<TourVm> {
        let tour = Tour::try_from(tour)?;
        self.engine.ports.saved_views.keep_tour(&tour).await?;
        self.changed();
        Ok(TourVm::from(&tour))
    }

    /// Forgets a tour.
    pub async fn remove_tour(&self, id: &str) -> Result<()> {
        self.engine.ports.saved_views.remove_tour(id.parse()?).await?;
        self.changed();
        Ok(())
    }

    fn changed(&self) {
        self.engine.emit(EventVm::ViewsChanged);
    }
}
