//! The real SDK's clients, and the program's own way to AWS, pointed at the lab.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::Credentials;
use infradeck::cloud::Clock;
use infradeck::cloud::aws::{Aws, Connection};
use infradeck::config::{FabricChoice, Names};
use infradeck::model::RegionId;

use super::Account;

/// What an account is known by.
fn keys(account: &Account) -> Credentials {
    Credentials::new(account.id(), "secret", None, None, "lab")
}

/// `cloud::aws` on an account, the first region being the primary one. `change` may set what the configuration cannot.
pub fn aws(account: &Account, regions: &[RegionId], clock: Clock, change: impl FnOnce(&mut Connection)) -> Aws {
    aws_as(account, keys(account), regions, clock, change)
}

/// The same, as whoever has these credentials.
pub fn aws_as(
    account: &Account,
    credentials: Credentials,
    regions: &[RegionId],
    clock: Clock,
    change: impl FnOnce(&mut Connection),
) -> Aws {
    let choice = FabricChoice {
        name: "lab".into(),
        regions: regions.to_vec(),
        endpoint_url: Some(account.endpoint()),
        ..FabricChoice::default()
    };
    let names = Names { results_bucket: account.bucket(), ..Names::default() };
    let mut connection = Connection::new(&choice, &names);
    change(&mut connection);
    Aws::new(connection, clock).signing_with(credentials)
}

/// The SDK's configuration for one region of an account.
pub async fn config(account: &Account, region: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .credentials_provider(keys(account))
        .endpoint_url(account.endpoint())
        .load()
        .await
}

/// The clients of one region.
pub struct Clients {
    pub region: String,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub s3: aws_sdk_s3::Client,
    pub sts: aws_sdk_sts::Client,
    pub costs: aws_sdk_costexplorer::Client,
    pub budgets: aws_sdk_budgets::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub rds: aws_sdk_rds::Client,
    pub route53: aws_sdk_route53::Client,
    pub sns: aws_sdk_sns::Client,
}

impl Clients {
    /// All of them.
    pub async fn new(account: &Account, region: &str) -> Self {
        let config = config(account, region).await;
        Self {
            region: region.to_owned(),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            costs: aws_sdk_costexplorer::Client::new(&config),
            budgets: aws_sdk_budgets::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            rds: aws_sdk_rds::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
        }
    }
}
