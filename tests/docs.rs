//! What the README says is what the program does.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use infradeck::action::permissions::order_table;
use infradeck::app::key_table;

/// `INFRADECK_WRITE_DOCS=1 cargo test --test docs` writes the tables anew. One test for all of them: they share a file.
#[test]
fn the_tables_in_the_readme_are_made_from_the_programs_own() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let mut readme = std::fs::read_to_string(path).expect("the README");
    for (name, made_from, table) in
        [("keys", "the keymap", key_table()), ("orders", "the table of rights", order_table())]
    {
        let start = format!("<!-- {name}: made from {made_from}, held by tests/docs.rs -->\n");
        let (before, rest) = readme.split_once(&start).expect("where the table begins");
        let (shown, after) = rest.split_once(&format!("<!-- /{name} -->")).expect("where the table ends");
        let wanted = format!("\n{table}\n");
        if std::env::var_os("INFRADECK_WRITE_DOCS").is_some() {
            readme = [before, &start, &wanted, &format!("<!-- /{name} -->"), after].concat();
            std::fs::write(path, &readme).expect("the README, written");
        } else {
            assert_eq!(shown, wanted, "{name}: INFRADECK_WRITE_DOCS=1 cargo test --test docs writes it anew");
        }
    }
}
