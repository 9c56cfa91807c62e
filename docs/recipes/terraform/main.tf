terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

# With AWS, leave out everything in this block except the region.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"

  # This computer is not an EC2 instance.
  skip_metadata_api_check = true

  endpoints {
    cognitoidentity = "http://127.0.0.1:9229"
    cognitoidp      = "http://127.0.0.1:9229"
    iam             = "http://127.0.0.1:9229"
    kms             = "http://127.0.0.1:9229"
    secretsmanager  = "http://127.0.0.1:9229"
    ssm             = "http://127.0.0.1:9229"
    sts             = "http://127.0.0.1:9229"
  }
}

resource "aws_cognito_user_pool" "people" {
  name                     = "people"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  schema {
    name                = "plan"
    attribute_data_type = "String"
    mutable             = true

    string_attribute_constraints {
      min_length = "1"
      max_length = "20"
    }
  }

  software_token_mfa_configuration {
    enabled = true
  }

  tags = {
    stage = "development"
  }
}

resource "aws_cognito_user_pool_client" "web" {
  name                = "web"
  user_pool_id        = aws_cognito_user_pool.people.id
  explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"]

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["email", "openid"]
  callback_urls                        = ["http://localhost:3000/callback"]
  supported_identity_providers         = ["COGNITO"]
}

resource "aws_cognito_user_pool_domain" "people" {
  domain       = "people-example"
  user_pool_id = aws_cognito_user_pool.people.id
}

resource "aws_cognito_user_group" "staff" {
  name         = "staff"
  user_pool_id = aws_cognito_user_pool.people.id
  precedence   = 1
}

resource "aws_cognito_user" "ann" {
  user_pool_id   = aws_cognito_user_pool.people.id
  username       = "ann@example.com"
  password       = "SecurePass123!"
  message_action = "SUPPRESS"

  attributes = {
    email          = "ann@example.com"
    email_verified = "true"
    plan           = "free"
  }
}

resource "aws_cognito_user_in_group" "ann" {
  user_pool_id = aws_cognito_user_pool.people.id
  group_name   = aws_cognito_user_group.staff.name
  username     = aws_cognito_user.ann.username
}

output "user_pool_id" {
  value = aws_cognito_user_pool.people.id
}

output "client_id" {
  value = aws_cognito_user_pool_client.web.id
}
