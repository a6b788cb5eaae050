//! What AWS asks for things: one dated table, from which estimates, the cost of our own calls and the configuration's
//! `[prices]` are all made.
//!
//! Prices are those of the pages `FABRIC.md` ("Prices") and `AWS.md` (the calls), us-east-1, November 2025.

use super::section::Section;
use super::values::{number, text};
use crate::model::{Call, Charge, Operation};

/// Something that has a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is described by its row of the table")]
pub enum Price {
    LambdaRequest,
    LambdaGbSecond,
    S3Put,
    S3Get,
    S3GbMonth,
    TransferOutGb,
    SqsRequest,
    SnsPublish,
    LogsInGb,
    LogsGbMonth,
    AlarmMonth,
    Ec2T3MediumHour,
    RdsT3SmallHour,
    RdsStorageGbMonth,
    RdsBackupGbMonth,
    RdsTransferGb,
    ApiGatewayRequest,
    CloudFrontGb,
    Route53ZoneMonth,
    Route53HealthCheckMonth,
    Route53Query,
    ArcClusterHour,
    CallGetMetricData,
    CallCloudWatch,
    CallCostExplorer,
    CallLiveTailMinute,
    CallInsightsGb,
    DynamoDbRead,
    DynamoDbWrite,
}

/// One row of the table: `usd` buys `per` of a thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRow {
    /// The thing.
    pub price: Price,
    /// Its key under `[prices]`, which says how many are bought.
    pub key: &'static str,
    /// US dollars for [`Self::per`] of it.
    pub usd: f64,
    /// How many units that buys.
    pub per: f64,
    /// One unit, in words.
    pub unit: &'static str,
    /// What it is, for people.
    pub what: &'static str,
}

const THOUSAND: f64 = 1e3;
const MILLION: f64 = 1e6;

const fn row(
    price: Price,
    key: &'static str,
    (usd, per): (f64, f64),
    unit: &'static str,
    what: &'static str,
) -> PriceRow {
    PriceRow { price, key, usd, per, unit, what }
}

/// The built-in table, in the order of [`Price`].
#[rustfmt::skip]
pub const TABLE: [PriceRow; 29] = [
    row(Price::LambdaRequest, "lambda_requests_per_million", (0.20, MILLION), "request", "Lambda requests"),
    row(Price::LambdaGbSecond, "lambda_gb_second", (0.000_016_666_7, 1.0), "GB-s", "Lambda compute"),
    row(Price::S3Put, "s3_puts_per_thousand", (0.005, THOUSAND), "PUT", "S3 writes"),
    row(Price::S3Get, "s3_gets_per_thousand", (0.0004, THOUSAND), "GET", "S3 reads"),
    row(Price::S3GbMonth, "s3_gb_month", (0.023, 1.0), "GB-month", "S3 storage"),
    row(Price::TransferOutGb, "transfer_out_gb", (0.09, 1.0), "GB", "Transfer out to the internet"),
    row(Price::SqsRequest, "sqs_requests_per_million", (0.40, MILLION), "request", "SQS requests"),
    row(Price::SnsPublish, "sns_publishes_per_million", (0.50, MILLION), "publish", "SNS publishes"),
    row(Price::LogsInGb, "logs_in_gb", (0.50, 1.0), "GB", "CloudWatch Logs taken in"),
    row(Price::LogsGbMonth, "logs_gb_month", (0.03, 1.0), "GB-month", "CloudWatch Logs stored"),
    row(Price::AlarmMonth, "alarm_month", (0.10, 1.0), "alarm-month", "CloudWatch alarms"),
    row(Price::Ec2T3MediumHour, "ec2_t3_medium_hour", (0.0416, 1.0), "hour", "EC2 t3.medium"),
    row(Price::RdsT3SmallHour, "rds_t3_small_hour", (0.023, 1.0), "hour", "RDS db.t3.small"),
    row(Price::RdsStorageGbMonth, "rds_storage_gb_month", (0.23, 1.0), "GB-month", "RDS storage"),
    row(Price::RdsBackupGbMonth, "rds_backup_gb_month", (0.023, 1.0), "GB-month", "RDS backup"),
    row(Price::RdsTransferGb, "rds_transfer_gb", (0.02, 1.0), "GB", "RDS transfer across regions"),
    row(Price::ApiGatewayRequest, "api_gateway_requests_per_million", (3.50, MILLION), "request", "API Gateway requests"),
    row(Price::CloudFrontGb, "cloudfront_gb", (0.085, 1.0), "GB", "CloudFront"),
    row(Price::Route53ZoneMonth, "route53_zone_month", (0.50, 1.0), "zone-month", "Route 53 hosted zones"),
    row(Price::Route53HealthCheckMonth, "route53_health_check_month", (0.50, 1.0), "check-month", "Route 53 health checks"),
    row(Price::Route53Query, "route53_queries_per_million", (0.40, MILLION), "query", "Route 53 queries"),
    row(Price::ArcClusterHour, "arc_cluster_hour", (2.50, 1.0), "hour", "ARC routing control cluster"),
    row(Price::CallGetMetricData, "call_metric_data_per_thousand", (0.01, THOUSAND), "metric", "CloudWatch GetMetricData, by metric asked"),
    row(Price::CallCloudWatch, "call_cloudwatch_per_thousand", (0.01, THOUSAND), "call", "Other CloudWatch calls"),
    row(Price::CallCostExplorer, "call_cost_explorer", (0.01, 1.0), "call", "Cost Explorer calls"),
    row(Price::CallLiveTailMinute, "call_live_tail_minute", (0.01, 1.0), "minute", "CloudWatch Logs Live Tail"),
    row(Price::CallInsightsGb, "call_insights_gb", (0.005, 1.0), "GB", "CloudWatch Logs Insights, by data scanned"),
    row(Price::DynamoDbRead, "dynamodb_reads_per_million", (0.125, MILLION), "read", "DynamoDB reads"),
    row(Price::DynamoDbWrite, "dynamodb_writes_per_million", (0.625, MILLION), "write", "DynamoDB writes"),
];

