//! Functions: Lambda.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use super::super::trouble::Api;
use super::hand::{Change, Look};
use super::of;
use crate::model::{Refusal, Reply, Reservation, Service};

const CONCURRENCY: Api = Api::new(Service::Lambda, "GetFunctionConcurrency");

/// Puts a call into the function's own queue; what the function says to it is not waited for.
pub(super) async fn invoke(change: &Change<'_>, function: &str, payload: &str) -> Result<Reply, Refusal> {
    let call = change.aws.lambda.invoke().function_name(function).invocation_type(InvocationType::Event);
    let call = call.payload(Blob::new(payload)).customize().interceptor(change.witness.clone());
    change.done(&of(function), call.send()).await
}

pub(super) async fn reserve(change: &Change<'_>, function: &str, executions: u32) -> Result<Reply, Refusal> {
    let executions = i32::try_from(executions).unwrap_or(i32::MAX);
    let call = change.aws.lambda.put_function_concurrency().function_name(function);
    let call = call.reserved_concurrent_executions(executions).customize().interceptor(change.witness.clone());
    change.done(&of(function), call.send()).await
}

pub(super) async fn release(change: &Change<'_>, function: &str) -> Result<Reply, Refusal> {
    let call = change.aws.lambda.delete_function_concurrency().function_name(function);
    change.done(&of(function), call.customize().interceptor(change.witness.clone()).send()).await
}

/// What is reserved for a function; `None` where there is no such function.
pub(super) async fn reservation(look: &Look<'_>, function: &str) -> Result<Option<Reservation>, Refusal> {
    let call = look.site.aws.lambda.get_function_concurrency().function_name(function);
    let answer = look.find(CONCURRENCY, &of(function), &["ResourceNotFoundException"], call.send()).await?;
    Ok(answer.map(|answer| match answer.reserved_concurrent_executions() {
        Some(held) => Reservation::Held(u32::try_from(held).unwrap_or(0)),
        None => Reservation::Shared,
    }))
}
