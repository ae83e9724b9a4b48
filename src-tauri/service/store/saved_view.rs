//! Saved views and tours in SQLite. Knows nothing of pictures, nor which cameras there are.

use super::Database;
use super::error::db_error;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::{BoxFuture, SavedViewStore};
use atalaya_model::saved_view::{Cell, SavedView, SavedViewId};
use atalaya_model::tour::{Tour, TourId, TourStep};
use atalaya_model::{Error, Kind, Result};

/// The saved views and tours in the database.
#[derive(Debug, Clone)]
pub struct SqliteSavedViews {
    db: Database,
}

/// A tile as it stands in the column `cells`.
type CellText = (u8, u8, u8, u8, Option<String>);

#[derive(sqlx::FromRow)]
struct ViewRow {
    uuid: String,
    name: String,
    columns: i64,
    rows: i64,
    cells: String,
}

#[derive(sqlx::FromRow)]
struct TourRow {
    uuid: String,
    name: String,
    dwell_s: i64,
    steps: String,
}

impl SqliteSavedViews {
    /// The views of an open database.
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    async fn all_views(&self) -> Result<Vec<SavedView>> {
        let rows: Vec<ViewRow> = sqlx::query_as(
            "SELECT uuid, name, columns, rows, cells FROM saved_view \
             ORDER BY position, name COLLATE NOCASE, name",
        )
        .fetch_all(self.db.read())
        .await
        .map_err(db_error)?;
        Ok(possible(rows, |row| row.uuid.clone(), ViewRow::into_view))
    }

    async fn put_view(&self, view: &SavedView) -> Result<()> {
        view.validate()?;
        let cells: Vec<CellText> = view
            .cells
            .iter()
            .map(|cell| (cell.x, cell.y, cell.width, cell.height, cell.camera.map(|id| id.to_string())))
            .collect();
        sqlx::query(
            "INSERT INTO saved_view (uuid, name, position, columns, rows, cells) \
             VALUES (?, ?, (SELECT coalesce(max(position) + 1, 0) FROM saved_view), ?, ?, ?) \
             ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, columns = excluded.columns, \
                                              rows = excluded.rows, cells = excluded.cells",
        )
        .bind(view.id.to_string())
        .bind(&view.name)
        .bind(view.columns)
        .bind(view.rows)
        .bind(json(&cells))
        .execute(self.db.write())
        .await
        .map_err(|error| named(error, &view.name))?;
        Ok(())
    }

    async fn put_order(&self, ids: &[SavedViewId]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        // What is not named keeps its place behind all that are.
        sqlx::query("UPDATE saved_view SET position = position + ?")
            .bind(ids.len() as i64)
            .execute(&mut *tx)
            .await
            .map_err(db_error)?;
        for (position, id) in (0_i64..).zip(ids) {
            sqlx::query("UPDATE saved_view SET position = ? WHERE uuid = ?")
                .bind(position)
                .bind(id.to_string())
                .execute(&mut *tx)
                .await
                .map_err(db_error)?;
        }
        tx.commit().await.map_err(db_error)
    }

    async fn all_tours(&self) -> Result<Vec<Tour>> {
        let rows: Vec<TourRow> =
            sqlx::query_as("SELECT uuid, name, dwell_s, steps FROM tour ORDER BY name COLLATE NOCASE, name")
                .fetch_all(self.db.read())
                .await
                .map_err(db_error)?;
        Ok(possible(rows, |row| row.uuid.clone(), TourRow::into_tour))
    }

    async fn put_tour(&self, tour: &Tour) -> Result<()> {
        tour.validate()?;
        let steps: Vec<Option<String>> = tour
            .steps
            .iter()
            .map(|step| match step {
                TourStep::View(id) => Some(id.to_string()),
                TourStep::AllCameras => None,
            })
            .collect();
        sqlx::query(
            "INSERT INTO tour (uuid, name, dwell_s, steps) VALUES (?, ?, ?, ?) \
             ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, dwell_s = excluded.dwell_s, \
                                              steps = excluded.steps",
        )
        .bind(tour.id.to_string())
        .bind(&tour.name)
        .bind(tour.dwell_s)
        .bind(json(&steps))
        .execute(self.db.write())
        .await
        .map_err(|error| named(error, &tour.name))?;
        Ok(())
    }

