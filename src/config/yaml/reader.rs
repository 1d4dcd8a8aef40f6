//! From the parser's events to the tree.

use std::{collections::HashMap, fmt::Write, rc::Rc};

use saphyr_parser::{Event, Parser, Tag};

use super::{
    super::problem::Problem,
    Content, Located, Position, Tree,
    pairs::Pairs,
    scalar::{self, Scalar},
};

/// No configuration needs a tenth of it, and what walks the tree may be recursive.
pub(super) const MAX_DEPTH: usize = 64;

/// How many values and characters aliases may repeat in all. Without a limit, ten lines can stand for
/// more than any memory holds.
const MAX_REPEATED: usize = 100_000;

/// How many mistakes are listed before reading ends: nobody reads more, and each repeats a path.
pub(super) const MAX_MISTAKES: usize = 100;

/// Reads the one document of a file; `None` where it is empty or cannot be read.
pub(in crate::config) fn read(
    text: &str,
    path: &str,
    problems: &mut Vec<Problem>,
) -> Option<Located> {
    let mut reader = Reader {
        path,
        problems,
        open: Vec::new(),
        anchors: HashMap::new(),
        repeated: 0,
        root: None,
    };
    match reader.read(text) {
        Ok(()) => reader.root.filter(|root| !root.is_null()),
        Err(fatal) => {
            problems.push(fatal);
            None
        }
    }
}

/// What is known while the events come.
struct Reader<'a> {
    path: &'a str,
    problems: &'a mut Vec<Problem>,
    /// The lists and mappings that have started and not ended, outermost first.
    open: Vec<Open>,
    /// What ended with an anchor, by the number that the parser gave it.
    anchors: HashMap<usize, Rc<Tree>>,
    repeated: usize,
    root: Option<Located>,
}

struct Open {
    position: Position,
    anchor: usize,
    collection: Collection,
}

enum Collection {
    List(Vec<Located>),
    Mapping(Pairs),
}

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Result<(), Problem> {
        let most = self.problems.len() + MAX_MISTAKES;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let message = format!("not valid YAML: {}", error.info());
                self.fatal(error.marker().into(), message)
            })?;
            let position = (&span.start).into();
            self.event(event, position)?;
            if self.problems.len() > most {
                return Err(self.fatal(
                    position,
                    format!("more than {MAX_MISTAKES} mistakes up to here; the rest is not read"),
                ));
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event, position: Position) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(self.fatal(
                position,
                "a second document starts here: put everything into one, without `---` between",
            )),
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(position, tag.as_deref(), "seq");
                self.open(position, anchor, Collection::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(position, tag.as_deref(), "map");
                self.open(position, anchor, Collection::Mapping(Pairs::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar::resolve(&text, style, tag.as_deref());
                let scalar = scalar.unwrap_or_else(|why| {
                    self.mistake(position, Some(why));
                    Scalar::untagged(&text, style)
                });
                let text = text.into_owned();
                self.complete(position, anchor, Content::Scalar { text, scalar });
                Ok(())
            }
            Event::Alias(anchor) => self.alias(position, anchor),
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        position: Position,
        anchor: usize,
        collection: Collection,
    ) -> Result<(), Problem> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.too_deep(position));
        }
        self.open.push(Open {
            position,
            anchor,
            collection,
        });
        Ok(())
    }

    fn close(&mut self) {
        let Some(ended) = self.open.pop() else {
            return;
        };
        let content = match ended.collection {
            Collection::List(elements) => Content::List(elements),
            Collection::Mapping(pairs) => Content::Mapping(pairs.merged()),
        };
        self.complete(ended.position, ended.anchor, content);
    }

    fn complete(&mut self, position: Position, anchor: usize, content: Content) {
        let tree = Rc::new(Tree::new(content));
        // The parser numbers anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&tree));
        }
        self.place(position, tree);
    }

    fn alias(&mut self, position: Position, anchor: usize) -> Result<(), Problem> {
        let Some(tree) = self.anchors.get(&anchor).map(Rc::clone) else {
            return Err(self.fatal(
                position,
                "this alias stands within the value that it stands for: write the value out",
            ));
        };
        self.repeated = self.repeated.saturating_add(tree.size);
        if self.repeated > MAX_REPEATED {
            return Err(self.fatal(
                position,
                format!(
                    "aliases up to here repeat more than {MAX_REPEATED} values and characters: \
                     use fewer of them"
                ),
            ));
        }
        if self.open.len() + tree.height > MAX_DEPTH {
            return Err(self.too_deep(position));
        }
        self.place(position, tree);
        Ok(())
    }

    /// Puts a value where the events are.
    fn place(&mut self, position: Position, tree: Rc<Tree>) {
        let located = Located {
            key: position,
            position,
            tree,
        };
        let refused = match self.open.last_mut().map(|open| &mut open.collection) {
            None => {
                self.root = Some(located);
                None
            }
            Some(Collection::List(elements)) => {
                elements.push(located);
                None
            }
            Some(Collection::Mapping(pairs)) => pairs.push(located),
        };
        self.mistake(position, refused);
    }

    fn check_tag(&mut self, position: Position, tag: Option<&Tag>, wanted: &str) {
        let refused = tag.and_then(|tag| scalar::refuse_tag(tag, wanted));
        self.mistake(position, refused);
    }

    /// Keeps a mistake, if there is one, after which reading goes on.
    fn mistake(&mut self, position: Position, message: Option<String>) {
        let Some(message) = message else { return };
        let source = self.source(position);
        self.problems
            .push(Problem::new(self.key_path(), source, message));
    }

    fn too_deep(&self, position: Position) -> Problem {
        let message = format!("lists and mappings are nested more than {MAX_DEPTH} deep");
        self.fatal(position, message)
    }

    /// A mistake after which nothing can be read.
    fn fatal(&self, position: Position, message: impl Into<String>) -> Problem {
        Problem::new("", self.source(position), message)
    }

    fn source(&self, position: Position) -> String {
        format!("{}:{position}", self.path)
    }

    /// The path of the key where the events are, such as `accounts[0].functions[2]`.
    fn key_path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            match &open.collection {
                Collection::List(elements) => {
                    // Writing to a string does not fail.
                    let _ = write!(path, "[{}]", elements.len());
                }
                Collection::Mapping(pairs) => {
                    let Some(key) = pairs.key() else { continue };
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
            }
        }
        path
    }
}
