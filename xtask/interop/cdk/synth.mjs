// Creates a CloudFormation template with the AWS CDK. The argument is the directory for the output.

import { App, CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as cognito from "aws-cdk-lib/aws-cognito";
import * as lambda from "aws-cdk-lib/aws-lambda";

const app = new App({ outdir: process.argv[2] });
const stack = new Stack(app, "Shop");
const gate = new lambda.Function(stack, "Gate", {
  code: lambda.Code.fromInline("exports.handler = async (event) => event;"),
  handler: "index.handler",
  runtime: lambda.Runtime.NODEJS_22_X,
});
const pool = new cognito.UserPool(stack, "People", {
  autoVerify: { email: true },
  customAttributes: { plan: new cognito.StringAttribute({ maxLen: 20, mutable: true }) },
  featurePlan: cognito.FeaturePlan.ESSENTIALS,
  lambdaTriggers: { postConfirmation: gate },
  mfa: cognito.Mfa.OPTIONAL,
  mfaSecondFactor: { otp: true, sms: true },
  passwordPolicy: { minLength: 12 },
  removalPolicy: RemovalPolicy.DESTROY,
  selfSignUpEnabled: true,
  signInAliases: { email: true },
});
const scope = new cognito.ResourceServerScope({ scopeDescription: "orders", scopeName: "orders" });
const server = pool.addResourceServer("Api", {
  identifier: "https://api.example.com",
  userPoolResourceServerName: "api",
  scopes: [scope],
});
const client = pool.addClient("Web", {
  authFlows: { userPassword: true, userSrp: true },
  generateSecret: true,
  oAuth: {
    callbackUrls: ["http://localhost:3000/callback"],
    flows: { authorizationCodeGrant: true },
    scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.resourceServer(server, scope)],
  },
});
pool.addDomain("Domain", { cognitoDomain: { domainPrefix: "shop-people" } });
const group = new cognito.UserPoolGroup(stack, "Staff", { groupName: "staff", userPool: pool });
new CfnOutput(stack, "UserPoolId", { value: pool.userPoolId });
new CfnOutput(stack, "ClientId", { exportName: "shop-client", value: client.userPoolClientId });
new CfnOutput(stack, "Group", { value: group.groupName });
app.synth();
