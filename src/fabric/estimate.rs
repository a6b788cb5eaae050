//! What a workload will cost: the sessions of a swarm, and what stands there all month, line by line.
//!
//! Reproduces both worked examples of the page `FABRIC.md` ("Prices"). It knows no free tier and no discount, and
//! counts what the examples count: an SQS message is one request, storage is not doubled by a second zone.

use std::ops::AddAssign;

use crate::config::{Limits, Price, Prices};

/// Hours in a month as AWS counts them: a year's 8,760 by twelve.
pub const HOURS_A_MONTH: f64 = 730.0;

/// One session: what its agents do, once.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLoad {
    /// Lambda agents; each is one request.
    pub agents: f64,
    /// Memory of each, MB (1,024 to the GB that Lambda bills).
    pub memory_mb: f64,
    /// How long each runs, seconds.
    pub seconds: f64,
    /// S3 reads, all agents together.
    pub gets: f64,
    /// S3 writes, all agents together.
    pub puts: f64,
    /// SQS messages, all agents together.
    pub messages: f64,
    /// SNS publishes, all agents together.
    pub publishes: f64,
    /// Logs taken in, and then kept for a month; GB.
    pub logs_gb: f64,
}

impl SessionLoad {
    /// The usual session of `FABRIC.md`, its agents as large and as long as `limits` says.
    pub fn usual(limits: &Limits) -> Self {
        Self {
            agents: 10.0,
            memory_mb: f64::from(limits.lambda_memory_mb),
            seconds: f64::from(limits.lambda_timeout_s),
            gets: 250.0,
            puts: 250.0,
            messages: 100.0,
            publishes: 0.0,
            logs_gb: 1.0,
        }
    }

    /// What one session costs, dearest line first.
    pub fn estimate(&self, prices: &Prices) -> Estimate {
        let compute = self.agents * self.seconds * self.memory_mb / 1024.0;
        Estimate::of(
            prices,
            &[
                (Price::LambdaGbSecond, compute),
                (Price::LambdaRequest, self.agents),
                (Price::S3Put, self.puts),
                (Price::S3Get, self.gets),
                (Price::SqsRequest, self.messages),
                (Price::SnsPublish, self.publishes),
                (Price::LogsInGb, self.logs_gb),
                (Price::LogsGbMonth, self.logs_gb),
            ],
        )
    }
}

/// What stands there all month, however many sessions run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// EC2 instances, t3.medium.
    pub ec2_t3_medium: f64,
    /// RDS instances, db.t3.small.
    pub rds_t3_small: f64,
    /// Whether each RDS instance has a second one in another zone.
    pub multi_az: bool,
    /// RDS storage, GB.
    pub rds_storage_gb: f64,
    /// RDS backups, GB.
    pub rds_backup_gb: f64,
    /// RDS replication to another region, GB a month.
    pub rds_transfer_gb: f64,
    /// S3 storage, GB (1,000 to the TB).
    pub s3_gb: f64,
    /// S3 writes a month beside those of sessions.
    pub s3_puts: f64,
    /// S3 reads a month beside those of sessions.
    pub s3_gets: f64,
    /// Traffic out to the internet, GB a month.
    pub transfer_out_gb: f64,
    /// `CloudFront` traffic, GB a month.
    pub cloudfront_gb: f64,
    /// API Gateway requests a month.
    pub api_requests: f64,
    /// Route 53 hosted zones.
    pub zones: f64,
    /// Route 53 health checks.
    pub health_checks: f64,
    /// Route 53 queries a month.
    pub dns_queries: f64,
    /// `CloudWatch` alarms.
    pub alarms: f64,
    /// ARC routing control clusters.
    pub arc_clusters: f64,
    /// `CloudWatch` as a lump, US dollars a month.
    pub cloudwatch_usd: f64,
}

