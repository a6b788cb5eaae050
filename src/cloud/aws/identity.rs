//! Who am I? STS.

use super::asking::{Asking, locked};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{Identity, Service};

pub(super) const WHO: Api = Api::new(Service::Sts, "GetCallerIdentity");

pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Identity, Trouble> {
    let who = asking.call(WHO, "", site.aws.sts.get_caller_identity().send()).await?;
    let told = |text: Option<&str>| clean::line(text.unwrap_or_default());
    let identity = Identity { account: told(who.account()), arn: told(who.arn()) };
    *locked(&site.identity) = Some(identity.clone());
    Ok(identity)
}
