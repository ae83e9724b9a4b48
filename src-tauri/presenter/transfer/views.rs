//! Saved views and tours in the configuration's file. Where the cameras of the file are here under another identity,
//! its views show those.

use super::Transfer;
use super::file::File;
use crate::vm::event::EventVm;
use crate::vm::saved_view::{SavedViewVm, TourVm};
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::saved_view::SavedView;
use atalaya_model::tour::{Tour, TourStep};
use std::collections::{BTreeMap, BTreeSet};

/// The saved views and tours of a file, each checked as if it were typed in.
pub(super) struct Arrangement {
    views: Vec<SavedView>,
    tours: Vec<Tour>,
}

/// Takes them out of a file. `InvalidInput`.
pub(super) fn of(file: File) -> Result<Arrangement> {
    Ok(Arrangement {
        views: file.views.into_iter().map(SavedView::try_from).collect::<Result<_>>()?,
        tours: file.tours.into_iter().map(Tour::try_from).collect::<Result<_>>()?,
    })
}

impl Transfer {
    /// All saved views and tours, as they go into a file.
    pub(super) async fn views(&self) -> Result<(Vec<SavedViewVm>, Vec<TourVm>)> {
        let store = &self.engine.ports.saved_views;
        let views = store.views().await?.iter().map(SavedViewVm::from).collect();
        Ok((views, store.tours().await?.iter().map(TourVm::from).collect()))
    }

    /// Adds those whose name is not here; `cameras` says which camera here is which one of the file. Returns how many.
    pub(super) async fn take_views(
        &self,
        Arrangement { views, tours }: Arrangement,
        cameras: &BTreeMap<CameraId, CameraId>,
    ) -> Result<u32> {
        let store = &self.engine.ports.saved_views;
        let mut added = 0;
        let mut here = store.views().await?;
        let mut ids = BTreeMap::new();
        for mut view in views {
            if let Some(known) = here.iter().find(|one| one.id == view.id || one.name == view.name) {
                ids.insert(view.id, known.id);
                continue;
            }
            let mut shown = BTreeSet::new();
            for cell in &mut view.cells {
                let camera = cell.camera.map(|id| cameras.get(&id).copied().unwrap_or(id));
                // Two cameras of the file can be one here.
                cell.camera = camera.filter(|id| shown.insert(*id));
            }
            store.keep_view(&view).await?;
            here.push(view);
            added += 1;
        }
        let mut here = store.tours().await?;
        for mut tour in tours {
            if here.iter().any(|one| one.id == tour.id || one.name == tour.name) {
                continue;
            }
            for step in &mut tour.steps {
                if let TourStep::View(id) = step {
                    *id = ids.get(id).copied().unwrap_or(*id);
                }
            }
            store.keep_tour(&tour).await?;
            here.push(tour);
            added += 1;
        }
        if added > 0 {
            self.engine.emit(EventVm::ViewsChanged);
        }
        Ok(added)
    }
}
