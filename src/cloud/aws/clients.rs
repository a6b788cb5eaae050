//! The SDK's clients of one region, for all services that can be reached from each.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_sts::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::retries::classifiers::SharedRetryClassifier;

use super::late::Late;
use super::reach::Reach;
use super::tries::Tries;

/// One client a service. Making them opens no connection.
#[derive(Debug)]
pub(super) struct Clients {
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub rds: aws_sdk_rds::Client,
    pub route53: aws_sdk_route53::Client,
    pub routing: aws_sdk_route53recoverycluster::Client,
    pub s3: aws_sdk_s3::Client,
    pub sns: aws_sdk_sns::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Clients that call, try again and give up as `sdk` says. Those of one partition share how often they may try
    /// again; with `None` that is the SDK's one for each service and region.
    pub(super) fn open(sdk: &SdkConfig, partition: Option<&RetryPartition>, reach: &Arc<Reach>) -> Self {
        let late = SharedRetryClassifier::new(Late(reach.clone()));
        macro_rules! client {
            ($service:ident) => {
                client!($service, $service::config::Builder::from(sdk))
            };
            ($service:ident, $config:expr) => {{
                let mut config = $config;
                config.set_retry_partition(partition.cloned());
                config.push_retry_classifier(late.clone());
                config.push_interceptor(SharedInterceptor::new(Tries));
                $service::Client::from_conf(config.build())
            }};
        }
        // Emulators have no host name for each bucket.
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(sdk.endpoint_url().is_some());
        Self {
            cloudwatch: client!(aws_sdk_cloudwatch),
            dynamodb: client!(aws_sdk_dynamodb),
            ec2: client!(aws_sdk_ec2),
            iam: client!(aws_sdk_iam),
            lambda: client!(aws_sdk_lambda),
            logs: client!(aws_sdk_cloudwatchlogs),
            rds: client!(aws_sdk_rds),
            route53: client!(aws_sdk_route53),
            routing: client!(aws_sdk_route53recoverycluster),
            s3: client!(aws_sdk_s3, s3),
            sns: client!(aws_sdk_sns),
            sqs: client!(aws_sdk_sqs),
            sts: client!(aws_sdk_sts),
        }
    }
}
