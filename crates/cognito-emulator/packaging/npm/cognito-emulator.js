#!/usr/bin/env node
// Runs the program from the package of this platform, with the same arguments.
"use strict";

const { spawn } = require("node:child_process");

const name = `cognito-emulator-${process.platform}-${process.arch}`;

function fail(reason) {
  console.error(`cognito-emulator: ${reason}`);
  process.exit(1);
}

let program;
try {
  program = require.resolve(`${name}/cognito-emulator`);
} catch {
  fail(
    `the package ${name} is not installed; ` +
      "install with optional dependencies, or use: cargo install cognito-emulator",
  );
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of signals) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => fail(error.message));
child.on("exit", (code, signal) => {
  if (signal === null) {
    process.exit(code);
  }
  // Ends as the program did.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
