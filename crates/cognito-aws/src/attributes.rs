//! Conversions between types of the AWS SDK and types of `cognito-core`: attributes, client
//! metadata, code deliveries, pages and times.

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

/// Converts attributes to the type of the SDK, for a request.
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

/// Converts attributes to the type of the SDK, for a request. Returns `None` if there are none,
/// because Cognito rejects an empty list.
pub(crate) fn sdk_attributes_unless_empty(
    attributes: &Attributes,
) -> Result<Option<Vec<AttributeType>>> {
    let list = sdk_attributes(attributes)?;
    Ok((!list.is_empty()).then_some(list))
}

/// Converts the attributes in a response, without copying names and values. `None` becomes an empty
/// set.
pub(crate) fn attributes(attributes: Option<Vec<AttributeType>>) -> Attributes {
    let mut ours = Attributes::new();
    for attribute in attributes.unwrap_or_default() {
        ours.insert_from_service(attribute.name, attribute.value.unwrap_or_default());
    }
    ours
}

/// Converts client metadata to the type of the SDK. Returns `None` if it is empty.
pub(crate) fn metadata(metadata: &ClientMetadata) -> Option<HashMap<String, String>> {
    let pairs = metadata
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    (!metadata.is_empty()).then(|| pairs.collect())
}

/// Converts the details of a code delivery: the medium, the masked destination and the attribute.
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

/// Converts `CodeDeliveryDetails` of a response to a [`CodeDelivery`]. Fails if the response does
/// not contain this member.
pub(crate) fn required_delivery(details: Option<&CodeDeliveryDetailsType>) -> Result<CodeDelivery> {
    let details = details.ok_or_else(|| missing("code delivery details"))?;
    Ok(delivery(details))
}

pub(crate) fn names(names: &[AttributeName]) -> Vec<String> {
    names.iter().map(String::from).collect()
}

/// Converts one page of a list that AWS returned. `entry` converts each entry. `page` creates the
/// result from the converted entries and the token of the next page.
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
