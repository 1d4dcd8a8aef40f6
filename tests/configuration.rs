//! Every mistake in a file has its message: `tests/configurations/NAME.yaml` and `NAME.txt`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use lambda_async_exporter::config::{Arguments, Config, Problems};

/// Relative, as cargo runs tests in the package's directory: messages show paths as given.
const DIRECTORY: &str = "tests/configurations";

fn load(path: &Path) -> Result<Config, Problems> {
    Config::load(&Arguments {
        config_file: Some(path.to_owned()),
        ..Arguments::default()
    })
}

fn stems(extension: &str) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(DIRECTORY)
        .expect("the directory is part of the repository")
        .map(|entry| entry.expect("its entries can be read").path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|other| other == extension));
    wanted.map(|path| path.with_extension("")).collect()
}

#[test]
fn every_mistake_has_its_message() {
    let mistakes = stems("yaml");
    assert_eq!(
        mistakes,
        stems("txt"),
        "every .yaml needs its .txt, and the reverse"
    );
    assert!(!mistakes.is_empty());
    let mut wrong = Vec::new();
    for stem in mistakes {
        let expected = fs::read_to_string(stem.with_extension("txt")).unwrap();
        let actual = match load(&stem.with_extension("yaml")) {
            Ok(_) => "no problem at all".to_owned(),
            Err(problems) => problems.to_string(),
        };
        if actual != expected.trim_end_matches('\n') {
            wrong.push(format!(
                "{}\nexpected:\n{expected}actual:\n{actual}\n",
                stem.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_shipped_loads() {
    for path in ["config/example.yaml", "config/minimal.yaml"] {
        if let Err(problems) = load(Path::new(path)) {
            panic!("{problems}");
        }
    }
}
