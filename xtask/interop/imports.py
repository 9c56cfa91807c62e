"""Imports users with password hashes that Python libraries have made."""

import hashlib
import os
import time

import argon2
import bcrypt
import boto3
import requests
from passlib.hash import pbkdf2_sha256
from pycognito import AWSSRP

PASSWORD, WRONG = "Imported-Pass1!", "Imported-Pass2!"
ROLE = "arn:aws:iam::123456789012:role/import"
SECONDS = 120  # A debug build of the emulator verifies a hash slowly.


def scrypt():
    salt = os.urandom(16)
    n, r, p = 65_536, 8, 1
    key = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=n, r=r, p=p, maxmem=1 << 27, dklen=32)
    return f"{n}${r}${p}${salt.hex()}${key.hex()}"


# AWS's name of each algorithm, and the function that makes a hash. The costs are AWS's maximums.
HASHES = {
    "BCRYPT": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode(),
    "SCRYPT": scrypt,
    "ARGON2ID": lambda: argon2.PasswordHasher(
        time_cost=2, memory_cost=19_456, parallelism=1
    ).hash(PASSWORD),
    "PBKDF2_SHA256": lambda: pbkdf2_sha256.using(rounds=600_000).hash(PASSWORD),
}


class Imports:
    """boto3's calls of user import jobs, with one job for each algorithm.

    `how` has the arguments of boto3's client, and `refused` checks that a call is rejected.
    """

    name = "boto3imports"

    def __init__(self, how, refused):
        self.cognito, self.refused = boto3.client("cognito-idp", **how), refused
        pool = self.cognito.create_user_pool(
            PoolName="imports", AutoVerifiedAttributes=["email"]
        )
        self.pool = pool["UserPool"]["Id"]
        client = self.cognito.create_user_pool_client(
            UserPoolId=self.pool,
            ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        )
        self.client = client["UserPoolClient"]["ClientId"]

    def file(self, username, password_hash):
        """Returns an import file with one user."""
        header = self.cognito.get_csv_header(UserPoolId=self.pool)["CSVHeader"]
        values = {
            "cognito:username": username,
            "cognito:mfa_enabled": "FALSE",
            "email": f"{username}@example.com",
            "email_verified": "TRUE",
            "phone_number_verified": "FALSE",
            # A comma separates values, unless a backslash precedes it.
            "password_hash": password_hash.replace(",", "\\,"),
        }
        columns = [*header, "password_hash"]
        line = [values.get(column, "") for column in columns]
        return "\n".join(",".join(cells) for cells in (columns, line))

    def run(self, algorithm, file):
        """Imports a file, and returns the finished job."""
        job = self.cognito.create_user_import_job(
            JobName=algorithm,
            UserPoolId=self.pool,
            CloudWatchLogsRoleArn=ROLE,
            PasswordHashingAlgorithm=algorithm,
        )["UserImportJob"]
        requests.put(
            job["PreSignedUrl"],
            data=file,
            headers={"x-amz-server-side-encryption": "aws:kms"},
            timeout=15,
        ).raise_for_status()
        named = {"UserPoolId": self.pool, "JobId": job["JobId"]}
        self.cognito.start_user_import_job(**named)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            job = self.cognito.describe_user_import_job(**named)["UserImportJob"]
            if job["Status"] not in ("Pending", "InProgress"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"the job did not end: {job}")

    def sign_in(self, username, password):
        answer = self.cognito.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
        assert answer["AuthenticationResult"]["AccessToken"]

    def srp(self, username):
        answer = AWSSRP(
            username=username,
            password=PASSWORD,
            pool_id=self.pool,
            client_id=self.client,
            client=self.cognito,
        ).authenticate_user()
        assert answer["AuthenticationResult"]["AccessToken"]

    def keeps_password(self, algorithm):
        username = f"user-{algorithm.lower()}"
        job = self.run(algorithm, self.file(username, HASHES[algorithm]()))
        counts = [job[f"{name}Users"] for name in ("Imported", "Skipped", "Failed")]
        assert (job["Status"], counts) == ("Succeeded", [1, 0, 0]), job
        # A hash has no SRP verifier. The first sign-in with the password creates it.
        self.refused(lambda: self.srp(username))
        self.refused(lambda: self.sign_in(username, WRONG))
        self.sign_in(username, PASSWORD)
        self.srp(username)

    def rows(self):
        """Returns the rows of the table, with their tests."""
        return {
            f"{algorithm}: password, only then SRP": lambda name=algorithm: self.keeps_password(name)
            for algorithm in HASHES
        }
