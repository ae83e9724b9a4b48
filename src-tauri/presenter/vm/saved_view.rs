//! Saved views of the live grid and tours through them, as views show and change them.

use atalaya_model::camera::CameraId;
use atalaya_model::saved_view::{Cell, SavedView, SavedViewId};
use atalaya_model::tour::{Tour, TourId, TourStep};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// Everything about the arrangement of the live grid that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ArrangementVm {
    /// The saved views, in the user's order.
    pub views: Vec<SavedViewVm>,
    /// The tours, by name.
    pub tours: Vec<TourVm>,
    /// The view that was opened last; null stands for all cameras.
    pub open: Option<String>,
    /// The order of all cameras where no view is open. Cameras that are not named follow, by name.
    pub order: Vec<String>,
}

/// A tile of a view; the four numbers are in cells of the view's grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CellVm {
    /// Column of its left edge, from 0.
    pub x: u8,
    /// Row of its upper edge, from 0.
    pub y: u8,
    /// Columns that it spans.
    pub width: u8,
    /// Rows that it spans.
    pub height: u8,
    /// The camera; null leaves the tile empty. It may have been removed since.
    pub camera: Option<String>,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SavedViewVm {
    /// Its identity, a UUID; an empty one asks for a new one.
    pub id: String,
    /// Its name, unique among the views, 1 to 64 characters.
    pub name: String,
    /// Columns of its grid, 1 to 8.
    pub columns: u8,
    /// Rows of its grid, 1 to 8.
    pub rows: u8,
    /// Its tiles; none lies on another, and no camera is in two.
    pub cells: Vec<CellVm>,
}

/// A tour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TourVm {
    /// Its identity, a UUID; an empty one asks for a new one.
    pub id: String,
    /// Its name, unique among the tours, 1 to 64 characters.
    pub name: String,
    /// How long it stays at each step, in seconds, 3 to 600.
    pub dwell_s: u16,
    /// Its steps in order: a saved view, or null for every page of all cameras.
    pub steps: Vec<Option<String>>,
}

impl From<&SavedView> for SavedViewVm {
    fn from(view: &SavedView) -> Self {
        let cell = |cell: &Cell| CellVm {
            x: cell.x,
            y: cell.y,
            width: cell.width,
            height: cell.height,
            camera: cell.camera.map(|camera| camera.to_string()),
        };
        Self {
            id: view.id.to_string(),
            name: view.name.clone(),
            columns: view.columns,
            rows: view.rows,
            cells: view.cells.iter().map(cell).collect(),
        }
    }
}

impl TryFrom<SavedViewVm> for SavedView {
    type Error = atalaya_model::Error;
    fn try_from(view: SavedViewVm) -> atalaya_model::Result<Self> {
        let cell = |cell: CellVm| {
            let camera = cell.camera.map(|id| id.parse::<CameraId>()).transpose()?;
            Ok(Cell { x: cell.x, y: cell.y, width: cell.width, height: cell.height, camera })
        };
        let view = Self {
            id: if view.id.is_empty() { SavedViewId(Uuid::new_v4()) } else { view.id.parse()? },
            name: view.name,
            columns: view.columns,
            rows: view.rows,
            cells: view.cells.into_iter().map(cell).collect::<atalaya_model::Result<_>>()?,
        };
        view.validate()?;
        Ok(view)
    }
}

impl From<&Tour> for TourVm {
    fn from(tour: &Tour) -> Self {
        let step = |step: &TourStep| match step {
            TourStep::View(id) => Some(id.to_string()),
            TourStep::AllCameras => None,
        };
        Self {
            id: tour.id.to_string(),
            name: tour.name.clone(),
            dwell_s: tour.dwell_s,
            steps: tour.steps.iter().map(step).collect(),
        }
    }
}

impl TryFrom<TourVm> for Tour {
    type Error = atalaya_model::Error;
    fn try_from(tour: TourVm) -> atalaya_model::Result<Self> {
        let step = |step: Option<String>| match step {
            Some(id) => id.parse().map(TourStep::View),
            None => Ok(TourStep::AllCameras),
        };
        let tour = Self {
            id: if tour.id.is_empty() { TourId(Uuid::new_v4()) } else { tour.id.parse()? },
            name: tour.name,
            dwell_s: tour.dwell_s,
            steps: tour.steps.into_iter().map(step).collect::<atalaya_model::Result<_>>()?,
        };
        tour.validate()?;
        Ok(tour)
    }
}
