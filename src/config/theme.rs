//! Themes: what each meaning looks like.

/// A theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name: that of its file.
    pub name: String,
}
