//! The folders are the architecture: each room imports only from rooms below it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The rooms from the lowest to the highest, each with the rooms that it may import from.
const ROOMS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("sync", &[]),
    ("tasks", &[]),
    ("listen_address", &[]),
    ("port", &["domain"]),
    ("fleet", &["domain"]),
    ("aws", &["domain", "port", "sync"]),
    ("poll", &["domain", "port", "fleet", "sync", "tasks"]),
    ("scopes", &["domain", "port", "fleet", "poll", "tasks"]),
    ("metrics", &["domain", "port", "fleet"]),
    ("http", &["listen_address", "metrics", "sync"]),
    ("config", &["domain", "listen_address"]),
];

/// The source files of a room, those of its unit tests left out: they may import from anywhere.
fn files(room: &str) -> Vec<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![source.join(format!("{room}.rs")), source.join(room)];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the folder can be read");
            open.extend(entries.map(|entry| entry.expect("its entries can be read").path()));
        } else if path.is_file() && !path.components().any(|part| part.as_os_str() == "tests") {
            files.push(path);
        }
    }
    files.retain(|path| path.file_name().is_some_and(|name| name != "tests.rs"));
    files
}

/// The rooms that a source text names: after `crate::`, alone or within braces.
fn imported(text: &str) -> BTreeSet<String> {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line.trim(), " "])
        .collect();
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        if let Some(list) = after.strip_prefix('{') {
            let (mut depth, mut name) = (1, String::new());
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => {
                        rooms.extend(first_name(&name));
                        name.clear();
                    }
                    other if depth == 1 => name.push(other),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            rooms.extend(first_name(&name));
        } else {
            rooms.extend(first_name(after));
        }
    }
    rooms
}

fn first_name(path: &str) -> Option<String> {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = path.trim().chars().take_while(is_name).collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn each_room_imports_only_from_lower_rooms() {
    let mut wrong = Vec::new();
    for (room, allowed) in ROOMS {
        let files = files(room);
        assert!(!files.is_empty(), "there is no room {room}");
        for file in files {
            let text = fs::read_to_string(&file).expect("the file can be read");
            for name in imported(&text) {
                let is_macro = name.starts_with(|c: char| c.is_lowercase())
                    && ROOMS.iter().all(|(other, _)| *other != name);
                if name != room && !is_macro && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{} imports from {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_room_is_left_out() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(source).expect("the folder can be read");
    let folders = entries
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.is_dir());
    for folder in folders {
        let name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        assert!(
            ROOMS.iter().any(|(room, _)| *room == name),
            "src/{name} has no place among the rooms"
        );
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::{\n    domain::{A, fleet::B},\n    port::C,\n};\nuse crate::poll::now;\n// crate::http\n";
    let rooms: Vec<String> = imported(text).into_iter().collect();
    assert_eq!(rooms, ["domain", "poll", "port"]);
}
