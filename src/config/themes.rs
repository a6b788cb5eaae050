//! The themes there are: five built in, and those of `$XDG_CONFIG_HOME/infradeck/themes/NAME.toml`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::depth::Depth;
use super::problem::{ConfigError, Problem};
use super::section::Source;
use super::theme::Theme;
use super::values::{suggest, text};

/// Name and text of the built-in themes, in the order in which `t` goes through them.
pub(super) const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// All themes, the built-in ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes(Vec<Theme>);

impl Themes {
    /// The built-in themes, and those in `folder` over them. A folder that is not there holds none.
    ///
    /// # Errors
    ///
    /// When the folder or a file in it cannot be read, or a file is wrong: then every problem of every file.
    pub fn load(folder: Option<&Path>) -> Result<Self, ConfigError> {
        let mut themes = Self::built_in()?;
        let built_in = themes.clone();
        let mut problems = Vec::new();
        for path in folder.map_or(Ok(Vec::new()), files)? {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let file = fs::read_to_string(&path).map_err(|source| ConfigError::read(&path, false, source))?;
            match read_own(&name, &path, &file, &built_in) {
                Ok(theme) => themes.put(theme),
                Err(wrong) => problems.extend(wrong),
            }
        }
        ConfigError::check(problems)?;
        Ok(themes)
    }

    /// The built-in themes alone.
    ///
    /// # Errors
    ///
    /// Never in a released program: a test reads them all.
    pub fn built_in() -> Result<Self, ConfigError> {
        let read = |(name, file): &(&str, &str)| {
            let path = PathBuf::from(format!("themes/{name}.toml"));
            Theme::read(name, &path, file, None).map_err(ConfigError::Invalid)
        };
        Ok(Self(BUILT_IN.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Theme> {
        self.0.iter()
    }

    /// The theme called `name`.
    pub fn get(&self, name: &str) -> Option<&Theme> {
        self.0.iter().find(|theme| theme.name == name)
    }

    /// The theme after the one called `name`, going round; the first when there is none of that name.
    pub fn after(&self, name: &str) -> &Theme {
        let next = self.0.iter().position(|theme| theme.name == name).map_or(0, |at| at + 1);
        &self.0[next % self.0.len()]
    }

    /// The theme called `name`, or the first, as a terminal of this depth can show it.
    pub fn shown(&self, name: &str, depth: Depth) -> Theme {
        let theme = self.get(name).unwrap_or(&self.0[0]);
        theme.at(depth, self.get("mono").unwrap_or(theme))
    }

    /// What to say of a name that no theme has.
    pub fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.0.iter().map(|theme| theme.name.as_str()).collect();
        format!("there is no theme {name:?}; {}", suggest(name, &known))
    }

    fn put(&mut self, theme: Theme) {
        match self.0.iter_mut().find(|known| known.name == theme.name) {
            Some(known) => *known = theme,
            None => self.0.push(theme),
        }
    }
}

/// Reads a theme of the user's: over the built-in one it names as `base`, else over that of its own name, else `dark`.
fn read_own(name: &str, path: &Path, file: &str, built_in: &Themes) -> Result<Theme, Vec<Problem>> {
    let source = Source { path, text: file };
    let mut base = built_in.get(name).or_else(|| built_in.get("dark"));
    let mut problems = Vec::new();
    // Looked up before the rest is read; what else is wrong in the file is found by the second reading.
    source.read(|root| {
        let mut wanted = None;
        root.read_some("base", &mut wanted, text);
        if let Some(wanted) = wanted {
            match built_in.get(&wanted) {
                Some(found) => base = Some(found),
                None => problems.push(Problem::new(root.place_of("base"), built_in.unknown(&wanted))),
            }
        }
    });
    if let Err(what) = check_name(name) {
        problems.push(Problem::new(source.place(0, ""), what));
    }
    match Theme::read(name, path, file, base) {
        Ok(theme) if problems.is_empty() => return Ok(theme),
        Ok(_) => {}
        Err(wrong) => problems.extend(wrong),
    }
    Err(problems)
}

/// A theme's name is typed by people and printed back to them.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    Err("a theme file is named with small letters, digits and dashes, such as my-theme.toml".into())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let fail = |source| ConfigError::read(folder, false, source);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
