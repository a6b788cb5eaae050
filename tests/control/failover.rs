//! A region is failed over and back: planned, locked, recorded and run by the program's own road out, and looked at in the
//! emulators' own state by clients that know nothing of the program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use chrono::TimeDelta;
use infradeck::action::record::{verify, walk};
use infradeck::action::{
    Consented, Desk, Findings, Keeper, Locked, Locks, Order, OrderId, Outcome, Plan, Planned, Record, Runner, Standing,
    Steer, Who, keys, plan,
};
use infradeck::cloud::aws::Aws;
use infradeck::cloud::{Ask, Clock, Cloud, Control};
use infradeck::config::{Env, FabricChoice, Failover, Flags, Lock, LockPlace, Method, Rules, Settings};
use infradeck::fabric::Fabric;
use infradeck::model::{Light, Question, RegionId};
use rstest::rstest;
use tokio::sync::{mpsc, watch};

use crate::contract::Stage;
use crate::stage::{EAST, Emulated, WEST, aws, put_function, put_replica, put_table, wall};
use crate::support::Call;

/// One engineer on a bastion, with a record of their own.
struct Engineer {
    aws: Arc<Aws>,
    desk: Desk,
    fabric: Fabric,
    who: Who,
    record: Arc<Mutex<Record>>,
    keeper: Arc<dyn Keeper>,
    state: tempfile::TempDir,
    orders: u32,
}

impl Engineer {
    fn new(stage: &Emulated, name: &str, way: Failover, place: LockPlace) -> Self {
        let aws = Arc::new(aws(&stage.account));
        let state = tempfile::tempdir().unwrap();
        let no_env: &Env<'_> = &|_| None;
        let settings = Settings::load(&Flags::default(), no_env).unwrap();
        let key = keys::load_or_make(state.path()).unwrap();
        let regions = vec![RegionId::from(EAST), RegionId::from(WEST)];
        let mut desk = Desk::new(&settings, regions.clone(), key);
        desk.choice = FabricChoice { name: "lab".into(), failover: Some(way), ..FabricChoice::default() };
        let who = Who { user: name.to_owned(), ..Who::runs_this(no_env, None) };
        let record = Record::open(state.path(), "lab".into(), who.clone()).unwrap();
        let lock = Lock { place, expires: TimeDelta::minutes(30), folder: state.path().join("shared") };
        let locks = Locks::new(&lock, WEST.into());
        let clock: Clock = Arc::new(wall);
        let control: Arc<dyn Control> = aws.clone();
        let keeper = Arc::new(Locked::new(locks, control, "lab".into(), who.to_string(), clock));
        let fabric = Fabric::new(&regions, Rules::default(), 1_000, wall());
        Self { aws, desk, fabric, who, record: Arc::new(Mutex::new(record)), keeper, state, orders: 0 }
    }

    /// Asks every question of both regions.
    async fn look(&mut self) {
        for (index, region) in self.desk.regions.iter().enumerate() {
            for question in Question::ALL.into_iter().filter(|question| index == 0 || !question.is_global()) {
                let ask = Ask::all(question, region.clone());
                self.fabric.apply(self.aws.observe(&ask, &(Arc::new(drop) as _)).await);
            }
        }
        self.fabric.settle(wall());
    }

    async fn plan(&mut self, order: &Order) -> Plan {
        self.look().await;
        self.orders += 1;
        let at = wall();
        let id = OrderId(format!("{}-{}-{}", at.format("%Y%m%dT%H%M%SZ"), self.who.user, self.orders));
        let mut found = Findings::new();
        loop {
            match plan(&id, at, order, true, &self.fabric, &self.desk, &found) {
                Planned::Needs(probes) => {
                    for probe in probes {
                        let answer = self.aws.probe(&probe).await;
                        found.insert(probe, answer);
                    }
                }
                Planned::Ready(plan) => return *plan,
                Planned::Refused(why) => panic!("{order:?}: {why}"),
            }
        }
    }

