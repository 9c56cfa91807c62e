//! Conversions between types of the SDK and of `cognito-core`: attributes, client metadata, code
//! deliveries, pages and times.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::types::{AttributeType, CodeDeliveryDetailsType};
use aws_smithy_types::DateTime;
use cognito_core::administration::page::PageToken;
use cognito_core::{
    AttributeName, Attributes, ClientMetadata, CodeDelivery, DeliveryMedium, Error, ErrorKind,
    Result,
};

use crate::error::{from_response, missing};

/// Converts attributes of a request.
pub(crate) fn sdk_attributes(attributes: &Attributes) -> Result<Vec<AttributeType>> {
    attributes
        .iter()
        .map(|(name, value)| {
            AttributeType::builder()
                .name(name)
                .value(value)
                .build()
                .map_err(|_| Error::new(ErrorKind::Misuse))
        })
        .collect()
}

/// Converts attributes of a request. Returns `None` if there are none, because operations reject an
/// empty list.
pub(crate) fn sdk_attributes_unless_empty(
    attributes: &Attributes,
) -> Result<Option<Vec<AttributeType>>> {
    let list = sdk_attributes(attributes)?;
    Ok((!list.is_empty()).then_some(list))
}

/// Converts attributes of a response. It moves the names and values, without copies.
pub(crate) fn attributes(attributes: Option<Vec<AttributeType>>) -> Attributes {
    let mut ours = Attributes::new();
    for attribute in attributes.unwrap_or_default() {
        ours.insert_from_service(attribute.name, attribute.value.unwrap_or_default());
    }
    ours
}

/// Converts client metadata. Returns `None` if there is none.
pub(crate) fn metadata(metadata: &ClientMetadata) -> Option<HashMap<String, String>> {
    let pairs = metadata
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    (!metadata.is_empty()).then(|| pairs.collect())
}

/// Converts the delivery of a code.
pub(crate) fn delivery(details: &CodeDeliveryDetailsType) -> CodeDelivery {
    let medium = details
        .delivery_medium()
        .map_or("", |medium| medium.as_str());
    let mut delivery = CodeDelivery::new(
        details.destination().unwrap_or_default(),
        DeliveryMedium::from(medium),
    );
    delivery.attribute = details
        .attribute_name()
        .and_then(|name| AttributeName::new(name).ok());
    delivery
}

/// Converts the delivery of a code. Returns an error if the response has none.
pub(crate) fn required_delivery(details: Option<&CodeDeliveryDetailsType>) -> Result<CodeDelivery> {
    let details = details.ok_or_else(|| missing("code delivery details"))?;
    Ok(delivery(details))
}

pub(crate) fn names(names: &[AttributeName]) -> Vec<String> {
    names.iter().map(String::from).collect()
}

/// Converts a page of a list. `entry` converts an entry, and `page` creates the page from the
/// entries and the token of the next page.
pub(crate) fn page<T, U, P>(
    entries: Option<Vec<T>>,
    entry: impl Fn(T) -> Result<U>,
    next_token: Option<String>,
    page: impl FnOnce(Vec<U>, Option<PageToken>) -> P,
) -> Result<P> {
    let entries = entries.unwrap_or_default().into_iter().map(entry);
    let next_token = from_response(next_token.map(PageToken::new).transpose())?;
    Ok(page(entries.collect::<Result<_>>()?, next_token))
}

pub(crate) fn time(moment: Option<&DateTime>) -> Option<SystemTime> {
    moment.and_then(|moment| SystemTime::try_from(*moment).ok())
}
