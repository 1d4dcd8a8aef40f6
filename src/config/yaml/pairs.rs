//! A mapping while it is read: duplicate keys and merge keys (`<<`).

use std::collections::BTreeMap;

use super::{Content, Located, Position, scalar::Scalar};

/// More than the longest key that means anything, which is that of a tag (128 characters). Paths in
/// messages repeat keys.
const MAX_KEY: usize = 512;

/// A mapping so far.
#[derive(Default)]
pub(super) struct Pairs {
    values: BTreeMap<String, Located>,
    /// Where the key `<<` stands.
    merge_key: Option<Position>,
    /// The mappings to merge into this one, the first before the second.
    merged: Vec<Located>,
    /// The key whose value comes next.
    key: Option<Key>,
}

struct Key {
    name: String,
    position: Position,
    use_of_value: UseOfValue,
}

#[derive(Clone, Copy)]
enum UseOfValue {
    Keep,
    Merge,
    Drop,
}

impl Pairs {
    /// The name of the key whose value comes next.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.name.as_str())
    }

    /// Takes a key or the value of one, in turn; gives what is wrong with it.
    pub(super) fn push(&mut self, located: Located) -> Option<String> {
        match self.key.take() {
            None => self.start(&located),
            Some(key) => self.finish(key, located),
        }
    }

    fn start(&mut self, key: &Located) -> Option<String> {
        let position = key.position;
        let (name, use_of_value, refused) = match &key.tree.content {
            Content::Scalar { text, scalar } if *scalar == Scalar::Merge => {
                let first = self.merge_key.replace(position);
                (
                    text.as_str(),
                    UseOfValue::Merge,
                    first.map(|at| duplicate(text, at)),
                )
            }
            Content::Scalar { text, .. } if text.len() > MAX_KEY => {
                let why = format!("this key is longer than {MAX_KEY} bytes");
                ("?", UseOfValue::Keep, Some(why))
            }
            Content::Scalar { text, .. } => {
                let first = self.values.get(text).map(|value| value.key);
                (
                    text.as_str(),
                    UseOfValue::Keep,
                    first.map(|at| duplicate(text, at)),
                )
            }
            Content::List(_) | Content::Mapping(_) => {
                let why = "a key must be a string, not a list or a mapping".to_owned();
                ("?", UseOfValue::Keep, Some(why))
            }
        };
        self.key = Some(Key {
            name: name.to_owned(),
            position,
            use_of_value: if refused.is_some() {
                UseOfValue::Drop
            } else {
                use_of_value
            },
        });
        refused
    }

    fn finish(&mut self, key: Key, mut value: Located) -> Option<String> {
        value.key = key.position;
        match (key.use_of_value, &value.tree.content) {
            (UseOfValue::Drop, _) => {}
            (UseOfValue::Keep, content) => {
                if let Content::Scalar { text, .. } = content
                    && text.is_empty()
                    && value.is_null()
                {
                    value.position = key.position;
                }
                self.values.insert(key.name, value);
            }
            (UseOfValue::Merge, Content::Mapping(_)) => self.merged.push(value),
            (UseOfValue::Merge, Content::List(elements))
                if elements.iter().all(Located::is_mapping) =>
            {
                self.merged.extend(elements.iter().cloned());
            }
            (UseOfValue::Merge, _) => {
                return Some("`<<` merges a mapping, or a list of mappings".to_owned());
            }
        }
        None
    }

    /// The keys of the mapping itself come before the merged ones.
    pub(super) fn merged(self) -> BTreeMap<String, Located> {
        let mut values = self.values;
        for merged in &self.merged {
            if let Content::Mapping(pairs) = &merged.tree.content {
                for (key, value) in pairs {
                    values.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        values
    }
}

fn duplicate(name: &str, first: Position) -> String {
    format!("duplicate key `{name}`, which is given at {first} already: keep one of the two")
}
