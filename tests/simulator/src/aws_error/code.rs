//! The reasons to refuse, and the status and name that each service has for them.

use crate::operation::Service;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    AccessDenied,
    ExpiredToken,
    InvalidParameterValue,
    InvalidSignature,
    MissingAuthenticationToken,
    NotInOrganization,
    ParentNotFound,
    ResourceConflict,
    ResourceNotFound,
    Service,
    Throttling,
    TooManyRequests,
    UnknownOperation,
    UnrecognizedClient,
    Validation,
}

impl Code {
    /// The status and name as a service has them.
    pub(super) const fn of(self, service: Service) -> (u16, &'static str) {
        match service {
            Service::Lambda => self.of_lambda(),
            Service::Tagging => self.of_tagging(),
            Service::Sts => self.of_sts(),
            Service::Organizations => self.of_organizations(),
            Service::Account => self.of_account(),
            Service::CloudWatch => self.of_cloudwatch(),
            Service::Sqs => self.of_sqs(),
            Service::Sns => self.of_sns(),
            Service::EventBridge => self.of_event_bridge(),
            Service::S3 => self.of_s3(),
        }
    }

    const fn of_lambda(self) -> (u16, &'static str) {
        match self {
            Self::AccessDenied => (403, "AccessDeniedException"),
            Self::ExpiredToken => (403, "ExpiredTokenException"),
            Self::InvalidParameterValue => (400, "InvalidParameterValueException"),
            Self::InvalidSignature => (403, "InvalidSignatureException"),
            Self::MissingAuthenticationToken => (403, "MissingAuthenticationTokenException"),
            Self::NotInOrganization => (400, "AWSOrganizationsNotInUseException"),
            Self::ParentNotFound => (400, "ParentNotFoundException"),
            Self::ResourceConflict => (409, "ResourceConflictException"),
            Self::ResourceNotFound => (404, "ResourceNotFoundException"),
            Self::Service => (500, "ServiceException"),
            Self::Throttling => (400, "ThrottlingException"),
            Self::TooManyRequests => (429, "TooManyRequestsException"),
            Self::UnknownOperation => (404, "UnknownOperationException"),
            Self::UnrecognizedClient => (403, "UnrecognizedClientException"),
            Self::Validation => (400, "ValidationException"),
        }
    }

    /// The tagging API throttles and breaks under names of its own, and refuses everything with 400.
    const fn of_tagging(self) -> (u16, &'static str) {
        match self {
            Self::InvalidParameterValue => (400, "InvalidParameterException"),
            Self::TooManyRequests => (400, "ThrottledException"),
            Self::Service => (500, "InternalServiceException"),
            other => (400, other.of_lambda().1),
        }
    }

    /// The query protocol's names carry no `Exception`.
    const fn of_sts(self) -> (u16, &'static str) {
        match self {
            Self::AccessDenied => (403, "AccessDenied"),
            Self::ExpiredToken => (403, "ExpiredToken"),
            Self::InvalidSignature => (403, "SignatureDoesNotMatch"),
            Self::MissingAuthenticationToken => (403, "MissingAuthenticationToken"),
            Self::Service => (500, "InternalFailure"),
            Self::Throttling | Self::TooManyRequests => (400, "Throttling"),
            Self::UnknownOperation => (400, "InvalidAction"),
            Self::UnrecognizedClient => (403, "InvalidClientTokenId"),
            Self::InvalidParameterValue
            | Self::NotInOrganization
            | Self::ParentNotFound
            | Self::ResourceConflict
            | Self::ResourceNotFound
            | Self::Validation => (400, "ValidationError"),
        }
    }

    /// Organizations refuses everything with 400 too.
    const fn of_organizations(self) -> (u16, &'static str) {
        match self {
            Self::InvalidParameterValue | Self::Validation => (400, "InvalidInputException"),
            Self::Service => (500, "ServiceException"),
            other => (400, other.of_lambda().1),
        }
    }

    /// The query protocol's, but for what `CloudWatch` itself refuses.
    const fn of_cloudwatch(self) -> (u16, &'static str) {
        match self {
            Self::InvalidParameterValue | Self::Validation => (400, "InvalidParameterValue"),
            Self::Service => (500, "InternalServiceError"),
            other => other.of_sts(),
        }
    }

    const fn of_sqs(self) -> (u16, &'static str) {
        match self {
            Self::ResourceNotFound => (400, "QueueDoesNotExist"),
            Self::InvalidParameterValue => (400, "InvalidAddress"),
            Self::Throttling | Self::TooManyRequests => (400, "RequestThrottled"),
            Self::Service => (500, "InternalFailure"),
            other => other.of_lambda(),
        }
    }

    /// The query protocol's, but for what SNS itself refuses.
    const fn of_sns(self) -> (u16, &'static str) {
        match self {
            Self::AccessDenied => (403, "AuthorizationError"),
            Self::ResourceNotFound => (404, "NotFound"),
            Self::InvalidParameterValue | Self::Validation => (400, "InvalidParameter"),
            Self::Service => (500, "InternalError"),
            other => other.of_sts(),
        }
    }

    /// `EventBridge` refuses everything with 400 too.
    const fn of_event_bridge(self) -> (u16, &'static str) {
        match self {
            Self::TooManyRequests => (400, "ThrottlingException"),
            Self::Service => (500, "InternalException"),
            other => (400, other.of_lambda().1),
        }
    }

    /// The names do not reach who asked with HEAD.
    const fn of_s3(self) -> (u16, &'static str) {
        match self {
            Self::ExpiredToken => (400, "ExpiredToken"),
            Self::Throttling | Self::TooManyRequests => (503, "SlowDown"),
            Self::Service => (500, "InternalError"),
            other => other.of_lambda(),
        }
    }

    const fn of_account(self) -> (u16, &'static str) {
        match self {
            Self::InvalidParameterValue => (400, "ValidationException"),
            Self::Service => (500, "InternalServerException"),
            other => other.of_lambda(),
        }
    }
}
