//! What happens to the app, what it asks for, and what lies over its views.

use super::Row;
use crate::config::Key;
use crate::model::Observation;
use crate::poll::Interest;

/// A line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The text and the place of the cursor.
    pub input: tui_input::Input,
    /// What could complete it, best first. Tab takes them in turn.
    pub completions: Vec<String>,
    /// The completion that was taken last.
    pub chosen: Option<usize>,
}

/// What the last key did, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One sentence.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// What lies over the view. They stack: Esc takes the top one away.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Every key and what it does, from the table that the keymap is made from. Scrolled by so many lines.
    Help(usize),
    /// What went wrong lately, newest first. Scrolled by so many lines.
    Errors(usize),
    /// Everything known of one row, in full. Scrolled by so many lines.
    Detail(Row, usize),
    /// `:` and a command.
    Command(Prompt),
    /// `/` and a filter, taking effect while it is typed.
    Filter(Prompt),
}

/// What the runtime must do for the engineer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave, giving the terminal back.
    Quit,
    /// Stop as Ctrl-Z does, and come back when told.
    Suspend,
    /// Put this text into the clipboard.
    Copy(String),
    /// Ask all that is looked at now.
    AskNow,
    /// The engineer looks at something else.
    Look(Interest),
    /// Draw everything anew: another program wrote over the screen.
    Repaint,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The left mouse button was pressed at this column and row.
    Click(u16, u16),
    /// The mouse wheel turned at this column and row, by so many rows; negative is up.
    Scroll(u16, u16, isize),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
    /// Facts arrived, one or many.
    Facts(Vec<Observation>),
    /// Time has passed; comes about once a second.
    Tick,
}

/// What the program was started with, for the header and the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The fabric's name.
    pub fabric: String,
    /// The scenario, in a demo.
    pub demo: Option<String>,
    /// Where the calls go, if not to AWS.
    pub endpoint: Option<String>,
}
