//! Orders on the screen: keys in, plan out, with the real planner and answers made by hand.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod scene;

use chrono::TimeDelta;
use infradeck::action::{Answered, Event, Outcome, Plan, Sight};
use infradeck::app::{App, Effect, Msg};
use infradeck::config::{Depth, Failover, Key, Method};
use infradeck::model::{
    About, Identity, InstanceState, LastTask, Probe, Probed, Queue, RawMessage, Refusal, RefusalKind, Reservation,
};
use scene::look::{drawn, drawn_as, text, text_and_styles};
use scene::play::Play;

/// What is found: everything is as well as can be.
fn found(probe: &Probe) -> Result<Probed, Refusal> {
    Ok(match &probe.about {
        About::Task { .. } => Probed::Task(Some(LastTask {
            task: "fetch pricing of the S3 tiers and compare them".into(),
            conversation: Some("if://conversation/pricing".into()),
            source: "agent_start".into(),
            at: Some(scene::now() - TimeDelta::minutes(51)),
        })),
        About::Function { .. } => Probed::Function(Some(Reservation::Shared)),
        About::Life { .. } => Probed::Life(None),
        About::Instance { .. } => Probed::Instance(Some((InstanceState::Running, None))),
        About::Queue { name } => Probed::Queue(Some(Queue {
            name: name.as_str().into(),
            owner: None,
            visible: Some(5),
            in_flight: Some(0),
            delayed: Some(0),
            dead_letters_to: None,
            told: None,
        })),
        About::Moves { .. } => Probed::Moves(Vec::new()),
        About::Identity => Probed::Identity(Identity {
            account: "123456789012".into(),
            arn: "arn:aws:sts::123456789012:assumed-role/ops/kim".into(),
        }),
        other => {
            let reason = format!("the scene knows nothing of {other:?}");
            return Err(Refusal { kind: RefusalKind::Wrong, reason, request_id: None });
        }
    })
}

fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    for effect in app.update(app.now, msg) {
        match effect {
            Effect::Probe(id, probes) => {
                let answers = probes.into_iter().map(|probe| (probe.clone(), found(&probe))).collect();
                out.extend(update(app, Msg::Probed(id, answers)));
            }
            Effect::Look(_) => {}
            other => out.push(other),
        }
    }
    out
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|key| update(app, Msg::Key(key.parse().expect("a key")))).collect()
}

fn type_in(app: &mut App, text: &str) {
    for c in text.chars() {
        update(app, Msg::Key(Key::char(c)));
    }
}

fn command(app: &mut App, line: &str) -> Vec<Effect> {
    type_in(app, &format!(":{line}"));
    press(app, "enter")
}

fn open(size: (u16, u16)) -> App {
    let mut app = scene::full(size);
    command(&mut app, "unlock 15m restarting what the deploy broke");
    app
}

fn plan_of(effects: &[Effect]) -> Plan {
    let plan = effects.iter().find_map(|effect| if let Effect::Run { plan, .. } = effect { Some(plan) } else { None });
    (**plan.expect("it runs")).clone()
}

#[test]
fn a_plan_at_every_size() {
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut app = open(size);
        press(&mut app, "1 r");
        insta::assert_snapshot!(format!("plan-{}x{}", size.0, size.1), text(&drawn(&app)));
    }
}

#[test]
fn plans_and_what_belongs_to_them() {
    let locked = |keys: &str| {
        let mut app = scene::full((100, 30));
        press(&mut app, keys);
        app
    };
    let unlocked = |keys: &str| {
        let mut app = open((100, 30));
        press(&mut app, keys);
        app
    };
    insta::assert_snapshot!("plan-locked", text(&drawn(&locked("1 r"))));
    insta::assert_snapshot!("menu-locked", text(&drawn(&locked("2 a"))));
    insta::assert_snapshot!("menu-open", text(&drawn(&unlocked("2 a j"))));
    insta::assert_snapshot!("menu-queue", text(&drawn(&unlocked("3 a"))));
    insta::assert_snapshot!("plan-redrive", text(&drawn(&unlocked("3 r"))));
    let mut app = unlocked("2 space space space r y");
    type_in(&mut app, "3 agnts");
    insta::assert_snapshot!("plan-typing", text(&drawn(&app)));
    press(&mut app, "enter");
    insta::assert_snapshot!("plan-wrong-name", text(&drawn(&app)));
    let mut app = unlocked("3 X");
    insta::assert_snapshot!("plan-purge", text(&drawn(&app)));
    press(&mut app, "esc G m");
    type_in(&mut app, "compare the tiers once more");
    insta::assert_snapshot!("form", text(&drawn(&app)));
    press(&mut app, "enter");
    insta::assert_snapshot!("plan-send", text(&drawn(&app)));
    let mut app = open((100, 30));
    command(&mut app, "launch 5 compare the S3 tiers");
    insta::assert_snapshot!("plan-launch", text(&drawn(&app)));
    let mut app = unlocked("7 m");
    insta::assert_snapshot!("silence-prompt", text(&drawn(&app)));
    press(&mut app, "enter");
    insta::assert_snapshot!("plan-silence", text(&drawn(&app)));
}

#[test]
fn a_plan_in_colour() {
    let app = || {
        let mut app = open((80, 24));
        press(&mut app, "1 r");
        app
    };
    insta::assert_snapshot!("plan-styles-dark", text_and_styles(&drawn(&app())));
    let mut light = app();
    light.theme = scene::theme("light");
    insta::assert_snapshot!("plan-styles-light-256", text_and_styles(&drawn_as(&light, Depth::Ansi256, false)));
    insta::assert_snapshot!("plan-ascii", text(&drawn_as(&app(), Depth::None, true)));
}

