"""Tests the emulator with clients in Python: `interop.py ENDPOINT TOKENS`.

Prints the results as a JSON list of cells, and writes tokens to the file TOKENS for the verifier in
interop.mjs. SRP is pycognito's, also for boto3.
"""

import base64
import json
import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import boto3
import pyotp
import requests
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from botocore.exceptions import ClientError
from cli import Cli
from imports import Imports
from pycognito import AWSSRP, Cognito
from pycognito.aws_srp import generate_hash_device
from pycognito.exceptions import (
    ForceChangePasswordException,
    SoftwareTokenMFAChallengeException,
)
from services import Services

POOL = "us-east-1_Interop1"
AWS_POOL = "us-east-1_Interop2"
DEVICE_POOL = "us-east-1_Interop4"
PUBLIC, SECRET, ROTATING = "interoppublic", "interopsecret", "interoprotating"
VERIFIED, DEVICES = "interopverified", "interopdevices"
CLIENT_SECRET = "exampleOfASecretThatIsNone"
PASSWORD, TEMPORARY, NEW = "SecurePass123!", "Temporary123!", "AnotherPass123!"
SENDER_KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-4333-8444-555555555555"
OTHER_SENDER_KEY = "arn:aws:kms:us-east-1:123456789012:key/66666666-7777-4888-8999-000000000000"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

