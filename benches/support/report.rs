//! The table that a benchmark prints, row by row as the figures come: each figure, what was asked of
//! it, and whether that was met.

#![allow(
    clippy::needless_pass_by_value,
    reason = "figures are made where they are printed"
)]

use std::fmt::Display;

/// Prints the head of a table.
pub(crate) fn title(text: &str) {
    println!("\n{text}");
    row("", "measured", "asked", "met");
}

/// Prints the name of a part of the table.
pub(crate) fn part(name: &str) {
    println!("{name}");
}

/// Prints a figure of which nothing was asked.
pub(crate) fn figure(name: &str, measured: impl Display) {
    row(name, measured, "", "");
}

/// Prints a figure of which something was asked.
pub(crate) fn asked(name: &str, measured: impl Display, asked: &str, met: bool) {
    row(name, measured, asked, if met { "yes" } else { "NO" });
}

fn row(name: &str, measured: impl Display, asked: &str, met: &str) {
    // Converted first, since not every `Display` heeds a width.
    let measured = measured.to_string();
    println!("  {name:<52} {measured:>28}  {asked:<22} {met}");
}
