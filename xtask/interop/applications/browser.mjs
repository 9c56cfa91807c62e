// Tests the emulator with applications in a browser: `browser.mjs ENDPOINT CHROMIUM`.
//
// Prints the results as a JSON list of cells. This program serves the applications on
// http://localhost, and they call the emulator, which has another origin.

import { createServer } from "node:http";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { passkeys } from "./amplify-passkeys.mjs";
import { prepare as prepareRedirects, redirects } from "./amplify-redirects.mjs";
import { POOL, openid, prepare as prepareOpenid } from "./oidc-client.mjs";
import { appCode, cells, identityPool, latestCode } from "./world.mjs";

const [endpoint, executablePath] = process.argv.slice(2);
// The emulator accepts HTTP and HTTPS at the same port. The applications use HTTPS.
const secure = endpoint.replace("http:", "https:");

/** Returns the script of an application in one file. */
async function bundle(name) {
  const entryPoints = [new URL(name, import.meta.url).pathname];
  const built = await build({ entryPoints, bundle: true, write: false, minify: true });
  return built.outputFiles[0].contents;
}

/** Serves the applications on this host. */
async function serve() {
  const page = (script) =>
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><script src="${script}"></script>`;
  const files = {
    "/": ["text/html", page("amplify.js")],
    "/amplify.js": ["text/javascript", await bundle("amplify-page.mjs")],
    "/openid": ["text/html", page("openid.js")],
    "/openid.js": ["text/javascript", await bundle("oidc-client-page.mjs")],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url.split("?")[0]] ?? [];
    if (!type) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type });
    response.end(content);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, url: `http://localhost:${server.address().port}/` };
}

/** Opens an application in a browser without cookies. */
async function visit(browser, settings, url) {
  // The browser does not have the certificate authority of the emulator.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await context.exposeFunction("latestCode", (address) => latestCode(endpoint, address));
  await context.exposeFunction("appCode", appCode);
  await context.exposeFunction("identityPool", (pool) => identityPool(endpoint, pool));
  await context.addInitScript((given) => {
    globalThis.settings = given;
  }, settings);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Returns the rows that need no other page, by name. */
async function ownRows(page) {
  const names = await page.evaluate(() => Object.keys(app.rows));
  const run = (name) => () => page.evaluate((row) => app.rows[row](), name);
  return Object.fromEntries(names.map((name) => [name, run(name)]));
}

const { server, url } = await serve();
// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const shop = `${url}openid`;
  const settings = {
    endpoint: secure,
    redirects: await prepareRedirects(endpoint, url),
    openid: { authority: `${secure}/${POOL}`, ...(await prepareOpenid(endpoint, shop)) },
  };
  const first = await visit(browser, settings, url);
  const second = await visit(browser, settings, url);
  const third = await visit(browser, settings, shop);
  const found = [
    ...(await cells("amplifyweb", await ownRows(first))),
    ...(await cells("amplifypages", { ...passkeys(second), ...redirects(second, url) })),
    ...(await cells("oidcclientts", openid(third, settings.openid, endpoint))),
  ];
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
  server.close();
}
