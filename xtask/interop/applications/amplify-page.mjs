// An application with Amplify, in a browser. `settings` is set before this program starts.

import * as auth from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
import { claims, configure, rows } from "./amplify.mjs";

const { endpoint, redirects } = globalThis.settings;
const world = {
  endpoint,
  name: "amplifyweb",
  code: (address) => globalThis.latestCode(address),
  totp: (secret) => globalThis.appCode(secret),
  identityPool: (pool) => globalThis.identityPool(pool),
};

/** The events of redirects, with their data. */
const events = {};
Hub.listen("auth", ({ payload }) => {
  events[payload.event] = payload.data?.error?.message ?? payload.data ?? true;
});

/** Configures Amplify for sign-ins by redirect. A sign-in that has begun is then completed. */
function configureRedirects(scopes = ["openid", "email", "aws.cognito.signin.user.admin"]) {
  const { domain, pool, url } = redirects;
  const oauth = {
    domain,
    scopes,
    redirectSignIn: [url],
    redirectSignOut: [url],
    responseType: "code",
  };
  configure(endpoint, pool, { loginWith: { oauth } });
}

configureRedirects();

globalThis.app = {
  auth,
  claims,
  configurePasskeys: () => configure(endpoint),
  configureRedirects,
  events,
  rows: rows(world),
};
