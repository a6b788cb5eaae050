//! The table holds what the plans take, and what the cloud asks.

use std::collections::BTreeSet;
use std::path::Path;

use super::{TABLE, of, ways};
use crate::action::planner::stage::{EAST, Stage, WEST, failover, key, queue_key, refusal};
use crate::action::{Act, Draft, Order, Plan, Undo};
use crate::config::Method;
use crate::model::{
    About, AgentKey, Database, HealthCheck, Kind, Move, OPERATIONS, OrderKind, Probe, Probed, Question, RefusalKind,
    Service, Stored,
};

#[test]
fn every_kind_has_its_line() {
    let table: Vec<_> = TABLE.iter().map(|line| line.kind).collect();
    let all: Vec<_> = OrderKind::ALL.iter().map(|line| line.0).collect();
    assert_eq!(table, all);
}

/// Orders of every kind, in all the ways in which they can be planned, and the stage for each.
fn orders() -> Vec<(Stage, Order)> {
    let agents = || ["navidocs/h03", "navidocs/h04", "wiki/q01", "wiki/q02", "wiki/e01", "wiki/e02"].map(key).to_vec();
    let dlq = || queue_key("if-navidocs-h04-dlq");
    let queue = || queue_key("if-navidocs-h04");
    let alarm = |name: &str| vec![(EAST.into(), name.to_owned())];
    let instances = |id: &str| vec![(EAST.into(), id.to_owned())];
    let draft = Draft { performative: "inform".into(), task: "x".into(), ..Draft::default() };
    let database = || "coordination-db".to_owned();
    let launch = || Order::Launch { agents: 2, task: "x".into() };
    let configured = || {
        let mut stage = Stage::new();
        stage.desk.orders.launch_template = Some("t".into());
        stage
    };
    let mut orders: Vec<(Stage, Order)> = [
        Order::Restart { agents: agents() },
        Order::Pause { agents: agents() },
        Order::Resume { agents: vec![key("navidocs/h02"), key("wiki/e02")] },
        Order::Look { queue: queue() },
        Order::Redrive { queues: vec![dlq(), queue_key("if-lost-dlq")], per_second: None },
        Order::Purge { queues: vec![queue()] },
        Order::Send { queue: queue(), draft },
        Order::Silence { alarms: alarm("loud"), for_s: 60 },
        Order::Unsilence { alarms: alarm("hushed") },
        Order::RebootDatabase { region: EAST.into(), database: database() },
        Order::Promote { region: WEST.into(), replica: "coordination-db-west".into() },
        Order::Resize { region: EAST.into(), database: database(), class: "db.m5.large".into() },
        launch(),
        Order::Start { instances: instances("i-0e02") },
        Order::Stop { instances: instances("i-0e01") },
        Order::Terminate { instances: instances("i-0e01") },
        Order::Provision { agent: key("wiki/e03"), region: EAST.into() },
        Order::InstallAlarms { region: EAST.into() },
    ]
    .map(|order| (configured(), order))
    .into();
    let mut by_function = Stage::new();
    by_function.desk.orders.launch_function = Some("infra-agent-navidocs-h01".into());
    orders.push((by_function, launch()));
    let mut back = Stage::new();
    back.desk.reserved_before.insert((EAST.into(), "infra-agent-navidocs-h02".into()), Some(3));
    orders.push((back, Order::Resume { agents: vec![key("navidocs/h02")] }));
    let running = |probe: &Probe| {
        let newest = Move {
            handle: Some("h".into()),
            status: "RUNNING".into(),
            moved: 0,
            of: None,
            reason: None,
            started: None,
        };
        matches!(probe.about, About::Moves { .. }).then(|| Ok(Probed::Moves(vec![newest])))
    };
    orders.push((Stage::new().but(running), Order::CancelRedrive { queue: dlq() }));
    let lacking = |probe: &Probe| {
        matches!(probe.about, About::Moves { .. }).then(|| Err(refusal(RefusalKind::Unsupported, "no such call")))
    };
    orders.push((Stage::new().but(lacking), Order::Redrive { queues: vec![dlq()], per_second: None }));
    for method in [Method::StandbyMarker, Method::DnsRecord, Method::RoutingControl] {
        for fails in [false, true] {
            let check = move |inverted| {
                let healthy = Some(!fails);
                Some(Ok(Probed::HealthCheck(Some(HealthCheck { healthy, inverted, version: 1 }))))
            };
            let mut there = Stage::new()
                .but(move |probe| matches!(probe.about, About::HealthCheck { .. }).then(|| check(false))?);
            there.desk.choice.failover = Some(failover(method));
            orders.push((there, Order::Failover { to: WEST.into() }));
            let mut back = Stage::new().but(move |probe| match &probe.about {
                About::HealthCheck { .. } => check(!fails),
                About::Object { .. } => {
                    Some(Ok(Probed::Object(Some(Stored { version: "v".into(), body: "b".into(), at: None }))))
                }
                About::RoutingControls { arns, .. } => {
                    let state =
                        |arn: &String| crate::model::RoutingControl { arn: arn.clone(), on: arn.ends_with("west") };
                    Some(Ok(Probed::RoutingControls(arns.iter().map(state).collect())))
                }
                About::Database { .. } => Some(Ok(Probed::Database(Some(Database {
                    status: "available".into(),
                    class: None,
                    zone: None,
                    multi_az: false,
                    replica_of: Some("coordination-db-west".into()),
                    replicas: Vec::new(),
                })))),
                _ => None,
            });
            // What was held there is let go; what works in the other region is held.
            back.desk.choice.failover = Some(failover(method));
            orders.push((back, Order::Failback));
        }
    }
    orders
}

