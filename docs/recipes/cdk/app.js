import { App, CfnOutput, Stack } from "aws-cdk-lib";
import * as cognito from "aws-cdk-lib/aws-cognito";

const app = new App();
const stack = new Stack(app, "Shop");
const pool = new cognito.UserPool(stack, "Pool", {
  selfSignUpEnabled: true,
  signInAliases: { email: true },
  autoVerify: { email: true },
  passwordPolicy: { minLength: 12 },
});
const client = pool.addClient("Web", { authFlows: { userPassword: true }, disableOAuth: true });
new CfnOutput(stack, "UserPoolId", { value: pool.userPoolId });
new CfnOutput(stack, "ClientId", { value: client.userPoolClientId });
