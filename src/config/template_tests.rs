//! The template says every key, and its defaults.

use std::path::Path;

use super::section::Source;
use super::tests::Home;
use super::{Settings, Themes, template};

#[test]
fn the_template_is_the_defaults() {
    let defaults = Settings { file: None, ..Home::new("").settings() };
    assert_eq!(Settings { file: None, ..Home::new(&template()).settings() }, defaults);
    let bare = template().lines().map(uncomment).collect::<Vec<_>>().join("\n");
    assert!(bare.contains("\nstuck_after = \"30m\""), "{bare}");
    assert_eq!(Settings { file: None, ..Home::new(&bare).settings() }, defaults);
}

/// A line `#key = value` is a setting that is commented out; `# text` and `#   key = value` are prose and examples.
fn uncomment(line: &str) -> String {
    let setting = line.strip_prefix('#').filter(|rest| {
        let (key, value) = rest.split_once(" = ").unwrap_or_default();
        !key.is_empty() && !value.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    setting.unwrap_or(line).to_owned()
}

#[test]
fn the_template_leaves_no_key_out() {
    let path = Path::new("x.toml");
    let text = "[fabric.prod]\n[fabric.prod.failover]\n";
    let mut settings = Settings::defaults(Themes::built_in().unwrap());
    let (_, asked) = Source { path, text }.trace(|root| drop(settings.fill(root)));
    let template = template();
    assert!(asked.len() > 60);
    for key in asked {
        let name = key.rsplit('.').next().unwrap();
        let here = |line: &str| {
            let line = line.trim_start_matches(['#', ' ']);
            line.starts_with(&format!("{name} = ")) || line.contains(&format!("[{key}]"))
        };
        assert!(key == "fabric" || template.lines().any(here), "the template lacks {key}");
    }
}
