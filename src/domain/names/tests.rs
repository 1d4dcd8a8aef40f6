use super::*;

#[test]
fn twelve_digits_and_nothing_else() {
    let id: AccountId = "012345678901".parse().unwrap();
    assert_eq!(id.to_string(), "012345678901");
    for wrong in [
        "",
        "12345678901",
        "1234567890123",
        "12345678901x",
        "１２３４",
    ] {
        assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
    }
}

#[test]
fn every_kind_of_region_parses() {
    for region in [
        "us-east-1",
        "ap-southeast-4",
        "us-gov-west-1",
        "us-iso-east-1",
        "us-isob-east-1",
        "cn-north-1",
        "eusc-de-east-1",
    ] {
        assert_eq!(region.parse::<Region>().unwrap().as_str(), region);
    }
}

#[test]
fn other_texts_do_not() {
    for wrong in [
        "",
        "us-east",
        "useast1",
        "us-east-1a",
        "US-EAST-1",
        "us-east-10",
        "all",
    ] {
        assert!(wrong.parse::<Region>().is_err(), "{wrong}");
    }
}

#[test]
fn the_limits_are_those_of_aws() {
    let longest = "a".repeat(64);
    assert_eq!(longest.parse::<FunctionName>().unwrap().as_str(), longest);
    assert_eq!(
        "a".repeat(65).parse::<FunctionName>(),
        Err(InvalidFunctionName::TooLong {
            name: "a".repeat(65),
            length: 65
        })
    );
    assert_eq!("".parse::<FunctionName>(), Err(InvalidFunctionName::Empty));
    assert_eq!(
        "my function"
            .parse::<FunctionName>()
            .unwrap_err()
            .to_string(),
        "function name `my function` has the character ' '; \
         AWS accepts letters, digits, `-`, `_` and `.`"
    );
}

#[test]
fn versions_aliases_and_latest() {
    let longest = "v".repeat(128);
    for text in [
        "1",
        "BLUE",
        "$LATEST",
        "$LATEST.PUBLISHED",
        "a-b_c",
        "0",
        &longest,
    ] {
        assert_eq!(text.parse::<Qualifier>().unwrap().as_str(), text);
    }
    assert!("$LATEST".parse::<Qualifier>().unwrap().is_latest());
}

#[test]
fn other_texts_are_refused() {
    assert_eq!("".parse::<Qualifier>(), Err(InvalidQualifier::Empty));
    assert!(matches!(
        "v".repeat(129).parse::<Qualifier>(),
        Err(InvalidQualifier::TooLong { length: 129, .. })
    ));
    for wrong in ["a.b", "a b", "*", "$LATEST.published", "é"] {
        assert!(
            matches!(
                wrong.parse::<Qualifier>(),
                Err(InvalidQualifier::Character { .. })
            ),
            "{wrong}"
        );
    }
}

#[test]
fn latest_comes_first() {
    let mut all: Vec<Qualifier> = ["BLUE", "1", "$LATEST", "-"]
        .iter()
        .map(|q| q.parse().unwrap())
        .collect();
    all.sort();
    assert!(all[0].is_latest());
}
