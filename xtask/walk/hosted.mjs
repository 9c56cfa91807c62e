// Uses the hosted pages of the emulator with a real browser: `hosted.mjs BASE CHROMIUM PICTURES`.
// BASE is the URL of an emulator that was started with `--https --test-provider Company`.
//
// Prints each step to standard error, and the number of passed steps as JSON to standard output.

import { chromium } from "playwright-core";
import { tell } from "./tell.mjs";
import { check, Visitor } from "./visitor.mjs";

const [base, executablePath, pictures] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const PASSWORD = "SecurePass123!";
const POOL = "us-east-1_EmuPool01";
const LANGUAGES = ["en", "fr", "de", "ja", "es"];
const CALLBACK = `${base}/_emulator/health`;

/** Calls an operation. The port also accepts HTTP, so Node.js needs no certificate. */
async function call(operation, fields) {
  const answer = await fetch(base.replace("https:", "http:"), {
    method: "POST",
    headers: {
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(fields),
  });
  const text = await answer.text();
  check(answer.ok, `${operation}: ${text}`);
  return text ? JSON.parse(text) : {};
}

async function newest(address) {
  const inbox = await fetch(`${base.replace("https:", "http:")}/_emulator/inbox?to=${address}`);
  return (await inbox.json()).at(-1);
}

/** Sets the first factors of the pool and whether an e-mail has a link, and keeps the rest. */
const pool = (factors, option = "CONFIRM_WITH_CODE") =>
  call("UpdateUserPool", {
    UserPoolId: POOL,
    AutoVerifiedAttributes: ["email"],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } },
    VerificationMessageTemplate: { DefaultEmailOption: option },
  });

const second = (mode) =>
  call("SetUserPoolMfaConfig", {
    UserPoolId: POOL,
    MfaConfiguration: mode,
    SoftwareTokenMfaConfiguration: { Enabled: true },
    WebAuthnConfiguration: { RelyingPartyId: "localhost" },
  });

const client = (flows) => ({
  UserPoolId: POOL,
  ExplicitAuthFlows: flows,
  SupportedIdentityProviders: ["COGNITO", "Company"],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ["code"],
  AllowedOAuthScopes: ["openid", "email"],
  CallbackURLs: [CALLBACK],
  LogoutURLs: [CALLBACK],
});

