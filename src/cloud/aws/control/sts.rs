//! Who the credentials are: STS.

use super::super::identity::WHO;
use super::hand::Look;
use crate::cloud::clean;
use crate::model::{Identity, Refusal};

pub(super) async fn identity(look: &Look<'_>) -> Result<Identity, Refusal> {
    let who = look.ask(WHO, "", look.site.aws.sts.get_caller_identity().send()).await?;
    let said = |text: Option<&str>| clean::line(text.unwrap_or_default());
    Ok(Identity { account: said(who.account()), arn: said(who.arn()) })
}
