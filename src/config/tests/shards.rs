//! Which shard this is, by flags or by the pod's name.

use super::*;

fn flags(shard: Option<&str>, total: Option<&str>) -> Arguments {
    Arguments {
        shard: shard.map(str::to_owned),
        total_shards: total.map(str::to_owned),
        ..Arguments::default()
    }
}

#[test]
fn flags_decide_before_the_pods_name() {
    for (shard, total, pod_name, expected) in [
        (None, None, None, (0, 1)),
        (None, Some("3"), None, (0, 3)),
        (None, Some("3"), Some(""), (0, 3)),
        (Some("2"), Some("3"), None, (2, 3)),
        (Some("1"), Some("3"), Some("exporter-2"), (1, 3)),
        (Some("1"), Some("3"), Some("exporter-7d9f-x2x"), (1, 3)),
        (None, Some("3"), Some("lambda-async-exporter-2"), (2, 3)),
        (None, Some("12"), Some("x-10"), (10, 12)),
        // One shard is the whole, whatever the pod is called.
        (None, None, Some("exporter-2"), (0, 1)),
        (None, Some("1"), Some("exporter-7d9f-x2x"), (0, 1)),
    ] {
        let pod_name: Vec<_> = pod_name
            .map(|name| ("POD_NAME", name))
            .into_iter()
            .collect();
        let config = load("", &pod_name, &flags(shard, total)).unwrap();
        let actual = (config.shard.index(), config.shard.total());
        assert_eq!(actual, expected, "{shard:?} {total:?} {pod_name:?}");
    }
}

#[test]
fn a_shard_that_is_none_is_a_problem() {
    for (shard, total, message) in [
        (
            Some("3"),
            Some("3"),
            "--shard: 3 is not below --total-shards (3); shards count from 0",
        ),
        (
            Some("1"),
            None,
            "--shard: 1 is not below --total-shards (1, the default); shards count from 0",
        ),
        (
            None,
            Some("0"),
            "--total-shards: `0` is not a whole number from 1 to 4294967295",
        ),
        (
            Some("one"),
            Some("4294967296"),
            "--total-shards: `4294967296` is not a whole number from 1 to 4294967295\n\
             --shard: `one` is not a whole number from 0 to 4294967295",
        ),
        (
            Some("-1"),
            Some("2"),
            "--shard: `-1` is not a whole number from 0 to 4294967295",
        ),
    ] {
        assert_eq!(problems("", &[], &flags(shard, total)), message);
    }
}

#[test]
fn a_pod_that_is_no_shard_is_a_problem() {
    for (pod_name, message) in [
        (
            "exporter-7d9f4c-x2x4b",
            "POD_NAME: `exporter-7d9f4c-x2x4b` has no number after a last `-`, as the pods of a \
             StatefulSet have: run as a StatefulSet, or give --shard",
        ),
        (
            "3",
            "POD_NAME: `3` has no number after a last `-`, as the pods of a StatefulSet have: \
             run as a StatefulSet, or give --shard",
        ),
        (
            "exporter-+1",
            "POD_NAME: `exporter-+1` has no number after a last `-`, as the pods of a StatefulSet \
             have: run as a StatefulSet, or give --shard",
        ),
        (
            "exporter-",
            "POD_NAME: `exporter-` has no number after a last `-`, as the pods of a StatefulSet \
             have: run as a StatefulSet, or give --shard",
        ),
        (
            "exporter-3",
            "POD_NAME: `exporter-3` would be shard 3, but --total-shards is 3 and shards count \
             from 0: the StatefulSet has more replicas than --total-shards; make them equal",
        ),
        (
            "exporter-4294967296",
            "POD_NAME: `exporter-4294967296` would be shard 4294967296, but --total-shards is 3 \
             and shards count from 0: the StatefulSet has more replicas than --total-shards; \
             make them equal",
        ),
    ] {
        let arguments = flags(None, Some("3"));
        assert_eq!(problems("", &[("POD_NAME", pod_name)], &arguments), message);
    }
}

#[test]
fn they_are_reported_with_the_other_problems() {
    assert_eq!(
        problems("poll: {interval: 300}", &[], &flags(Some("2"), Some("2"))),
        "config.yaml:1:18: poll.interval: `300` has no unit: write it with a unit, such as 300s\n\
         --shard: 2 is not below --total-shards (2); shards count from 0"
    );
}
