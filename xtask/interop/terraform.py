"""Stands in for Terraform's AWS provider, which no package registry has.

For the resources of a `main.tf`, `Provider` makes the calls that the AWS provider makes (github.com/hashicorp/
terraform-provider-aws, `internal/service/cognitoidp`), and reads each resource with the calls and members that the
provider reads. Terraform would show a change of a setting that reads back with another value, so this is an error here.
"""

import re
from pathlib import Path

import boto3
import hcl2
from hcl2.utils import SerializationOptions

OPTIONS = SerializationOptions(
    explicit_blocks=False, strip_string_quotes=True, with_comments=False
)
# Optional settings of a user pool. If `main.tf` omits them, the provider expects none in the response.
ABSENT = {
    "AliasAttributes",
    "DeviceConfiguration",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "UserPoolAddOns",
    "UsernameConfiguration",
}


def api_name(name):
    """Returns the name of an argument of Terraform in AWS's API."""
    words = {"oauth": "OAuth", "urls": "URLs"}
    return "".join(words.get(word, word.capitalize()) for word in name.split("_"))


def comparable(value):
    """Ignores the order of lists."""
    return sorted(value) if isinstance(value, list) else value


def standard_attribute(name, **settings):
    """Returns an attribute that each user pool has, as the provider expects it."""
    text = {"MinLength": "0", "MaxLength": "2048"}
    attribute = {
        "Name": name,
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
        "StringAttributeConstraints": text,
        **settings,
    }
    return {key: value for key, value in attribute.items() if value is not None}


def standard_attributes():
    boolean = {"AttributeDataType": "Boolean", "StringAttributeConstraints": None}
    special = {
        "birthdate": {"StringAttributeConstraints": {"MinLength": "10", "MaxLength": "10"}},
        "email_verified": boolean,
        "phone_number_verified": boolean,
        "sub": {
            "Mutable": False,
            "Required": True,
            "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
        },
        "updated_at": {
            "AttributeDataType": "Number",
            "NumberAttributeConstraints": {"MinValue": "0"},
            "StringAttributeConstraints": None,
        },
    }
    plain = """address email family_name gender given_name locale middle_name name nickname phone_number picture
    preferred_username profile website zoneinfo"""
    return [
        standard_attribute(name, **special.get(name, {})) for name in [*plain.split(), *special]
    ]


