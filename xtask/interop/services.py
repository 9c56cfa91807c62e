"""Tests the other AWS services of the emulator with boto3."""

import json

import boto3
from botocore import UNSIGNED
from botocore.config import Config

OTHER_ACCOUNT = "000000000001"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


class Services:
    """boto3's clients of SSM, STS, Secrets Manager, identity pools and IAM.

    `how` has the arguments of the clients. `sign_in` returns the tokens of a user of the user pool
    `pool` at the app client `client_id`.
    """

    name = "boto3services"

    def __init__(self, how, pool, client_id, sign_in):
        self.how, self.pool, self.client_id, self.sign_in = how, pool, client_id, sign_in

    def client(self, service, **other):
        return boto3.client(service, **{**self.how, **other})

    def parameters(self):
        ssm = self.client("ssm")
        names = [f"/interop/{number:02}" for number in range(12)]
        for name in names:
            ssm.put_parameter(Name=name, Value=name, Type="SecureString")
        pages = ssm.get_paginator("get_parameters_by_path").paginate(
            Path="/interop", WithDecryption=True
        )
        found = [(item["Name"], item["Value"]) for page in pages for item in page["Parameters"]]
        assert found == [(name, name) for name in names], found
        described = ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": ["/interop"]}]
        )
        assert sum(len(page["Parameters"]) for page in described) == 12
        for part in (names[:10], names[10:]):
            assert ssm.delete_parameters(Names=part)["DeletedParameters"] == part

    def versions(self):
        ssm = self.client("ssm")
        for value in ("one", "two"):
            ssm.put_parameter(Name="/versions", Value=value, Type="String", Overwrite=True)
        ssm.label_parameter_version(Name="/versions", ParameterVersion=1, Labels=["old"])
        for selector, value in (("", "two"), (":1", "one"), (":old", "one")):
            found = ssm.get_parameter(Name=f"/versions{selector}")["Parameter"]
            assert found["Value"] == value, found
        try:
            ssm.get_parameter(Name="/versions:9")
        except ssm.exceptions.ParameterVersionNotFound:
            return
        raise AssertionError("an unknown version was found")

    def accounts(self):
        for key, account in (("test", "123456789012"), (OTHER_ACCOUNT, OTHER_ACCOUNT)):
            identity = self.client("sts", aws_access_key_id=key).get_caller_identity()
            assert identity["Account"] == account, identity
            assert identity["Arn"] == f"arn:aws:iam::{account}:root", identity
        other = self.client("cognito-idp", aws_access_key_id=OTHER_ACCOUNT)
        assert other.list_user_pools(MaxResults=60)["UserPools"] == []

    def secrets(self):
        secrets = self.client("secretsmanager")
        arn = secrets.create_secret(Name="interop", SecretString="one")["ARN"]
        secrets.put_secret_value(SecretId=arn, SecretBinary=b"\x00two")
        assert secrets.get_secret_value(SecretId="interop")["SecretBinary"] == b"\x00two"
        previous = secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")
        assert previous["SecretString"] == "one"
        listed = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 1})
        assert "interop" in [item["Name"] for page in listed for item in page["SecretList"]]
        secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        try:
            secrets.get_secret_value(SecretId=arn)
        except secrets.exceptions.InvalidRequestException:
            secrets.restore_secret(SecretId=arn)
            secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
            return
        raise AssertionError("a deleted secret was returned")

    def identity_pool(self):
        admin = self.client("cognito-identity")
        provider = f"cognito-idp.us-east-1.amazonaws.com/{self.pool}"
        pool = admin.create_identity_pool(
            IdentityPoolName="interop",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[
                {
                    "ProviderName": provider,
                    "ClientId": self.client_id,
                    "ServerSideTokenCheck": True,
                }
            ],
        )["IdentityPoolId"]
        role = "arn:aws:iam::123456789012:role/interop"
        admin.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role})
        public = self.client("cognito-identity", config=Config(signature_version=UNSIGNED))
        logins = {provider: self.sign_in()["IdToken"]}
        identity = public.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
        answer = public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
        assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
        assert answer["Credentials"]["Expiration"].year > 2000
        try:
            public.get_id(IdentityPoolId=pool)
        except public.exceptions.NotAuthorizedException:
            admin.delete_identity_pool(IdentityPoolId=pool)
            return
        raise AssertionError("a guest got an identity")

    def role(self):
        iam = self.client("iam")
        created = iam.create_role(
            RoleName="interop",
            AssumeRolePolicyDocument=TRUST,
            Tags=[{"Key": "team", "Value": "x"}],
        )["Role"]
        found = iam.get_role(RoleName="interop")["Role"]
        assert found["AssumeRolePolicyDocument"] == json.loads(TRUST), found
        assert (found["Tags"], found["CreateDate"]) == (
            [{"Key": "team", "Value": "x"}],
            created["CreateDate"],
        )
        managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        iam.put_role_policy(RoleName="interop", PolicyName="p", PolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="interop", PolicyArn=managed)
        try:
            iam.delete_role(RoleName="interop")
        except iam.exceptions.DeleteConflictException:
            iam.detach_role_policy(RoleName="interop", PolicyArn=managed)
            iam.delete_role_policy(RoleName="interop", PolicyName="p")
            iam.delete_role(RoleName="interop")
        try:
            iam.get_role(RoleName="interop")
        except iam.exceptions.NoSuchEntityException:
            return
        raise AssertionError("a deleted role was found")

    def rows(self):
        """Returns the rows of the table, with their tests."""
        return {
            "parameters by path": self.parameters,
            "versions and labels of a parameter": self.versions,
            "accounts by access key": self.accounts,
            "versions and deletion of a secret": self.secrets,
            "credentials of an identity": self.identity_pool,
            "IAM role with policies": self.role,
        }
