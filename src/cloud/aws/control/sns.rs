//! Topics: SNS.

use super::super::asking::locked;
use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use super::{of, sts};
use crate::cloud::clean;
use crate::model::{Refusal, Reply, Service};

const ATTRIBUTES: Api = Api::new(Service::Sns, "GetTopicAttributes");

pub(super) async fn publish(change: &Change<'_>, topic: &str, body: &str) -> Result<Reply, Refusal> {
    let call = change.aws.sns.publish().topic_arn(topic).message(body);
    let call = call.customize().interceptor(change.witness.clone());
    let answer = change.make(&format!(" to {topic}"), call.send()).await?;
    Ok(reply(&answer, answer.message_id()))
}

/// The ARN of a topic; `None` where there is no such topic.
pub(super) async fn topic(look: &Look<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let arn = if name.starts_with("arn:") {
        name.to_owned()
    } else {
        // Made up rather than searched for: an account may have thousands of topics.
        let me = sts::identity(look).await?;
        *locked(&look.site.identity) = Some(me.clone());
        let partition = me.arn.split(':').nth(1).unwrap_or("aws");
        format!("arn:{partition}:sns:{}:{}:{name}", look.region, me.account)
    };
    let call = look.site.aws.sns.get_topic_attributes().topic_arn(&arn).send();
    let answer = look.find(ATTRIBUTES, &of(name), &["NotFound", "NotFoundException"], call).await?;
    Ok(answer.map(|_| clean::line(&arn)))
}
