//! The tags of functions.

use aws_sdk_resourcegroupstagging::{
    operation::get_resources::GetResourcesOutput, types::ResourceTagMapping,
};

use super::{malformed, page, reference};
use crate::{
    domain::{CallError, FunctionName, Operation, ScopeId, Selector, Tags},
    port::Page,
};

const OPERATION: Operation = Operation::GetResources;

/// One page of the answer to `GetResources`; what is not a function of the scope is left out.
pub(in crate::aws) fn tags(
    output: &GetResourcesOutput,
    scope: &ScopeId,
) -> Result<Page<(FunctionName, Tags)>, CallError> {
    page(
        OPERATION,
        output.resource_tag_mapping_list.as_deref(),
        output.pagination_token(),
        |entry| tagged(entry, scope),
    )
}

fn tagged(
    entry: &ResourceTagMapping,
    scope: &ScopeId,
) -> Result<Option<(FunctionName, Tags)>, CallError> {
    let reference = reference(OPERATION, entry.resource_arn())?;
    let elsewhere = reference.region() != Some(&scope.region)
        || (scope.account.is_some() && reference.account() != scope.account);
    if elsewhere || *reference.selector() != Selector::Unqualified {
        return Ok(None);
    }
    // Through the field: a function that was tagged once has an empty list.
    let Some(tags) = &entry.tags else {
        return Err(malformed(OPERATION, "a function has no list of tags"));
    };
    let tags = tags
        .iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    Ok(Some((reference.name().clone(), tags)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_resourcegroupstagging::types::Tag;

    use super::*;

    fn scope() -> ScopeId {
        ScopeId {
            account: Some("123456789012".parse().unwrap()),
            region: "us-east-1".parse().unwrap(),
        }
    }

    fn answer(arn: &str, tags: Option<Vec<Tag>>) -> GetResourcesOutput {
        let mapping = ResourceTagMapping::builder()
            .resource_arn(arn)
            .set_tags(tags)
            .build();
        GetResourcesOutput::builder()
            .resource_tag_mapping_list(mapping)
            .pagination_token("")
            .build()
    }

    #[test]
    fn functions_of_the_scope_and_their_tags() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let team = Tag::builder()
            .key("team")
            .value("payments")
            .build()
            .unwrap();
        let page = tags(&answer(arn, Some(vec![team])), &scope()).unwrap();
        let expected = Tags::from([("team".to_owned(), "payments".to_owned())]);
        assert_eq!(page.items, [("f".parse().unwrap(), expected)]);
        assert_eq!(page.next, None);
    }

    #[test]
    fn what_is_elsewhere_or_qualified_is_left_out() {
        for arn in [
            "arn:aws:lambda:us-east-2:123456789012:function:f",
            "arn:aws:lambda:us-east-1:999999999999:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:BLUE",
        ] {
            let page = tags(&answer(arn, Some(vec![])), &scope()).unwrap();
            assert!(page.items.is_empty(), "{arn}");
        }
    }

    #[test]
    fn a_page_that_is_not_whole_is_not_believed() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for answer in [
            GetResourcesOutput::builder().build(),
            answer(arn, None),
            answer("", Some(vec![])),
        ] {
            assert!(tags(&answer, &scope()).is_err());
        }
    }
}
