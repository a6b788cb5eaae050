//! Instances and alarms.

use std::collections::BTreeMap;

use infradeck::model::{About, AlarmSpec, AlarmState, ControlCall, InstanceState as State, Probed, RefusalKind};

use super::{Habit, Stage, comes, done, look, refused};

async fn becomes(stage: &impl Stage, id: &str, wanted: State) {
    comes(
        stage,
        120,
        About::Instance { id: id.to_owned() },
        |found| matches!(found, Probed::Instance(Some((state, _))) if *state == wanted),
    )
    .await;
}

/// An instance that is rebooted runs, all the time as EC2 tells it.
pub(crate) async fn a_rebooted_instance_runs(stage: &impl Stage) {
    let instance = stage.names().instance.clone();
    done(stage, ControlCall::RebootInstance { instance: instance.clone() }).await;
    becomes(stage, &instance, State::Running).await;
}

/// An instance stops and starts again; to stop what is stopped, or start what runs, changes nothing.
pub(crate) async fn a_stopped_instance_starts_again(stage: &impl Stage) {
    let instance = stage.names().instance.clone();
    let start = ControlCall::StartInstance { instance: instance.clone() };
    let stop = ControlCall::StopInstance { instance: instance.clone() };
    done(stage, start.clone()).await;
    done(stage, stop.clone()).await;
    if stage.keeps(Habit::StopsSlowly) {
        let found = look(stage, About::Instance { id: instance.clone() }).await;
        assert!(matches!(found, Probed::Instance(Some((State::Stopping, _)))), "{found:?}");
        refused(stage, start.clone(), RefusalKind::Wrong).await;
    }
    becomes(stage, &instance, State::Stopped).await;
    done(stage, stop).await;
    becomes(stage, &instance, State::Stopped).await;
    done(stage, start).await;
    becomes(stage, &instance, State::Running).await;
}

/// A terminated instance is gone for good: it can be terminated again, and never started.
pub(crate) async fn a_terminated_instance_is_gone(stage: &impl Stage) {
    let instance = stage.names().instance.clone();
    let terminate = ControlCall::TerminateInstance { instance: instance.clone() };
    done(stage, terminate.clone()).await;
    becomes(stage, &instance, State::Terminated).await;
    done(stage, terminate).await;
    if stage.keeps(Habit::KnowsTheDead) {
        refused(stage, ControlCall::StartInstance { instance }, RefusalKind::Wrong).await;
    }
}

/// An instance comes up from its template; the same token never starts a second one.
pub(crate) async fn one_token_starts_one_instance(stage: &impl Stage) {
    let template = stage.names().template.clone();
    match look(stage, About::Template { name: template.clone() }).await {
        Probed::Template(Some((version, _))) => assert!(version >= 1),
        other => panic!("{other:?}"),
    }
    let run = |token: &str| ControlCall::RunInstance {
        template: template.clone(),
        token: token.to_owned(),
        tags: BTreeMap::from([("infrafabric:role".to_owned(), "agent".to_owned())]),
    };
    let first = done(stage, run("contract-1")).await.name.expect("its id");
    becomes(stage, &first, State::Running).await;
    if stage.keeps(Habit::KnowsTokens) {
        assert_eq!(done(stage, run("contract-1")).await.name.as_ref(), Some(&first));
    }
    assert_ne!(done(stage, run("contract-2")).await.name, Some(first));
}

/// An alarm that is disabled says so, and speaks again when told; each may be said twice.
pub(crate) async fn a_disabled_alarm_is_silent(stage: &impl Stage) {
    let alarm = stage.names().alarm.clone();
    for (call, silenced) in [
        (ControlCall::DisableAlarm { alarm: alarm.clone() }, true),
        (ControlCall::DisableAlarm { alarm: alarm.clone() }, true),
        (ControlCall::EnableAlarm { alarm: alarm.clone() }, false),
        (ControlCall::EnableAlarm { alarm: alarm.clone() }, false),
    ] {
        done(stage, call).await;
        comes(
            stage,
            10,
            About::Alarm { name: alarm.clone() },
            |found| matches!(found, Probed::Alarm(Some(alarm)) if alarm.silenced == silenced),
        )
        .await;
    }
}

/// An alarm that is put is there, with too little data at first, and is put again in its own place.
pub(crate) async fn a_put_alarm_is_there(stage: &impl Stage) {
    for threshold in [5.0, 7.0] {
        let alarm = AlarmSpec {
            name: "if-contract-agent-errors".to_owned(),
            description: "put by a contract test".to_owned(),
            namespace: "InfraFabric/Contract".to_owned(),
            metric: "ErrorRate".to_owned(),
            dimensions: BTreeMap::new(),
            statistic: "Maximum".to_owned(),
            period_s: 300,
            periods: 1,
            threshold,
            missing: "notBreaching".to_owned(),
            actions: vec![stage.names().topic.clone()],
        };
        done(stage, ControlCall::PutAlarm { alarm }).await;
        let about = About::Alarm { name: "if-contract-agent-errors".to_owned() };
        let found = comes(stage, 10, about, |found| matches!(found, Probed::Alarm(Some(_)))).await;
        let Probed::Alarm(Some(alarm)) = found else { panic!("{found:?}") };
        assert!(alarm.state != AlarmState::Alarm && !alarm.silenced, "{alarm:?}");
        assert_eq!(alarm.watches.as_deref(), Some("InfraFabric/Contract ErrorRate"));
    }
}
