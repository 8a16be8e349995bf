// Preloaded into every Node.js process: lets scripts use `cronium` without loading it; one that never does pays nothing.
Object.defineProperty(globalThis, "cronium", {
  configurable: true,
  get() {
    return define(require("./cronium.js"));
  },
  set: define,
});

function define(value) {
  Object.defineProperty(globalThis, "cronium", { value, configurable: true, writable: true, enumerable: false });
  return value;
}