ENDPOINT, TOKENS = sys.argv[1:]
HOW = {
    "endpoint_url": ENDPOINT,
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


class Pycognito:
    """pycognito's `Cognito`, which stores and verifies the tokens itself."""

    name = "pycognito"

    def user(self, what, client_id=PUBLIC, secret=None):
        return Cognito(
            POOL,
            client_id,
            username=f"{what}.pycognito@example.com",
            client_secret=secret,
            boto3_client_kwargs=dict(HOW),
        )

    def srp(self, client_id, secret=None):
        user = self.user("plain", client_id, secret)
        user.authenticate(PASSWORD)
        assert user.get_user().username

    def wrong_password(self):
        self.user("plain").authenticate("WrongPass123!")

    def totp(self):
        user = self.user("totp")
        try:
            user.authenticate(PASSWORD)
        except SoftwareTokenMFAChallengeException:
            code = pyotp.TOTP(TOTP_SECRET).now()
            user.respond_to_software_token_mfa_challenge(code)
            return
        raise AssertionError("no second factor was required")

    def new_password(self):
        user = self.user("new")
        try:
            user.authenticate(TEMPORARY)
        except ForceChangePasswordException:
            user.new_password_challenge(TEMPORARY, NEW)
            self.user("new").authenticate(NEW)
            return
        raise AssertionError("no new password was required")

    def refresh(self):
        user = self.user("plain")
        user.authenticate(PASSWORD)
        before = user.access_token
        user.renew_access_token()
        assert user.access_token != before

    rotation = None  # It has no call for GetTokensFromRefreshToken.

    def device(self):
        sign_in = OnDevice(self.name)
        answer = sign_in.by_code()
        real = requests.post

        def here(_, **how):
            return real(ENDPOINT, **how)

        # The client derives AWS's endpoint from the id of the pool.
        with mock.patch("requests.post", here):
            srp = sign_in.srp()
            response, password = srp.confirm_device(answer, "interop")
            assert response.json() == {"UserConfirmationNecessary": False}, response.text
            sign_in.by_device(srp.device_key, srp.device_group_key, password)
            srp.update_device_status(False, srp.access_token, srp.device_key)
            sign_in.by_code(srp.device_key, srp.device_group_key, password)
            srp.forget_device(srp.access_token, srp.device_key)
        refused(
            lambda: sign_in.by_device(srp.device_key, srp.device_group_key, password),
            "ResourceNotFoundException",
        )

    def sign_out(self):
        user = self.user("out")
        user.authenticate(PASSWORD)
        kept = (user.access_token, user.refresh_token)
        user.logout()
        user.access_token, user.refresh_token = kept
        refused(user.get_user)
        refused(user.renew_access_token)

    def tokens(self):
        user = Cognito(
            AWS_POOL,
            VERIFIED,
            username="plain.pycognito@example.com",
            boto3_client_kwargs=dict(HOW),
        )
        # The tokens of this pool have AWS's issuer, and so has pycognito's URL of the pool
        # without an endpoint.
        user.pool_jwk = requests.get(
            f"{ENDPOINT}/{AWS_POOL}/.well-known/jwks.json", timeout=15
        ).json()
        user.pool_domain_url = None
        user.authenticate(PASSWORD)
        return {"access": user.access_token, "id": user.id_token}


class Boto3:
    """boto3's client, with SRP by pycognito's `AWSSRP`."""

    name = "boto3"

    def __init__(self):
        self.client = boto3.client("cognito-idp", **HOW)

    def sign_in(self, what, client_id=PUBLIC, secret=None, password=PASSWORD, pool=POOL):
        srp = AWSSRP(
            username=f"{what}.boto3@example.com",
            password=password,
            pool_id=pool,
            client_id=client_id,
            client=self.client,
            client_secret=secret,
        )
        return srp.authenticate_user()["AuthenticationResult"]

    def srp(self, client_id, secret=None):
        tokens = self.sign_in("plain", client_id, secret)
        self.client.get_user(AccessToken=tokens["AccessToken"])

    def wrong_password(self):
        self.sign_in("plain", password="WrongPass123!")

    def totp(self):
        try:
            self.sign_in("totp")
        except SoftwareTokenMFAChallengeException as challenge:
            asked = challenge.get_tokens()
            answer = self.client.respond_to_auth_challenge(
                ClientId=PUBLIC,
                ChallengeName=asked["ChallengeName"],
                Session=asked["Session"],
                ChallengeResponses={
                    "USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"],
                    "SOFTWARE_TOKEN_MFA_CODE": pyotp.TOTP(TOTP_SECRET).now(),
                },
            )
            assert answer["AuthenticationResult"]["AccessToken"]
            return
        raise AssertionError("no second factor was required")

    def new_password(self):
        srp = AWSSRP(
            username="new.boto3@example.com",
            password=TEMPORARY,
            pool_id=POOL,
            client_id=PUBLIC,
            client=self.client,
        )
        answer = srp.set_new_password_challenge(NEW)
        assert answer["AuthenticationResult"]["AccessToken"]
        self.sign_in("new", password=NEW)

    def refresh(self):
        tokens = self.sign_in("plain")
        answer = self.client.initiate_auth(
            ClientId=PUBLIC,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
        assert answer["AuthenticationResult"]["AccessToken"] != tokens["AccessToken"]

    def rotation(self):
        first = self.sign_in("plain", ROTATING)["RefreshToken"]

        def turn(token):
            answer = self.client.get_tokens_from_refresh_token(
                ClientId=ROTATING, RefreshToken=token
            )
            return answer["AuthenticationResult"]["RefreshToken"]

        second = turn(first)
        assert turn(second) not in (first, second)
        refused(lambda: turn(first), "RefreshTokenReuseException")

    def device(self):
        sign_in = OnDevice(self.name)
        result = sign_in.by_code()["AuthenticationResult"]
        new = result["NewDeviceMetadata"]
        group_key, key = new["DeviceGroupKey"], new["DeviceKey"]
        password, verifier = generate_hash_device(group_key, key)
        named = {"AccessToken": result["AccessToken"], "DeviceKey": key}
        self.client.confirm_device(
            DeviceName="interop", DeviceSecretVerifierConfig=verifier, **named
        )
        tokens = sign_in.by_device(key, group_key, password)
        page = self.client.list_devices(AccessToken=tokens["AccessToken"], Limit=1)
        assert [device["DeviceKey"] for device in page["Devices"]] == [key]

        def refresh(**device):
            return self.client.get_tokens_from_refresh_token(
                ClientId=DEVICES, RefreshToken=tokens["RefreshToken"], **device
            )

        refused(refresh)
        refresh(DeviceKey=key)
        self.client.forget_device(**named)
        refused(lambda: refresh(DeviceKey=key))
        refused(
            lambda: sign_in.by_device(key, group_key, password), "ResourceNotFoundException"
        )

    def sign_out(self):
        tokens = self.sign_in("out")
        self.client.global_sign_out(AccessToken=tokens["AccessToken"])
        refused(lambda: self.client.get_user(AccessToken=tokens["AccessToken"]))
        refused(
            lambda: self.client.get_tokens_from_refresh_token(
                ClientId=PUBLIC, RefreshToken=tokens["RefreshToken"]
            )
        )

    def tokens(self):
        tokens = self.sign_in("plain", VERIFIED, pool=AWS_POOL)
        return {"access": tokens["AccessToken"], "id": tokens["IdToken"]}


class OnDevice:
    """A user with an authenticator app, who signs in with pycognito's `AWSSRP`."""

    def __init__(self, client):
        self.username = f"device.{client}@example.com"
        self.client = boto3.client("cognito-idp", **HOW)
        self.last_code = None

    def srp(self, key=None, group_key=None, password=None):
        return AWSSRP(
            username=self.username,
            password=PASSWORD,
            pool_id=DEVICE_POOL,
            client_id=DEVICES,
            client=self.client,
            device_key=key,
            device_group_key=group_key,
            device_password=password,
        )

    def by_code(self, *device):
        """Signs in with the code of the app. Cognito accepts each code once."""
        try:
            self.srp(*device).authenticate_user()
        except SoftwareTokenMFAChallengeException as challenge:
            asked = challenge.get_tokens()
            if self.last_code:
                return None
            self.last_code = pyotp.TOTP(TOTP_SECRET).now()
            return self.client.respond_to_auth_challenge(
                ClientId=DEVICES,
                ChallengeName=asked["ChallengeName"],
                Session=asked["Session"],
                ChallengeResponses={
                    "USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"],
                    "SOFTWARE_TOKEN_MFA_CODE": self.last_code,
                },
            )
        raise AssertionError("no second factor was required")

    def by_device(self, *device):
        """Signs in on a device, which replaces the second factor."""
        tokens = self.srp(*device).authenticate_user()["AuthenticationResult"]
        payload = tokens["AccessToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        assert claims["device_key"] == device[0]
        assert "NewDeviceMetadata" not in tokens
        return tokens


class CustomSender(BaseHTTPRequestHandler):
    """A custom sender, which stores its events."""

    events = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.events.append(json.loads(body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"null")

    def log_message(self, *_):
        """Logs nothing, because the standard error is shown on the terminal."""


class EncryptionSdk:
    """The AWS Encryption SDK with a KMS keyring, for the codes of custom senders."""

    name = "encryptionsdk"

    def __init__(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), CustomSender)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/"
        self.cognito, self.kms = (boto3.client(name, **HOW) for name in ("cognito-idp", "kms"))
        self.sdk = EncryptionSDKClient(
            commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
        )

    def sign_up(self, key):
        """Signs up in a new pool. Returns the client, the user and the encrypted code."""
        config = {
            "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": self.url},
            "KMSKeyID": key,
        }
        pool = self.cognito.create_user_pool(
            PoolName="custom sender", AutoVerifiedAttributes=["email"], LambdaConfig=config
        )
        client = self.cognito.create_user_pool_client(
            UserPoolId=pool["UserPool"]["Id"], ClientName="web"
        )
        user = {"ClientId": client["UserPoolClient"]["ClientId"], "Username": "sender"}
        email = {"Name": "email", "Value": "sender@example.com"}
        self.cognito.sign_up(Password=PASSWORD, UserAttributes=[email], **user)
        event = CustomSender.events.pop()
        assert event["triggerSource"] == "CustomEmailSender_SignUp"
        return user, base64.b64decode(event["request"]["code"])

    def decrypt(self, code, key, sdk=None):
        providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
        keyring = providers.create_aws_kms_keyring(
            input=CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=self.kms)
        )
        plaintext, _ = (sdk or self.sdk).decrypt(source=code, keyring=keyring)
        return plaintext.decode()

    def rejects(self, *arguments):
        try:
            self.decrypt(*arguments)
        except Exception:  # The SDK has many exceptions.
            return
        raise AssertionError("the code was decrypted")

    def rows(self):
        user, code = self.sign_up(SENDER_KEY)
        changed = code[:-1] + bytes([code[-1] ^ 1])
        return {
            "code confirms the sign-up": lambda: self.cognito.confirm_sign_up(
                ConfirmationCode=self.decrypt(code, SENDER_KEY), **user
            ),
            "changed code refused": lambda: self.rejects(changed, SENDER_KEY),
            "another key refused": lambda: self.rejects(code, self.other_key()),
            "required commitment refused": lambda: self.rejects(
                code, SENDER_KEY, EncryptionSDKClient()
            ),
        }

    def other_key(self):
        """Returns a key of another pool."""
        self.sign_up(OTHER_SENDER_KEY)
        return OTHER_SENDER_KEY


