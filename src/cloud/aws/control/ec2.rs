//! Instances: EC2.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{LaunchTemplateSpecification, ResourceType, Tag, TagSpecification};

use super::super::instances;
use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use super::of;
use crate::cloud::clean;
use crate::model::{InstanceState, Refusal, Reply, Service};

const INSTANCES: Api = Api::new(Service::Ec2, "DescribeInstances");
const TEMPLATES: Api = Api::new(Service::Ec2, "DescribeLaunchTemplates");
const VERSIONS: Api = Api::new(Service::Ec2, "DescribeLaunchTemplateVersions");

pub(super) async fn reboot(change: &Change<'_>, instance: &str) -> Result<Reply, Refusal> {
    let call = change.aws.ec2.reboot_instances().instance_ids(instance);
    change.done(&of(instance), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn start(change: &Change<'_>, instance: &str) -> Result<Reply, Refusal> {
    let call = change.aws.ec2.start_instances().instance_ids(instance);
    change.done(&of(instance), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn stop(change: &Change<'_>, instance: &str) -> Result<Reply, Refusal> {
    let call = change.aws.ec2.stop_instances().instance_ids(instance);
    change.done(&of(instance), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn terminate(change: &Change<'_>, instance: &str) -> Result<Reply, Refusal> {
    let call = change.aws.ec2.terminate_instances().instance_ids(instance);
    change.done(&of(instance), call.customize().interceptor(change.witness.clone()).send()).await
}

/// Starts one instance. EC2 knows the token again, so that no second one comes of a second try.
pub(super) async fn run(
    change: &Change<'_>,
    template: &str,
    token: &str,
    tags: &BTreeMap<String, String>,
) -> Result<Reply, Refusal> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let tags: Vec<Tag> = tags.iter().map(tag).collect();
    // EC2 takes no list of tags that is empty.
    let tags = (!tags.is_empty())
        .then(|| vec![TagSpecification::builder().resource_type(ResourceType::Instance).set_tags(Some(tags)).build()]);
    let call = change
        .aws
        .ec2
        .run_instances()
        .launch_template(LaunchTemplateSpecification::builder().launch_template_name(template).build())
        .client_token(token)
        .set_tag_specifications(tags)
        .min_count(1)
        .max_count(1);
    let call = call.customize().interceptor(change.witness.clone());
    let answer = change.make(&format!(" from {template}"), call.send()).await?;
    Ok(reply(&answer, answer.instances().first().and_then(|instance| instance.instance_id())))
}

/// State and class of an instance; `None` where there is no such instance.
pub(super) async fn instance(look: &Look<'_>, id: &str) -> Result<Option<(InstanceState, Option<String>)>, Refusal> {
    let call = look.site.aws.ec2.describe_instances().instance_ids(id);
    let answer = look.find(INSTANCES, &of(id), &["InvalidInstanceID.NotFound"], call.send()).await?;
    let found = answer.and_then(|answer| answer.reservations?.into_iter().filter_map(|r| r.instances).flatten().next());
    Ok(found.and_then(|instance| {
        let class = instance.instance_type().map(|class| clean::line(class.as_str()));
        Some((instances::state(&instance)?, class))
    }))
}

/// The newest version of a launch template, and the type of instance that its default version starts; `None` where there
/// is no such template.
pub(super) async fn template(look: &Look<'_>, name: &str) -> Result<Option<(u64, Option<String>)>, Refusal> {
    const MISSING: &[&str] = &[
        "InvalidLaunchTemplateName.NotFoundException",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateName.NotFound",
    ];
    let ec2 = &look.site.aws.ec2;
    let call = ec2.describe_launch_templates().launch_template_names(name);
    let answer = look.find(TEMPLATES, &of(name), MISSING, call.send()).await?;
    let Some(template) = answer.as_ref().and_then(|answer| answer.launch_templates().first()) else { return Ok(None) };
    let newest = template.latest_version_number().and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    let call = ec2.describe_launch_template_versions().launch_template_name(name).versions("$Default");
    let answer = look.ask(VERSIONS, &of(name), call.send()).await?;
    let data = answer.launch_template_versions().first().and_then(|version| version.launch_template_data());
    let class = data.and_then(|data| data.instance_type()).map(|class| clean::line(class.as_str()));
    Ok(Some((newest, class)))
}
