//! The form of a pool's triggers in a state file. Only triggers with a URL are stored, because a
//! function of the process cannot be stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serializer};

use crate::model::trigger::{Target, Trigger};

pub(super) fn serialize<S: Serializer>(
    targets: &BTreeMap<Trigger, Target>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let urls = targets.iter().filter_map(|(trigger, target)| match target {
        Target::Function(_) => None,
        Target::Url(url) => Some((trigger, url)),
    });
    to.collect_map(urls)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<Trigger, Target>, D::Error> {
    let urls = BTreeMap::<Trigger, String>::deserialize(from)?;
    let urls = urls.into_iter();
    Ok(urls
        .map(|(trigger, url)| (trigger, Target::Url(url)))
        .collect())
}
