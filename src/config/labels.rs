//! The section `labels`: which tags of the functions become labels.

use super::{
    mapping::{Mapping, Section},
    problem::Problem,
};
use crate::domain::TagLabel;

/// The keys of the section.
pub(super) const SECTION: Section = Section { keys: &["tags"] };

/// Labels beyond those that every series has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// The tags that become labels of `aws_lambda_function_info`, in the order in which they were
    /// given: each key once, each label once.
    pub tags: Vec<TagLabel>,
}

impl Labels {
    pub(super) fn read(root: &Mapping, problems: &mut Vec<Problem>) -> Self {
        let mapping = root.section("labels", &SECTION, problems);
        let mut labels = Self::default();
        let Some(node) = mapping.get("tags") else {
            return labels;
        };
        for (element, tag) in node.parsed_list::<TagLabel>("[team]", problems) {
            match labels.tags.iter().find(|other| other.label == tag.label) {
                None => labels.tags.push(tag),
                Some(other) if other.key == tag.key => {}
                Some(other) => problems.push(element.problem(format!(
                    "tag keys `{}` and `{}` would both become the label `{}`; name one of them",
                    other.key, tag.key, tag.label
                ))),
            }
        }
        labels
    }
}
