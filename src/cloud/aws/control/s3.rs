//! Objects: S3.

use aws_sdk_s3::primitives::ByteStream;

use super::super::asking::time;
use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use crate::cloud::clean;
use crate::model::{OnlyIf, Refusal, RefusalKind, Reply, Service, Stored};

const GET: Api = Api::new(Service::S3, "GetObject");

/// So much of an object is read.
const MOST: usize = 64 * 1024;

pub(super) async fn put(
    change: &Change<'_>,
    bucket: &str,
    key: &str,
    body: &str,
    only_if: &OnlyIf,
) -> Result<Reply, Refusal> {
    let bytes = ByteStream::from(body.as_bytes().to_vec());
    let call = change.aws.s3.put_object().bucket(bucket).key(key).body(bytes);
    let call = match only_if {
        OnlyIf::Always => call,
        OnlyIf::Absent => call.if_none_match("*"),
        OnlyIf::Version(version) => call.if_match(version),
    };
    let subject = format!(" of s3://{bucket}/{key}");
    let answer = change.make(&subject, call.customize().interceptor(change.witness.clone()).send()).await?;
    Ok(reply(&answer, answer.e_tag()))
}

pub(super) async fn delete(change: &Change<'_>, bucket: &str, key: &str) -> Result<Reply, Refusal> {
    let call = change.aws.s3.delete_object().bucket(bucket).key(key);
    let subject = format!(" of s3://{bucket}/{key}");
    change.done(&subject, call.customize().interceptor(change.witness.clone()).send()).await
}

/// An object; `None` where there is none.
pub(super) async fn object(look: &Look<'_>, bucket: &str, key: &str) -> Result<Option<Stored>, Refusal> {
    let subject = format!(" of s3://{bucket}/{key}");
    let call = look.site.aws.s3.get_object().bucket(bucket).key(key).send();
    let Some(mut answer) = look.find(GET, &subject, &["NoSuchKey"], call).await? else { return Ok(None) };
    let mut body = Vec::new();
    while body.len() < MOST {
        match answer.body.try_next().await {
            Ok(Some(bytes)) => body.extend_from_slice(&bytes),
            Ok(None) => break,
            Err(error) => {
                let refusal = look.what(GET, &subject).wrong(&format!("it broke off: {error}"));
                return Err(Refusal { kind: RefusalKind::Later, ..refusal });
            }
        }
    }
    body.truncate(MOST);
    Ok(Some(Stored {
        version: clean::line(answer.e_tag().unwrap_or_default()),
        body: clean::text_bytes(&body),
        at: answer.last_modified().and_then(time),
    }))
}
