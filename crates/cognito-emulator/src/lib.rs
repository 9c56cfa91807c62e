//! A Cognito user pool and an SSM Parameter Store on localhost, in process or as a command.
