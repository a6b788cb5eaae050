//! What the README says is what the program does.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use infradeck::app::key_table;

const START: &str = "<!-- keys: made from the keymap, held by tests/docs.rs -->\n";
const END: &str = "<!-- /keys -->";

/// `INFRADECK_WRITE_DOCS=1 cargo test --test docs` writes the table anew.
#[test]
fn the_keys_in_the_readme_are_those_of_the_keymap() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("the README");
    let (before, rest) = readme.split_once(START).expect("where the keys begin");
    let (shown, after) = rest.split_once(END).expect("where the keys end");
    let wanted = format!("\n{}\n", key_table());
    if std::env::var_os("INFRADECK_WRITE_DOCS").is_some() {
        std::fs::write(path, [before, START, &wanted, END, after].concat()).expect("the README, written");
    } else {
        assert_eq!(shown, wanted, "INFRADECK_WRITE_DOCS=1 cargo test --test docs writes it anew");
    }
}
