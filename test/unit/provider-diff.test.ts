import assert from "node:assert/strict";
import { isReference, splitTag } from "../../docker/tags";
import { detailedDiff } from "../../provider/diff";
import { checkFields } from "../../provider/fields";
import { isUnknown, UNKNOWN, unwrapSecrets } from "../../provider/properties";

describe("the provider's differences", () => {
  it("are paths down to the leaves, with how each changed", () => {
    const olds = { same: 1, files: { "a.sh": "1", gone: "2" }, tags: ["a", "b"], args: { STRIP: "true" } };
    const news = { same: 1, files: { "a.sh": "3", 'x"y': "4" }, tags: ["a", "c", "d"], args: { STRIP: "false" } };
    const changes = Object.entries(detailedDiff(olds, news)).map(([path, { kind }]) => `${kind} ${path}`);
    const files = ['update files["a.sh"]', "delete files.gone", 'add files["x\\"y"]'];
    assert.deepEqual(changes, [...files, "update tags[1]", "add tags[2]", "update args.STRIP"]);
  });

  it("are none for equal values, and one for a value that is not known yet", () => {
    assert.deepEqual(detailedDiff({ a: { b: [1] }, c: undefined }, { a: { b: [1] } }), {});
    assert.deepEqual(Object.keys(detailedDiff({ a: { b: "1" } }, { a: { b: UNKNOWN } })), ["a.b"]);
  });
});

describe("the provider's inputs", () => {
  it("are checked by name, presence and type", () => {
    const failures = checkFields(
      { a: "string", b: "list?", c: "map?", d: "string" },
      { b: ["x", 1], c: UNKNOWN, e: 1 },
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["e", "a", "b", "d"],
    );
    assert.match(failures[2]?.reason ?? "", /"b" is \["x",1\]: it must be a list of strings/);
  });

  it("have their secrets unwrapped and collected", () => {
    const secret = (value: unknown) => ({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value,
    });
    const secrets: string[] = [];
    const plain = unwrapSecrets({ a: secret("x"), b: [secret({ c: "y" })], d: "z" }, secrets);
    assert.deepEqual(plain, { a: "x", b: [{ c: "y" }], d: "z" });
    assert.deepEqual(secrets, ["x", "y"]);
    assert.ok(isUnknown(UNKNOWN) && !isUnknown("x"));
  });
});

describe("references", () => {
  it("are repository:tag, with a registry's port or not", () => {
    for (const good of ["a/b:c", "host.test:5000/a/b:1.0_x", "a--b/c__d:x"]) assert.ok(isReference(good), good);
    for (const bad of ["a/b", "a/B:c", "a//b:c", "a:b:c", "a/b:", "a:.x", "host:5000/a"])
      assert.ok(!isReference(bad), bad);
    assert.deepEqual(splitTag("host.test:5000/a"), { repo: "host.test:5000/a", name: "latest" });
    assert.deepEqual(splitTag("host.test:5000/a:b"), { repo: "host.test:5000/a", name: "b" });
  });
});
