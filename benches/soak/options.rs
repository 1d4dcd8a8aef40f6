//! What is asked for after `--`.

use std::{env, path::PathBuf};

use crate::{HOUR, WEEK};

/// The fewest sweeps that a line can be laid through.
const FEWEST: usize = 8 * HOUR;

/// What is asked for.
pub(crate) struct Options {
    /// How many sweeps.
    pub(crate) sweeps: usize,
    /// Where the picture goes.
    pub(crate) plot: Option<PathBuf>,
}

impl Options {
    /// A week and no picture, unless told otherwise.
    pub(crate) fn read() -> Self {
        let mut options = Self {
            sweeps: WEEK,
            plot: None,
        };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .unwrap_or_else(|| panic!("{word} needs a value"))
            };
            match word.as_str() {
                "--sweeps" => options.sweeps = value().parse().unwrap(),
                "--plot" => options.plot = Some(value().into()),
                // Cargo adds it.
                "--bench" => {}
                _ => panic!("{word} is neither --sweeps nor --plot"),
            }
        }
        assert!(options.sweeps >= FEWEST, "at least {FEWEST} sweeps");
        options
    }
}
