//! Keys and what they do.

/// Which key stands for which intent. Made from the table of intents and the configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keymap {}
