#!/usr/local/bin/node

// Healthy: Node.js starts, the helper loads, and /tmp can be written to.
const { mkdtempSync, rmdirSync } = require("node:fs");

require("/usr/local/lib/cronium");
rmdirSync(mkdtempSync("/tmp/healthcheck-"));
console.log("healthy");
