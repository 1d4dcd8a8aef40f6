//! The recorded answers, and the comparison of an answer with one of them.
//!
//! In the recording, what differs from run to run is masked: `<uuid:1>`, `<partition>`, `"datetime"`. A mask stands
//! for one text wherever it occurs in a scenario, and two masks never for the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::client::Answer;

const RECORDING: &str = include_str!("../aws-recorded.json");

/// One scenario of the recording, while it is replayed.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    answers: Map<String, Value>,
    masks: BTreeMap<String, String>,
    pub(crate) replayed: BTreeSet<String>,
}

/// The names of all scenarios.
pub(crate) fn scenarios() -> BTreeSet<String> {
    let recording: Map<String, Value> = serde_json::from_str(RECORDING).expect("the recording");
    recording
        .into_iter()
        .filter(|(_, scenario)| scenario.is_object())
        .map(|(name, _)| name)
        .collect()
}

impl Scenario {
    /// Opens a scenario; the given masks are known from the start.
    pub(crate) fn open(name: &'static str, masks: &[(&str, &str)]) -> Self {
        let mut recording: Value = serde_json::from_str(RECORDING).expect("the recording");
        let Value::Object(answers) = recording[name]["answers"].take() else {
            panic!("{name} is not in the recording")
        };
        let fixed = [("<partition>", "aws"), ("<region>", "us-east-1")];
        let masks = fixed.iter().chain(masks);
        let masks = masks
            .map(|(mask, text)| ((*mask).to_owned(), (*text).to_owned()))
            .collect();
        Self {
            name,
            answers,
            masks,
            replayed: BTreeSet::new(),
        }
    }

    /// The recorded answers that nothing may leave out: all that only read or delete, what is not found, and every
    /// event source mapping.
    pub(crate) fn required(&self) -> BTreeSet<String> {
        if self.name.starts_with("event_source_mapping_") {
            return self.answers.keys().cloned().collect();
        }
        let prefixes = ["get_", "list_", "delete_", "version_not_found", "not_found"];
        let required = |name: &&String| prefixes.iter().any(|prefix| name.starts_with(prefix));
        self.answers.keys().filter(required).cloned().collect()
    }

    /// Asserts that an answer is the recorded one: status, error type and body.
    pub(crate) fn check(&mut self, name: &str, answer: &Answer) {
        let (place, mut recorded) = self.take(name);
        let metadata = recorded.remove("ResponseMetadata");
        // Two listings were recorded without their status.
        let status = metadata.map_or(Value::from(200), |metadata| {
            metadata["HTTPStatusCode"].clone()
        });
        let error = recorded.remove("Error");
        assert_eq!(
            Value::from(answer.status),
            status,
            "{place}: {}",
            answer.text
        );
        let code = error
            .as_ref()
            .and_then(|error| error["Code"].as_str())
            .unwrap_or_default();
        assert_eq!(answer.error_type(), code, "{place}: {}", answer.text);
        assert!(
            !answer.header("x-amzn-requestid").is_empty(),
            "{place}: no request id"
        );
        if code == "ValidationException" {
            // The recorder shows no members of an exception that the model does not know; on the wire there is a text.
            let error = error.expect("an error");
            recorded.insert("message".to_owned(), error["Message"].clone());
        }
        if answer.status == 204 {
            assert_eq!((answer.text.as_str(), recorded.len()), ("", 0), "{place}");
        } else {
            self.same(&place, &Value::Object(recorded), &answer.json());
        }
    }

    /// Asserts that a part of an answer is the body of a recorded one.
    pub(crate) fn check_body(&mut self, name: &str, answered: &Value) {
        let (place, mut recorded) = self.take(name);
        recorded.remove("ResponseMetadata");
        self.same(&place, &Value::Object(recorded), answered);
    }

    /// A recorded answer, which is replayed once, and where it stands.
    fn take(&mut self, name: &str) -> (String, Map<String, Value>) {
        let place = format!("{}: {name}", self.name);
        let first = self.replayed.insert(name.to_owned());
        assert!(first, "{place}: replayed twice");
        match self.answers.get(name) {
            Some(Value::Object(recorded)) => (place, recorded.clone()),
            _ => panic!("{place}: not in the recording"),
        }
    }

    fn same(&mut self, place: &str, recorded: &Value, answered: &Value) {
        match (recorded, answered) {
            (Value::Object(recorded), Value::Object(answered)) => {
                let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
                assert_eq!(keys(recorded), keys(answered), "{place}");
                for (key, value) in recorded {
                    self.same(&format!("{place}.{key}"), value, &answered[key]);
                }
            }
            (Value::Array(recorded), Value::Array(answered)) => {
                assert_eq!(recorded.len(), answered.len(), "{place}: {answered:?}");
                for (at, (recorded, answered)) in recorded.iter().zip(answered).enumerate() {
                    self.same(&format!("{place}[{at}]"), recorded, answered);
                }
            }
            (Value::String(mask), answered) => match (mask.as_str(), answered) {
                ("datetime", answered) => assert!(answered.is_f64(), "{place}: {answered}"),
                ("date", Value::String(date)) => assert!(is_iso(date), "{place}: {date}"),
                ("<code-size>", answered) => assert!(answered.is_u64(), "{place}: {answered}"),
                (mask, Value::String(text)) => self.same_text(place, mask, text),
                _ => panic!("{place}: recorded {mask}, answered {answered}"),
            },
            _ => assert_eq!(recorded, answered, "{place}"),
        }
    }

    /// Compares a text with its masked form, and learns what the one mask that is not known yet stands for.
    fn same_text(&mut self, place: &str, masked: &str, text: &str) {
        // The recorder masked accounts; the brackets of other masks enclose letters, digits, `-` and `:` alone.
        let mut expected = masked.replace("111111111111", crate::client::ACCOUNT);
        for (mask, meaning) in &self.masks {
            expected = expected.replace(mask, meaning);
        }
        if let Some((before, rest)) = expected.split_once('<') {
            let (mask, after) = rest.split_once('>').expect("a mask's end");
            let meaning = text
                .strip_prefix(before)
                .and_then(|text| text.strip_suffix(after));
            let meaning =
                meaning.unwrap_or_else(|| panic!("{place}: expected {expected}, got {text}"));
            assert!(!meaning.is_empty(), "{place}: nothing stands for <{mask}>");
            let other = self.masks.iter().find(|(_, known)| *known == meaning);
            assert_eq!(other, None, "{place}: <{mask}> stands for the same");
            self.masks.insert(format!("<{mask}>"), meaning.to_owned());
        } else {
            assert_eq!(text, expected, "{place}");
        }
    }
}

/// Whether a text has the form `2026-01-01T00:00:00.000+0000`.
fn is_iso(text: &str) -> bool {
    let form = "0000-00-00T00:00:00.000+0000";
    let fits = |(form, byte): (u8, u8)| {
        if form == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == form
        }
    };
    text.len() == form.len() && form.bytes().zip(text.bytes()).all(fits)
}
