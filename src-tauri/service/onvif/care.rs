//! Owns what is done to a device as a whole (ONVIF Core §8): setting its clock, starting it anew, its accounts.
//! Must not know when any of it is wise.

use super::device::{Device, clock_offsets};
use atalaya_model::ports::Clock;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use jiff::tz::TimeZone;
use oxvif::{SetDateTimeRequest, UtcDateTime};

/// Accounts that one device lists.
const USERS_MAX: usize = 64;

/// Sets the clock to ours, its zone staying as it is (ONVIF Core §8.3.10); how far off it is then, in milliseconds.
pub(super) async fn set_time(device: &Device, clock: &dyn Clock) -> Result<i64> {
    let session = &device.session;
    let told = session.time().await?;
    // The device takes whole seconds: the nearest one, not the one before.
    let now = jiff::Timestamp::from_microsecond(clock.wall().0 + 500_000)
        .map_err(|cause| Error::new(Kind::Internal, "the clock is out of range").caused_by(cause))?
        .to_zoned(TimeZone::UTC);
    let request = SetDateTimeRequest {
        datetime_type: "Manual".to_owned(),
        daylight_savings: told.daylight_savings,
        timezone: if told.timezone.is_empty() { "UTC0".to_owned() } else { told.timezone },
        utc_datetime: Some(UtcDateTime {
            year: now.year() as _,
            month: now.month() as _,
            day: now.day() as _,
            hour: now.hour() as _,
            minute: now.minute() as _,
            second: now.second() as _,
        }),
    };
    session
        .call("SetSystemDateAndTime", |onvif| async move { onvif.set_system_date_and_time(&request).await })
        .await?;
    let unknown = || Error::new(Kind::Protocol, "the device does not tell its time after it was set");
    Ok(clock_offsets(session, clock).await?.ok_or_else(unknown)?.of_clock_ms)
}

/// Starts the device anew (ONVIF Core §8.3.7); what it says about it.
pub(super) async fn reboot(device: &Device) -> Result<String> {
    let said =
        device.session.call("SystemReboot", |onvif| async move { onvif.system_reboot().await }).await?;
    Ok(from_device(&said))
}

/// The accounts with their levels (ONVIF Core §8.4.3); none when the login is too low to list them.
pub(super) async fn users(device: &Device) -> Option<Vec<(String, String)>> {
    let action = "http://www.onvif.org/ver10/device/wsdl/GetUsers";
    // Without the note of a refusal: an operator's login may do all else but this.
    let answer =
        device.session.ask_gently(device.session.device_url(), action, "<tds:GetUsers/>".to_owned()).await;
    let answer = answer.inspect_err(|error| tracing::debug!(%error, "a device does not list its accounts"));
    let text =
        |name: &str, user: &super::xml::Element| from_device(user.text_at(&[name]).unwrap_or_default());
    let users = answer.ok()?;
    Some(
        users
            .children("User")
            .take(USERS_MAX)
            .map(|user| (text("Username", user), text("UserLevel", user)))
            .collect(),
    )
}