impl Standing {
    /// What a month of it costs, dearest line first.
    pub fn estimate(&self, prices: &Prices) -> Estimate {
        let databases = self.rds_t3_small * if self.multi_az { 2.0 } else { 1.0 };
        let mut estimate = Estimate::of(
            prices,
            &[
                (Price::Ec2T3MediumHour, self.ec2_t3_medium * HOURS_A_MONTH),
                (Price::RdsT3SmallHour, databases * HOURS_A_MONTH),
                (Price::RdsStorageGbMonth, self.rds_storage_gb),
                (Price::RdsBackupGbMonth, self.rds_backup_gb),
                (Price::RdsTransferGb, self.rds_transfer_gb),
                (Price::S3GbMonth, self.s3_gb),
                (Price::S3Put, self.s3_puts),
                (Price::S3Get, self.s3_gets),
                (Price::TransferOutGb, self.transfer_out_gb),
                (Price::CloudFrontGb, self.cloudfront_gb),
                (Price::ApiGatewayRequest, self.api_requests),
                (Price::Route53ZoneMonth, self.zones),
                (Price::Route53HealthCheckMonth, self.health_checks),
                (Price::Route53Query, self.dns_queries),
                (Price::AlarmMonth, self.alarms),
                (Price::ArcClusterHour, self.arc_clusters * HOURS_A_MONTH),
            ],
        );
        estimate += Line {
            what: "CloudWatch, as a lump".into(),
            quantity: 1.0,
            unit: "month".into(),
            usd: self.cloudwatch_usd,
        };
        estimate
    }
}

/// A month of a fabric: so many sessions, and what stands there anyway.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// What each session does.
    pub session: SessionLoad,
    /// How many there are in a month.
    pub sessions_per_month: f64,
    /// What stands there.
    pub standing: Standing,
}

impl Workload {
    /// The first worked example of `FABRIC.md`: 50 usual sessions, one database instance, 1 TB of results, one zone.
    pub fn usual(limits: &Limits) -> Self {
        let standing = Standing { rds_t3_small: 1.0, s3_gb: 1000.0, zones: 1.0, ..Standing::default() };
        Self { session: SessionLoad::usual(limits), sessions_per_month: 50.0, standing }
    }

    /// What a month costs: one line for all sessions, then what stands there, dearest first.
    ///
    /// A session is taken at its shown price ([`Estimate::shown`]), so that the lines add up to what people read.
    pub fn estimate(&self, prices: &Prices) -> Estimate {
        let each = self.session.estimate(prices).shown();
        let mut month = self.standing.estimate(prices);
        month += Line {
            what: "Sessions".into(),
            quantity: self.sessions_per_month,
            unit: "session".into(),
            usd: self.sessions_per_month * each,
        };
        month
    }
}

/// One line of an estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What is paid for.
    pub what: String,
    /// How much of it.
    pub quantity: f64,
    /// In which unit.
    pub unit: String,
    /// What that costs, US dollars, unrounded.
    pub usd: f64,
}

/// What something costs, by line; lines that cost nothing are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimate {
    /// Dearest first.
    pub lines: Vec<Line>,
}

impl Estimate {
    fn of(prices: &Prices, uses: &[(Price, f64)]) -> Self {
        let mut estimate = Self::default();
        for &(price, quantity) in uses {
            let row = prices.row(price);
            let usd = prices.usd(price, quantity);
            estimate += Line { what: row.what.into(), quantity, unit: row.unit.into(), usd };
        }
        estimate
    }

    /// All lines together, US dollars, unrounded.
    pub fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.usd).sum()
    }

    /// The total as it is shown: to the tenth of a cent, or to three figures where that is finer.
    pub fn shown(&self) -> f64 {
        let total = self.total();
        if !total.is_normal() {
            return 0.0;
        }
        // Three figures of 0.0123 begin at its second decimal: four decimals.
        let decimals = (2.0 - total.abs().log10().floor()).max(3.0);
        let scale = 10f64.powf(decimals);
        let rounded = (total * scale).round() / scale;
        if rounded.is_finite() { rounded } else { total }
    }
}