class Provider:
    """The provider of the `main.tf` in a folder. `endpoint` is the URL of the emulator."""

    def __init__(self, folder, endpoint):
        text = (Path(folder) / "main.tf").read_text()
        self.file = hcl2.loads(text, serialization_options=OPTIONS)
        settings = self.file["provider"][0]["aws"]
        (endpoints,) = settings["endpoints"]
        assert set(endpoints.values()) == {endpoint}, endpoints
        options = {
            "region_name": settings["region"],
            "aws_access_key_id": settings["access_key"],
            "aws_secret_access_key": settings["secret_key"],
        }
        sts = boto3.client("sts", endpoint_url=endpoints["sts"], **options)
        account = sts.get_caller_identity()["Account"]
        assert re.fullmatch(r"\d{12}", account), account
        self.cognito = boto3.client(
            "cognito-idp", endpoint_url=endpoints["cognitoidp"], **options
        )
        self.state = {}

    def apply(self):
        """Creates the resources, and reads them. Returns the outputs."""
        for block in self.file["resource"]:
            ((kind, named),) = block.items()
            ((name, given),) = named.items()
            given = self.value(given)
            create = getattr(self, kind.removeprefix("aws_cognito_"))
            self.state[kind, name] = {**given, **create(given)}
        return {
            name: self.value(output["value"])
            for block in self.file["output"]
            for name, output in block.items()
        }

    def value(self, given):
        """Replaces the references to other resources."""
        if isinstance(given, dict):
            return {name: self.value(value) for name, value in given.items()}
        if isinstance(given, list):
            return [self.value(value) for value in given]
        if isinstance(given, str) and given.startswith("${"):
            kind, name, attribute = given[2:-1].split(".")
            return self.state[kind, name][attribute]
        return given

    def user_pool(self, given):
        given = dict(given)
        mfa = given.pop("mfa_configuration", "OFF")
        (app,) = given.pop("software_token_mfa_configuration", [None])
        request = {"PoolName": given.pop("name"), "DeletionProtection": "INACTIVE"}
        request["UserPoolTags"] = given.pop("tags", {})
        (policy,) = given.pop("password_policy", [{}])
        policy = {api_name(name): value for name, value in policy.items()}
        request["Policies"] = {"PasswordPolicy": policy}
        schema = [self.attribute(entry) for entry in given.pop("schema", [])]
        request["Schema"] = schema
        request.update({api_name(name): value for name, value in given.items()})
        pool = self.cognito.create_user_pool(**request)["UserPool"]["Id"]
        if mfa != "OFF":
            self.cognito.set_user_pool_mfa_config(
                UserPoolId=pool,
                MfaConfiguration=mfa,
                SoftwareTokenMfaConfiguration={"Enabled": app["enabled"]},
            )
        self.read_pool(pool, request)
        read = self.cognito.get_user_pool_mfa_config(UserPoolId=pool)
        assert read["MfaConfiguration"] == mfa, read
        assert read["SoftwareTokenMfaConfiguration"]["Enabled"] == app["enabled"], read
        assert "WebAuthnConfiguration" not in read, read
        return {"id": pool}

    @staticmethod
    def attribute(given):
        """Returns an entry of `schema` in AWS's API."""
        given = dict(given)
        (limits,) = given.pop("string_attribute_constraints")
        entry = {api_name(name): value for name, value in given.items()}
        limits = {api_name(name): value for name, value in limits.items()}
        default = {"DeveloperOnlyAttribute": False, "Required": False}
        return {**default, **entry, "StringAttributeConstraints": limits}

    def read_pool(self, pool, request):
        read = self.cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        for name in ["Arn", "CreationDate", "LastModifiedDate", "EstimatedNumberOfUsers"]:
            assert name in read, f"no {name}: {read}"
        assert read["Name"] == request.pop("PoolName"), read
        custom = [{**entry, "Name": f"custom:{entry['Name']}"} for entry in request.pop("Schema")]
        expected = standard_attributes() + custom
        for attribute in read["SchemaAttributes"]:
            assert attribute in expected, f"Terraform would replace the pool: {attribute}"
        policy = read["Policies"]["PasswordPolicy"]
        self.unchanged(request.pop("Policies")["PasswordPolicy"], policy)
        self.unchanged(request, read)
        surplus = ABSENT & set(read) - set(request)
        assert not surplus, f"{surplus} in {read}"
        assert not read.get("LambdaConfig"), read

    @staticmethod
    def unchanged(given, read):
        for name, value in given.items():
            found = read.get(name)
            assert comparable(found) == comparable(value), f"{name}: {found} instead of {value}"

    def user_pool_client(self, given):
        given = dict(given)
        request = {"ClientName": given.pop("name")}
        request.update({api_name(name): value for name, value in given.items()})
        created = self.cognito.create_user_pool_client(**request)["UserPoolClient"]
        self.unchanged(request, created)
        key = {"UserPoolId": request["UserPoolId"], "ClientId": created["ClientId"]}
        read = self.cognito.describe_user_pool_client(**key)["UserPoolClient"]
        self.unchanged(created, read)
        return {"id": created["ClientId"]}

    def user_pool_domain(self, given):
        domain = given["domain"]
        self.cognito.create_user_pool_domain(Domain=domain, UserPoolId=given["user_pool_id"])
        read = self.cognito.describe_user_pool_domain(Domain=domain)["DomainDescription"]
        # The provider waits for this status.
        assert read["Status"] == "ACTIVE", read
        assert read["UserPoolId"] == given["user_pool_id"], read
        for name in ["AWSAccountId", "CloudFrontDistribution", "S3Bucket", "Version"]:
            assert name in read, f"no {name}: {read}"
        return {"id": domain}

    def user_group(self, given):
        key = {"UserPoolId": given["user_pool_id"], "GroupName": given["name"]}
        self.cognito.create_group(**key, Precedence=given["precedence"])
        read = self.cognito.get_group(**key)["Group"]
        self.unchanged({**key, "Precedence": given["precedence"]}, read)
        assert not {"Description", "RoleArn"} & set(read), read
        return {}

    def user(self, given):
        key = {"UserPoolId": given["user_pool_id"], "Username": given["username"]}
        custom = "email", "email_verified"
        names = {name: name if name in custom else f"custom:{name}" for name in given["attributes"]}
        self.cognito.admin_create_user(
            **key,
            MessageAction=given["message_action"],
            UserAttributes=[
                {"Name": names[name], "Value": value} for name, value in given["attributes"].items()
            ],
        )
        self.cognito.admin_set_user_password(**key, Password=given["password"], Permanent=True)
        read = self.cognito.admin_get_user(**key)
        assert read["Enabled"] and read["UserStatus"] == "CONFIRMED", read
        for name in ["UserCreateDate", "UserLastModifiedDate"]:
            assert name in read, f"no {name}: {read}"
        attributes = {entry["Name"]: entry["Value"] for entry in read["UserAttributes"]}
        assert attributes.pop("sub"), read
        expected = {names[name]: value for name, value in given["attributes"].items()}
        assert attributes == expected, f"{attributes} instead of {expected}"
        return {}

    def user_in_group(self, given):
        key = {"UserPoolId": given["user_pool_id"], "Username": given["username"]}
        self.cognito.admin_add_user_to_group(**key, GroupName=given["group_name"])
        groups = self.cognito.admin_list_groups_for_user(**key)["Groups"]
        assert given["group_name"] in [group["GroupName"] for group in groups], groups
        return {}

    def destroy(self):
        """Deletes the resources in reverse order, and reads them as the provider does after that."""
        cognito = self.cognito
        for (kind, _), state in reversed(self.state.items()):
            pool = {"UserPoolId": state.get("user_pool_id", state.get("id"))}
            match kind.removeprefix("aws_cognito_"):
                case "user_in_group":
                    key = {"Username": state["username"], "GroupName": state["group_name"]}
                    cognito.admin_remove_user_from_group(**pool, **key)
                case "user":
                    cognito.admin_delete_user(**pool, Username=state["username"])
                case "user_group":
                    cognito.delete_group(**pool, GroupName=state["name"])
                case "user_pool_domain":
                    cognito.delete_user_pool_domain(**pool, Domain=state["domain"])
                    read = cognito.describe_user_pool_domain(Domain=state["domain"])
                    assert not read["DomainDescription"], read
                case "user_pool_client":
                    cognito.delete_user_pool_client(**pool, ClientId=state["id"])
                case "user_pool":
                    cognito.delete_user_pool(**pool)
                    self.is_gone(pool)

    def is_gone(self, pool):
        try:
            self.cognito.describe_user_pool(**pool)
        except self.cognito.exceptions.ResourceNotFoundException:
            return
        raise AssertionError("the user pool still exists")
