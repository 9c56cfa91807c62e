//! Where the settings of a user pool come from: environment, SSM, static, a chain, kept fresh.