def refused(call, code="NotAuthorizedException"):
    """Checks that a call is rejected with this error."""
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError("it was not rejected")


def password_rows(client):
    """Returns the rows of the table of sign-ins, with their tests."""
    return {
        "SRP without secret": lambda: client.srp(PUBLIC),
        "SRP with secret": lambda: client.srp(SECRET, CLIENT_SECRET),
        "wrong password refused": lambda: refused(client.wrong_password),
        "TOTP": client.totp,
        "new password": client.new_password,
        "refresh": client.refresh,
        "rotation": client.rotation,
        "remembered device": client.device,
        "global sign-out": client.sign_out,
    }


def cells(client, rows):
    """Runs the rows of a table, and returns their results."""
    for row, run in rows.items():
        cell = {"client": client.name, "row": row, "outcome": "ok"}
        if run is None:
            cell["outcome"] = "not offered"
        else:
            try:
                run()
            except Exception as error:  # Whatever it is, it is this cell's outcome.
                cell["outcome"] = "refused"
                cell["reason"] = f"{type(error).__name__}: {error}"
        yield cell


def main():
    # The SDK logs rejections that this script expects.
    logging.getLogger("aws_encryption_sdk").setLevel(logging.CRITICAL)
    found, tokens = [], {}
    for client in (Pycognito(), Boto3()):
        found.extend(cells(client, password_rows(client)))
        try:
            tokens[client.name] = client.tokens()
        except Exception as error:
            tokens[client.name] = {"reason": f"{type(error).__name__}: {error}"}
    services = Services(HOW, POOL, PUBLIC, lambda: Boto3().sign_in("plain"))
    found.extend(cells(services, services.rows()))
    imports = Imports(HOW, refused)
    found.extend(cells(imports, imports.rows()))
    sdk = EncryptionSdk()
    found.extend(cells(sdk, sdk.rows()))
    cli = Cli(ENDPOINT)
    found.extend(cells(cli, cli.rows()))
    with open(TOKENS, "w", encoding="utf-8") as file:
        json.dump(tokens, file)
    json.dump(found, sys.stdout)


main()