    async fn run(&self, plan: Plan) -> Standing {
        let (screen, mut news) = mpsc::channel(1_000);
        let drain = tokio::spawn(async move { while news.recv().await.is_some() {} });
        let (_steer, steering) = watch::channel(Steer::Go);
        let (control, book) = (self.aws.clone(), self.record.clone());
        let runner = Runner::new(control, book, self.keeper.clone(), Arc::new(wall), screen, Duration::from_mins(10));
        let consented = Consented { typed: Some(plan.name.clone()), pressed: true, ..Consented::default() };
        let standing = runner.run(plan, "a drill".to_owned(), consented, steering).await;
        drop(runner);
        drain.await.unwrap();
        standing
    }

    /// Plans and runs what must be seen to have worked.
    async fn done(&mut self, order: &Order) -> Plan {
        let plan = self.plan(order).await;
        let standing = self.run(plan.clone()).await;
        assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{standing:?}\n{plan:#?}");
        plan
    }
}

fn way(stage: &Emulated, method: Method) -> Failover {
    let names = stage.names();
    Failover {
        method,
        hosted_zone: Some(names.zone.clone()),
        record: Some(names.record.clone()),
        marker: Some(format!("s3://{}/active", standby_bucket(stage))),
        database: Some(names.database.clone()),
        replica: Some(names.replica.clone()),
        routing_controls: BTreeMap::new(),
        cluster_endpoints: Vec::new(),
    }
}

fn standby_bucket(stage: &Emulated) -> String {
    format!("{}-west", stage.account.bucket())
}

/// What the standby region has, before anything happens: a function that is held, and a bucket.
async fn put_standby(stage: &Emulated) {
    let function = &stage.names().function;
    put_function(&stage.account, &stage.west, function, &stage.names().log_group).await;
    let held = stage.west.lambda.put_function_concurrency().function_name(function);
    held.reserved_concurrent_executions(0).send().await.unwrap();
    let there = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::UsWest2).build();
    let bucket = stage.west.s3.create_bucket().bucket(standby_bucket(stage)).create_bucket_configuration(there);
    bucket.send().await.unwrap();
}

