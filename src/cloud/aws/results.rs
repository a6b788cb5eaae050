//! What did the agents store? S3.

use super::asking::{Asking, time};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{Service, StoredResult};

const LIST: Api = Api::new(Service::S3, "ListObjectsV2");

/// The results and failures in the results bucket; other objects are passed over. Without a bucket there are none.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<StoredResult>, Trouble> {
    let names = &asking.settings.names;
    let bucket = &names.results_bucket;
    let mut results = Vec::new();
    if bucket.is_empty() {
        return Ok(results);
    }
    let list = site.aws.s3.list_objects_v2().bucket(bucket).set_max_keys(asking.settings.page_size);
    let mut seen = 0;
    let answer = asking.pages(LIST, list.into_paginator().send(), |page| {
        seen += page.contents().len();
        results.extend(page.contents().iter().filter_map(|object| {
            let (owner, failure) = names.result_owner(&clean::line(object.key()?))?;
            Some(StoredResult { owner, failure, at: object.last_modified().and_then(time)? })
        }));
        seen
    });
    match answer.await {
        // Not every deployment has one, and a name that is wrong must be seen to be.
        Err(trouble) if trouble.is_not_there() => {
            asking.miss_part(&format!("there is no bucket {bucket}: set results_bucket if results are kept elsewhere"));
        }
        answer => answer?,
    }
    Ok(results)
}
