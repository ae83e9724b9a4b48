//! The commands that windows may call, one file a noun. Each asks a presenter and hands over what it says.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state and arguments by value")]

mod app;
mod background;
mod camera;
mod coverage;
mod credential_set;
mod device;
mod doctor;
mod export;
mod focus;
mod health;
mod live;
mod motion;
mod protection;
mod ptz;
mod record;
mod recording;
mod retention;
mod saved_view;
mod scan;
mod settings;
mod simulator;
mod storage;
mod window;

use tauri::ipc::Invoke;

/// Every command. Each must also stand in `src-tauri/permissions`, or it is refused.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        app::app_info,
        background::background_get,
        background::background_keep,
        background::background_stay,
        background::background_leave,
        background::background_quit,
        background::background_speak,
        background::background_at_login,
        background::background_set_at_login,
        camera::camera_list,
        camera::camera_add,
        camera::camera_edit,
        camera::camera_clone,
        camera::camera_follow,
        camera::camera_remove,
        camera::camera_test,
        camera::camera_snapshot,
        camera::camera_snapshot_save,
        camera::camera_snapshot_copy,
        camera::camera_report_save,
        coverage::coverage_days,
        coverage::coverage_report,
        coverage::coverage_report_save,
        credential_set::credential_set_list,
        credential_set::credential_set_add,
        credential_set::credential_set_change,
        credential_set::credential_set_remove,
        device::device_capability,
        device::device_notices,
        device::device_set_encoder,
        device::device_imaging,
        device::device_set_imaging,
        device::device_set_time,
        device::device_reboot,
        camera::camera_export,
        camera::camera_import,
        doctor::doctor_start,
        doctor::doctor_cancel,
        export::export_start,
        export::export_cancel,
        export::export_list,
        focus::focus_drive,
        focus::focus_by,
        focus::focus_stop,
        health::health_history,
        health::health_log,
        live::live_endpoint,
        live::live_decisions,
        motion::motion_settings,
        motion::motion_set,
        motion::motion_events,
        motion::motion_status,
        protection::protection_list,
        protection::protection_add,
        protection::protection_remove,
        ptz::ptz_get,
        ptz::ptz_drive,
        ptz::ptz_stop,
        ptz::ptz_go_to,
        ptz::ptz_set_preset,
        ptz::ptz_remove_preset,
        ptz::ptz_set_home,
        record::record_set,
        record::record_now,
        record::record_stop,
        recording::recording_list,
        recording::recording_gaps,
        recording::recording_coverage,
        recording::recording_playback,
        recording::recording_fragment,
        recording::timeline,
        retention::retention_plan,
        retention::retention_run,
        retention::retention_set_reserve,
        retention::storage_forecast,
        saved_view::saved_view_list,
        saved_view::saved_view_save,
        saved_view::saved_view_remove,
        saved_view::saved_view_reorder,
        saved_view::saved_view_open,
        saved_view::saved_view_arrange,
        saved_view::saved_view_save_tour,
        saved_view::saved_view_remove_tour,
        scan::scan_start,
        scan::scan_cancel,
        scan::scan_list,
        settings::settings_get,
        settings::settings_set,
        settings::key_status,
        settings::key_rotate,
        simulator::simulator_start,
        storage::storage_list,
        storage::storage_add,
        storage::storage_remove,
        storage::storage_assign,
        storage::storage_make_default,
        window::window_open,
        window::window_monitors,
        window::window_full_screen,
        window::window_shows,
        window::window_restarted,
    ]
}