/** A user of the hosted pages. */
function ann(visitor) {
  const { page } = visitor;
  const email = "ann@example.com";
  let chooser;
  const query = (id) =>
    `client_id=${id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(CALLBACK)}`;
  const open = (path, more = "", id = "emulatorclient1") =>
    visitor.go(`${path}?${query(id)}${more}`);
  const arrived = async () => {
    await page.waitForURL(`${CALLBACK}**`);
    visitor.at("/_emulator/health");
  };
  const submit = async () => {
    const button = page.locator("form button").first();
    await Promise.all([page.waitForEvent("load"), button.click()]);
  };
  const signOut = () =>
    visitor.go(`/logout?client_id=emulatorclient1&logout_uri=${encodeURIComponent(CALLBACK)}`);
  const start = async (id) => {
    await signOut();
    await open("/login", "&lang=en", id);
    await visitor.fill({ "E-mail address or phone number": email });
  };

  return {
    async "the pages have five languages"() {
      await pool(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]);
      await second("OPTIONAL");
      const flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
      await call("UpdateUserPoolClient", { ...client(flows), ClientId: "emulatorclient1" });
      const choice = { ...client([...flows, "ALLOW_USER_AUTH"]), ClientName: "choice" };
      chooser = (await call("CreateUserPoolClient", choice)).UserPoolClient.ClientId;
      for (const language of LANGUAGES) {
        for (const path of ["/login", "/signup", "/confirm", "/forgotPassword"]) {
          await open(path, `&lang=${language}`);
          const given = await page.getAttribute("html", "lang");
          check(given === language, `${path} is in ${given}, not in ${language}`);
          await visitor.look(`${path.slice(1)}-${language}`);
        }
      }
    },

    async "a user signs up over HTTPS, and all cookies are secure"() {
      await open("/signup", "&lang=en");
      await visitor.fill({ "E-mail address or phone number": email, Password: PASSWORD });
      await submit();
      await visitor.look("confirm-sent");
      await visitor.fill({ Code: (await newest(email)).code });
      await submit();
      await arrived();
      const cookies = await visitor.context.cookies();
      const plain = cookies.filter(({ secure }) => !secure).map(({ name }) => name);
      check(cookies.length >= 2 && plain.length === 0, `not secure: ${plain}`);
    },

    async "the user adds a passkey"() {
      await visitor.plugIn();
      await open("/passkeys/add", "", chooser);
      await visitor.look("passkey-add");
      await submit();
      await arrived();
    },

    async "the user chooses the passkey to sign in"() {
      await start(chooser);
      await submit();
      await visitor.look("choice");
      await page.getByLabel("Passkey").check();
      await submit();
      await visitor.look("passkey");
      await submit();
      await arrived();
    },

    async "a wrong password is reported"() {
      await start();
      await visitor.fill({ Password: "wrong" });
      await submit();
      await visitor.says("Incorrect username or password.");
      await visitor.look("login-error");
    },

    async "a forgotten password is replaced"() {
      await open("/forgotPassword", "&lang=en");
      await visitor.fill({ "E-mail address or phone number": email });
      await submit();
      await visitor.look("new-password");
      await visitor.fill({ Code: (await newest(email)).code, "New password": PASSWORD });
      await submit();
      await visitor.look("password-changed");
    },

    async "the test provider signs the user in"() {
      await signOut();
      await open("/login", "&lang=en");
      await page.getByRole("link", { name: "Sign in with Company" }).click();
      await page.waitForURL("**/_emulator/idp/**");
      await visitor.look("provider");
      await visitor.fill({ Subject: "carl" });
      await submit();
      await arrived();
    },

    async "a temporary password is replaced"() {
      await signOut();
      const user = { UserPoolId: POOL, Username: "eve@example.com", TemporaryPassword: "Temp-123!" };
      await call("AdminCreateUser", user);
      await open("/login", "&lang=en");
      await visitor.fill({ "E-mail address or phone number": user.Username, Password: "Temp-123!" });
      await submit();
      await visitor.look("temporary-password");
      await visitor.fill({ "New password": PASSWORD });
      await submit();
      await arrived();
    },

    async "a required second factor is set up"() {
      await pool(["PASSWORD"]);
      await second("ON");
      await start();
      await visitor.fill({ Password: PASSWORD });
      await submit();
      await visitor.look("authenticator-app");
      await second("OPTIONAL");
    },

    async "a link in an e-mail confirms a user, once"() {
      await pool(["PASSWORD"], "CONFIRM_WITH_LINK");
      const fields = { ClientId: "emulatorclient1", Username: "dan@example.com", Password: PASSWORD };
      await call("SignUp", fields);
      const link = (await newest(fields.Username)).text.match(/href="[^/]*\/\/[^/]*([^"]*)"/)[1];
      await visitor.go(link);
      await visitor.look("confirmed");
      visitor.expect("400 /confirmUser");
      await visitor.go(link);
      await visitor.look("confirmed-again");
    },

    async "an unregistered redirect URI leads to the error page"() {
      visitor.expect("400 /error");
      await visitor.go(`/login?client_id=emulatorclient1&response_type=code&redirect_uri=https://a.example/`);
      await visitor.says("redirect_mismatch");
      await visitor.look("error");
    },
  };
}

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const grave = ["minor", "moderate", "serious", "critical"];
  const site = { base, pictures, clock: { ahead: 0 }, grave };
  const visitor = await Visitor.arrive(browser, site, { ignoreHTTPSErrors: true });
  await tell([visitor], ann(visitor), counts, pictures);
} finally {
  await browser.close();
}
console.log(JSON.stringify(counts));
