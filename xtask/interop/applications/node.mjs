// Tests the emulator with Amplify in Node.js: `node.mjs ENDPOINT`.
//
// Prints the results as a JSON list of cells.

import { ConsoleLogger } from "aws-amplify/utils";
import { rows } from "./amplify.mjs";
import { appCode, cells, identityPool, latestCode } from "./world.mjs";

const [endpoint] = process.argv.slice(2);

// The standard output has only the results. Amplify warns that the endpoint is not AWS's.
console.log = console.error;
ConsoleLogger.LOG_LEVEL = "ERROR";

// Amplify reads the name of a device from `navigator`, which Node.js has since version 21.
globalThis.navigator ??= { userAgent: `Node.js ${process.version}` };

const world = {
  endpoint,
  name: "amplify",
  code: (address) => latestCode(endpoint, address),
  totp: appCode,
  identityPool: (pool) => identityPool(endpoint, pool),
};
const found = JSON.stringify(await cells("amplify", rows(world)));
// The timers of Amplify for automatic sign-ins would keep this program running for three minutes.
process.stdout.write(found, () => process.exit());
