//! A tower layer that lets nobody in without a token of Amazon Cognito's.
