import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { environmentOf } from "../../policy/environment";
import { toPolicy } from "../../policy/policy";
import { rules } from "../../policy/rules/index";
import { rulesTable } from "../../policy/table";
import { change, Secret, UNKNOWN, violations } from "../support/policy";
import { container, idle } from "./policy/containers";
import { image } from "./policy/images";
import { egress, sidecar } from "./policy/networks";

describe("the policy pack", () => {
  it("has one rule a file, named for it", () => {
    const files = readdirSync("policy/rules").filter((file) => file !== "index.ts");
    const named = rules.map(({ name }) => `${name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}.ts`);
    assert.deepEqual(named, files.sort());
  });

  it("has its table of rules in the README", () => {
    const table = rulesTable(rules);
    assert.ok(
      readFileSync("policy/README.md", "utf8").includes(table),
      `the table in policy/README.md should be\n${table}`,
    );
  });

  it("hands each rule to Pulumi with the level of its environment", () => {
    const level = (environment: "dev" | "staging" | "prod") =>
      Object.fromEntries(rules.map((rule) => [rule.name, toPolicy(rule, environment, "2026-01-01").enforcementLevel]));
    assert.equal(level("dev")["container-not-privileged"], "mandatory");
    assert.equal(level("dev")["no-swap"], "advisory");
    assert.equal(level("staging")["no-swap"], "mandatory");
    assert.equal(level("dev")["volume-protected"], "disabled");
    assert.equal(level("prod")["volume-protected"], "mandatory");
    assert.deepEqual(new Set(Object.values(level("prod"))), new Set(["mandatory"]));
  });

  describe("takes the environment", () => {
    const stack = (name: string, config = {}) =>
      environmentOf({ PULUMI_NODEJS_STACK: name, PULUMI_CONFIG: JSON.stringify(config) });

    it("from a word of the stack's name, and staging when there is none", () => {
      const names = ["dev", "prod-eu", "team.staging", "devotion", "main"];
      assert.deepEqual(
        names.map((name) => stack(name)),
        ["dev", "prod", "staging", "staging", "staging"],
      );
      assert.equal(environmentOf({}), "staging");
    });

    it("from the setting first, and says when that is none", () => {
      assert.equal(stack("main", { "docker-hardening:environment": "dev" }), "dev");
      assert.throws(() => stack("dev", { "docker-hardening:environment": "test" }), {
        message: 'docker-hardening:environment: "test" is not valid; expected dev, staging, prod',
      });
    });
  });

  describe("with a value that is not known yet", () => {
    const check = (props: object) => violations([change(container, { ...props })]);

    it("says that it is checked at up, for the rules that need it and no others", () => {
      assert.deepEqual(
        check({ user: UNKNOWN }),
        [
          "non-root-user: user is not known yet; checked at up",
          "no-root-group: user is not known yet; checked at up",
        ].sort(),
      );
    });

    it("checks the rest of a list all the same", () => {
      const mounts = [
        { type: "bind", source: UNKNOWN, target: "/a", readOnly: true },
        { type: "bind", source: "/etc", target: "/b", readOnly: true },
      ];
      assert.deepEqual(
        check({ mounts }).filter((message) => message.startsWith("no-sensitive-mount")),
        [
          "no-sensitive-mount: mounts[1] mounts /etc: mount a volume, or the one file that is needed, once it is on this rule's list (CIS 5.6)",
          "no-sensitive-mount: mounts.0.source is not known yet; checked at up",
        ],
      );
    });

    it("names the resource when all of the stack is checked", () => {
      assert.deepEqual(violations([change(image, { sizeBytes: UNKNOWN })]), [
        "image-size-budget: bash.sizeBytes is not known yet; checked at up",
      ]);
    });

    it("knows an image of the stack by where its id comes from", () => {
      const used = change({ ...idle, from: { image: [image] } }, { image: UNKNOWN });
      const own = violations([image, used]).filter((message) => message.startsWith("images-from-here"));
      assert.deepEqual(own, []);
    });
  });

  describe("with exceptions", () => {
    const broken = change(container, { privileged: true });
    const run = (resource: string, until: string) =>
      violations([broken], {
        today: "2026-06-30",
        settings: { "container-not-privileged": { exceptions: [{ resource, reason: "needs the device", until }] } },
      });
    const said =
      "container-not-privileged: privileged is true: leave privileged out and add the one capability that is needed (CIS 5.5)";

    it("leaves those resources alone, by name or URN, to the end of the last day", () => {
      assert.deepEqual(run("web", "2026-06-30"), []);
      assert.deepEqual(run("*::web", "2026-07-01"), []);
      assert.deepEqual(run("web2", "2026-07-01"), [said]);
    });

    it("says when one has ended", () => {
      assert.deepEqual(run("w*", "2026-06-29"), [
        `${said}; the exception for it (needs the device) ended on 2026-06-29`,
      ]);
    });
  });

  it("takes a rule's settings from its configuration", () => {
    const given = change(container, { capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] } });
    assert.deepEqual(violations([given], { settings: { "adds-no-capabilities": { allowed: ["CHOWN"] } } }), []);
    const big = { settings: { "image-size-budget": { megabytes: { "*": 1, "ba*": 40 } } } };
    assert.deepEqual(violations([image], big), []);
    const packages = change(image, { buildArgs: { STRIP: "true", KEEP_SHELL: "true", EXTRA_PACKAGES: "git tree" } });
    const listed = { settings: { "image-hardening": { extraPackages: ["tre*"] } } };
    assert.deepEqual(
      violations([packages], listed).filter((said) => said.startsWith("image-hardening")),
      ["image-hardening: buildArgs.EXTRA_PACKAGES adds git: set it as this rule's list has it (CIS 4.3)"],
    );
    const alone = { settings: { "egress-members": { members: [] } } };
    assert.equal(violations([egress, sidecar], alone).length, 1);
  });

  it("says which rules are not about a resource, so that they do not count as kept", () => {
    const opts = { protect: true, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] } as never;
    const about = (type: string) =>
      rules
        .filter((rule) => "check" in rule && rule.check({ type, name: "x", urn: "urn", props: {}, opts }, {}))
        .map(({ name }) => name);
    assert.deepEqual(about("docker:index/volume:Volume"), ["volume-no-host-path", "volume-protected"]);
    assert.deepEqual(about("random:index/randomPassword:RandomPassword"), ["generated-secret-length"]);
    assert.deepEqual(about("pulumi:pulumi:Stack"), []);
  });

  it("takes null for a property that is not set", () => {
    const nothing = { tmpfs: null, sysctls: null, volumes: null, groupAdds: null, labels: null, publishAllPorts: null };
    assert.deepEqual(violations([change(container, nothing)]), []);
  });

  it("shows no secret in what it says", () => {
    const given = change(container, { user: new Secret("0:1000"), image: new Secret("registry/web:1") });
    const shown = violations([given]);
    assert.equal(shown.length, 2);
    for (const message of shown) assert.match(message, /^[\w-]+: (user|image) is "\[secret\]": /);
  });

  it("tells secrets in lists, maps and whole properties from plain text", () => {
    const secrets = [{ envs: [new Secret("TOKEN=correct horse")] }, { envs: new Secret(["TOKEN=correct horse"]) }];
    for (const props of secrets) assert.deepEqual(violations([change(container, props)]), []);
  });
});
