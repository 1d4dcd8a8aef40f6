//! Every mistake in a file has its message: most are in `configurations.md`, those that a text cannot
//! show are here.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use lambda_async_exporter::config::{Arguments, Config};

const CONFIGURATIONS: &str = include_str!("configurations.md");

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lambda-async-exporter-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What is said about a file: its problems, with `config.yaml` for its path, or `ok`.
fn messages_at(path: &Path) -> String {
    let arguments = Arguments {
        config_file: Some(path.to_owned()),
        ..Arguments::default()
    };
    match Config::load(&arguments) {
        Ok(_) => "ok".to_owned(),
        Err(problems) => problems
            .to_string()
            .replace(&path.display().to_string(), "config.yaml"),
    }
}

fn messages(content: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    let path = folder.0.join("config.yaml");
    fs::write(&path, content).unwrap();
    messages_at(&path)
}

/// The content of the only block in a language.
fn block<'a>(case: &'a str, language: &str) -> &'a str {
    let blocks: Vec<&str> = case.split(&format!("\n```{language}\n")).collect();
    let [_, block] = blocks[..] else {
        panic!("one block of {language} is wanted:\n{case}")
    };
    let end = block.find("\n```\n").map(|end| &block[..=end]);
    end.unwrap_or_else(|| panic!("the block of {language} does not end:\n{case}"))
}

#[test]
fn every_configuration_has_its_messages() {
    let cases: Vec<&str> = CONFIGURATIONS.split("\n### ").skip(1).collect();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let case = format!("{case}\n");
        let (title, _) = case.split_once('\n').unwrap();
        let expected = block(&case, "text").trim_end();
        let actual = messages(block(&case, "yaml"));
        if actual != expected {
            wrong.push(format!(
                "{title}\nexpected:\n{expected}\nactual:\n{actual}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_configurations_have_one_title() {
    let mut titles: Vec<&str> = CONFIGURATIONS
        .lines()
        .filter(|line| line.starts_with("### "))
        .collect();
    titles.sort_unstable();
    let count = titles.len();
    titles.dedup();
    assert_eq!(titles.len(), count);
}

#[test]
fn what_is_shipped_loads() {
    for path in ["config/example.yaml", "config/minimal.yaml"] {
        assert_eq!(messages_at(Path::new(path)), "ok");
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let message =
        "config.yaml:2:13: poll.interval: `5` has no unit: write it with a unit, such as 5s";
    for content in [
        "poll:\n  interval: 5",
        "poll:\r\n  interval: 5\r\n",
        "poll:\r  interval: 5\r",
        "\u{feff}poll:\n  interval: 5\n",
    ] {
        assert_eq!(messages(content), message, "{content:?}");
    }
    let first_line =
        "config.yaml:1:18: poll.interval: `5` has no unit: write it with a unit, such as 5s";
    assert_eq!(messages("\u{feff}poll: {interval: 5}"), first_line);
    assert_eq!(messages(""), "ok");
    assert_eq!(messages("\u{feff}"), "ok");
}

#[test]
fn columns_count_characters() {
    assert_eq!(
        messages("labels: {tags: ['ä€😀', 5]}"),
        "config.yaml:1:24: labels.tags[1]: `labels.tags[1]` must be a string, not the number 5: \
         write it in quotes"
    );
}

#[test]
fn what_cannot_be_seen_is_named() {
    for (content, message) in [
        (
            &b"poll:\n\tinterval: 5m\n"[..],
            "config.yaml:2:2: not valid YAML: tabs disallowed within this context (block indentation)",
        ),
        (
            b"poll: {}\nweb: \0\n",
            "config.yaml:2:6: not valid YAML: the character U+0000 is not allowed",
        ),
        (
            b"poll: {}\r\n# \x1b[1mbold\n",
            "config.yaml:2:3: not valid YAML: the character U+001B is not allowed",
        ),
        (
            "web: {telemetry_path: '/\u{feff}\u{ffff}'}".as_bytes(),
            "config.yaml:1:26: not valid YAML: the character U+FFFF is not allowed",
        ),
        (
            b"poll: {}\n# caf\xe9\n",
            "config.yaml:2:6: not UTF-8: the byte 0xe9 at offset 14 is no part of a character; \
             save the file as UTF-8",
        ),
        (
            b"\xff\xfep\0o\0l\0l\0",
            "config.yaml:1:1: not UTF-8: the byte 0xff at offset 0 is no part of a character; \
             save the file as UTF-8",
        ),
        (
            b"# \xe2\x82",
            "config.yaml:1:3: not UTF-8: the byte 0xe2 at offset 2 is no part of a character; \
             save the file as UTF-8",
        ),
    ] {
        assert_eq!(messages(content), message);
    }
}

#[test]
fn what_is_escaped_is_a_character_like_others() {
    assert_eq!(
        messages(r#"web: {telemetry_path: "\0"}"#),
        "config.yaml:1:23: web.telemetry_path: `\\u{0}` does not start with `/`; \
         write a path such as /metrics"
    );
}

#[test]
fn a_file_has_a_longest_length() {
    let longest = 1 << 20;
    let comment = |length: usize| format!("#{}", "x".repeat(length - 1));
    assert_eq!(messages(comment(longest)), "ok");
    let too_long = "config.yaml: longer than 1048576 bytes; a configuration has fewer";
    assert_eq!(messages(comment(longest + 1)), too_long);
}

#[test]
fn brackets_without_end_are_refused() {
    for (text, message) in [
        (
            "[",
            "config.yaml:1:256: not valid YAML: recursion limit exceeded",
        ),
        (
            "{",
            "config.yaml:1:256: not valid YAML: recursion limit exceeded",
        ),
        (
            "- ",
            "config.yaml:1:129: lists and mappings are nested more than 64 deep",
        ),
        (
            "? ",
            "config.yaml:1:129: lists and mappings are nested more than 64 deep",
        ),
    ] {
        assert_eq!(messages(text.repeat(200_000 / text.len())), message);
    }
}

#[test]
fn mistakes_without_end_are_not_all_listed() {
    let said = messages("poll: {}\n".repeat(100_000));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 102);
    assert_eq!(
        lines[101],
        "config.yaml:102:1: more than 100 mistakes up to here; the rest is not read"
    );
}

#[test]
fn what_is_no_file_is_named() {
    let folder = Folder::new();
    assert_eq!(
        messages_at(&folder.0),
        "config.yaml: this is a directory; give --config.file the path of a file"
    );
    assert_eq!(
        messages_at(&folder.0.join("missing.yaml")),
        "config.yaml: there is no such file; check --config.file"
    );
    let file = folder.0.join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(
        messages_at(&file.join("config.yaml")),
        "config.yaml: cannot read this file: Not a directory (os error 20)"
    );
}

#[test]
fn a_device_is_read_as_far_as_a_file_may_be_long() {
    assert_eq!(messages_at(Path::new("/dev/null")), "ok");
    assert_eq!(
        messages_at(Path::new("/dev/zero")),
        "config.yaml: longer than 1048576 bytes; a configuration has fewer"
    );
}
