//! Reading a TOML table key by key: what is asked for is known, and what is left over is a problem.

use std::cell::RefCell;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};
use super::values::suggest;

/// A file and its text, from which lines are counted.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The file, for errors.
    pub(super) path: &'a Path,
    /// All of it.
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The place of the key at byte `offset`.
    pub(super) fn place(&self, offset: usize, key: &str) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
        Place::File { path: self.path.to_owned(), line, key: key.to_owned() }
    }

    /// Reads the whole file: `fill` asks for what may be there. Every problem found comes back, in the order of lines.
    pub(super) fn read(&self, fill: impl FnOnce(&mut Section<'_>)) -> Vec<Problem> {
        self.trace(fill).0
    }

    /// As [`Self::read`], with every key that was asked for.
    pub(super) fn trace(&self, fill: impl FnOnce(&mut Section<'_>)) -> (Vec<Problem>, Vec<String>) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            let say = |error: &toml::de::Error| {
                let offset = error.span().map_or(0, |span| span.start);
                Problem::new(self.place(offset, ""), format!("not TOML: {}", error.message().replace('\n', ", ")))
            };
            return (errors.iter().map(say).collect(), Vec::new());
        }
        let log = Log::default();
        let mut root = Section {
            source: *self,
            log: &log,
            path: String::new(),
            at: 0,
            table: Some(table.get_ref()),
            known: vec![],
        };
        fill(&mut root);
        root.finish();
        let mut problems = log.problems.into_inner();
        problems.sort_by_key(|problem| match problem.place {
            Place::File { line, .. } => line,
            _ => 0,
        });
        (problems, log.asked.into_inner())
    }
}

impl<'a> Section<'a> {
    fn child(&self, key: &str, at: usize, table: Option<&'a DeTable<'a>>) -> Self {
        Section { source: self.source, log: self.log, path: self.full(key), at, table, known: vec![] }
    }
}

#[derive(Default)]
struct Log {
    problems: RefCell<Vec<Problem>>,
    asked: RefCell<Vec<String>>,
}

/// One table of a file. A section that is not there reads as an empty one.
pub(super) struct Section<'a> {
    source: Source<'a>,
    log: &'a Log,
    path: String,
    at: usize,
    table: Option<&'a DeTable<'a>>,
    known: Vec<String>,
}

impl<'a> Section<'a> {
    /// Where the section begins.
    pub(super) fn place(&self) -> Place {
        self.source.place(self.at, &self.path)
    }

    /// Notes that the section as a whole is wrong.
    pub(super) fn wrong(&self, what: impl Into<String>) {
        self.log.problems.borrow_mut().push(Problem::new(self.place(), what));
    }

    /// Notes that the value of `key` is wrong.
    pub(super) fn wrong_at(&self, key: &str, what: impl Into<String>) {
        let place = self.find(key).map_or(self.at, |(key, _)| key.span().start);
        let place = self.source.place(place, &self.full(key));
        self.log.problems.borrow_mut().push(Problem::new(place, what));
    }

    /// Whether the file holds this section at all.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// Whether the file holds `key` here.
    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Whether the file holds a table of that name here.
    pub(super) fn has_table(&self, key: &str) -> bool {
        self.find(key).is_some_and(|(_, value)| value.get_ref().is_table())
    }

    /// Reads `key` into `into` if it is there; `convert` says what is allowed when it is not that.
    pub(super) fn read<T>(&mut self, key: &str, into: &mut T, convert: impl FnOnce(&DeValue<'_>) -> Result<T, String>) {
        self.know(key);
        let Some((_, value)) = self.find(key) else { return };
        match convert(value.get_ref()) {
            Ok(value) => *into = value,
            Err(what) => self.wrong_at(key, what),
        }
    }

    /// As [`Self::read`], for what may be left out.
    pub(super) fn read_some<T>(
        &mut self,
        key: &str,
        into: &mut Option<T>,
        convert: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) {
        self.read(key, into, |value| convert(value).map(Some));
    }

    /// Reads the table `key` within this one; `fill` is called even when it is not there.
    pub(super) fn within(&mut self, key: &str, fill: impl FnOnce(&mut Section<'_>)) {
        self.know(key);
        let (at, table) = match self.find(key) {
            None => (self.at, None),
            Some((name, value)) => match value.get_ref() {
                DeValue::Table(table) => (name.span().start, Some(table)),
                other => {
                    self.wrong_at(key, format!("is {}; it is a section, written [{}]", kind(other), self.full(key)));
                    (name.span().start, None)
                }
            },
        };
        let mut child = self.child(key, at, table);
        fill(&mut child);
        child.finish();
    }

    /// Reads every table within this one, whatever its name, in the order of the file.
    pub(super) fn each(&mut self, mut fill: impl FnMut(&str, &mut Section<'_>)) {
        for name in self.names() {
            self.within(&name, |section| fill(&name, section));
        }
    }

    /// The keys of this table in the order of the file.
    pub(super) fn names(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.table.into_iter().flat_map(|table| table.keys()).collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter().map(|key| key.get_ref().to_string()).collect()
    }

    /// The place of `key`, or of the section when it is not there.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let at = self.find(key).map_or(self.at, |(name, _)| name.span().start);
        self.source.place(at, &self.full(key))
    }

    fn find(&self, key: &str) -> Option<(&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key)
    }

    fn full(&self, key: &str) -> String {
        // A quoted key may hold anything: it is shown escaped, never as it is.
        let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let key = if plain { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    fn know(&mut self, key: &str) {
        self.log.asked.borrow_mut().push(self.full(key));
        self.known.push(key.to_owned());
    }

    fn finish(&self) {
        for name in self.names() {
            if self.known.contains(&name) {
                continue;
            }
            let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
            let what = if self.path.is_empty() { "there is no such section or key" } else { "there is no such key" };
            self.wrong_at(&name, format!("{what}; {}", suggest(&name, &known)));
        }
    }
}

/// What a value is, for an error.
pub(super) fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{:?}", shorten(text)),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// The start of a long text, so that an error stays one line.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}
