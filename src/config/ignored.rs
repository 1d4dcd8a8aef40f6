//! Variables that begin like the exporter's and are none: said, since somebody meant something by them.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::{ROOT, Section, collectors, labels, layers, poll, web};

/// What Kubernetes sets for a service of this name, or of one that begins with it (Kubernetes, "Service",
/// "Environment variables"); in capitals, without the exporter's prefix.
static OF_KUBERNETES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$",
    )
    .expect("the pattern is a constant that the tests compile")
});

/// What the build reads; cargo hands it on to what it runs.
const OF_THE_BUILD: &str = "REVISION";

/// What has a flag and no variable: the flag, as a variable would spell it, and the flag itself.
const FLAGS: [(&str, &str); 10] = [
    ("config_file", "--config.file"),
    ("config_check", "--config.check"),
    ("log_level", "--log.level"),
    ("log_format", "--log.format"),
    ("shard", "--shard"),
    ("total_shards", "--total-shards"),
    ("aws_region", "--aws.region"),
    ("aws_regions", "--aws.region"),
    ("lambda_function", "--lambda.function"),
    ("lambda_functions", "--lambda.function"),
];

/// The sections whose keys have variables.
const SECTIONS: [(&str, &Section); 6] = [
    ("poll", &poll::SECTION),
    ("web", &web::SECTION),
    ("labels", &labels::SECTION),
    ("collectors__async_events", &collectors::COLLECTOR),
    ("collectors__destinations", &collectors::COLLECTOR),
    ("collectors__event_source_mappings", &collectors::COLLECTOR),
];

/// What to say about each variable that nobody reads, in their order.
pub(super) fn warnings(environment: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<&str> = environment
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| layers::path_of(name).is_none())
        .collect();
    names.sort_unstable();
    let warning = |name: &str| Some(format!("{name} is ignored: {}", remedy(name)?));
    names.into_iter().filter_map(warning).collect()
}

/// What to do instead; `None` for variables of others.
fn remedy(name: &str) -> Option<String> {
    let rest = layers::after_prefix(name)?;
    let upper = rest.to_ascii_uppercase();
    if OF_KUBERNETES.is_match(&upper) || upper == OF_THE_BUILD {
        return None;
    }
    let typed = rest.to_lowercase().replace(['-', '.'], "_");
    if let Some((section, known)) = SECTIONS.iter().find(|(section, _)| *section == typed) {
        let first = known.keys.first().copied().unwrap_or_default();
        return Some(format!(
            "each key has a variable of its own, such as {}",
            variable(section, first)
        ));
    }
    let nearest = meanings()
        .map(|(known, meaning)| (strsim::damerau_levenshtein(&typed, &known), known, meaning))
        .filter(|(distance, known, _)| distance * 3 <= known.len())
        .min_by_key(|(distance, ..)| *distance);
    Some(match nearest {
        Some((_, _, meaning)) => meaning,
        None => format!(
            "no key has this variable; they are called {} and {}",
            variable("SECTION", "KEY"),
            layers::variable("accounts")
        ),
    })
}

/// What a variable may be called by people who do not know the second underscore, and what they mean.
fn meanings() -> impl Iterator<Item = (String, String)> {
    let did_you_mean = |variable: &str| format!("did you mean {variable}?");
    let keys = SECTIONS.iter().flat_map(move |(section, known)| {
        known.keys.iter().flat_map(move |key| {
            let meaning = did_you_mean(&variable(section, key));
            [
                (format!("{section}_{key}"), meaning.clone()),
                ((*key).to_owned(), meaning),
            ]
        })
    });
    let flags = FLAGS.iter().map(|(typed, flag)| {
        (
            (*typed).to_owned(),
            format!("it has no variable, give {flag}"),
        )
    });
    let accounts = ROOT.keys.iter().filter(|key| **key == "accounts");
    let accounts =
        accounts.map(move |key| ((*key).to_owned(), did_you_mean(&layers::variable(key))));
    keys.chain(flags).chain(accounts)
}

fn variable(section: &str, key: &str) -> String {
    layers::variable(&format!("{section}__{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(variables: &[(&str, &str)]) -> Vec<String> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let environment: Vec<_> = variables.iter().map(owned).collect();
        warnings(&environment)
    }

    #[test]
    fn what_was_meant_is_said() {
        for (name, remedy) in [
            (
                "POLL_INTERVAL",
                "did you mean LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL?",
            ),
            (
                "poll_max_inflight",
                "did you mean LAMBDA_ASYNC_EXPORTER_POLL__MAX_IN_FLIGHT?",
            ),
            (
                "LISTEN_ADDRESS",
                "did you mean LAMBDA_ASYNC_EXPORTER_WEB__LISTEN_ADDRESS?",
            ),
            (
                "LABELS_TAGS",
                "did you mean LAMBDA_ASYNC_EXPORTER_LABELS__TAGS?",
            ),
            ("ACCOUNT", "did you mean LAMBDA_ASYNC_EXPORTER_ACCOUNTS?"),
            ("LOG_LEVEL", "it has no variable, give --log.level"),
            ("LOGLEVEL", "it has no variable, give --log.level"),
            ("SHARD", "it has no variable, give --shard"),
            ("TOTAL_SHARDS", "it has no variable, give --total-shards"),
            ("AWS_REGION", "it has no variable, give --aws.region"),
            (
                "POLL",
                "each key has a variable of its own, such as LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL",
            ),
            (
                "LABELS",
                "each key has a variable of its own, such as LAMBDA_ASYNC_EXPORTER_LABELS__TAGS",
            ),
            (
                "COLOUR",
                "no key has this variable; they are called LAMBDA_ASYNC_EXPORTER_SECTION__KEY \
                 and LAMBDA_ASYNC_EXPORTER_ACCOUNTS",
            ),
        ] {
            let name = format!("LAMBDA_ASYNC_EXPORTER_{name}");
            assert_eq!(
                said(&[(&name, "1")]),
                [format!("{name} is ignored: {remedy}")]
            );
        }
    }

    #[test]
    fn what_others_set_and_what_is_read_is_not_mentioned() {
        for name in [
            "LAMBDA_ASYNC_EXPORTER_PORT",
            "LAMBDA_ASYNC_EXPORTER_SERVICE_HOST",
            "LAMBDA_ASYNC_EXPORTER_SERVICE_PORT",
            "LAMBDA_ASYNC_EXPORTER_SERVICE_PORT_METRICS",
            "LAMBDA_ASYNC_EXPORTER_PORT_10046_TCP",
            "LAMBDA_ASYNC_EXPORTER_PORT_10046_TCP_ADDR",
            "LAMBDA_ASYNC_EXPORTER_PORT_10046_TCP_PORT",
            "LAMBDA_ASYNC_EXPORTER_PORT_10046_TCP_PROTO",
            "LAMBDA_ASYNC_EXPORTER_CANARY_SERVICE_HOST",
            "LAMBDA_ASYNC_EXPORTER_CANARY_PORT_10046_TCP",
            "LAMBDA_ASYNC_EXPORTER_REVISION",
            "LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL",
            "LAMBDA_ASYNC_EXPORTER_ACCOUNTS",
            "LAMBDA_ASYNC_EXPORTER",
            "LAMBDA_ASYNC",
            "POD_NAME",
        ] {
            assert_eq!(said(&[(name, "1")]), [""; 0], "{name}");
        }
    }
}
