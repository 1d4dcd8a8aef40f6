//! Functions and their aliases.

use aws_sdk_lambda::{
    operation::{
        get_function_configuration::GetFunctionConfigurationOutput,
        list_aliases::ListAliasesOutput, list_functions::ListFunctionsOutput,
    },
    types::{DeadLetterConfig, FunctionConfiguration, PackageType, Runtime},
};

use super::{malformed, page, qualifier, qualifier_of, reference};
use crate::{
    domain::{CallError, Operation},
    domain::{Destination, Function, FunctionName, Qualifier},
    port::Page,
};

/// The answer to `GetFunctionConfiguration`.
pub(in crate::aws) fn function(
    output: &GetFunctionConfigurationOutput,
    function: &FunctionName,
) -> Result<Function, CallError> {
    let operation = Operation::GetFunctionConfiguration;
    let qualifier = qualifier_of(operation, output.function_arn(), function)?;
    Ok(describe(
        output.function_arn().unwrap_or_default(),
        qualifier.as_ref(),
        output.runtime(),
        output.package_type(),
        output.dead_letter_config(),
    ))
}

/// One page of the answer to `ListFunctions`.
pub(in crate::aws) fn functions(
    output: &ListFunctionsOutput,
) -> Result<Page<(FunctionName, Function)>, CallError> {
    page(
        Operation::ListFunctions,
        output.functions.as_deref(),
        output.next_marker(),
        |entry| listed(entry).map(Some),
    )
}

fn listed(entry: &FunctionConfiguration) -> Result<(FunctionName, Function), CallError> {
    let reference = reference(Operation::ListFunctions, entry.function_arn())?;
    let function = describe(
        entry.function_arn().unwrap_or_default(),
        qualifier(&reference).as_ref(),
        entry.runtime(),
        entry.package_type(),
        entry.dead_letter_config(),
    );
    Ok((reference.name().clone(), function))
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
) -> Result<Page<Qualifier>, CallError> {
    let operation = Operation::ListAliases;
    page(
        operation,
        output.aliases.as_deref(),
        output.next_marker(),
        |alias| {
            let qualifier = qualifier_of(operation, alias.alias_arn(), function)?;
            let named = qualifier.ok_or_else(|| malformed(operation, "an alias has no name"))?;
            Ok(Some(named))
        },
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::AliasConfiguration;

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    fn name() -> FunctionName {
        "f".parse().unwrap()
    }

    #[test]
    fn the_arn_of_a_function_has_no_qualifier() {
        for qualifier in ["", ":$LATEST", ":1"] {
            let output = GetFunctionConfigurationOutput::builder()
                .function_arn(format!("{ARN}{qualifier}"))
                .build();
            assert_eq!(function(&output, &name()).unwrap().arn.as_ref(), ARN);
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
        let expected = (name(), function(&single, &name()).unwrap());
        let page = functions(&listing).unwrap();
        assert_eq!((page.items, page.next), (vec![expected], None));
    }

    #[test]
    fn aliases_are_those_of_the_function() {
        let alias = |arn: &str| AliasConfiguration::builder().alias_arn(arn).build();
        let listing = |arn: &str| ListAliasesOutput::builder().aliases(alias(arn)).build();
        let page = aliases(&listing(&format!("{ARN}:BLUE")), &name()).unwrap();
        assert_eq!(page.items, ["BLUE".parse().unwrap()]);
        for wrong in [
            ARN,
            "arn:aws:lambda:us-east-1:123456789012:function:g:BLUE",
            "",
        ] {
            assert!(aliases(&listing(wrong), &name()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_that_is_not_whole_is_not_believed() {
        let nameless = FunctionConfiguration::builder().build();
        for listing in [
            ListFunctionsOutput::builder().build(),
            ListFunctionsOutput::builder().functions(nameless).build(),
        ] {
            assert!(functions(&listing).is_err());
        }
        let nothing = ListFunctionsOutput::builder().set_functions(Some(vec![]));
        assert!(functions(&nothing.build()).unwrap().items.is_empty());
        assert!(aliases(&ListAliasesOutput::builder().build(), &name()).is_err());
        assert!(function(&GetFunctionConfigurationOutput::builder().build(), &name()).is_err());
    }
}