fn changes(plan: &Plan) -> BTreeSet<(Service, &'static str)> {
    let mut found = BTreeSet::new();
    for step in &plan.steps {
        match &step.act {
            Act::Call(directed) => drop(found.insert(directed.call.operation())),
            Act::Carry { .. } => {
                found.extend(["ReceiveMessage", "SendMessage", "DeleteMessage"].map(|name| (Service::Sqs, name)));
            }
            Act::Watch => {}
        }
        if let Undo::Call(directed) = &step.undo {
            found.insert(directed.call.operation());
        }
    }
    found
}

#[test]
fn every_plan_takes_what_its_line_says_and_no_more() {
    let mut kinds = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for (stage, order) in orders() {
        let plan = stage.ready(&order);
        let (kind, line) = (order.kind(), of(order.kind()));
        kinds.insert(kind);
        for change in changes(&plan) {
            assert!(line.changes.contains(&change), "{kind:?} changes by {change:?}");
            taken.insert((kind, change));
        }
        let asked = stage.asked.borrow();
        let after = plan.steps.iter().filter_map(|step| step.expect.as_ref()).map(|expect| &expect.probe);
        for look in asked.iter().chain(after).flat_map(|probe| probe.about.operations()) {
            assert!(line.looks.contains(look) || line.changes.contains(look), "{kind:?} looks by {look:?}");
        }
    }
    assert_eq!(kinds.len(), OrderKind::ALL.len(), "an order of every kind is planned");
    // What services want beside a call of ours.
    let beside = ["ReceiveMessage", "DeleteMessage", "SendMessage", "CreateTags"];
    for line in TABLE {
        for change in line.changes.iter().filter(|change| !beside.contains(&change.1)) {
            // A failover holds functions whose reservation is known, a failback those of the other region.
            assert!(taken.contains(&(line.kind, *change)), "{:?}: no plan takes {change:?}", line.kind);
        }
    }
}

#[test]
fn every_plan_goes_one_of_the_ways_of_its_kind() {
    for (stage, order) in orders() {
        let plan = stage.ready(&order);
        let takes: BTreeSet<_> = plan
            .steps
            .iter()
            .filter_map(|step| if let Act::Call(directed) = &step.act { Some(directed.call.operation()) } else { None })
            .collect();
        // What is carried by hand, since no queue sends its dead letters there or the service has no call, is no call of
        // the plan.
        let is_carried = plan.steps.iter().any(|step| matches!(step.act, Act::Carry { .. }));
        let ways = ways(order.kind(), None);
        assert!(is_carried || takes.is_empty() || ways.iter().any(|way| takes.contains(way)), "{order:?}: {takes:?}");
    }
    for line in TABLE {
        for host in [None, Some(Kind::Lambda), Some(Kind::Ec2), Some(Kind::Queue)] {
            let ways = ways(line.kind, host);
            assert!(!ways.is_empty(), "{:?}", line.kind);
            assert!(ways.iter().all(|way| line.changes.contains(way)), "{:?}: {ways:?}", line.kind);
        }
    }
}