/// moto takes a promotion and never ends it: what follows goes on following (`tests/support/NOTES.md`). RDS's part is
/// played here: once the call has come in, an instance that follows nothing takes the replica's place.
async fn end_the_promotion(stage: &Emulated, region: &str, name: &str, before: usize) {
    while stage.account.count("rds", "PromoteReadReplica") == before {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let rds = if region == WEST { &stage.west.rds } else { &stage.east.rds };
    rds.delete_db_instance().db_instance_identifier(name).skip_final_snapshot(true).send().await.unwrap();
    let alone =
        rds.create_db_instance().db_instance_identifier(name).engine("postgres").db_instance_class("db.t3.small");
    alone.allocated_storage(20).master_username("deck").master_user_password("correct-horse").send().await.unwrap();
}

/// What is reserved for the function of the agent in each region.
async fn reserved(stage: &Emulated) -> (Option<i32>, Option<i32>) {
    let of = async |lambda: &aws_sdk_lambda::Client| {
        let told = lambda.get_function_concurrency().function_name(&stage.names().function).send().await.unwrap();
        told.reserved_concurrent_executions
    };
    (of(&stage.east.lambda).await, of(&stage.west.lambda).await)
}

/// Whether traffic goes to the standby region, by what Route 53 or S3 holds.
async fn is_moved(stage: &Emulated, method: Method) -> bool {
    if method == Method::StandbyMarker {
        let listed = stage.west.s3.list_objects_v2().bucket(standby_bucket(stage)).prefix("active");
        return !listed.send().await.unwrap().contents().is_empty();
    }
    let check = stage.east.route53.get_health_check().health_check_id(&stage.names().health_check);
    let check = check.send().await.unwrap().health_check.unwrap().health_check_config.unwrap();
    check.inverted.unwrap_or(false)
}

#[rstest]
#[case(Method::StandbyMarker, false)]
#[case(Method::DnsRecord, true)]
#[tokio::test]
async fn a_region_is_failed_over_and_back(#[case] method: Method, #[case] in_dynamodb: bool) {
    let stage = Emulated::new().await;
    put_standby(&stage).await;
    put_table(&stage.west).await;
    let in_s3 = LockPlace::S3(standby_bucket(&stage), "locks".to_owned());
    let place = if in_dynamodb { LockPlace::DynamoDb(stage.names().table.clone()) } else { in_s3 };
    let mut kim = Engineer::new(&stage, "kim", way(&stage, method), place.clone());
    let order = Order::Failover { to: WEST.into() };
    assert_eq!(reserved(&stage).await, (None, Some(0)));
    assert!(!is_moved(&stage, method).await);

    let plan = kim.plan(&order).await;
    let red: Vec<_> = plan.checks.iter().filter(|check| check.light == Light::Red).collect();
    assert!(red.is_empty(), "{red:#?}");
    assert_eq!(stage.account.count("rds", "PromoteReadReplica"), 0, "planning changes nothing");
    // Another engineer gives the same order at the same time: the lock lets one of them through.
    let mut lee = Engineer::new(&stage, "lee", way(&stage, method), place);
    let same = lee.plan(&order).await;
    let ((), mine, theirs) =
        tokio::join!(end_the_promotion(&stage, WEST, &stage.names().replica, 0), kim.run(plan), async {
            while stage.account.count("lambda", "PutFunctionConcurrency") < 2 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            lee.run(same).await
        });
    assert!(matches!(mine, Standing::Ended(Outcome::Done, _)), "{mine:?}");
    let Standing::Ended(Outcome::Failed, why) = &theirs else { panic!("{theirs:?}") };
    assert!(why.contains("locked by kim@") && why.contains("nothing was called"), "{why}");

    assert_eq!(
        reserved(&stage).await,
        (Some(0), None),
        "work is held in the region that was left, and goes on in the other"
    );
    assert!(is_moved(&stage, method).await);
    assert_eq!(stage.account.count("rds", "PromoteReadReplica"), 1);
    // Again there is nothing to do but to look.
    let again = kim.plan(&Order::Failback).await;
    let follows =
        again.checks.iter().find(|check| check.light == Light::Red).expect("the old database follows nothing");
    assert!(follows.evidence.contains("make a new replica"), "{follows:?}");

    // The way back begins with a new replica, made by hand.
    let (database, replica) = (&stage.names().database, &stage.names().replica);
    let old = stage.east.rds.delete_db_instance().db_instance_identifier(database).skip_final_snapshot(true);
    old.send().await.unwrap();
    put_replica(&stage.account, &stage.east, database, (WEST, replica)).await;
    let ((), plan) =
        tokio::join!(end_the_promotion(&stage, EAST, database, 1), async { kim.done(&Order::Failback).await });
    assert!(plan.checks.iter().all(|check| check.light != Light::Red), "{:#?}", plan.checks);
    assert_eq!(reserved(&stage).await, (None, Some(0)));
    assert!(!is_moved(&stage, method).await);
    assert_eq!(stage.account.count("rds", "PromoteReadReplica"), 2);

    for engineer in [&kim, &lee] {
        let verified = verify(engineer.state.path()).unwrap();
        assert!(verified.entries >= 2, "{verified:?}");
    }
    let entries = walk(kim.state.path()).unwrap();
    let calls = entries.entries().filter(|entry| entry.word() == "calling").count();
    let changes =
        ["PutFunctionConcurrency", "DeleteFunctionConcurrency"].map(|name| stage.account.count("lambda", name));
    // Traffic moved there and back, and the database was promoted twice. The stage itself held the standby's function.
    assert_eq!(calls, changes.iter().sum::<usize>() - 1 + 2 + 2, "each call is on the record, and no other was made");
    let is_change = |call: &Call| call.question.service == "route53" && !call.question.operation.starts_with("GET");
    let in_dns = stage.account.calls().iter().filter(|call| is_change(call)).count();
    assert_eq!(in_dns, if method == Method::DnsRecord { 2 } else { 0 }, "the other way needs no control plane");
}
