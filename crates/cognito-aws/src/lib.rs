//! The Cognito ports spoken to AWS: requests in, outcomes out, secret hash, retries, time-outs.
