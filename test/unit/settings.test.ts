import assert from "node:assert/strict";
import { parseSettings } from "../../components/settings";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const SECRET = "s".repeat(32);
const PREVIOUS = "p".repeat(32);

describe("settings", () => {
  it("have defaults for everything", () => {
    assert.deepEqual(parse({}), {
      settings: {
        namespace: "",
        shared: false,
        images: "build",
        builderRoot: "bootstrap",
        userId: 1000,
        groupId: 1000,
        strip: true,
        protect: false,
        keepShell: true,
        logLevel: "info",
        rateLimitPerMin: 1000,
        secretSource: "generated",
        secretGeneration: 1,
        retention: "7d",
        valkey: false,
        docker: {},
      },
    });
  });

  it("are typed", () => {
    const given = {
      "cronium:namespace": "team-a",
      "cronium:shared": "true",
      "cronium:images": "promoted",
      "cronium:registry": "registry.test:5000/team/a",
      "cronium:registryUser": "reader",
      "cronium:registryPassword": "password",
      "cronium:digests": JSON.stringify({ bash: `registry.test:5000/team/a/cronium/bash@${DIGEST}` }),
      "cronium:builderRoot": `debian@${DIGEST}`,
      "cronium:builderRootReference": `mirror/debian@${DIGEST}`,
      "cronium:packagesAsOf": "2026-03-31T08:00:00Z",
      "cronium:userId": "2000",
      "cronium:groupId": "2001",
      "cronium:strip": "false",
      "cronium:protect": "true",
      "cronium:keepShell": "false",
      "cronium:extraPackages": JSON.stringify({ bash: ["git", "libstdc++6/trixie-backports"], python: [] }),
      "cronium:extraCa": "certs/proxy.pem",
      "cronium:jobsSubnet": "10.90.0.0/24",
      "cronium:egressSubnet": "10.91.0.0/24",
      "cronium:logLevel": "warn",
      "cronium:rateLimitPerMin": "5",
      "cronium:secretSource": "config",
      "cronium:runtimeApiSecret": SECRET,
      "cronium:runtimeApiSecretPrevious": PREVIOUS,
      "cronium:secretGeneration": "2",
      "cronium:retention": "12h",
      "cronium:backendUrl": "https://backend:5001",
      "cronium:backendToken": "token",
      "cronium:valkey": "true",
      "docker:host": "tcp://engine:2376",
      "docker:certPath": "/certs",
      "pulumi:tags": "{}",
    };
    const secrets = ["registryPassword", "runtimeApiSecret", "runtimeApiSecretPrevious", "backendToken"];
    assert.deepEqual(
      parse(
        given,
        secrets.map((name) => `cronium:${name}`),
      ),
      {
        settings: {
          namespace: "team-a",
          shared: true,
          images: "promoted",
          registry: "registry.test:5000/team/a",
          registryUser: "reader",
          registryPassword: "password",
          digests: { bash: `registry.test:5000/team/a/cronium/bash@${DIGEST}` },
          builderRoot: `debian@${DIGEST}`,
          builderRootReference: `mirror/debian@${DIGEST}`,
          packagesAsOf: "2026-03-31T08:00:00Z",
          userId: 2000,
          groupId: 2001,
          strip: false,
          protect: true,
          keepShell: false,
          extraPackages: { bash: ["git", "libstdc++6/trixie-backports"], python: [] },
          extraCa: "certs/proxy.pem",
          jobsSubnet: "10.90.0.0/24",
          egressSubnet: "10.91.0.0/24",
          logLevel: "warn",
          rateLimitPerMin: 5,
          secretSource: "config",
          runtimeApiSecret: SECRET,
          runtimeApiSecretPrevious: PREVIOUS,
          secretGeneration: 2,
          retention: "12h",
          backendUrl: "https://backend:5001",
          backendToken: "token",
          valkey: true,
          docker: { host: "tcp://engine:2376", certPath: "/certs" },
        },
      },
    );
  });

  const bad: Record<string, [config: Record<string, string>, problem: RegExp]> = {
    "an unknown key": [
      { "cronium:namspace": "a" },
      /^cronium:namspace is not a setting of this stack; those there are: namespace, /,
    ],
    "an unknown docker key": [{ "docker:context": "a" }, /^docker:context is not a setting .* host, certPath$/],
    "a namespace in capitals": [
      { "cronium:namespace": "Team" },
      /^cronium:namespace: "Team" is not valid; expected the prefix .* lower-case/,
    ],
    "a builder root by tag": [
      { "cronium:builderRoot": "debian:13" },
      /^cronium:builderRoot: "debian:13" .*bootstrap.*@sha256/,
    ],
    // What Pulumi makes of a date without quotes.
    "a moment that YAML took apart": [
      { "cronium:packagesAsOf": "2026-03-31 00:00:00 +0000 UTC" },
      /^cronium:packagesAsOf: "2026-03-31 00.* is not valid; expected a past moment, in quotes, .*outdated --apply$/,
    ],
    "a root user": [{ "cronium:userId": "0" }, /^cronium:userId: "0" is not valid; expected the numeric user/],
    "a group by name": [{ "cronium:groupId": "staff" }, /^cronium:groupId: "staff" is not valid/],
    "a flag that is neither": [{ "cronium:strip": "yes" }, /^cronium:strip: "yes" is not valid; expected true removes/],
    "packages that are no map": [
      { "cronium:extraPackages": "git" },
      /^cronium:extraPackages: "git" is not valid; expected Debian packages .* a map of bash, python and nodejs/,
    ],
    "packages for an image that takes none": [
      { "cronium:extraPackages": '{"valkey":["git"]}' },
      /^cronium:extraPackages: .*valkey.* is not valid; .*bash, python and nodejs/,
    ],
    "a package that would be an option": [
      { "cronium:extraPackages": '{"bash":["--yes"]}' },
      /^cronium:extraPackages: .*--yes.* is not valid/,
    ],
    "a subnet without length": [{ "cronium:jobsSubnet": "10.0.0.0" }, /^cronium:jobsSubnet: "10.0.0.0" .*CIDR/],
    "an unknown log level": [{ "cronium:logLevel": "loud" }, /^cronium:logLevel: "loud" .*trace, debug/],
    "a rate of zero": [{ "cronium:rateLimitPerMin": "0" }, /^cronium:rateLimitPerMin: "0" is not valid/],
    "a push to nowhere": [{ "cronium:images": "push" }, /^cronium:registry is missing: expected the registry that/],
    "a registry with a scheme": [
      { "cronium:registry": "https://registry.test" },
      /^cronium:registry: "https:\/\/registry.test" is not valid/,
    ],
    "a user without a password": [
      { "cronium:registry": "registry.test", "cronium:registryUser": "reader" },
      /^cronium:registryPassword is missing: .*config set --secret cronium:registryPassword/,
    ],
    "a promotion without digests": [
      { "cronium:images": "promoted" },
      /^cronium:digests is missing: .*written by: cronium promote/,
    ],
    "a promotion by tag": [
      { "cronium:images": "promoted", "cronium:digests": '{"bash":"registry.test/bash:latest"}' },
      /^cronium:digests: .*latest.* is not valid; .*@sha256/,
    ],
    "digests that are no map": [
      { "cronium:images": "promoted", "cronium:digests": "latest" },
      /^cronium:digests: "latest" is not valid/,
    ],
    "digests of a stack that builds": [
      { "cronium:digests": JSON.stringify({ bash: `a/bash@${DIGEST}` }) },
      /^cronium:digests: .* is not valid; .*only with images promoted/,
    ],
    "a secret that is missing": [
      { "cronium:secretSource": "config" },
      /^cronium:runtimeApiSecret is missing: .*config set --secret/,
    ],
    "a backend without scheme": [
      { "cronium:backendUrl": "backend:5001" },
      /^cronium:backendUrl: .* http or https address/,
    ],
    "a cache without a backend": [{ "cronium:valkey": "true" }, /^cronium:valkey: "true" .*only with backendUrl$/],
    "a generation of zero": [{ "cronium:secretGeneration": "0" }, /^cronium:secretGeneration: "0" .*one more makes/],
    "a retention without unit": [{ "cronium:retention": "7" }, /^cronium:retention: "7" .*12h or 7d/],
    "a host without scheme": [
      { "docker:host": "engine:2376" },
      /^docker:host: "engine:2376" is not valid; expected the engine's address/,
    ],
  };
  for (const [what, [config, problem]] of Object.entries(bad)) {
    it(`refuse ${what}, naming key, value and remedy`, () => {
      const [only, ...rest] = problems(config);
      assert.match(only ?? "", problem);
      assert.deepEqual(rest, []);
    });
  }

  it("list every problem at once", () => {
    assert.equal(problems({ "cronium:userId": "x", "cronium:groupId": "y", "docker:x": "1" }).length, 3);
  });

  it("never print the secret", () => {
    const config = (value: string) => ({ "cronium:secretSource": "config", "cronium:runtimeApiSecret": value });
    const cases = [
      problems(config("hunter2"), ["cronium:runtimeApiSecret"]),
      problems(config(SECRET)),
      problems({ "cronium:runtimeApiSecret": SECRET }, ["cronium:runtimeApiSecret"]),
      problems({ "cronium:runtimeApiSecretPrevious": SECRET }, ["cronium:runtimeApiSecretPrevious"]),
      problems({ "cronium:backendToken": SECRET }, ["cronium:backendToken"]),
      problems({ "cronium:backendToken": SECRET, "cronium:backendUrl": "http://b" }),
    ];
    for (const found of cases) {
      assert.equal(found.length, 1);
      assert.doesNotMatch(found.join(), /hunter2|sss/);
    }
  });
});

function parse(config: Record<string, string>, secretKeys: string[] = []) {
  return parseSettings(config, (key) => secretKeys.includes(key));
}

function problems(config: Record<string, string>, secretKeys: string[] = []): string[] {
  const result = parse(config, secretKeys);
  assert.ok("problems" in result);
  return result.problems;
}
