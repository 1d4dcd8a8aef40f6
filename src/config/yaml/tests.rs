//! Positions, and what bounds them; the messages are in `tests/configurations.md`.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    reader::{MAX_DEPTH, MAX_MISTAKES},
    *,
};
use crate::config::problem::Problem;

fn read_good(text: &str) -> Located {
    let mut problems = Vec::new();
    let document = read(text, "config.yaml", &mut problems);
    assert_eq!(problems, [], "{text}");
    document.unwrap()
}

fn read_bad(text: &str) -> (Option<Located>, Vec<Problem>) {
    let mut problems = Vec::new();
    let document = read(text, "config.yaml", &mut problems);
    assert!(!problems.is_empty(), "{text}");
    (document, problems)
}

/// Each value with its path, and where its key and it start.
fn places(located: &Located, path: &str, found: &mut Vec<String>) {
    found.push(format!("{path} {} {}", located.key, located.position));
    match &located.tree.content {
        Content::Scalar { .. } => {}
        Content::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                places(element, &format!("{path}[{index}]"), found);
            }
        }
        Content::Mapping(pairs) => {
            for (key, value) in pairs {
                places(value, &format!("{path}.{key}"), found);
            }
        }
    }
}

#[test]
fn every_value_knows_where_it_stands() {
    let text = "\
a: 1
b:
  - x
  -   {c: 'y', \"d\": }
  - - z
e: &e
  f: |
    text
g: *e
h: !!str 5
? i
: j
";
    let mut found = Vec::new();
    places(&read_good(text), "", &mut found);
    assert_eq!(
        found,
        [
            " 1:1 1:1",
            ".a 1:1 1:4",
            ".b 2:1 3:3",
            ".b[0] 3:5 3:5",
            ".b[1] 4:7 4:7",
            ".b[1].c 4:8 4:11",
            ".b[1].d 4:16 4:16",
            ".b[2] 5:5 5:5",
            ".b[2][0] 5:7 5:7",
            ".e 6:1 6:4",
            ".e.f 7:3 8:5",
            ".g 9:1 9:4",
            ".g.f 7:3 8:5",
            ".h 10:1 10:4",
            ".i 11:3 12:3",
        ]
    );
}

#[test]
fn an_alias_is_the_value_and_a_merge_fills_what_is_absent() {
    let document = read_good(
        "a: &a {x: 1, y: [2]}\nb: &b {y: 3, z: 4}\nc: *a\nd: {y: 5, <<: [*a, *b]}\ne: {<<: {x: 6}}",
    );
    let expected = read_good(
        "{a: {x: 1, y: [2]}, b: {y: 3, z: 4}, c: {x: 1, y: [2]}, d: {x: 1, y: 5, z: 4}, e: {x: 6}}",
    );
    assert_eq!(document.value(), expected.value());
}

#[test]
fn an_anchor_may_be_given_twice() {
    let document = read_good("a: &x 1\nb: *x\nc: &x 2\nd: *x\n*x : e");
    let expected = read_good("{a: 1, b: 1, c: 2, d: 2, '2': e}");
    assert_eq!(document.value(), expected.value());
}

#[test]
fn of_a_duplicate_the_first_is_kept() {
    let (document, problems) = read_bad("a: 1\na: [1, 1]\nb: 2");
    assert_eq!(problems.len(), 1);
    assert_eq!(document.unwrap().value(), read_good("{a: 1, b: 2}").value());
}

#[test]
fn nesting_has_a_limit_whether_written_out_or_by_aliases() {
    let lists = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    read_good(&lists(MAX_DEPTH));
    read_bad(&lists(MAX_DEPTH + 1));
    let twice = |outer| {
        let (open, close) = ("[".repeat(outer), "]".repeat(outer));
        format!("- &a {}\n- {open}*a{close}", lists(40))
    };
    read_good(&twice(MAX_DEPTH - 41));
    read_bad(&twice(MAX_DEPTH - 40));
}

#[test]
fn what_aliases_repeat_has_a_limit() {
    let long = "x".repeat(60_000);
    read_good(&format!("- &a {long}\n- *a"));
    read_bad(&format!("- &a {long}\n- *a\n- *a"));
    // Each is more than twice the one before it.
    let levels = (1..60).map(|level| {
        let before = level - 1;
        format!("a{level}: &a{level} {{k{level}: [*a{before}, *a{before}], <<: *a{before}}}\n")
    });
    let bomb = format!("a0: &a0 {{k0: lol}}\n{}", levels.collect::<String>());
    let (document, problems) = read_bad(&bomb);
    assert!(document.is_none() && problems.len() == 1);
}

#[test]
fn a_position_after_a_text_counts_every_line_end_once() {
    for (text, position) in [
        ("", "1:1"),
        ("äb", "1:3"),
        ("a\n", "2:1"),
        ("a\r\nb", "2:2"),
        ("a\rb\n\r", "4:1"),
    ] {
        assert_eq!(Position::after(text).to_string(), position, "{text:?}");
    }
}

/// Far more than it takes anywhere, and far less than what is not in proportion would.
const PATIENCE: Duration = Duration::from_secs(20);

proptest! {
    #[test]
    fn any_text_ends_soon_and_without_panic(
        text in "([a-c]|: |\n|\n  |\n    - |- |\\? |\\[|\\]|\\{|\\}|, |'|\"|&a |\\*a|<<: |!x |!!str |\\| ?\n|>-|#| |\t|\r|%|---\n|\\.\\.\\.\n|@|~|1|\\PC|.){0,40}",
        repeated in 1..200usize,
    ) {
        let start = Instant::now();
        for text in [text.repeat(repeated), text] {
            let mut problems = Vec::new();
            if let Some(document) = read(&text, "config.yaml", &mut problems) {
                let _ = document.value();
                let mut found = Vec::new();
                places(&document, "", &mut found);
            }
            prop_assert!(problems.len() <= MAX_MISTAKES + 2);
        }
        prop_assert!(start.elapsed() < PATIENCE);
    }
}