/// The price table with the configuration's changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// When these prices held, `YYYY-MM`.
    pub date: String,
    /// Where these prices held.
    pub region: String,
    rows: [PriceRow; TABLE.len()],
}

impl Default for Prices {
    fn default() -> Self {
        Self { date: "2025-11".into(), region: "us-east-1".into(), rows: TABLE }
    }
}

impl Prices {
    /// Every row.
    pub fn rows(&self) -> &[PriceRow] {
        &self.rows
    }

    /// The row of one thing.
    pub fn row(&self, price: Price) -> &PriceRow {
        &self.rows[price as usize]
    }

    /// What `quantity` units of it cost, US dollars, unrounded.
    pub fn usd(&self, price: Price, quantity: f64) -> f64 {
        let row = self.row(price);
        quantity * row.usd / row.per
    }

    /// The row by which a call is charged; `None` for what is free.
    pub fn of(&self, charge: Charge) -> Option<&PriceRow> {
        let price = match charge {
            Charge::Free => return None,
            Charge::Metric => Price::CallGetMetricData,
            Charge::CloudWatch => Price::CallCloudWatch,
            Charge::CostExplorer => Price::CallCostExplorer,
            Charge::Sqs => Price::SqsRequest,
            Charge::Sns => Price::SnsPublish,
            Charge::S3Read => Price::S3Get,
            Charge::S3Write => Price::S3Put,
            Charge::Lambda => Price::LambdaRequest,
            Charge::DynamoDbRead => Price::DynamoDbRead,
            Charge::DynamoDbWrite => Price::DynamoDbWrite,
        };
        Some(self.row(price))
    }

    /// What `units` of a call's charge cost, US dollars, unrounded. Free tiers are not counted: others may have used
    /// them up.
    pub fn charged(&self, charge: Charge, units: f64) -> f64 {
        self.of(charge).map_or(0.0, |row| units * row.usd / row.per)
    }

    /// What a call has cost, every try of it; nothing, where it is none of [`OPERATIONS`].
    ///
    /// [`OPERATIONS`]: crate::model::OPERATIONS
    pub fn call(&self, call: &Call) -> f64 {
        let charge = Operation::find(call.service, &call.operation).map_or(Charge::Free, |operation| operation.charge);
        self.charged(charge, f64::from(call.tries) * f64::from(call.units))
    }

    /// Reads `[prices]`.
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("date", &mut self.date, text);
        section.read("region", &mut self.region, text);
        for row in &mut self.rows {
            section.read(row.key, &mut row.usd, number(0.0..=1_000_000.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Price, Prices, TABLE};
    use crate::model::{Outcome, Service};

    #[test]
    fn every_row_stands_where_its_price_points() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.price as usize, index, "{}", row.key);
        }
    }

    #[test]
    fn a_price_buys_so_many() {
        let prices = Prices::default();
        assert!((prices.usd(Price::SqsRequest, 2_500_000.0) - 1.0).abs() < 1e-12);
        assert!((prices.usd(Price::CallCostExplorer, 3.0) - 0.03).abs() < 1e-12);
        assert!((prices.usd(Price::CallGetMetricData, 500.0) - 0.005).abs() < 1e-12);
    }
    #[test]
    fn a_call_costs_what_it_is_billed_for_as_often_as_it_was_sent() {
        let call = |service, operation: &str, tries, units| {
            let operation = operation.to_owned();
            Prices::default().call(&Call { service, operation, took_ms: 1, tries, units, outcome: Outcome::Answered })
        };
        let near = |usd: f64, expected: f64| assert!((usd - expected).abs() < 1e-12, "{usd} is not {expected}");
        near(call(Service::CloudWatch, "GetMetricData", 1, 500), 0.005);
        near(call(Service::CloudWatch, "ListMetrics", 3, 1), 0.000_03);
        near(call(Service::CostExplorer, "GetCostForecast", 1, 1), 0.01);
        near(call(Service::Sqs, "GetQueueAttributes", 1, 1), 0.000_000_4);
        near(call(Service::Logs, "FilterLogEvents", 5, 1), 0.0);
        near(call(Service::Ec2, "DescribeInstances", 2, 1), 0.0);
    }
}
