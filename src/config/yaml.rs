//! A YAML document as a tree of values that know where they stand.
//!
//! One pass over the parser's events builds it. A mistake that leaves the rest readable, such as a
//! duplicate key, is a problem of its own and reading goes on; after any other there is no tree.
//! Whatever the document says, time and memory stay in proportion to its length: nesting has a
//! limit, and so has what aliases repeat.

mod pairs;
mod reader;
mod scalar;

use std::{collections::BTreeMap, fmt, rc::Rc};

use figment::value::{Dict, Value};
use saphyr_parser::Marker;

pub(super) use self::reader::read;
use self::scalar::Scalar;

/// Where something starts: both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Located {
    /// Where its key starts, or an element of a list itself.
    pub(super) key: Position,
    /// Where it starts; of a key without a value, where the key does.
    pub(super) position: Position,
    tree: Rc<Tree>,
}

/// What stands in one place, and through aliases perhaps in others.
#[derive(Debug)]
struct Tree {
    content: Content,
    /// Values and characters, each as often as aliases repeat it.
    size: usize,
    /// Levels of lists and mappings.
    height: usize,
}

#[derive(Debug)]
enum Content {
    Scalar { text: String, scalar: Scalar },
    List(Vec<Located>),
    Mapping(BTreeMap<String, Located>),
}

impl Position {
    /// The position after a text from the start of a file.
    pub(super) fn after(text: &str) -> Self {
        let is_break = |(index, byte): (usize, u8)| match byte {
            b'\n' => true,
            b'\r' => text.as_bytes().get(index + 1) != Some(&b'\n'),
            _ => false,
        };
        let breaks = text.bytes().enumerate().filter(|&at| is_break(at));
        let last_line = text.rsplit(['\n', '\r']).next().unwrap_or_default();
        Self {
            line: breaks.count() + 1,
            column: last_line.chars().count() + 1,
        }
    }
}

impl From<&Marker> for Position {
    fn from(marker: &Marker) -> Self {
        Self {
            line: marker.line(),
            column: marker.col() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Located {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.tree.content {
            Content::Mapping(pairs) => pairs.get(key),
            _ => None,
        }
    }

    /// An element of a list.
    pub(super) fn element(&self, index: usize) -> Option<&Self> {
        match &self.tree.content {
            Content::List(elements) => elements.get(index),
            _ => None,
        }
    }

    /// The value alone, with what aliases stand for in their place.
    pub(super) fn value(&self) -> Value {
        match &self.tree.content {
            Content::Scalar { text, scalar } => scalar.value(text),
            Content::List(elements) => elements.iter().map(Self::value).collect::<Vec<_>>().into(),
            Content::Mapping(pairs) => {
                let pairs = pairs.iter();
                let dict = pairs.map(|(key, located)| (key.clone(), located.value()));
                Value::from(dict.collect::<Dict>())
            }
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.tree.content, Content::Scalar { scalar, .. } if *scalar == Scalar::Null)
    }

    /// Whether there are keys.
    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.tree.content, Content::Mapping(_))
    }
}

impl Tree {
    fn new(content: Content) -> Self {
        let (size, height) = match &content {
            Content::Scalar { text, .. } => (text.len(), 0),
            Content::List(elements) => (
                elements.iter().map(|element| element.tree.size).sum(),
                1 + tallest(elements.iter()),
            ),
            Content::Mapping(pairs) => (
                pairs.iter().map(|(key, at)| key.len() + at.tree.size).sum(),
                1 + tallest(pairs.values()),
            ),
        };
        Self {
            content,
            size: 1 + size,
            height,
        }
    }
}

fn tallest<'a>(children: impl Iterator<Item = &'a Located>) -> usize {
    children
        .map(|child| child.tree.height)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
