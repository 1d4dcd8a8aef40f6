//! One entry has one partition: credentials are good in no other.

use super::Choice;
use crate::domain::{FunctionReference, Partition};

/// Something of an entry that has a partition, with where it was given.
pub(super) struct Place<'a, S> {
    given: &'a S,
    text: String,
    /// As it names it, or as its region does.
    partition: String,
    /// The partition of its region, where it has both.
    of_region: Option<&'static str>,
}

impl<'a, S> Place<'a, S> {
    /// All that have a partition.
    pub(super) fn all(
        regions: &'a [(S, Choice)],
        functions: &'a [(S, FunctionReference)],
    ) -> Vec<Self> {
        let regions = regions.iter().filter_map(|(given, choice)| match choice {
            Choice::All => None,
            Choice::One(region) => Some(Self {
                given,
                text: region.to_string(),
                partition: Partition::of(region).name.to_owned(),
                of_region: None,
            }),
        });
        let functions = functions.iter().filter_map(|(given, function)| {
            Some(Self {
                given,
                text: function.to_string(),
                partition: function.partition()?.to_owned(),
                of_region: function.region().map(|region| Partition::of(region).name),
            })
        });
        regions.chain(functions).collect()
    }

    fn contradiction(&self) -> Option<String> {
        let of_region = self.of_region?;
        let is_known = Partition::is_known(&self.partition);
        (is_known && self.partition != of_region).then(|| {
            format!(
                "`{}` names partition {}, but its region is in partition {of_region}",
                self.text, self.partition
            )
        })
    }
}

/// What is not in the partition of the role or, without a role, of the first place; and why that is
/// a mistake.
pub(super) fn strangers<'a, S>(
    role: Option<&str>,
    places: &'a [Place<'a, S>],
) -> impl Iterator<Item = (&'a S, String)> {
    let first = places
        .first()
        .map(|place| (&*place.partition, format!("`{}`", place.text)));
    let home = role
        .map(|role| (role, "this entry's role".to_owned()))
        .or(first);
    let home = home.map(|(partition, what)| (partition.to_owned(), what));
    places.iter().filter_map(move |place| {
        if let Some(contradiction) = place.contradiction() {
            return Some((place.given, contradiction));
        }
        let (home, what) = home.as_ref()?;
        let Place {
            text, partition, ..
        } = place;
        // A region of a partition that is not known here seems to be a commercial one.
        let is_known = place.of_region.is_some() || Partition::is_known(home);
        (is_known && partition != home).then(|| {
            let why = format!(
                "`{text}` is in partition {partition}, but {what} is in partition {home}: \
                 credentials work in one partition only, so run an exporter for each"
            );
            (place.given, why)
        })
    })
}
