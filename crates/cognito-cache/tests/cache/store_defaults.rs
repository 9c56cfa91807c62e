//! The default bodies of [`Store`].

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::store::{CounterLimit, Store, StoreKey};
use cognito_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

/// A store whose `add` fails for one counter: when it is raised, or when it is lowered.
#[derive(Debug, Default)]
struct Failing {
    counters: Mutex<HashMap<String, i64>>,
    raise: Option<&'static str>,
    lower: Option<&'static str>,
}

impl Failing {
    fn value(&self, key: &str) -> i64 {
        let counters = self.counters.lock();
        counters.get(&format!("test:{key}")).copied().unwrap_or(0)
    }
}

#[async_trait]
impl Store for Failing {
    async fn read(&self, _key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn write(&self, _key: &StoreKey, _value: Vec<u8>, _time_to_live: Duration) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _key: &StoreKey) -> Result<()> {
        Ok(())
    }

    async fn add(&self, key: &StoreKey, delta: i64, _time_to_live: Duration) -> Result<i64> {
        let key = key.to_string();
        let fails = |name: Option<&str>| name.is_some_and(|name| key.ends_with(name));
        if delta > 0 && fails(self.raise) {
            return Err(Error::new(ErrorKind::StoreUnavailable).with_detail("raise"));
        }
        if delta < 0 && fails(self.lower) {
            return Err(Error::new(ErrorKind::StoreUnavailable).with_detail("lower"));
        }
        let mut counters = self.counters.lock();
        let value = counters.entry(key).or_default();
        *value += delta;
        Ok(*value)
    }
}

#[tokio::test]
async fn failed_rollback_still_lowers_other_counters() {
    let store = Failing {
        raise: Some("third"),
        lower: Some("first"),
        ..Failing::default()
    };
    let limits =
        ["first", "second", "third"].map(|key| CounterLimit::new(StoreKey::new("test", key), 5));
    let error = store.reserve(&limits, Duration::from_secs(60)).await;
    assert!(error.unwrap_err().to_string().contains("raise"));
    assert_eq!(store.value("first"), 1);
    assert_eq!(store.value("second"), 0);
}
