//! Which tagged instances are there? EC2.

use super::asking::{Asking, locked, time};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::config::Names;
use crate::model::{AgentId, AgentKey, Instance, InstanceState, Service};
use aws_sdk_ec2::types::{Filter, Instance as Ec2Instance, InstanceStateName};

const LIST: Api = Api::new(Service::Ec2, "DescribeInstances");

/// All instances with any of the fabric's tags.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Instance>, Trouble> {
    let names = &asking.settings.names;
    let tagged = Filter::builder()
        .name("tag-key")
        .values(&names.tag_session)
        .values(&names.tag_agent)
        .values(&names.tag_role)
        .build();
    // EC2 takes 5 to 1,000.
    let page_size = asking.settings.page_size.map(|size| size.clamp(5, 1000));
    let pages = site.aws.ec2.describe_instances().filters(tagged).set_max_results(page_size).into_paginator().send();
    let mut instances = Vec::new();
    let answer = asking.pages(LIST, pages, |page| {
        let found = page.reservations().iter().flat_map(|reservation| reservation.instances());
        instances.extend(found.filter_map(|instance| read(names, instance)));
        instances.len()
    });
    answer.await?;
    let running = instances.iter().filter(|i| matches!(i.state, InstanceState::Pending | InstanceState::Running));
    *locked(&site.running) = Some(running.count());
    let ours = instances.iter().find(|instance| instance.owner.is_some());
    site.note("ec2", ours.map(|instance| (format!("instance/{}", instance.id), instance.owner.clone())));
    Ok(instances)
}

fn read(names: &Names, instance: &Ec2Instance) -> Option<Instance> {
    let tag = |key: &str| {
        let tag = instance.tags().iter().find(|tag| tag.key() == Some(key))?;
        tag.value().map(clean::line).filter(|value| !value.is_empty())
    };
    let role = tag(&names.tag_role);
    let agent = tag(&names.tag_agent).or_else(|| role.clone().filter(|role| role == AgentId::COORDINATOR));
    let owner = tag(&names.tag_session).zip(agent).map(|(session, agent)| AgentKey::new(session, agent));
    Some(Instance {
        id: clean::line(instance.instance_id()?),
        owner,
        role,
        state: state(instance)?,
        class: instance.instance_type().map(|class| clean::line(class.as_str())),
        launched: instance.launch_time().and_then(time),
    })
}

/// The state of an instance; `None` for one that is not known.
pub(super) fn state(instance: &Ec2Instance) -> Option<InstanceState> {
    Some(match instance.state()?.name()? {
        InstanceStateName::Pending => InstanceState::Pending,
        InstanceStateName::Running => InstanceState::Running,
        InstanceStateName::Stopping => InstanceState::Stopping,
        InstanceStateName::Stopped => InstanceState::Stopped,
        InstanceStateName::ShuttingDown => InstanceState::ShuttingDown,
        InstanceStateName::Terminated => InstanceState::Terminated,
        _ => return None,
    })
}