    async fn forget(&self, statement: &'static str, id: String) -> Result<()> {
        let gone = sqlx::query(statement)
            .bind(&id)
            .execute(self.db.write())
            .await
            .map_err(db_error)?
            .rows_affected();
        if gone == 0 {
            return Err(Error::new(Kind::NotFound, "no such view or tour").with("id", id));
        }
        Ok(())
    }
}

impl SavedViewStore for SqliteSavedViews {
    fn views(&self) -> BoxFuture<'_, Result<Vec<SavedView>>> {
        Box::pin(self.all_views())
    }

    fn keep_view<'a>(&'a self, view: &'a SavedView) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put_view(view))
    }

    fn remove_view(&self, id: SavedViewId) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.forget("DELETE FROM saved_view WHERE uuid = ?", id.to_string()))
    }

    fn order_views<'a>(&'a self, ids: &'a [SavedViewId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put_order(ids))
    }

    fn tours(&self) -> BoxFuture<'_, Result<Vec<Tour>>> {
        Box::pin(self.all_tours())
    }

    fn keep_tour<'a>(&'a self, tour: &'a Tour) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put_tour(tour))
    }

    fn remove_tour(&self, id: TourId) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.forget("DELETE FROM tour WHERE uuid = ?", id.to_string()))
    }
}

impl ViewRow {
    /// The view; none when anything in the row is impossible.
    fn into_view(self) -> Option<SavedView> {
        let cells: Vec<CellText> = serde_json::from_str(&self.cells).ok()?;
        let cell = |(x, y, width, height, camera): CellText| {
            let camera = camera.map(|id| id.parse::<CameraId>()).transpose().ok()?;
            Some(Cell { x, y, width, height, camera })
        };
        let view = SavedView {
            id: self.uuid.parse().ok()?,
            name: self.name,
            columns: self.columns.try_into().ok()?,
            rows: self.rows.try_into().ok()?,
            cells: cells.into_iter().map(cell).collect::<Option<_>>()?,
        };
        view.validate().is_ok().then_some(view)
    }
}

impl TourRow {
    /// The tour; none when anything in the row is impossible.
    fn into_tour(self) -> Option<Tour> {
        let steps: Vec<Option<String>> = serde_json::from_str(&self.steps).ok()?;
        let step = |step: Option<String>| match step {
            Some(id) => id.parse().ok().map(TourStep::View),
            None => Some(TourStep::AllCameras),
        };
        let tour = Tour {
            id: self.uuid.parse().ok()?,
            name: self.name,
            dwell_s: self.dwell_s.try_into().ok()?,
            steps: steps.into_iter().map(step).collect::<Option<_>>()?,
        };
        tour.validate().is_ok().then_some(tour)
    }
}

/// What the rows stand for, without those that stand for nothing: one damaged view must not cost the others.
fn possible<R, T>(rows: Vec<R>, uuid: impl Fn(&R) -> String, read: impl Fn(R) -> Option<T>) -> Vec<T> {
    rows.into_iter()
        .filter_map(|row| {
            let uuid = uuid(&row);
            let read = read(row);
            if read.is_none() {
                tracing::warn!(uuid, "the database holds an impossible view or tour, which is left out");
            }
            read
        })
        .collect()
}

fn json<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("numbers and texts are valid JSON")
}

fn named(error: sqlx::Error, name: &str) -> Error {
    match db_error(error) {
        error if error.kind() == Kind::Conflict => {
            Error::new(Kind::Conflict, "another view or tour has this name").with("name", name)
        }
        error => error,
    }
}
