//! Where credentials come from, and what to do when there are none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
#[expect(deprecated, reason = "the names that are not lie in a crate of the SDK's own")]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::connect::{metadata, timeouts};
use super::reach::{AwsTime, Reach};

/// The key of a profile that names a program which gives credentials.
const PROCESS: &str = "credential_process";

/// More files than this in the folder of SSO's tokens are not looked at.
const MOST_TOKENS: usize = 64;

/// More profiles than this that name each other are a circle.
const MOST_PROFILES: usize = 8;

/// Where credentials come from.
#[derive(Debug)]
pub(super) struct Source {
    /// What is given instead of being found.
    pub given: Option<SharedCredentialsProvider>,
    /// The profile that was asked for.
    pub profile: Option<String>,
    /// The role that is assumed with what is found.
    pub role_arn: Option<String>,
    /// How STS is called for it.
    pub sdk: SdkConfig,
    /// By whose clock what is found ends.
    pub reach: Arc<Reach>,
}

impl Source {
    /// Looks for them.
    pub(super) async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let found = match &self.given {
            Some(given) => given.clone(),
            None => SharedCredentialsProvider::new(self.chain()),
        };
        let Some(role) = &self.role_arn else { return found.provide_credentials().await };
        let mut assumed = AssumeRoleProvider::builder(role).session_name("infradeck").configure(&self.sdk);
        if let Some(region) = self.sdk.region() {
            assumed = assumed.region(region.clone());
        }
        assumed.build_from_provider(found).await.provide_credentials().await
    }

    /// The SDK's own chain takes keys from the environment before a profile. One that was asked for must win over them, as
    /// with the AWS CLI, or another account would be shown than the one named.
    fn chain(&self) -> CredentialsProviderChain {
        let region: Option<Region> = self.sdk.region().cloned();
        let config = ProviderConfig::without_region()
            .with_region(region)
            .with_time_source(AwsTime(self.reach.clone()))
            .with_timeout_config(timeouts());
        let mut profile = ProfileFileCredentialsProvider::builder().configure(&config).profile_files(profile_files());
        let from_env = std::env::var("AWS_PROFILE").ok();
        let named = self.profile.as_ref().filter(|profile| from_env.as_ref() != Some(profile));
        let instance = ImdsCredentialsProvider::builder().configure(&config).imds_client(metadata()).build();
        if let Some(named) = named {
            profile = profile.profile_name(named);
            return CredentialsProviderChain::first_try("Profile", profile.build()).or_else("Instance", instance);
        }
        CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
            .or_else("Profile", profile.build())
            .or_else("WebIdentity", WebIdentityTokenCredentialsProvider::builder().configure(&config).build())
            .or_else("Container", EcsCredentialsProvider::builder().configure(&config).build())
            .or_else("Instance", instance)
    }

    /// The files in which a log-in leaves its traces.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        if self.given.is_some() {
            return Vec::new();
        }
        let mut files =
            vec![in_home("AWS_CONFIG_FILE", ".aws/config"), in_home("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];
        files.extend(std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE").map(PathBuf::from));
        let tokens = std::fs::read_dir(in_home("", ".aws/sso/cache")).into_iter().flatten().flatten();
        let mut tokens: Vec<PathBuf> = tokens.take(MOST_TOKENS).map(|entry| entry.path()).collect();
        tokens.sort_unstable();
        files.extend(tokens);
        files
    }
}

/// The path that a variable of the environment holds, else one under the home folder.
fn in_home(variable: &str, path: &str) -> PathBuf {
    let set = std::env::var_os(variable).filter(|value| !variable.is_empty() && !value.is_empty());
    set.map_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(path), PathBuf::from)
}

/// The AWS configuration, but that a program which gives credentials gets no keyboard: tokio lets it have ours, and a
/// password that it asks for behind the screen would be typed into the dark.
#[expect(deprecated, reason = "the name that is not lies in a crate of the SDK's own")]
fn profile_files() -> ProfileFiles {
    let paths = [in_home("AWS_CONFIG_FILE", ".aws/config"), in_home("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];
    let [config, credentials] = paths.map(|path| std::fs::read_to_string(path).unwrap_or_default());
    if !config.contains(PROCESS) && !credentials.contains(PROCESS) {
        return ProfileFiles::default();
    }
    ProfileFiles::builder()
        .with_contents(ProfileFileKind::Config, without_keyboard(&config))
        .with_contents(ProfileFileKind::Credentials, without_keyboard(&credentials))
        .build()
}

fn without_keyboard(file: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((key, command)) if key.trim() == PROCESS => format!("{PROCESS} = exec </dev/null && {}\n", command.trim()),
        _ => format!("{line}\n"),
    };
    file.lines().map(line).collect()
}

/// What to do when AWS does not take the credentials of `profile`, or of the one that is taken unless told.
pub(super) fn log_in(profiles: &ProfileSet, profile: Option<&str>) -> String {
    let mut name = profile.unwrap_or(profiles.selected_profile());
    let asked = name;
    for _ in 0..MOST_PROFILES {
        let source = profiles.get_profile(name).and_then(|profile| profile.get("source_profile"));
        match source.filter(|source| *source != name) {
            Some(source) => name = source,
            None => break,
        }
    }
    let has = |key| profiles.get_profile(name).is_some_and(|profile| profile.get(key).is_some());
    let option = if name == "default" && asked == name { String::new() } else { format!(" --profile {name}") };
    if has("sso_session") || has("sso_start_url") {
        format!("run `aws sso login{option}`")
    } else if has(PROCESS) {
        format!("log in where `credential_process` of the profile {name} asks for them")
    } else if has("aws_access_key_id") {
        format!("renew the keys of the profile {name}")
    } else if profile.is_some() {
        format!("run `aws sso login{option}` or renew its keys")
    } else {
        "run `aws sso login` or renew the keys".to_owned()
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
