import { posix } from "node:path";
import { type Check, CONTRACT, none, verdict } from "../check";
import { filesOf, lookup } from "../image";

/** PEP 552: the second word of byte code's header; 1 is a source hash that nobody compares. */
const UNCHECKED = 1;

export const pythonByteCode: Check = {
  id: "python-byte-code",
  proves:
    "Every Python module has its byte code, valid whatever the times are: a read-only root cannot keep what a start compiles.",
  source: CONTRACT,
  check: (image) => {
    const modules = filesOf(image).filter(([path]) => /\/lib\/python3[^/]*\/.*\.py$/.test(path));
    const tag = [...image.files.keys()]
      .map((path) => /\/__pycache__\/.*\.(cpython-\d+)\.pyc$/.exec(path)?.[1])
      .find(Boolean);
    if (modules.length === 0) return none("there are no Python modules in the image");
    const violations = modules.flatMap(([path]) => {
      const name = `${posix.basename(path, ".py")}.${tag}.pyc`;
      const cached = lookup(image, posix.join(posix.dirname(path), "__pycache__", name))?.entry;
      if (!cached) return [`${path} has no byte code`];
      return cached.bytes && cached.bytes.readUInt32LE(4) !== UNCHECKED
        ? [`${path}: its byte code is checked at each start`]
        : [];
    });
    return verdict(violations, `${modules.length} modules`);
  },
};
