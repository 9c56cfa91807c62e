"""Tests a user pool that the emulator has created from a template of the AWS CDK.

`cdk.py ENDPOINT OUTPUTS` prints the results as a JSON list of cells. OUTPUTS is the file of
`--outputs-file`, in the form of `cdk deploy --outputs-file`.
"""

import base64
import json
import sys

import boto3
from pycognito import AWSSRP

ENDPOINT, OUTPUTS = sys.argv[1:]
NAME, PASSWORD = "ann@example.com", "SecurePass123!"


class Stack:
    """boto3's client with the ids in the outputs of the stack."""

    name = "boto3cdk"

    def __init__(self):
        with open(OUTPUTS, encoding="utf-8") as file:
            outputs = json.load(file)["Shop"]
        self.pool, self.client_id = outputs["UserPoolId"], outputs["ClientId"]
        self.group = outputs["Group"]
        self.idp = boto3.client(
            "cognito-idp",
            endpoint_url=ENDPOINT,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def settings(self):
        pool = self.idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        assert pool["UsernameAttributes"] == ["email"], pool
        assert pool["MfaConfiguration"] == "OPTIONAL", pool
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12, pool
        names = [attribute["Name"] for attribute in pool["SchemaAttributes"]]
        assert "custom:plan" in names, names
        scopes = self.client()["AllowedOAuthScopes"]
        assert scopes == ["openid", "https://api.example.com/orders"], scopes

    def client(self):
        found = self.idp.describe_user_pool_client(UserPoolId=self.pool, ClientId=self.client_id)
        return found["UserPoolClient"]

    def sign_in(self):
        who = {"UserPoolId": self.pool, "Username": NAME}
        self.idp.admin_create_user(
            **who,
            UserAttributes=[{"Name": "email", "Value": NAME}, {"Name": "custom:plan", "Value": "x"}],
        )
        self.idp.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
        self.idp.admin_add_user_to_group(**who, GroupName=self.group)
        srp = AWSSRP(
            username=NAME,
            password=PASSWORD,
            pool_id=self.pool,
            client_id=self.client_id,
            client_secret=self.client()["ClientSecret"],
            client=self.idp,
        )
        result = srp.authenticate_user()["AuthenticationResult"]
        payload = result["IdToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["cognito:groups"] == [self.group], claims
        assert claims["custom:plan"] == "x", claims

    def rows(self):
        return {"settings of the stack": self.settings, "SRP with secret": self.sign_in}


def cells(stack):
    """Runs the rows of the table, and returns their results."""
    for row, run in stack.rows().items():
        cell = {"client": stack.name, "row": row, "outcome": "ok"}
        try:
            run()
        except Exception as error:  # Whatever it is, it is this cell's outcome.
            cell["outcome"] = "refused"
            cell["reason"] = f"{type(error).__name__}: {error}"
        yield cell


json.dump(list(cells(Stack())), sys.stdout)
