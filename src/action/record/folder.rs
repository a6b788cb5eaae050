//! Folders and files that nobody else may read.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::RecordError;

/// Makes `path` a folder that only its owner can enter, if it is none yet, and makes one that others can enter such.
pub(in crate::action) fn private(path: &Path) -> Result<(), RecordError> {
    let wrong = |source: io::Error| RecordError::Folder { path: path.to_owned(), source };
    let is_new = !path.is_dir();
    if is_new {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(wrong)?;
    }
    let mode = fs::metadata(path).map_err(wrong)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(wrong)?;
    }
    match path.parent().filter(|_| is_new) {
        // So that the folder itself is there after a power cut. One above that we may not open is not ours to care for.
        Some(above) => File::open(above).map_or(Ok(()), |above| above.sync_all()).map_err(wrong),
        None => Ok(()),
    }
}

/// Opens `path` to read and write it, made if it is not there, for its owner alone.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    let file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            sync_folder_of(path)?;
            file
        }
        opened => opened?,
    };
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Sees to it that what was made or moved in the folder of `path` is there after a power cut.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
