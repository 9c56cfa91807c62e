// A user with a browser: their actions, and the errors that must not occur.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { addAuthenticator } from "./authenticator.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The impacts in axe that block users. */
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

/** A user with a separate browser profile. */
export class Visitor {
  /** The unexpected errors in the browser. */
  mishaps = [];
  /** The expected error responses of this step, as `401 /login`, and those that have occurred. */
  #expected = [];
  #occurred = new Set();

  static async arrive(browser, { base, pictures, clock, grave = GRAVE }, options = {}) {
    const visitor = new Visitor();
    visitor.grave = grave;
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
      // A 401 is one line in the console. Responses are checked below.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !isAnswer) {
        this.mishaps.push(`console: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => this.mishaps.push(`script: ${error.message}`));
    page.on("requestfailed", (request) => {
      // Requests are aborted when the page is left.
      if (request.failure().errorText !== "net::ERR_ABORTED") {
        this.mishaps.push(`no response: ${request.url()} ${request.failure().errorText}`);
      }
    });
    page.on("response", (response) => {
      const line = `${response.status()} ${new URL(response.url()).pathname}`;
      if (response.status() < 400) return;
      if (this.#expected.includes(line)) this.#occurred.add(line);
      else this.mishaps.push(`rejected: ${line}`);
    });
  }

  /** Sets the error responses that must occur from now on. The previous ones must have occurred. */
  expect(...answers) {
    for (const line of this.#expected) {
      if (!this.#occurred.has(line)) this.mishaps.push(`not rejected: ${line}`);
    }
    this.#expected = answers;
    this.#occurred.clear();
  }

  /** Returns the errors since the last call. */
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

  /** Checks that the summary of errors is shown, has the focus, and links to the field. */
  async complains(what, field) {
    await this.says(what, ".summary");
    check((await this.page.title()).startsWith("Error: "), "the title does not name the error");
    const focused = await this.page.evaluate(() => document.activeElement.className);
    check(focused.includes("summary"), `the focus is at "${focused}"`);
    if (!field) return;
    const link = await this.page.locator(".summary a").getAttribute("href");
    check(link === `#${field}`, `the summary links to ${link}`);
    const input = this.page.locator(link);
    check((await input.getAttribute("aria-invalid")) === "true", `${field} is not marked`);
    const described = (await input.getAttribute("aria-describedby")) ?? "";
    check(described.includes(`${field}-error`), `${field} has no error message`);
  }

  /** Takes screenshots of the page in all sizes and colours, and runs axe on each. */
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
    // The script is large, and a document that has it keeps it.
    const isThere = await this.page.evaluate(() => "axe" in globalThis);
    if (!isThere) await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() =>
      // Scripts cannot run in a sandboxed frame, so axe would wait for it.
      axe.run(document, { resultTypes: ["violations"], iframes: false }),
    );
    const grave = violations.filter(({ impact }) => this.grave.includes(impact));
    const words = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    check(grave.length === 0, `axe on ${name}: ${words.join("; ").slice(0, 600)}`);
  }

  /** Returns the newest code in the inbox, which is opened in another page. */
  async newestCode() {
    const inbox = await this.context.newPage();
    await inbox.goto(`${this.base}/inbox`);
    const code = await inbox.locator(".big-code").first().innerText();
    await inbox.close();
    return code;
  }

  /** Advances the clock of the server. */
  async wait(seconds) {
    const answer = await this.context.request.post(`${this.base}/walk/clock`, {
      form: { seconds: String(seconds) },
      headers: { origin: this.base },
    });
    check(answer.status() === 204, `the clock cannot be advanced: ${answer.status()}`);
    this.clock.ahead += seconds * 1000;
  }

  now() {
    return Date.now() + this.clock.ahead;
  }

  /** Adds a virtual authenticator, which creates passkeys without a prompt. */
  async plugIn() {
    await addAuthenticator(this.page);
  }

  async cookie(name) {
    const cookies = await this.context.cookies();
    return cookies.find((cookie) => cookie.name === name)?.value;
  }
}
