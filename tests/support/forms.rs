//! How each protocol of AWS says that something is wrong: the words of the service, in the form its SDK client reads.
//!
//! The forms are those of the error parsers in the SDK's crates; the words are those of botocore's models and of the
//! services' pages on common errors.

use super::calls::Question;
use super::wire::Head;

/// What a service says instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Ask less.
    Throttle,
    /// The session token is too old.
    Expired,
    /// These credentials may not ask this.
    Denied,
    /// The signature's time is too far from the service's.
    Skewed,
}

/// A form in which AWS speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.0 (SQS, DynamoDB) or 1.1 (Logs, Cost Explorer, Budgets).
    Json(&'static str),
    /// Query, in XML (STS, SNS, RDS).
    Query,
    /// EC2's own query form.
    Ec2,
    /// XML by paths (S3, Route 53).
    RestXml,
    /// JSON by paths (Lambda).
    RestJson,
    /// CBOR (CloudWatch).
    Cbor,
}

impl Protocol {
    /// The form in which this is asked.
    pub fn of(question: &Question, head: &Head) -> Self {
        let kind = head.get("content-type").unwrap_or_default();
        match kind {
            _ if head.get("smithy-protocol") == Some("rpc-v2-cbor") => Self::Cbor,
            "application/x-amz-json-1.0" => Self::Json("application/x-amz-json-1.0"),
            "application/x-amz-json-1.1" => Self::Json("application/x-amz-json-1.1"),
            _ if question.service == "ec2" => Self::Ec2,
            _ if kind.starts_with("application/x-www-form-urlencoded") => Self::Query,
            _ if matches!(&*question.service, "s3" | "route53") => Self::RestXml,
            _ => Self::RestJson,
        }
    }

    /// The type of its bodies.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json(kind) => kind,
            Self::Query | Self::Ec2 => "text/xml",
            Self::RestXml => "application/xml",
            Self::RestJson => "application/json",
            Self::Cbor => "application/cbor",
        }
    }

    /// An error as this protocol says it: headers, and the body.
    pub fn error(self, code: &str, message: &str) -> (Vec<(String, String)>, Vec<u8>) {
        let mut headers = vec![("Content-Type".to_owned(), self.content_type().to_owned())];
        let mut header = |name: &str, value: String| headers.push((name.to_owned(), value));
        let error = format!("<Code>{code}</Code><Message>{message}</Message>");
        let body = match self {
            Self::Json(_) => {
                // SQS is asked by its old codes; the others do not look at this.
                header("x-amzn-query-error", format!("{code};Sender"));
                format!(r#"{{"__type":"com.amazonaws#{code}","message":"{message}"}}"#).into_bytes()
            }
            Self::RestJson => {
                header("x-amzn-ErrorType", format!("{code}:http://internal.amazon.com/coral/"));
                format!(r#"{{"Type":"User","message":"{message}"}}"#).into_bytes()
            }
            Self::Query => format!(
                "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r</RequestId></ErrorResponse>"
            )
            .into_bytes(),
            Self::Ec2 => {
                format!("<Response><Errors><Error>{error}</Error></Errors><RequestID>r</RequestID></Response>")
                    .into_bytes()
            }
            Self::RestXml => format!("<Error>{error}<RequestId>r</RequestId></Error>").into_bytes(),
            Self::Cbor => {
                header("smithy-protocol", "rpc-v2-cbor".to_owned());
                header("x-amzn-query-error", format!("{code};Sender"));
                let mut map = vec![0xa2];
                for text in ["__type", &format!("com.amazonaws.cloudwatch#{code}"), "message", message] {
                    cbor_text(&mut map, text);
                }
                map
            }
        };
        (headers, body)
    }
}

fn cbor_text(to: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length @ 0..=23) => to.push(0x60 | length),
        Ok(length) => to.extend([0x78, length]),
        Err(_) => panic!("a short text"),
    }
    to.extend(text.as_bytes());
}

impl Refusal {
    /// Status, code and message, as this service says it.
    pub fn words(self, service: &str) -> (u16, &'static str, &'static str) {
        let is_json = matches!(service, "logs" | "ce" | "budgets" | "dynamodb");
        match self {
            Self::Throttle => match service {
                "ec2" => (503, "RequestLimitExceeded", "Request limit exceeded."),
                "s3" => (503, "SlowDown", "Please reduce your request rate."),
                "lambda" => (429, "TooManyRequestsException", "Rate Exceeded."),
                "sqs" => (403, "RequestThrottled", "Request is throttled."),
                "ce" => (400, "LimitExceededException", "Rate exceeded"),
                _ if is_json => (400, "ThrottlingException", "Rate exceeded"),
                _ => (400, "Throttling", "Rate exceeded"),
            },
            Self::Expired => match service {
                "ec2" => (400, "RequestExpired", "Request has expired."),
                "s3" => (400, "ExpiredToken", "The provided token has expired."),
                "lambda" => (403, "ExpiredTokenException", "The security token included in the request is expired"),
                _ if is_json => (400, "ExpiredTokenException", "The security token included in the request is expired"),
                _ => (403, "ExpiredToken", "The security token included in the request is expired"),
            },
            Self::Denied => match service {
                "ec2" => (403, "UnauthorizedOperation", "You are not authorized to perform this operation."),
                "s3" | "sts" | "monitoring" => (403, "AccessDenied", "User is not authorized to perform this"),
                _ => (400, "AccessDeniedException", "User is not authorized to perform this"),
            },
            Self::Skewed => match service {
                "s3" => (403, "RequestTimeTooSkewed", "The difference between the times is too large."),
                "ec2" => (400, "RequestExpired", "Request has expired."),
                "sts" | "monitoring" => (403, "SignatureDoesNotMatch", "Signature expired: it is now earlier than"),
                _ => (403, "InvalidSignatureException", "Signature expired: it is now earlier than"),
            },
        }
    }
}
