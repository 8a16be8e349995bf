#!/usr/local/bin/node

// Healthy: Node.js starts, the helper loads, /tmp can be written to, and if the environment is a job's, the helper can use
// it. It asks nothing of the runtime API: a job goes on while that is away (cronium.info() asks it).
const { mkdtempSync, rmdirSync } = require("node:fs");
const Cronium = require("/usr/local/lib/cronium");

rmdirSync(mkdtempSync("/tmp/healthcheck-"));
const { CRONIUM_EXECUTION_TOKEN, CRONIUM_EXECUTION_ID } = process.env;
try {
  if (CRONIUM_EXECUTION_TOKEN || CRONIUM_EXECUTION_ID) new Cronium();
  console.log("healthy");
} catch (error) {
  console.error(`healthcheck: ${error.message}`);
  process.exitCode = 1;
}
