//! Reaching AWS: profile, role, regions, endpoint, and the SDK's clients. Nothing here is done before the first question.

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds;
use aws_config::imds::client::error::{BuildError, ImdsError, TokenError};
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileRegionProvider, ProfileSet};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use super::answers;
use super::keyring::Keyring;
use super::reach::{AwsTime, Reach};
use super::source::{Source, log_in};
use super::trouble::{causes, root, told};
use crate::cloud::clean;
use crate::config::{FabricChoice, Names};
use crate::model::{Claim, FabricId, RegionId};

/// The region that holds when nothing names one: the fabric's usual primary.
const PRIMARY: &str = "us-east-1";

/// How long the instance metadata service may take. It answers within milliseconds where there is one.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// How AWS is reached, and what things are called there.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The fabric's name in the configuration.
    pub fabric: FabricId,
    /// The AWS profile; `None` leaves it to the SDK's chain.
    pub profile: Option<String>,
    /// A role to assume with those credentials.
    pub role_arn: Option<String>,
    /// The regions, the primary one first. Empty: the SDK's chain (environment, profile, instance) decides.
    pub regions: Vec<RegionId>,
    /// An endpoint that stands in for all of AWS: emulators only.
    pub endpoint_url: Option<String>,
    /// What things are called.
    pub names: Names,
    /// What IAM is asked of beforehand: what may be ordered.
    pub claims: Vec<Claim>,
    /// How many things a page holds. `None` asks for as many as each service gives; tests ask for less.
    pub page_size: Option<i32>,
    /// Whether calls keep to the rates of [`crate::model::OPERATIONS`]. An emulator takes any number.
    pub keeps_rates: bool,
    /// For how many calls a second the log tail plans its answers in one region. AWS allows an account 5.
    pub log_calls_per_second: u32,
    /// Whether each answer reads every log group to its end, however long that takes: for one who asks once.
    pub whole_logs: bool,
}

impl Connection {
    /// As the configuration has it.
    pub fn new(fabric: &FabricChoice, names: &Names) -> Self {
        Self {
            fabric: fabric.name.clone(),
            profile: fabric.profile.clone(),
            role_arn: fabric.role_arn.clone(),
            regions: fabric.regions.clone(),
            endpoint_url: fabric.endpoint_url.clone(),
            names: names.clone(),
            claims: Vec::new(),
            page_size: None,
            keeps_rates: fabric.endpoint_url.is_none(),
            log_calls_per_second: if fabric.endpoint_url.is_some() { 1000 } else { 5 },
            whole_logs: false,
        }
    }
}

/// Why AWS cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum NoCredentials {
    /// No source of credentials has any.
    #[error(
        "no AWS credentials: neither the environment, {} nor this machine's role has any; set AWS_PROFILE or run \
         `aws configure`", profile_word(.profile.as_deref())
    )]
    Missing {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// The profile is in no file.
    #[error("there is no AWS profile {profile:?}; {}", known_word(.known))]
    UnknownProfile {
        /// The profile that was asked for.
        profile: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The AWS configuration files cannot be read.
    #[error("the AWS configuration cannot be read: {0}")]
    Unreadable(String),
    /// There is a source, and it gave none: a session ended, a role may not be assumed.
    #[error("AWS credentials could not be had: {why}; {log_in}")]
    Refused {
        /// What the source said.
        why: String,
        /// What to do.
        log_in: String,
    },
}

fn profile_word(profile: Option<&str>) -> String {
    profile.map_or_else(|| "the default profile".into(), |name| format!("the profile {name:?}"))
}

fn known_word(known: &[String]) -> String {
    if known.is_empty() {
        "no profile is configured in ~/.aws/config or ~/.aws/credentials".into()
    } else {
        format!("there are {}", known.join(", "))
    }
}

/// What is given instead of being looked up.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub credentials: Option<SharedCredentialsProvider>,
    pub http: Option<SharedHttpClient>,
}

/// AWS, ready to be asked.
#[derive(Debug)]
pub(super) struct Session {
    /// The SDK's configuration, for the primary region.
    pub sdk: SdkConfig,
    /// The regions, the primary one first.
    pub regions: Vec<RegionId>,
    /// What to do when the credentials are no good any more.
    pub log_in: String,
    profile: Option<String>,
}

