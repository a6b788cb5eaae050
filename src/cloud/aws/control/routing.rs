//! Routing controls: Application Recovery Controller. A cluster has five endpoints, each in a region of its own, so that
//! one of them answers whatever else is out: each is tried in turn, shortly and once, and then all of them once more.

use std::time::Duration;

use aws_config::Region;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_route53recoverycluster::config::{Builder, Config};
use aws_sdk_route53recoverycluster::types::{RoutingControlState as State, UpdateRoutingControlStateEntry as Entry};

use super::super::trouble::Api;
use super::hand::{Change, Hands, Look};
use crate::cloud::clean;
use crate::model::{Refusal, RefusalKind, RegionId, Reply, RoutingControl, Service};

const STATE: Api = Api::new(Service::RoutingControl, "GetRoutingControlState");

/// How often the endpoints are gone through, and how long after the first time.
const ROUNDS: usize = 2;
const BETWEEN_ROUNDS: Duration = Duration::from_secs(1);

const CONNECT: Duration = Duration::from_secs(2);
const TRY: Duration = Duration::from_secs(5);

/// What the configuration lacks.
const NO_ENDPOINTS: &str = "no endpoint of the cluster is configured: set `cluster_endpoints`";

pub(super) async fn set(
    change: &Change<'_>,
    hands: &Hands,
    states: &[RoutingControl],
    endpoints: &[String],
) -> Result<Reply, Refusal> {
    let entry = |state: &RoutingControl| {
        let word = if state.on { State::On } else { State::Off };
        Entry::builder().routing_control_arn(&state.arn).routing_control_state(word).build()
    };
    let entries: Result<Vec<Entry>, _> = states.iter().map(entry).collect();
    let entries = entries.map_err(|error| change.wrong("", &error.to_string()))?;
    let mut last = change.wrong("", NO_ENDPOINTS);
    for (n, endpoint) in turns(endpoints) {
        pause_before(n, endpoints).await;
        // Setting them twice does no more than once, so an endpoint that did not answer is no reason not to ask the next.
        let call = hands.once.routing.update_routing_control_states();
        let call = call.set_update_routing_control_state_entries(Some(entries.clone())).customize();
        let call = call.config_override(at(endpoint, change.look.region)).interceptor(change.witness.clone());
        match change.done(&format!(" at {endpoint}"), call.send()).await {
            Err(refusal) if is_next_turn(&refusal) => last = refusal,
            answer => return answer,
        }
    }
    Err(last)
}

/// The state of each routing control that the cluster knows.
pub(super) async fn states(
    look: &Look<'_>,
    arns: &[String],
    endpoints: &[String],
) -> Result<Vec<RoutingControl>, Refusal> {
    let mut states = Vec::new();
    // The endpoint that answered for one answers for the next.
    let mut endpoints = endpoints.to_vec();
    for arn in arns {
        let (answered, state) = state(look, arn, &endpoints).await?;
        endpoints.rotate_left(answered);
        states.extend(state);
    }
    Ok(states)
}

/// A routing control, if the cluster knows it, and the number of the endpoint that said so.
async fn state(look: &Look<'_>, arn: &str, endpoints: &[String]) -> Result<(usize, Option<RoutingControl>), Refusal> {
    let mut last = look.what(STATE, "").wrong(NO_ENDPOINTS);
    for (n, endpoint) in turns(endpoints) {
        pause_before(n, endpoints).await;
        let call = look.site.aws.routing.get_routing_control_state().routing_control_arn(arn).customize();
        let call = call.config_override(at(endpoint, look.region)).send();
        match look.find(STATE, &format!(" at {endpoint}"), &["ResourceNotFoundException"], call).await {
            Ok(answer) => {
                let known = answer.map(|answer| RoutingControl {
                    arn: clean::line(answer.routing_control_arn()),
                    on: *answer.routing_control_state() == State::On,
                });
                return Ok((n % endpoints.len(), known));
            }
            Err(refusal) if is_next_turn(&refusal) => last = refusal,
            Err(refusal) => return Err(refusal),
        }
    }
    Err(last)
}

fn turns(endpoints: &[String]) -> impl Iterator<Item = (usize, &String)> {
    endpoints.iter().cycle().enumerate().take(endpoints.len() * ROUNDS)
}

async fn pause_before(turn: usize, endpoints: &[String]) {
    if turn > 0 && turn.is_multiple_of(endpoints.len()) {
        tokio::time::sleep(BETWEEN_ROUNDS).await;
    }
}

/// Whether another endpoint may answer better: this one cannot now, or did not.
fn is_next_turn(refusal: &Refusal) -> bool {
    matches!(refusal.kind, RefusalKind::Later | RefusalKind::Unknown)
}

/// A call is signed for the region of its endpoint.
fn at(endpoint: &str, otherwise: &RegionId) -> Builder {
    let region = region_of(endpoint).unwrap_or(otherwise.as_str()).to_owned();
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(TRY).build();
    Config::builder()
        .endpoint_url(endpoint)
        .region(Region::new(region))
        .timeout_config(timeouts)
        .retry_config(aws_config::retry::RetryConfig::disabled())
}

/// The region in the name of an endpoint's host, as in `https://x.route53-recovery-cluster.eu-west-1.amazonaws.com/v1`.
fn region_of(endpoint: &str) -> Option<&str> {
    let host = endpoint.split("://").nth(1)?.split(['/', ':']).next()?;
    host.split('.').find(|label| {
        let parts: Vec<&str> = label.split('-').collect();
        let [continent, .., number] = parts[..] else { return false };
        parts.len() > 2
            && continent.len() == 2
            && parts.iter().all(|part| !part.is_empty())
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_stands_in_the_name_of_the_endpoint() {
        let of = |region: &str| format!("https://0a1b.route53-recovery-cluster.{region}.amazonaws.com/v1");
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eu-central-1"] {
            assert_eq!(region_of(&of(region)), Some(region));
        }
        for endpoint in ["http://127.0.0.1:4566", "https://route53-recovery-cluster.example", "nothing", ""] {
            assert_eq!(region_of(endpoint), None, "{endpoint}");
        }
    }
}
