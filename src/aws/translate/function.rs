//! Functions and their aliases.

use aws_sdk_lambda::{
    operation::{
        get_function_configuration::GetFunctionConfigurationOutput,
        list_aliases::ListAliasesOutput, list_functions::ListFunctionsOutput,
    },
    types::{AliasConfiguration, DeadLetterConfig, FunctionConfiguration, PackageType, Runtime},
};

use super::{bounded, is_in, malformed, out_of_scope, page, qualifier, qualifier_of, reference};
use crate::{
    domain::{
        Alias, CallError, Destination, Function, FunctionName, Operation, Qualifier, ScopeId,
    },
    port::{ListedFunction, Page},
};

/// The answer to `GetFunctionConfiguration`.
pub(in crate::aws) fn function(
    output: &GetFunctionConfigurationOutput,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<Function, CallError> {
    let operation = Operation::GetFunctionConfiguration;
    let qualifier = qualifier_of(operation, output.function_arn(), function, scope)?;
    Ok(describe(
        output.function_arn().unwrap_or_default(),
        qualifier.as_ref(),
        output.runtime(),
        output.package_type(),
        output.dead_letter_config(),
    ))
}

/// One page of the answer to `ListFunctions` in a scope. A function that this version cannot read is one such
/// function, and no reason to lose the others; functions of another scope are no answer.
pub(in crate::aws) fn functions(
    output: &ListFunctionsOutput,
    scope: &ScopeId,
) -> Result<Page<ListedFunction>, CallError> {
    page(
        Operation::ListFunctions,
        output.functions.as_deref(),
        output.next_marker(),
        |entry| listed(entry, scope).map(Some),
    )
}

fn listed(entry: &FunctionConfiguration, scope: &ScopeId) -> Result<ListedFunction, CallError> {
    let operation = Operation::ListFunctions;
    let Some(arn) = entry.function_arn().filter(|arn| !arn.is_empty()) else {
        return Err(malformed(operation, "it has no function ARN"));
    };
    let Ok(reference) = reference(operation, Some(arn)) else {
        return Ok(ListedFunction::Unreadable(bounded(arn)));
    };
    if !is_in(&reference, scope) {
        return Err(out_of_scope(operation));
    }
    let function = describe(
        arn,
        qualifier(&reference).as_ref(),
        entry.runtime(),
        entry.package_type(),
        entry.dead_letter_config(),
    );
    Ok(ListedFunction::Known(reference.name().clone(), function))
}

fn describe(
    arn: &str,
    qualifier: Option<&Qualifier>,
    runtime: Option<&Runtime>,
    package_type: Option<&PackageType>,
    dead_letter_config: Option<&DeadLetterConfig>,
) -> Function {
    let suffix = qualifier.map(|qualifier| format!(":{qualifier}"));
    let unqualified = arn.strip_suffix(suffix.as_deref().unwrap_or_default());
    let dead_letter_queue = dead_letter_config.and_then(DeadLetterConfig::target_arn);
    Function {
        arn: unqualified.unwrap_or(arn).into(),
        runtime: runtime.map(|runtime| runtime.as_str().into()),
        // Absent only in answers from before container images, when all were archives.
        package_type: package_type.map_or("Zip", PackageType::as_str).into(),
        dead_letter_queue: Destination::from_wire(dead_letter_queue),
    }
}

/// One page of the answer to `ListAliases`.
pub(in crate::aws) fn aliases(
    output: &ListAliasesOutput,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<Page<Alias>, CallError> {
    page(
        Operation::ListAliases,
        output.aliases.as_deref(),
        output.next_marker(),
        |entry| alias(entry, function, scope).map(Some),
    )
}

fn alias(
    entry: &AliasConfiguration,
    function: &FunctionName,
    scope: &ScopeId,
) -> Result<Alias, CallError> {
    let operation = Operation::ListAliases;
    let name = qualifier_of(operation, entry.alias_arn(), function, scope)?
        .ok_or_else(|| malformed(operation, "an alias has no name"))?;
    let weighted = entry
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    let versions = entry
        .function_version()
        .into_iter()
        .chain(
            weighted
                .into_iter()
                .flatten()
                .map(|(version, _)| version.as_str()),
        )
        .map(|version| {
            version
                .parse()
                .map_err(|_| malformed(operation, "an alias has an odd version"))
        })
        .collect::<Result<Vec<Qualifier>, _>>()?;
    if versions.is_empty() {
        return Err(malformed(operation, "an alias has no version"));
    }
    Ok(Alias { name, versions })
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::AliasRoutingConfiguration;

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    fn scope() -> ScopeId {
        ScopeId {
            account: Some("123456789012".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }
    }

    fn name() -> FunctionName {
        "f".parse().unwrap()
    }

    #[test]
    fn the_arn_of_a_function_has_no_qualifier() {
        for qualifier in ["", ":$LATEST", ":1"] {
            let output = GetFunctionConfigurationOutput::builder()
                .function_arn(format!("{ARN}{qualifier}"))
                .build();
            assert_eq!(
                function(&output, &name(), &scope()).unwrap().arn.as_ref(),
                ARN
            );
        }
    }

    #[test]
    fn a_listed_function_is_described_as_a_single_one_is() {
        let queue = "arn:aws:sqs:us-east-1:123456789012:failed";
        let dead_letters = DeadLetterConfig::builder().target_arn(queue).build();
        let entry = FunctionConfiguration::builder()
            .function_arn(ARN)
            .package_type(PackageType::Image)
            .dead_letter_config(dead_letters.clone())
            .build();
        let listing = ListFunctionsOutput::builder()
            .functions(entry)
            .next_marker("")
            .build();
        let single = GetFunctionConfigurationOutput::builder()
            .function_arn(ARN)
            .package_type(PackageType::Image)
            .dead_letter_config(dead_letters)
            .build();
        let expected = ListedFunction::Known(name(), function(&single, &name(), &scope()).unwrap());
        let page = functions(&listing, &scope()).unwrap();
        assert_eq!((page.items, page.next), (vec![expected], None));
    }

    #[test]
    fn aliases_are_those_of_the_function() {
        let alias = |arn: &str| {
            let alias = AliasConfiguration::builder().alias_arn(arn);
            alias.function_version("1").build()
        };
        let listing = |arn: &str| ListAliasesOutput::builder().aliases(alias(arn)).build();
        let page = aliases(&listing(&format!("{ARN}:BLUE")), &name(), &scope()).unwrap();
        let blue = Alias {
            name: "BLUE".parse().unwrap(),
            versions: vec!["1".parse().unwrap()],
        };
        assert_eq!(page.items, [blue]);
        for wrong in [
            ARN,
            "arn:aws:lambda:us-east-1:123456789012:function:g:BLUE",
            "",
        ] {
            assert!(
                aliases(&listing(wrong), &name(), &scope()).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_weighted_alias_has_two_versions() {
        let weights = AliasRoutingConfiguration::builder().additional_version_weights("2", 0.1);
        let entry = AliasConfiguration::builder()
            .alias_arn(format!("{ARN}:live"))
            .function_version("1")
            .routing_config(weights.build());
        let versions = alias(&entry.build(), &name(), &scope()).unwrap().versions;
        assert_eq!(versions, ["1".parse().unwrap(), "2".parse().unwrap()]);
        let without = AliasConfiguration::builder().alias_arn(format!("{ARN}:live"));
        assert!(alias(&without.build(), &name(), &scope()).is_err());
    }

    #[test]
    fn one_odd_function_spoils_no_listing() {
        let long = format!("{ARN}-{}", "n".repeat(64));
        let entry = |arn: &str| FunctionConfiguration::builder().function_arn(arn).build();
        let listing = ListFunctionsOutput::builder()
            .functions(entry(&long))
            .functions(entry("arn:aws:lambda:us-east-1:123456789012:function:a b"))
            .functions(entry(ARN));
        let items = functions(&listing.build(), &scope()).unwrap().items;
        let readable = |item: &&ListedFunction| matches!(item, ListedFunction::Known(..));
        assert_eq!((items.len(), items.iter().filter(readable).count()), (3, 1));
        assert_eq!(items[0], ListedFunction::Unreadable(long));
    }

    #[test]
    fn functions_of_another_scope_are_no_answer() {
        for arn in [
            "arn:aws:lambda:us-east-1:999999999999:function:f",
            "arn:aws:lambda:eu-west-1:123456789012:function:f",
        ] {
            let entry = FunctionConfiguration::builder().function_arn(arn).build();
            let listing = ListFunctionsOutput::builder().functions(entry).build();
            assert!(functions(&listing, &scope()).is_err(), "{arn}");
            let single = GetFunctionConfigurationOutput::builder()
                .function_arn(arn)
                .build();
            assert!(function(&single, &name(), &scope()).is_err(), "{arn}");
        }
    }

    #[test]
    fn a_page_that_is_not_whole_is_not_believed() {
        let nameless = FunctionConfiguration::builder().build();
        for listing in [
            ListFunctionsOutput::builder().build(),
            ListFunctionsOutput::builder().functions(nameless).build(),
        ] {
            assert!(functions(&listing, &scope()).is_err());
        }
        let nothing = ListFunctionsOutput::builder().set_functions(Some(vec![]));
        assert!(
            functions(&nothing.build(), &scope())
                .unwrap()
                .items
                .is_empty()
        );
        assert!(aliases(&ListAliasesOutput::builder().build(), &name(), &scope()).is_err());
        assert!(
            function(
                &GetFunctionConfigurationOutput::builder().build(),
                &name(),
                &scope()
            )
            .is_err()
        );
    }
}
