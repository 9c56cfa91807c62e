#!/bin/sh
# Creates a user pool, an app client and a user, and signs the user in. README.md has the settings of the AWS CLI.
set -eu

EMAIL=ann@example.com
PASSWORD='SecurePass123!'

pool=$(aws cognito-idp create-user-pool --pool-name shop --username-attributes email \
    --query UserPool.Id --output text)
client=$(aws cognito-idp create-user-pool-client --user-pool-id "$pool" --client-name web \
    --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH \
    --query UserPoolClient.ClientId --output text)

aws cognito-idp admin-create-user --user-pool-id "$pool" --username "$EMAIL" \
    --user-attributes Name=email,Value="$EMAIL" Name=email_verified,Value=true \
    --message-action SUPPRESS --query User.UserStatus --output text
aws cognito-idp admin-set-user-password --user-pool-id "$pool" --username "$EMAIL" \
    --password "$PASSWORD" --permanent

token=$(aws cognito-idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
    --auth-parameters USERNAME="$EMAIL",PASSWORD="$PASSWORD" \
    --query AuthenticationResult.AccessToken --output text)
aws cognito-idp get-user --access-token "$token" --query 'UserAttributes[?Name==`email`].Value' --output text
aws cognito-idp list-users --user-pool-id "$pool" --filter 'email ^= "ann@"' --query 'Users[].UserStatus' --output text
