// Makes the calls of the table with the Node.js helper that it is given; prints outcomes as JSON lines.
const { readFileSync } = require("node:fs");

/** @param Cronium the module */
exports.run = async (Cronium) => {
  const waiting = [];
  for (const one of JSON.parse(readFileSync(process.argv.at(-1), "utf8"))) {
    const outcome = made(Cronium, one);
    if (one.waits) waiting.push(outcome);
    else await outcome;
  }
  await Promise.all(waiting);
};

async function made(Cronium, { at, call, args, env }) {
  try {
    const target = Object.keys(env).length === 0 ? Cronium : withEnvironment(env, () => new Cronium());
    const value = await target[call](...args.map(parse));
    console.log(JSON.stringify({ at, returns: stringify(call === "info" ? value.ok : (value ?? null)) }));
  } catch (error) {
    if (!(error instanceof Cronium.CroniumError)) throw error;
    if (error instanceof Cronium.CroniumAPIError && !Number.isInteger(error.statusCode)) throw error;
    console.log(JSON.stringify({ at, error: `${error.name}: ${error.message}` }));
  }
}

function withEnvironment(env, make) {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    return make();
  } finally {
    process.env = before;
  }
}

function parse(text) {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === "number" && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? BigInt(source) : value,
  );
}

function stringify(value) {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" || Object.is(inner, -0) ? JSON.rawJSON(inner ? String(inner) : "-0") : inner,
  );
}

if (require.main === module) exports.run(require("cronium"));