#[test]
fn what_runs_an_agent_says_which_ways_there_are() {
    let of_one = |order: fn(Vec<AgentKey>) -> Order, name: &str| {
        let (stage, order) = (Stage::new(), order(vec![key(name)]));
        let kind = stage.fabric.agent(&key(name)).and_then(|agent| agent.kind());
        let plan = stage.ready(&order);
        let calls = plan.steps.iter().filter_map(|step| match &step.act {
            Act::Call(directed) => Some(directed.call.operation()),
            _ => None,
        });
        let calls: Vec<_> = calls.collect();
        assert!(!calls.is_empty(), "{name}: {:?}", plan.left_out);
        for call in calls {
            assert!(ways(order.kind(), kind).contains(&call), "{order:?} of {kind:?} calls {call:?}");
        }
    };
    let restart: fn(_) -> _ = |agents| Order::Restart { agents };
    let pause: fn(_) -> _ = |agents| Order::Pause { agents };
    let resume: fn(_) -> _ = |agents| Order::Resume { agents };
    for name in ["navidocs/h04", "wiki/q01", "wiki/e01", "wiki/e02"] {
        of_one(restart, name);
    }
    for name in ["navidocs/h03", "wiki/e01"] {
        of_one(pause, name);
    }
    for name in ["navidocs/h02", "wiki/e02"] {
        of_one(resume, name);
    }
}

fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            sources(&path, found);
        } else if !path.to_string_lossy().contains("tests") {
            *found += &std::fs::read_to_string(&path).expect("a source");
        }
    }
}

/// Read from the sources, so that it holds without compiling the SDK.
#[test]
fn what_the_cloud_asks_is_in_the_tables() {
    let mut code = String::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cloud/aws")), &mut code);
    let mark = "Api::new(Service::";
    let asked: BTreeSet<(String, String)> = code
        .match_indices(mark)
        .filter_map(|(at, _)| {
            let (service, rest) = code[at + mark.len()..].split_once(", \"")?;
            let (operation, _) = rest.split_once("\")")?;
            let is_word = |text: &str| text.chars().all(char::is_alphanumeric);
            (is_word(service) && is_word(operation)).then(|| (service.to_owned(), operation.to_owned()))
        })
        .collect();
    let named = |operations: &[(Service, &str)]| -> BTreeSet<(String, String)> {
        operations.iter().map(|(service, name)| (format!("{service:?}"), (*name).to_owned())).collect()
    };
    let questions: BTreeSet<_> =
        Question::ALL.iter().flat_map(|question| named(&question.operations().collect::<Vec<_>>())).collect();
    let orders = TABLE.iter().flat_map(|line| [named(line.changes), named(line.looks)]).flatten();
    // The copy of the record makes its own stream; locks lie in files, objects or items.
    let beside = named(&[
        (Service::Logs, "CreateLogStream"),
        (Service::Logs, "PutLogEvents"),
        (Service::DynamoDb, "PutItem"),
        (Service::DynamoDb, "DeleteItem"),
    ]);
    let allowed: BTreeSet<_> = questions.iter().cloned().chain(orders).chain(beside).collect();
    // A right that starting an instance takes, and no call.
    let allowed: BTreeSet<_> = allowed.into_iter().filter(|(_, name)| name != "CreateTags").collect();
    let missing: Vec<_> = asked.difference(&allowed).collect();
    assert!(missing.is_empty(), "asked, and in no table: {missing:?}");
    let priced = |(service, name): &&(String, String)| {
        OPERATIONS.iter().any(|operation| format!("{:?}", operation.service) == *service && operation.name == name)
    };
    let unpriced: Vec<_> = asked.union(&allowed).filter(|named| !priced(named)).collect();
    assert!(unpriced.is_empty(), "called, and not in the table of operations: {unpriced:?}");
    assert_eq!(allowed.len(), OPERATIONS.len(), "in the table of operations, and never called");
    let idle: Vec<_> = questions.difference(&asked).collect();
    assert!(idle.is_empty(), "in the table of questions, and never asked: {idle:?}");
}