impl AddAssign<Line> for Estimate {
    fn add_assign(&mut self, line: Line) {
        if line.usd != 0.0 {
            let at = self.lines.partition_point(|other| other.usd >= line.usd);
            self.lines.insert(at, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Estimate, Line, SessionLoad, Standing, Workload};
    use crate::config::{Limits, Price, Prices};

    fn cents(usd: f64) -> String {
        format!("{usd:.2}")
    }

    fn line(estimate: &Estimate, prices: &Prices, price: Price) -> f64 {
        estimate.lines.iter().find(|line| line.what == prices.row(price).what).unwrap().usd
    }

    #[test]
    fn a_session_costs_what_the_page_says() {
        let prices = Prices::default();
        let session = SessionLoad::usual(&Limits::default()).estimate(&prices);
        assert_eq!(format!("{:.3}", session.total()), "0.556");
        assert!((session.shown() - 0.556).abs() < 1e-12);
        let at = |price| line(&session, &prices, price);
        assert_eq!(format!("{:.3}", at(Price::LambdaGbSecond)), "0.025");
        assert_eq!(format!("{:.5}", at(Price::S3Put)), "0.00125");
        assert_eq!(format!("{:.4}", at(Price::S3Get)), "0.0001");
        assert_eq!(format!("{:.5}", at(Price::SqsRequest)), "0.00004");
        assert_eq!(format!("{:.6}", at(Price::LambdaRequest)), "0.000002");
        assert_eq!(cents(at(Price::LogsInGb) + at(Price::LogsGbMonth)), "0.53");
        assert_eq!(session.lines[0].what, prices.row(Price::LogsInGb).what);
    }

    #[test]
    fn a_month_of_sessions_costs_what_the_page_says() {
        let prices = Prices::default();
        let month = Workload::usual(&Limits::default()).estimate(&prices);
        assert_eq!(cents(month.total()), "68.09");
        assert_eq!(cents(line(&month, &prices, Price::RdsT3SmallHour)), "16.79");
        assert_eq!(cents(line(&month, &prices, Price::S3GbMonth)), "23.00");
        assert_eq!(cents(line(&month, &prices, Price::Route53ZoneMonth)), "0.50");
        assert_eq!(cents(month.lines.iter().find(|line| line.what == "Sessions").unwrap().usd), "27.80");
    }

    #[test]
    fn a_standing_month_costs_what_the_page_says() {
        let standing = Standing {
            ec2_t3_medium: 2.0,
            rds_t3_small: 1.0,
            multi_az: true,
            rds_storage_gb: 100.0,
            rds_backup_gb: 20.0,
            s3_gb: 1000.0,
            s3_puts: 10e6,
            cloudfront_gb: 500.0,
            api_requests: 1e6,
            zones: 1.0,
            cloudwatch_usd: 20.0,
            ..Standing::default()
        };
        assert_eq!(cents(standing.estimate(&Prices::default()).total()), "257.28");
    }

    #[test]
    fn a_tiny_session_is_not_free() {
        let small = SessionLoad {
            agents: 1.0,
            memory_mb: 128.0,
            seconds: 1.0,
            gets: 0.0,
            puts: 0.0,
            messages: 0.0,
            publishes: 0.0,
            logs_gb: 0.0,
        };
        let shown = small.estimate(&Prices::default()).shown();
        assert!((shown - 2.28e-6).abs() < 1e-12, "{shown}");
        assert!(Estimate::default().shown().abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_near_the_total(usd in 0.0..1e12f64) {
            let estimate = Estimate { lines: vec![Line { what: String::new(), quantity: 1.0, unit: String::new(), usd }] };
            prop_assert!((estimate.shown() - usd).abs() <= 0.000_501_f64.max(usd * 1e-9));
        }

        #[test]
        fn dearest_first(agents in 0.0..1e4f64, puts in 0.0..1e9f64, logs_gb in 0.0..1e4f64) {
            let load = SessionLoad { agents, puts, logs_gb, ..SessionLoad::usual(&Limits::default()) };
            let lines = load.estimate(&Prices::default()).lines;
            prop_assert!(lines.windows(2).all(|pair| pair[0].usd >= pair[1].usd));
        }
    }
}
