// JSON that gives back exactly what went in: what JavaScript or JSON cannot hold is an error, never another value.

const { CroniumError } = require("./errors");

/** The JSON text of a value; BigInt as an integer. Throws CroniumError for what JSON has no form for. */
function encode(value) {
  let text;
  try {
    text = JSON.stringify(value, exact);
  } catch (error) {
    throw new CroniumError(`the value cannot be sent as JSON: ${error.message}`, { cause: error });
  }
  if (text === undefined) throw new CroniumError(`the value cannot be sent as JSON: it is a ${typeof value}`);
  return text;
}

/** The value of a JSON text; integers beyond Number.MAX_SAFE_INTEGER as BigInt. Throws SyntaxError or RangeError. */
function decode(text) {
  // A reviver makes parsing several times slower: it is for texts with digits or exponents that a number may not hold.
  return /\d{16}|\d[eE]|-0/.test(text) ? JSON.parse(text, revive) : JSON.parse(text);
}

function exact(key, value) {
  switch (typeof value) {
    case "bigint":
      return JSON.rawJSON(value.toString());
    case "number":
      if (!Number.isFinite(value))
        throw new TypeError(`${key ? `"${key}" is ${value}` : value}, which JSON has no form for`);
      return Object.is(value, -0) ? JSON.rawJSON("-0") : value;
    default:
      return value;
  }
}

function revive(_key, value, context) {
  if (typeof value !== "number") return value;
  const { source } = context;
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(source.split(/e/i)[0]))) {
    throw new RangeError(`the number ${source} does not fit into a JavaScript number`);
  }
  return value;
}

module.exports = { encode, decode };
