import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bootstrapImage,
  guardStackFiles,
  hasCloudSecrets,
  keepSaltOut,
  plainSetting,
  privateCopy,
  publish,
} from "../../cli/settings";

const PLAIN = "# why\nconfig:\n  cronium:builderRoot: auto\n";
const SALT = "encryptionsalt: v1:abc=:v1:def:ghi==\n";
const SECRET = "config:\n  cronium:x:\n    secure: v1:abc\n";

describe("cli: the settings of a stack", () => {
  let folder: string;
  let tracked: string;
  const read = () => readFileSync(tracked, "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-settings-"));
    tracked = join(folder, "Pulumi.dev.yaml");
    writeFileSync(tracked, PLAIN, { mode: 0o640 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe("a salt", () => {
    it("stays out without secrets", () => assert.equal(keepSaltOut(PLAIN, PLAIN + SALT), PLAIN));
    it("stays out of a file without a last line break", () =>
      assert.equal(keepSaltOut(PLAIN.trimEnd(), PLAIN + SALT), PLAIN.trimEnd()));
    it("comes with the first secret", () => assert.equal(keepSaltOut(PLAIN, SECRET + SALT), SECRET + SALT));
    it("goes with the last secret", () => assert.equal(keepSaltOut(SECRET + SALT, PLAIN + SALT), PLAIN));
    it("stays where it was tracked without secrets", () =>
      assert.equal(keepSaltOut(PLAIN + SALT, PLAIN + SALT), PLAIN + SALT));
    it("is not kept by a comment about secure: values", () =>
      assert.equal(keepSaltOut("# secure: no\n", `# secure: no\n${SALT}`), "# secure: no\n"));
  });

  describe("a private copy", () => {
    it("has the state's salt, for its owner alone", () => {
      const { path } = privateCopy(tracked, folder, "v1:abc");
      assert.equal(readFileSync(path, "utf8"), `${PLAIN}encryptionsalt: v1:abc\n`);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });
    it("keeps a tracked salt", () => {
      writeFileSync(tracked, PLAIN + SALT);
      assert.equal(readFileSync(privateCopy(tracked, folder, "v1:abc").path, "utf8"), PLAIN + SALT);
    });
    it("is valid for an empty mapping", () => {
      writeFileSync(tracked, "{}\n");
      assert.equal(readFileSync(privateCopy(tracked, folder, "v1:abc").path, "utf8"), "encryptionsalt: v1:abc\n");
    });
    it("replaces those of processes that ended", () => {
      privateCopy(tracked, folder, undefined);
      // A process number that Linux does not give (PID_MAX_LIMIT is 2^22).
      writeFileSync(join(folder, "settings", "9999999"), "");
      privateCopy(tracked, folder, undefined);
      assert.deepEqual(readdirSync(join(folder, "settings")), [String(process.pid)]);
    });
  });

  describe("what a command changed", () => {
    it("comes back, without the salt, with the file's mode", () => {
      const copy = privateCopy(tracked, folder, "v1:abc");
      writeFileSync(copy.path, `${PLAIN}  cronium:logLevel: debug\n${SALT}`);
      publish(copy);
      assert.equal(read(), `${PLAIN}  cronium:logLevel: debug\n`);
      assert.equal(statSync(tracked).mode & 0o777, 0o640);
      assert.deepEqual(readdirSync(join(folder, "settings")), []);
    });
    it("leaves the file alone when only a salt came", () => {
      const { ino } = statSync(tracked);
      publish(privateCopy(tracked, folder, "v1:abc"));
      assert.equal(statSync(tracked).ino, ino);
    });
    it("never overwrites what another command wrote meanwhile, and is not lost", () => {
      const copy = privateCopy(tracked, folder, undefined);
      writeFileSync(copy.path, `${PLAIN}  cronium:logLevel: debug\n`);
      writeFileSync(tracked, "config: {}\n");
      assert.throws(() => publish(copy), /Pulumi.dev.yaml was changed by something else/);
      assert.equal(read(), "config: {}\n");
      assert.equal(readFileSync(`${tracked}.${process.pid}`, "utf8"), `${PLAIN}  cronium:logLevel: debug\n`);
    });
  });

  it("files that a command writes itself lose a salt, and come back when they are deleted", async () => {
    await guardStackFiles([tracked], async () => writeFileSync(tracked, PLAIN + SALT));
    assert.equal(read(), PLAIN);
    await guardStackFiles([tracked], async () => rmSync(tracked));
    assert.equal(read(), PLAIN);
  });

  it("single values are read as YAML has them", () => {
    const text = `config:\n  docker:host: "tcp://h:1" # comment\n  'cronium:namespace': a-b\n  cronium:x: 'it'\n`;
    assert.equal(plainSetting(text, "docker:host"), "tcp://h:1");
    assert.equal(plainSetting(text, "cronium:namespace"), "a-b");
    assert.equal(plainSetting(text, "cronium:x"), "it");
    assert.equal(plainSetting(text, "cronium:y"), undefined);
  });

  it("say whether the builder's root is made, and under which name", () => {
    const image = (...lines: string[]) =>
      bootstrapImage(`config:\n${lines.map((line) => `  cronium:${line}\n`).join("")}`);
    assert.equal(image(), "cronium/builder-root:latest");
    assert.equal(image("builderRoot: auto", "namespace: x"), "x/cronium/builder-root:latest");
    assert.equal(image("builderRoot: auto", "builderRootReference: debian@sha256:0"), undefined);
    assert.equal(image("builderRoot: debian@sha256:0"), undefined);
  });

  it("tell a provider that needs a passphrase from one that does not", () => {
    assert.equal(hasCloudSecrets("secretsprovider: awskms://alias/x\n"), true);
    assert.equal(hasCloudSecrets("secretsprovider: passphrase\n"), false);
    assert.equal(hasCloudSecrets(PLAIN), false);
  });
});
