"""Signs a user up and in with pycognito and the emulator."""

import json
import os
from urllib.request import urlopen

from pycognito import Cognito

ENDPOINT = os.environ["ENDPOINT"]
EMAIL, PASSWORD = "ann@example.com", "SecurePass123!"

user = Cognito(
    "us-east-1_EmuPool01",
    "emulatorclient1",
    username=EMAIL,
    boto3_client_kwargs={"endpoint_url": ENDPOINT},
)
user.set_base_attributes(email=EMAIL)
user.register(EMAIL, PASSWORD)

# The emulator sends no e-mail. Its inbox has the messages, the oldest first.
with urlopen(f"{ENDPOINT}/_emulator/inbox?to={EMAIL}") as response:
    code = json.load(response)[-1]["code"]
user.confirm_sign_up(code)

# With SRP. pycognito verifies the tokens with the keys of the emulator.
user.authenticate(PASSWORD)
user.verify_tokens()
print("signed in as", user.get_user().email)
