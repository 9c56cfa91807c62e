// Tests sign-ins of a web application with Auth.js and its provider for Cognito.

import { Auth } from "@auth/core";
import Cognito from "@auth/core/providers/cognito";
import { browse } from "./openid.mjs";

const SITE = "https://shop.example";
const [WEB, SECRET] = ["interopweb", "exampleOfASecretThatIsNone"];
const NAME = "plain.openidclient@example.com";

function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** The rows, by name. */
export function authJs(issuer) {
  let failure;
  const config = {
    basePath: "/auth",
    secret: "exampleOfASecretThatIsNone",
    trustHost: true,
    logger: {
      error: (error) => {
        failure = error;
      },
    },
    providers: [
      Cognito({
        clientId: WEB,
        clientSecret: SECRET,
        issuer,
        checks: ["nonce", "pkce", "state"],
      }),
    ],
    callbacks: {
      // The application keeps the access token, as the guide of Auth.js shows.
      jwt: ({ token, account }) => (account ? { ...token, access: account.access_token } : token),
      session: ({ session, token }) => ({ ...session, access: token.access }),
    },
  };

  /** A browser with the cookies of the application. */
  class Visitor {
    #cookies = new Map();

    async go(path, fields) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const options = fields && { method: "POST", body: new URLSearchParams(fields) };
      const request = new Request(new URL(path, SITE), { ...options, headers: { cookie } });
      const reply = await Auth(request, config);
      for (const line of reply.headers.getSetCookie()) {
        const [pair] = line.split(";");
        const end = pair.indexOf("=");
        this.#cookies.set(pair.slice(0, end), pair.slice(end + 1));
      }
      return reply;
    }

    async post(path) {
      const { csrfToken } = await (await this.go("/auth/csrf")).json();
      return this.go(path, { csrfToken, callbackUrl: SITE });
    }

    /** Signs in on the hosted page, and returns the URL to which the browser comes back. */
    async begin() {
      const reply = await this.post("/auth/signin/cognito");
      const to = new URL(reply.headers.get("location"));
      check(to.pathname === "/oauth2/authorize", `redirected to ${to}`);
      return browse(to);
    }

    async session() {
      return (await this.go("/auth/session")).json();
    }
  }

  const visitor = new Visitor();
  return {
    "sign-in on the hosted page": async () => {
      const reply = await visitor.go(await visitor.begin());
      const to = reply.headers.get("location");
      check(to.startsWith(SITE) && !to.includes("error"), `${to}: ${failure}`);
    },

    "session with the user": async () => {
      const { user, access } = await visitor.session();
      check(user?.email === NAME, `the session belongs to ${user?.email}`);
      const headers = { authorization: `Bearer ${access}` };
      const info = await fetch(new URL("/oauth2/userInfo", issuer), { headers });
      check((await info.json()).email === NAME, "the access token belongs to another user");
    },

    "another state refused": async () => {
      const other = new Visitor();
      const back = new URL(await other.begin());
      back.searchParams.set("state", "another");
      const reply = await other.go(back);
      const to = reply.headers.get("location");
      check(to.includes("error="), `redirected to ${to}`);
      check((await other.session()) === null, "the user is signed in");
    },

    "code of another browser refused": async () => {
      const reply = await new Visitor().go(await new Visitor().begin());
      check(reply.headers.get("location").includes("error="), "the code was accepted");
    },

    "sign-out": async () => {
      await visitor.post("/auth/signout");
      check((await visitor.session()) === null, "the user is still signed in");
    },
  };
}
