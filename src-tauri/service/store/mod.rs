//! The SQLite database: one file, one writer connection, a few readers; and the cameras kept in it.
//!
//! Every statement here and in the sibling modules binds its parameters (S18). Must not know: what the footage index
//! stores (`archive`), how credentials are sealed (`vault`), when anything is written (presenters).

mod camera;
mod credential_set;
mod database;
mod error;
mod inventory;
mod migrate;
mod motion;
mod rescue;
mod saved_view;

pub use camera::{SqliteCameraStore, adopt_camera, camera_row};
pub use credential_set::SqliteCredentialSets;
pub use database::Database;
pub use error::db_error;
pub use inventory::SqliteInventory;
pub use motion::SqliteMotion;
pub use rescue::Mended;
pub use saved_view::SqliteSavedViews;

#[cfg(test)]
mod tests;
