"""Tests the emulator with the AWS CLI, which runs as a separate program."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

USER, EMAIL, PASSWORD = "ann", "ann.cli@example.com", "SecurePass123!"


class Cli:
    """The AWS CLI with a new user pool. `endpoint` is the URL of the emulator."""

    name = "awscli"

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "config")
        with open(config, "w", encoding="utf-8") as file:
            # Without this setting, version 1 fetches URLs that are values of options.
            file.write("[default]\nregion = us-east-1\noutput = json\ncli_follow_urlparam = false\n")
        self.environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_CONFIG_FILE": config,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self.pool = self.client = self.tokens = None

    def run(self, *arguments):
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        return subprocess.run(
            [program, "cognito-idp", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def aws(self, *arguments):
        """Runs a command, and returns the JSON of its output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr.strip()
        return json.loads(done.stdout) if done.stdout.strip() else None

    def in_pool(self, operation, *arguments):
        return self.aws(operation, "--user-pool-id", self.pool, *arguments)

    def pool_and_client(self):
        created = self.aws(
            "create-user-pool",
            "--pool-name=cli",
            "--auto-verified-attributes=email",
            "--policies",
            "PasswordPolicy={MinimumLength=12,RequireSymbols=true}",
        )
        self.pool = created["UserPool"]["Id"]
        client = self.in_pool(
            "create-user-pool-client",
            "--client-name=web",
            "--explicit-auth-flows",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        )
        self.client = client["UserPoolClient"]["ClientId"]
        found = self.in_pool("describe-user-pool")["UserPool"]
        assert found["Policies"]["PasswordPolicy"]["MinimumLength"] == 12, found
        pools = self.aws("list-user-pools", "--max-results=60")["UserPools"]
        assert self.pool in [pool["Id"] for pool in pools], pools

    def user_with_password(self):
        self.in_pool(
            "admin-create-user",
            f"--username={USER}",
            "--message-action=SUPPRESS",
            "--user-attributes",
            f"Name=email,Value={EMAIL}",
            "Name=email_verified,Value=true",
        )
        named = [f"--username={USER}"]
        self.in_pool("admin-set-user-password", *named, f"--password={PASSWORD}", "--permanent")
        assert self.in_pool("admin-get-user", *named)["UserStatus"] == "CONFIRMED"

    def initiate(self, password):
        return (
            "initiate-auth",
            f"--client-id={self.client}",
            "--auth-flow=USER_PASSWORD_AUTH",
            f"--auth-parameters=USERNAME={USER},PASSWORD={password}",
        )

    def sign_in(self):
        self.tokens = self.aws(*self.initiate(PASSWORD))["AuthenticationResult"]
        token = f"--access-token={self.tokens['AccessToken']}"
        attributes = self.aws("get-user", token)["UserAttributes"]
        assert {"Name": "email", "Value": EMAIL} in attributes, attributes

    def refresh(self):
        renewed = self.aws(
            "get-tokens-from-refresh-token",
            f"--client-id={self.client}",
            f"--refresh-token={self.tokens['RefreshToken']}",
        )["AuthenticationResult"]
        assert renewed["AccessToken"] != self.tokens["AccessToken"]

    def sign_up(self):
        user = [f"--client-id={self.client}", "--username=eve"]
        address = "eve.cli@example.com"
        attributes = f"--user-attributes=Name=email,Value={address}"
        self.aws("sign-up", *user, f"--password={PASSWORD}", attributes)
        query = urllib.parse.urlencode({"to": address})
        with urllib.request.urlopen(f"{self.endpoint}/_emulator/inbox?{query}") as reply:
            code = json.load(reply)[-1]["code"]
        self.aws("confirm-sign-up", *user, f"--confirmation-code={code}")

    def users_and_groups(self):
        group = ["--group-name=admins"]
        self.in_pool("create-group", *group, "--precedence=1")
        self.in_pool("admin-add-user-to-group", *group, f"--username={USER}")
        members = self.in_pool("list-users-in-group", *group)["Users"]
        assert [member["Username"] for member in members] == [USER], members
        # The CLI follows the pages of a list itself.
        users = self.in_pool("list-users", "--page-size=1")["Users"]
        assert sorted(user["Username"] for user in users) == [USER, "eve"], users
        found = self.in_pool("list-users", "--filter", f'email = "{EMAIL}"', "--query=Users[].Username")
        assert found == [USER], found

    def callback(self):
        url = "http://localhost:3000/callback"
        updated = self.in_pool(
            "update-user-pool-client",
            f"--client-id={self.client}",
            f"--callback-urls={url}",
            "--allowed-o-auth-flows=code",
            "--allowed-o-auth-scopes=openid",
            "--allowed-o-auth-flows-user-pool-client",
            "--supported-identity-providers=COGNITO",
        )
        assert updated["UserPoolClient"]["CallbackURLs"] == [url], updated

    def error(self):
        done = self.run(*self.initiate("WrongPass123!"))
        text = (
            "An error occurred (NotAuthorizedException) when calling the InitiateAuth operation: "
            "Incorrect username or password."
        )
        assert done.returncode != 0 and text in done.stderr, done.stderr

    def deletion(self):
        self.in_pool("delete-user-pool")
        done = self.run("describe-user-pool", "--user-pool-id", self.pool)
        assert "ResourceNotFoundException" in done.stderr, done.stderr

    def rows(self):
        """Returns the rows of the table, with their tests."""
        return {
            "user pool and app client": self.pool_and_client,
            "user with a password": self.user_with_password,
            "sign-in and profile": self.sign_in,
            "refresh": self.refresh,
            "sign-up": self.sign_up,
            "users, groups and pages": self.users_and_groups,
            "wrong password refused": self.error,
            "callback URL": self.callback,
            "deletion": self.deletion,
        }
