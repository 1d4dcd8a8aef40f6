//! The keys of a section, and what to say about those that are not among them.

/// What may stand in one mapping.
pub(super) struct Section {
    /// The keys that have a meaning.
    pub(super) keys: &'static [&'static str],
}

/// The sections themselves.
pub(super) const ROOT: Section = Section {
    keys: &["poll", "web", "accounts", "labels"],
};

impl Section {
    /// Whether the key has a meaning.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    /// What to say about a key without a meaning.
    pub(super) fn refuse(&self, key: &str) -> String {
        match self.nearest(key) {
            Some(nearest) => format!("unknown key `{key}`, did you mean `{nearest}`?"),
            None => format!("unknown key `{key}`; known here: {}", self.keys.join(", ")),
        }
    }

    /// The key that was probably meant: at most a third of its characters are different.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let typed = key.to_lowercase().replace('-', "_");
        self.keys
            .iter()
            .map(|known| (strsim::damerau_levenshtein(&typed, known), *known))
            .filter(|(distance, known)| distance * 3 <= known.len())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: Section = Section {
        keys: &["interval", "max_in_flight"],
    };

    #[test]
    fn a_slip_is_told_from_an_invention() {
        for (typed, meant) in [
            ("intervall", Some("interval")),
            ("intreval", Some("interval")),
            ("Interval", Some("interval")),
            ("max-in-flight", Some("max_in_flight")),
            ("maxInFlight", Some("max_in_flight")),
            ("internal_only", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(SECTION.nearest(typed), meant, "{typed}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        assert_eq!(
            SECTION.refuse("intervall"),
            "unknown key `intervall`, did you mean `interval`?"
        );
        assert_eq!(
            SECTION.refuse("speed"),
            "unknown key `speed`; known here: interval, max_in_flight"
        );
    }
}
