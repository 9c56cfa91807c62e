// A person in front of a browser: what they do, and everything that must not happen meanwhile.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What a person cannot get past, in the words of axe. */
const GRAVE = ["serious", "critical"];
const LOOKS = [
  { name: "desktop-light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "desktop-dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "phone-light", colorScheme: "light", viewport: { width: 360, height: 740 } },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 360, height: 740 } },
];

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Somebody with a browser profile of their own. */
export class Visitor {
  /** What went wrong in the browser without anybody asking for it. */
  mishaps = [];
  /** Which refusals this step provokes, as `401 /login`, and which of them have come. */
  #expected = [];
  #refused = new Set();

  static async arrive(browser, { base, pictures, clock }, options = {}) {
    const visitor = new Visitor();
    visitor.base = base;
    visitor.clock = clock;
    visitor.pictures = pictures;
    mkdirSync(pictures, { recursive: true });
    visitor.context = await browser.newContext({ viewport: LOOKS[0].viewport, ...options });
    visitor.page = await visitor.context.newPage();
    await visitor.#watch();
    return visitor;
  }

  async #watch() {
    const { page, context } = this;
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    page.on("console", (message) => {
      // A page that answers 401 is one line here; answers are judged below.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !isAnswer) {
        this.mishaps.push(`console: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => this.mishaps.push(`script: ${error.message}`));
    page.on("requestfailed", (request) => {
      // A page that is left takes its requests along.
      if (request.failure().errorText !== "net::ERR_ABORTED") {
        this.mishaps.push(`no answer: ${request.url()} ${request.failure().errorText}`);
      }
    });
    page.on("response", (response) => {
      const line = `${response.status()} ${new URL(response.url()).pathname}`;
      if (response.status() < 400) return;
      if (this.#expected.includes(line)) this.#refused.add(line);
      else this.mishaps.push(`refused: ${line}`);
    });
  }

  /** The answers of 400 and more that must come in what follows. Those of before must have come. */
  expect(...answers) {
    for (const line of this.#expected) {
      if (!this.#refused.has(line)) this.mishaps.push(`not refused: ${line}`);
    }
    this.#expected = answers;
    this.#refused.clear();
  }

  /** What has gone wrong since the last time. */
  taken() {
    this.expect();
    return this.mishaps.splice(0);
  }

  async go(path) {
    await this.page.goto(this.base + path);
  }

  path() {
    return new URL(this.page.url()).pathname;
  }

  at(path) {
    check(this.path() === path, `at ${this.path()} and not at ${path}`);
  }

  /** Presses a button that leads to another page. */
  async press(name) {
    const button = this.page.getByRole("button", { name, exact: true }).first();
    await Promise.all([this.page.waitForEvent("load"), button.click()]);
  }

  /** Presses a button that stays on the page. */
  async touch(name) {
    await this.page.getByRole("button", { name, exact: true }).first().click();
  }

  /** Types into fields by their labels. */
  async fill(fields) {
    for (const [label, text] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).fill(text);
    }
  }

  async text(selector = "main") {
    return (await this.page.locator(selector).first().innerText()).replaceAll(/\s+/g, " ");
  }

  async says(what, selector = "main") {
    const text = await this.text(selector);
    check(text.toLowerCase().includes(what.toLowerCase()), `"${what}" is not in: ${text.slice(0, 300)}`);
  }

  /** The summary of errors is there, has the focus, and leads to the field. */
  async complains(what, field) {
    await this.says(what, ".summary");
    check((await this.page.title()).startsWith("Error: "), "the title does not say so");
    const focused = await this.page.evaluate(() => document.activeElement.className);
    check(focused.includes("summary"), `the focus is at "${focused}"`);
    if (!field) return;
    const link = await this.page.locator(".summary a").getAttribute("href");
    check(link === `#${field}`, `the summary leads to ${link}`);
    const input = this.page.locator(link);
    check((await input.getAttribute("aria-invalid")) === "true", `${field} is not marked`);
    const described = (await input.getAttribute("aria-describedby")) ?? "";
    check(described.includes(`${field}-error`), `${field} does not say what is wrong`);
  }

  /** Pictures of the page as it is, and what axe finds in it. */
  async look(name) {
    const { page } = this;
    for (const look of LOOKS) {
      await page.emulateMedia({ colorScheme: look.colorScheme });
      await page.setViewportSize(look.viewport);
      const picture = join(this.pictures, `${name}-${look.name}.png`);
      await page.screenshot({ path: picture, fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(wide <= 0, `${name} is ${wide} px too wide for ${look.name}`);
      await this.#axe(`${name} (${look.name})`);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(LOOKS[0].viewport);
  }

  async #axe(name) {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => axe.run(document));
    const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
    const words = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    check(grave.length === 0, `axe on ${name}: ${words.join("; ").slice(0, 600)}`);
  }

  /** The newest code in the inbox; its page is opened, and left again. */
  async newestCode() {
    const inbox = await this.context.newPage();
    await inbox.goto(`${this.base}/inbox`);
    const code = await inbox.locator(".big-code").first().innerText();
    await inbox.close();
    return code;
  }

  /** Lets time pass on the server. */
  async wait(seconds) {
    const answer = await this.context.request.post(`${this.base}/walk/clock`, {
      form: { seconds: String(seconds) },
      headers: { origin: this.base },
    });
    check(answer.status() === 204, `the clock does not move: ${answer.status()}`);
    this.clock.ahead += seconds * 1000;
  }

  now() {
    return Date.now() + this.clock.ahead;
  }

  /** An authenticator that makes passkeys without asking anybody. */
  async plugIn() {
    const devtools = await this.context.newCDPSession(this.page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  async cookie(name) {
    const cookies = await this.context.cookies();
    return cookies.find((cookie) => cookie.name === name)?.value;
  }
}
