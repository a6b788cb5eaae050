//! A folder that everyone on this machine shares, for locks and approvals. Others may put anything there: no link is
//! followed, on no step of the way, and nothing but a plain file is read.

use std::ffi::CStr;
use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{self as unix, AtFlags, CWD, Dir, Mode, OFlags};
use rustix::io::Errno;

/// A folder within the shared one, opened.
#[derive(Debug)]
pub(super) struct Shared {
    folder: File,
    path: PathBuf,
}

/// Who owns a file, and who may do what with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub uid: u32,
    pub mode: u32,
}

fn folder_flags() -> OFlags {
    OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY
}

impl Shared {
    /// Opens the folder `name` of the shared folder `root`, each made for everyone if it is not there.
    pub(super) fn open(root: &Path, name: &str) -> Result<Self, String> {
        let folder = step(None, root, root)?;
        let path = root.join(name);
        let folder = step(Some(&folder), Path::new(name), &path)?;
        Ok(Self { folder, path })
    }

    /// Where a file of it lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens a plain file; `None` when there is none.
    pub(super) fn file(&self, name: &str, writing: bool) -> io::Result<Option<File>> {
        let access = if writing { OFlags::RDWR } else { OFlags::RDONLY };
        // Not blocking: what lies there may be a pipe on which nobody writes.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match unix::openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(io::Error::other("it is a symbolic link")),
            Err(error) => return Err(error.into()),
        };
        let known = file.metadata()?;
        // A file of another name could be put here as a second name, to have it written over.
        if !known.is_file() || known.nlink() != 1 {
            return Err(io::Error::other("it is no plain file"));
        }
        Ok(Some(file))
    }

    /// Makes a file that is not there yet; [`io::ErrorKind::AlreadyExists`] otherwise.
    pub(super) fn make(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(unix::openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?);
        // Whatever the mask of the process says.
        file.set_permissions(Permissions::from_mode(mode))?;
        Ok(file)
    }

    /// Writes a file of our own, whole or not at all.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let half = format!("{name}.{}.new", uuid::Uuid::new_v4().simple());
        let write = || {
            let mut file = self.make(&half, 0o644)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            unix::renameat(&self.folder, &half, &self.folder, name)?;
            self.folder.sync_all()
        };
        write().inspect_err(|_| self.remove(&half))
    }

    /// What a plain file holds, and whose it is; `None` when there is none.
    pub(super) fn read(&self, name: &str, most: u64) -> io::Result<Option<(Vec<u8>, Known)>> {
        let Some(file) = self.file(name, false)? else { return Ok(None) };
        let known = file.metadata()?;
        let bytes = all_of(&file, most)?;
        Ok(Some((bytes, Known { uid: known.uid(), mode: known.mode() })))
    }

    /// Removes a file, if it may.
    pub(super) fn remove(&self, name: &str) {
        let _ = unix::unlinkat(&self.folder, name, AtFlags::empty());
    }

    /// The names in it, at most so many.
    pub(super) fn names(&self, most: usize) -> io::Result<Vec<String>> {
        let names = Dir::read_from(&self.folder)?.take(most).flatten();
        Ok(names.filter_map(|entry| CStr::to_str(entry.file_name()).ok().map(str::to_owned)).collect())
    }
}

/// All that a file holds, from its beginning; an error where that is more than `most`.
pub(super) fn all_of(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(io::Error::other("it is too long")) } else { Ok(bytes) }
}

/// Opens the folder `name` within `above`, made if it is not there.
fn step(above: Option<&File>, name: &Path, shown: &Path) -> Result<File, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", shown.display());
    let at = || match above {
        Some(above) => unix::openat(above, name, folder_flags(), Mode::empty()),
        None => unix::openat(CWD, name, folder_flags(), Mode::empty()),
    };
    let folder = match at() {
        Err(Errno::NOENT) => {
            let made = match above {
                Some(above) => unix::mkdirat(above, name, Mode::RWXU),
                None => unix::mkdirat(CWD, name, Mode::RWXU),
            };
            match made {
                Ok(()) => {
                    let folder = File::from(at().map_err(|error| wrong(&error))?);
                    // Everyone may put something there; only its owner may take it away.
                    let everyone = Permissions::from_mode(0o1777);
                    folder.set_permissions(everyone).map_err(|error| wrong(&error))?;
                    return Ok(folder);
                }
                Err(Errno::EXIST) => at(),
                Err(error) => Err(error),
            }
        }
        opened => opened,
    };
    let folder = match folder {
        Ok(folder) => File::from(folder),
        Err(Errno::LOOP | Errno::NOTDIR) => return Err(wrong(&"it is a link or a file, a folder is wanted")),
        Err(error) => return Err(wrong(&error)),
    };
    let mode = folder.metadata().map_err(|error| wrong(&error))?.mode();
    if mode & 0o1002 == 0o002 {
        return Err(wrong(&"everyone can take away there what others put: `chmod 1777` it"));
    }
    Ok(folder)
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
