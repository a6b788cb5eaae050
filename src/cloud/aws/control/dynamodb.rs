//! Items of tables: DynamoDB.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::super::trouble::Api;
use super::hand::{Change, Look};
use super::of;
use crate::cloud::clean;
use crate::model::{AgentKey, OnlyIf, Refusal, Reply, Service};

const GET: Api = Api::new(Service::DynamoDb, "GetItem");

/// That the version still is the one that was read.
const SAME_VERSION: &str = "version = :v";

fn texts(attributes: &BTreeMap<String, String>) -> HashMap<String, AttributeValue> {
    attributes.iter().map(|(name, value)| (name.clone(), AttributeValue::S(value.clone()))).collect()
}

pub(super) async fn put(
    change: &Change<'_>,
    table: &str,
    item: &BTreeMap<String, String>,
    only_if: &OnlyIf,
) -> Result<Reply, Refusal> {
    let call = change.aws.dynamodb.put_item().table_name(table).set_item(Some(texts(item)));
    let call = match only_if {
        OnlyIf::Always => call,
        OnlyIf::Absent => call.condition_expression("attribute_not_exists(id)"),
        OnlyIf::Version(version) => call
            .condition_expression(SAME_VERSION)
            .expression_attribute_values(":v", AttributeValue::S(version.clone())),
    };
    change.done(&of(table), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn delete(
    change: &Change<'_>,
    table: &str,
    key: &BTreeMap<String, String>,
    version: &str,
) -> Result<Reply, Refusal> {
    let call = change
        .aws
        .dynamodb
        .delete_item()
        .table_name(table)
        .set_key(Some(texts(key)))
        .condition_expression(SAME_VERSION)
        .expression_attribute_values(":v", AttributeValue::S(version.to_owned()));
    change.done(&of(table), call.customize().interceptor(change.witness.clone()).send()).await
}

/// The attributes of the item with this `id`; `None` where there is none.
pub(super) async fn item(look: &Look<'_>, table: &str, id: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
    let key = HashMap::from([("id".to_owned(), AttributeValue::S(id.to_owned()))]);
    let item = get(look, table, key).await?;
    Ok(item.map(|item| item.iter().map(|(name, value)| (clean::line(name), clean::text(&text(value)))).collect()))
}

/// The state of an agent, by its session and its own id, as it is kept.
pub(super) async fn agent_state(
    look: &Look<'_>,
    table: &str,
    agent: &AgentKey,
) -> Result<Option<BTreeMap<String, String>>, Refusal> {
    let text_of = |id: &str| AttributeValue::S(id.to_owned());
    let key = HashMap::from([
        ("session_id".to_owned(), text_of(agent.session.as_str())),
        ("agent_id".to_owned(), text_of(agent.agent.as_str())),
    ]);
    let item = get(look, table, key).await?;
    Ok(item.map(|item| item.iter().map(|(name, value)| (name.clone(), text(value))).collect()))
}

/// As it is now, not as it was a second ago.
async fn get(
    look: &Look<'_>,
    table: &str,
    key: HashMap<String, AttributeValue>,
) -> Result<Option<HashMap<String, AttributeValue>>, Refusal> {
    let call = look.site.aws.dynamodb.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
    Ok(look.ask(GET, &of(table), call.send()).await?.item)
}

/// A value as text: texts and numbers as they are, all else as JSON.
fn text(value: &AttributeValue) -> String {
    match plain(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        // DynamoDB's numbers hold more digits than JSON readers keep.
        AttributeValue::N(number) => serde_json::from_str::<serde_json::Number>(number).map_or_else(
            |_| json!(number),
            |read| if read.to_string() == *number { Value::Number(read) } else { json!(number) },
        ),
        AttributeValue::Bool(is) => json!(is),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => json!(texts),
        AttributeValue::L(list) => list.iter().map(plain).collect(),
        AttributeValue::M(map) => {
            let sorted: BTreeMap<&String, Value> = map.iter().map(|(name, value)| (name, plain(value))).collect();
            json!(sorted)
        }
        // Bytes say nothing here.
        _ => Value::Null,
    }
}
