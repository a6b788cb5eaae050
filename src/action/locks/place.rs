//! Where locks lie: files, S3 objects, DynamoDB items. Each is read with its version, and written only where that still
//! holds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::slip::Slip;
use crate::action::shared::{Shared, all_of};
use crate::cloud::Control;
use crate::config::LockPlace;
use crate::model::{About, ControlCall, Directed, FabricId, OnlyIf, Probe, Probed, Refusal, RefusalKind, RegionId};

/// More than any slip.
const MOST: u64 = 64 * 1024;
/// How long a file is waited for that another process has locked to read or write it: 2 s.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(10);

/// A lock as it lies there.
#[derive(Debug)]
pub(super) struct Found {
    /// What is written on it; `None` where that cannot be read.
    pub slip: Option<Slip>,
    /// Its version.
    pub version: String,
}

/// One lock, where it lies.
pub(super) struct Spot<'a> {
    pub place: &'a LockPlace,
    pub folder: &'a Path,
    pub region: &'a RegionId,
    pub cloud: &'a dyn Control,
    name: String,
}

impl<'a> Spot<'a> {
    pub(super) fn new(
        place: &'a LockPlace,
        folder: &'a Path,
        region: &'a RegionId,
        cloud: &'a dyn Control,
        (fabric, target): (&FabricId, &str),
    ) -> Self {
        // By a hash: a target may hold what no file's name may.
        let name = format!("{:x}", Sha256::digest(format!("{fabric}\0{target}")));
        Self { place, folder, region, cloud, name }
    }

    /// What lies there.
    pub(super) async fn read(&self) -> Result<Option<Found>, Refusal> {
        let found = |text: &[u8], version: String| Some(Found { slip: Slip::read(text), version });
        match self.place {
            LockPlace::File => {
                let bytes = self.read_file().await.map_err(|why| self.of_file(&why))?;
                Ok(if bytes.is_empty() { None } else { found(&bytes, version_of(&bytes)) })
            }
            LockPlace::S3(bucket, prefix) => {
                let about = About::Object { bucket: bucket.clone(), key: self.key(prefix) };
                match self.probe(about).await? {
                    Probed::Object(stored) => {
                        Ok(stored.and_then(|stored| found(stored.body.as_bytes(), stored.version)))
                    }
                    _ => Err(no_answer()),
                }
            }
            LockPlace::DynamoDb(table) => {
                let about = About::Item { table: table.clone(), id: self.name.clone() };
                match self.probe(about).await? {
                    Probed::Item(item) => Ok(item.and_then(|item| {
                        let version = item.get("version").cloned().unwrap_or_default();
                        found(item.get("lock").map_or("", String::as_str).as_bytes(), version)
                    })),
                    _ => Err(no_answer()),
                }
            }
        }
    }

    /// Writes it, where it still is as it was read.
    pub(super) async fn write(&self, slip: &Slip, only_if: OnlyIf) -> Result<(), Refusal> {
        let text = serde_json::to_string(slip).map_err(|error| refusal(RefusalKind::Wrong, error.to_string()))?;
        match self.place {
            LockPlace::File => self.write_file(text.as_bytes(), &only_if).await,
            LockPlace::S3(bucket, prefix) => {
                let key = self.key(prefix);
                self.call(ControlCall::PutObject { bucket: bucket.clone(), key, body: text, only_if }).await
            }
            LockPlace::DynamoDb(table) => {
                let version = uuid::Uuid::new_v4().simple().to_string();
                let members = [("id", self.name.clone()), ("version", version), ("lock", text)];
                let item: BTreeMap<_, _> = members.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
                self.call(ControlCall::PutItem { table: table.clone(), item, only_if }).await
            }
        }
    }

    /// Leaves it free: gone where that can be done on the same condition, else marked so.
    pub(super) async fn free(&self, slip: &Slip, version: String) -> Result<(), Refusal> {
        match self.place {
            LockPlace::DynamoDb(table) => {
                let key = BTreeMap::from([("id".to_owned(), self.name.clone())]);
                self.call(ControlCall::DeleteItem { table: table.clone(), key, version }).await
            }
            LockPlace::File | LockPlace::S3(..) => self.write(slip, OnlyIf::Version(version)).await,
        }
    }

    fn key(&self, prefix: &str) -> String {
        format!("{prefix}/{}.json", self.name)
    }

    async fn probe(&self, about: About) -> Result<Probed, Refusal> {
        self.cloud.probe(&Probe { region: self.region.clone(), about }).await
    }

    async fn call(&self, call: ControlCall) -> Result<(), Refusal> {
        self.cloud.control(&Directed { region: self.region.clone(), call }).await.map(drop)
    }

    fn file_name(&self) -> String {
        format!("{}.lock", self.name)
    }

    fn shared(&self) -> io::Result<Shared> {
        Shared::open(self.folder, "locks").map_err(io::Error::other)
    }

    async fn read_file(&self) -> io::Result<Vec<u8>> {
        let Some(file) = self.shared()?.file(&self.file_name(), false)? else { return Ok(Vec::new()) };
        for _ in 0..TRIES {
            if file.try_lock_shared().is_ok() {
                return all_of(&file, MOST);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(io::Error::other("another process does not let go of it"))
    }

    async fn write_file(&self, bytes: &[u8], only_if: &OnlyIf) -> Result<(), Refusal> {
        let file = self.file_to_write().map_err(|why| self.of_file(&why))?;
        for _ in 0..TRIES {
            if file.try_lock().is_ok() {
                return self.replace(&file, bytes, only_if);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(self.of_file(&io::Error::other("another process does not let go of it")))
    }

    /// The file, made if it is not there. It stays for good, empty or free: so nobody ever waits for one that is gone.
    fn file_to_write(&self) -> io::Result<File> {
        let (shared, name) = (self.shared()?, self.file_name());
        for _ in 0..3 {
            if let Some(file) = shared.file(&name, true)? {
                return Ok(file);
            }
            match shared.make(&name, 0o666) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
        Err(io::Error::other("it comes and goes"))
    }

    fn replace(&self, mut file: &File, bytes: &[u8], only_if: &OnlyIf) -> Result<(), Refusal> {
        let now = all_of(file, MOST).map_err(|why| self.of_file(&why))?;
        let holds = match only_if {
            OnlyIf::Always => true,
            OnlyIf::Absent => now.is_empty(),
            OnlyIf::Version(version) => !now.is_empty() && *version == version_of(&now),
        };
        if !holds {
            return Err(refusal(RefusalKind::Taken, "someone else was first".to_owned()));
        }
        let written = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(bytes))
            .and_then(|()| file.set_len(bytes.len() as u64))
            .and_then(|()| file.sync_all());
        written.map_err(|why| self.of_file(&why))
    }

    fn of_file(&self, why: &io::Error) -> Refusal {
        let path = self.folder.join("locks").join(self.file_name());
        let kind = if why.kind() == io::ErrorKind::PermissionDenied { RefusalKind::Denied } else { RefusalKind::Wrong };
        refusal(kind, format!("{}: {why}", path.display()))
    }
}

fn version_of(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn refusal(kind: RefusalKind, reason: String) -> Refusal {
    Refusal { kind, reason, request_id: None }
}

fn no_answer() -> Refusal {
    refusal(RefusalKind::Unsupported, "what was found is no answer to the question".to_owned())
}