/// An order that runs, one that was cut off, and one that is over.
fn acted(size: (u16, u16)) -> App {
    let mut app = open(size);
    let order = |app: &mut App, keys: &str| plan_of(&press(app, keys));
    let done = order(&mut app, "1 r y");
    let tell = |app: &mut App, plan: &Plan, event: Event| {
        update(app, Msg::Happened(plan.id.clone(), app.now, event));
    };
    let answer = Ok(Answered { request_id: Some("3f9c2a71".into()), name: None });
    tell(&mut app, &done, Event::Called { step: 0, undo: false, answer: answer.clone() });
    let seen = Event::Seen { step: 0, seen: Sight::Met, evidence: "a log event at 14:03:09Z".into() };
    tell(&mut app, &done, seen);
    tell(&mut app, &done, Event::Ended { outcome: Outcome::Done, text: "alive again".into() });
    let runs = order(&mut app, "3 r y");
    tell(&mut app, &runs, Event::Calling { step: 0, undo: false });
    tell(&mut app, &runs, Event::Called { step: 0, undo: false, answer });
    tell(&mut app, &runs, Event::Progress { step: 0, text: "2 of 5 messages moved".into() });
    press(&mut app, "2 j j j j p");
    let stopped = plan_of(&press(&mut app, "y"));
    tell(&mut app, &stopped, Event::Stopped { why: "stopped by hand".into() });
    press(&mut app, "9");
    app
}

#[test]
fn orders_and_their_steps() {
    for size in [(80, 24), (120, 40)] {
        let mut app = acted(size);
        insta::assert_snapshot!(format!("acted-{}x{}", size.0, size.1), text(&drawn(&app)));
        press(&mut app, "enter");
        insta::assert_snapshot!(format!("acted-detail-{}x{}", size.0, size.1), text(&drawn(&app)));
        press(&mut app, "esc g c");
        insta::assert_snapshot!(format!("acted-continue-{}x{}", size.0, size.1), text(&drawn(&app)));
    }
    insta::assert_snapshot!("acted-styles", text_and_styles(&drawn(&acted((80, 24)))));
}

#[test]
fn messages_are_shown_with_what_their_signatures_are_worth() {
    let mut app = open((100, 30));
    let plan = plan_of(&press(&mut app, "3 i y"));
    let message = |body: &str, receives| RawMessage {
        id: "m".into(),
        receipt: "r".into(),
        body: body.into(),
        receives: Some(receives),
        sent_ms: Some((app.now - TimeDelta::minutes(3)).timestamp_millis()),
        group: None,
        deduplication: None,
    };
    let bus = r#"{"performative":"request","sender":"if://agent/h01","content":{"task":"compare \u202ethe tiers"}}"#;
    let messages = vec![message(bus, 3), message("not of the bus\u{1b}[2J", 1)];
    let now = app.now;
    update(&mut app, Msg::Happened(plan.id, now, Event::Messages { messages }));
    insta::assert_snapshot!("messages", text(&drawn(&app)));
}

#[test]
fn the_header_counts_down_and_says_when_it_is_read_only() {
    let mut app = open((120, 36));
    app.update(app.now + TimeDelta::seconds(28), Msg::Tick);
    assert!(text(&drawn(&app)).contains("UNLOCKED 14:32"));
    app.update(app.now + TimeDelta::minutes(15), Msg::Tick);
    let shown = text(&drawn(&app));
    assert!(shown.contains("  LOCKED  ") && shown.contains("Locked again"), "{shown}");
    app.update(app.now, Msg::ReadOnly("it was started with --read-only".into()));
    assert!(text(&drawn(&app)).contains("READ-ONLY"));
}

/// With an agent that is stuck, and with a primary region that is down: the finding, its key, the plan, on the demo.
#[test]
fn the_demo_plans_what_helps() {
    let mut play = Play::new("incident", 7, None, (120, 40));
    play.pass(95);
    play.press("u");
    play.type_in("the deploy broke it");
    play.press("enter g r");
    let shown = text(&drawn(&play.app));
    assert!(shown.contains("─ Restart ") && shown.contains("y runs it"), "{shown}");
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut play = Play::new("region-outage", 7, None, size);
        play.pass(150);
        play.press("8 F");
        insta::assert_snapshot!(format!("failover-{}x{}", size.0, size.1), text(&drawn(&play.app)));
    }
}

#[test]
fn where_failing_over_is_configured_a_region_that_is_down_carries_it() {
    let mut app = open((120, 36));
    app.desk.choice.failover = Some(Failover {
        method: Method::StandbyMarker,
        hosted_zone: None,
        record: None,
        marker: Some("s3://if-failover-us-west-2/active".into()),
        routing_controls: [].into(),
        cluster_endpoints: Vec::new(),
        database: None,
        replica: None,
    });
    press(&mut app, "8 F");
    assert!(!app.overlays.is_empty(), "{:?}", app.notice);
}

#[test]
fn what_the_demo_does_not_allow_is_greyed_before_anything_is_tried() {
    let mut play = Play::new("cost-spike", 7, None, (120, 40));
    play.pass(3);
    play.press("8 a");
    let said = text(&drawn(&play.app));
    assert!(said.contains("rds:ModifyDBInstance is not allowed to finops (IAM says)"), "{said}");
    assert!(!said.contains("rds:RebootDBInstance is not"), "{said}");
    // It can be tried all the same, and the plan says what IAM said.
    play.press("esc");
    play.type_in(":resize-db db.m5.xlarge");
    play.press("enter");
    let said = text(&drawn(&play.app));
    assert!(said.contains("IAM says that rds:ModifyDBInstance is not allowed"), "{said}");
}
