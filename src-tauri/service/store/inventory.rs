//! The devices known from scan to scan, in SQLite. Knows nothing of networks, nor which device is which.

use super::Database;
use super::error::db_error;
use atalaya_model::Result;
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::{Device, DeviceKind, Evidence, Guess, GuessUse};
use atalaya_model::inventory::KnownDevice;
use atalaya_model::ports::{BoxFuture, Inventory};
use atalaya_model::time::WallTime;

/// The known devices in the database.
#[derive(Debug, Clone)]
pub struct SqliteInventory {
    db: Database,
}

#[derive(sqlx::FromRow)]
struct Row {
    key: String,
    host: String,
    kind: String,
    ports: String,
    evidence: String,
    vendor: Option<String>,
    model: Option<String>,
    name: Option<String>,
    serial: Option<String>,
    firmware: Option<String>,
    mac: Option<String>,
    onvif_url: Option<String>,
    rtsp_urls: String,
    brand: Option<String>,
    guesses: String,
    first_seen_us: i64,
    last_seen_us: i64,
    gone_since_us: Option<i64>,
}

impl SqliteInventory {
    /// The inventory of an open database.
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    async fn all(&self) -> Result<Vec<KnownDevice>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM known_device").fetch_all(self.db.read()).await.map_err(db_error)?;
        let mut devices: Vec<KnownDevice> = rows
            .into_iter()
            .filter_map(|row| {
                let key = row.key.clone();
                let device = row.into_device();
                if device.is_none() {
                    // A scan brings it back; the others are worth having without it.
                    tracing::warn!(key, "the database holds an impossible device, which is left out");
                }
                device
            })
            .collect();
        devices.sort_by(|a, b| (a.device.host, &a.device.key).cmp(&(b.device.host, &b.device.key)));
        Ok(devices)
    }

    async fn put(&self, devices: &[KnownDevice]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        sqlx::query("DELETE FROM known_device").execute(&mut *tx).await.map_err(db_error)?;
        for known in devices {
            let device = &known.device;
            let guesses =
                device.guesses.iter().map(|guess| format!("{} {}", guess.purpose.code(), guess.url.as_str()));
            sqlx::query(
                "INSERT INTO known_device (key, host, kind, ports, evidence, vendor, model, name, serial, firmware, \
                                           mac, onvif_url, rtsp_urls, brand, guesses, first_seen_us, last_seen_us, \
                                           gone_since_us) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            )
            .bind(&device.key)
            .bind(device.host.to_string())
            .bind(device.kind.code())
            .bind(lines(device.ports.iter().map(ToString::to_string)))
            .bind(lines(device.evidence.iter().map(|evidence| evidence.code().to_owned())))
            .bind(&device.vendor)
            .bind(&device.model)
            .bind(&device.name)
            .bind(&device.serial)
            .bind(&device.firmware)
            .bind(&device.mac)
            .bind(device.onvif_url.as_ref().map(StreamUrl::as_str))
            .bind(lines(device.rtsp_urls.iter().map(|url| url.as_str().to_owned())))
            .bind(&device.brand)
            .bind(lines(guesses))
            .bind(known.first_seen.0)
            .bind(known.last_seen.0)
            .bind(known.gone_since.map(|since| since.0))
            .execute(&mut *tx)
            .await
            .map_err(|error| db_error(error).with("device", &device.key))?;
        }
        tx.commit().await.map_err(db_error)
    }
}

impl Inventory for SqliteInventory {
    fn list(&self) -> BoxFuture<'_, Result<Vec<KnownDevice>>> {
        Box::pin(self.all())
    }

    fn replace<'a>(&'a self, devices: &'a [KnownDevice]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.put(devices))
    }
}

impl Row {
    /// The device; none when anything in the row is impossible.
    fn into_device(self) -> Option<KnownDevice> {
        let urls = |text: &str| text.lines().map(|line| StreamUrl::parse(line).ok()).collect::<Option<_>>();
        let device = Device {
            host: self.host.parse().ok()?,
            kind: DeviceKind::ALL.into_iter().find(|kind| kind.code() == self.kind)?,
            ports: self.ports.lines().map(|port| port.parse().ok()).collect::<Option<_>>()?,
            evidence: self
                .evidence
                .lines()
                .map(|code| Evidence::ALL.into_iter().find(|evidence| evidence.code() == code))
                .collect::<Option<_>>()?,
            vendor: self.vendor,
            model: self.model,
            name: self.name,
            serial: self.serial,
            firmware: self.firmware,
            mac: self.mac,
            onvif_url: self.onvif_url.map(|url| StreamUrl::parse(&url)).transpose().ok()?,
            rtsp_urls: urls(&self.rtsp_urls)?,
            brand: self.brand,
            guesses: self.guesses.lines().map(guess).collect::<Option<_>>()?,
            key: self.key,
        };
        Some(KnownDevice {
            device,
            first_seen: WallTime(self.first_seen_us),
            last_seen: WallTime(self.last_seen_us),
            gone_since: self.gone_since_us.map(WallTime),
        })
    }
}

fn guess(line: &str) -> Option<Guess> {
    let (code, url) = line.split_once(' ')?;
    let purpose = GuessUse::ALL.into_iter().find(|purpose| purpose.code() == code)?;
    Some(Guess { purpose, url: StreamUrl::parse(url).ok()? })
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(key: &str, last: u8) -> KnownDevice {
        let mut device = Device::at(key.into(), [192, 0, 2, last].into());
        device.ports = [80, 554].into();
        device.evidence = [Evidence::OpenPort, Evidence::Brand].into();
        device.vendor = Some("'; DROP TABLE known_device; --".into());
        device.mac = Some("02:00:00:00:00:01".into());
        device.rtsp_urls = vec![StreamUrl::parse("rtsp://192.0.2.1/a?b=c").unwrap()];
        device.guesses = vec![Guess {
            purpose: GuessUse::Sub,
            url: StreamUrl::parse("rtsp://192.0.2.1/cam/realmonitor?channel=1&subtype=1").unwrap(),
        }];
        let time = WallTime(1_795_255_200_000_000);
        KnownDevice { device, first_seen: time, last_seen: time, gone_since: None }
    }

    #[tokio::test]
    async fn devices_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("atalaya.db")).await.unwrap();
        let inventory = SqliteInventory::new(db.clone());
        let mut gone = known("192.0.2.9:80", 9);
        gone.gone_since = Some(WallTime(5));
        let devices = [known("urn:uuid:1", 10), gone];
        inventory.replace(&devices).await.unwrap();
        assert_eq!(inventory.list().await.unwrap(), [devices[1].clone(), devices[0].clone()]);
        inventory.replace(&devices[..1]).await.unwrap();
        assert_eq!(inventory.list().await.unwrap(), devices[..1]);
        sqlx::query("UPDATE known_device SET rtsp_urls = 'file:///etc/passwd'")
            .execute(db.write())
            .await
            .unwrap();
        assert_eq!(inventory.list().await.unwrap(), [], "an impossible row is left out");
        db.close().await;
    }
}