impl Session {
    /// Reads the AWS configuration. No service is called, except the instance metadata service where no region is
    /// named anywhere.
    pub(super) async fn open(settings: &Connection, given: &Given, reach: &Arc<Reach>) -> Result<Self, NoCredentials> {
        let profiles = profiles().await?;
        let profile = known_profile(settings, &profiles)?;
        let regions = regions(settings, profile.as_deref()).await;
        let primary = Region::new(regions.first().map_or(PRIMARY, RegionId::as_str).to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(primary)
            .no_credentials()
            .identity_cache(IdentityCache::no_cache())
            .retry_config(retries())
            .timeout_config(timeouts());
        if let Ok(name) = AppName::new("infradeck") {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let http = given.http.clone().unwrap_or_else(answers::http);
        loader = loader.http_client(answers::Bounded::new(http));
        let sdk = loader.load().await;
        let source = Source {
            given: given.credentials.clone(),
            profile: profile.clone(),
            role_arn: settings.role_arn.clone(),
            sdk: sdk.to_builder().time_source(AwsTime(reach.clone())).build(),
            reach: reach.clone(),
        };
        let log_in = clean::line(&log_in(&profiles, profile.as_deref()));
        let keys = SharedCredentialsProvider::new(Keyring::new(source));
        let sdk = sdk.into_builder().credentials_provider(keys).build();
        Ok(Self { sdk, regions, log_in, profile })
    }

    /// Whether there are credentials.
    pub(super) async fn credentials(&self) -> Result<(), NoCredentials> {
        let missing = || NoCredentials::Missing { profile: self.profile.clone() };
        let provider = self.sdk.credentials_provider().ok_or_else(missing)?;
        match provider.provide_credentials().await {
            Ok(_) => Ok(()),
            Err(CredentialsError::CredentialsNotLoaded(_)) => Err(missing()),
            // The last in the chain, and it refuses: this machine has no role to give.
            Err(error) if is_metadata(&error) => Err(missing()),
            Err(error) => Err(NoCredentials::Refused { why: told(&error), log_in: self.log_in.clone() }),
        }
    }

    /// The configuration for another region.
    pub(super) fn sdk_in(&self, region: &str) -> SdkConfig {
        self.sdk.to_builder().region(Region::new(region.to_owned())).build()
    }
}

#[expect(clippy::default_trait_access, reason = "where the files lie has no name that is not deprecated")]
async fn profiles() -> Result<ProfileSet, NoCredentials> {
    let set = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    set.map_err(|error| NoCredentials::Unreadable(clean::line(&root(&error))))
}

fn is_metadata(error: &CredentialsError) -> bool {
    causes(error).any(|error| error.is::<ImdsError>() || error.is::<BuildError>() || error.is::<TokenError>())
}

/// The profile to take, known to be there. One that `AWS_PROFILE` names is as good as one that was asked for: nobody
/// wants another account than the one they named.
fn known_profile(settings: &Connection, profiles: &ProfileSet) -> Result<Option<String>, NoCredentials> {
    let Some(profile) = &settings.profile else { return Ok(None) };
    if profiles.get_profile(profile).is_some() {
        return Ok(Some(profile.clone()));
    }
    let mut known: Vec<String> = profiles.profiles().map(clean::line).collect();
    known.sort_unstable();
    Err(NoCredentials::UnknownProfile { profile: profile.clone(), known })
}

/// Three attempts with backoff. Not the adaptive mode: it learns a rate from many calls, and what is called seldom waits
/// ten seconds for each further attempt after one throttle, so that in the end a timeout is told and not the throttle.
/// How often a question is asked that is throttled is for the poller to say.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(20))
        .build()
}

/// The metadata service, asked once and not for long: on a laptop nothing answers there.
pub(super) fn metadata() -> imds::Client {
    imds::Client::builder()
        .max_attempts(1)
        .connect_timeout(METADATA_TIMEOUT)
        .read_timeout(METADATA_TIMEOUT)
        .operation_timeout(METADATA_TIMEOUT)
        .build()
}

async fn regions(settings: &Connection, profile: Option<&str>) -> Vec<RegionId> {
    if !settings.regions.is_empty() {
        return settings.regions.clone();
    }
    let mut from_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        from_profile = from_profile.profile_name(profile);
    }
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(from_profile.build())
        .or_else(imds::region::ImdsRegionProvider::builder().imds_client(metadata()).build());
    let region = chain.region().await;
    vec![region.as_ref().map_or(PRIMARY, |region| region.as_ref()).into()]
}
