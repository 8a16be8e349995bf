import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resolveDockerHost } from "../../docker/host";
import { copyProject, type Project } from "../support/project";
import { PASSWORD, type Registry, startRegistry, USER } from "../support/registry";

/** A registry's login is changed while a stack has images there. */
describe("a registry's new credentials", () => {
  let registry: Registry;
  let project: Project;

  before(async () => {
    registry = await startRegistry({ auth: true });
    project = copyProject();
    const { namespace } = project;
    project.write("app/Dockerfile", "FROM scratch\nCOPY a.txt /\n");
    project.write("app/a.txt", "12345");
    project.write("index.ts", program(namespace, registry.address, USER));
    project.succeed("up", "--yes", "--policy-pack", "");
    const passwords = join(registry.data, "../htpasswd");
    writeFileSync(passwords, readFileSync(passwords, "utf8").replace(USER, "another"));
    project.write("index.ts", program(namespace, registry.address, "another"));
  });
  after(async () => {
    project?.remove();
    await registry?.remove();
  });

  it("are not those that a refresh asks with, which says what to do", () => {
    const { status, stdout, stderr } = project.cronium("preview", "--refresh", "--policy-pack", "");
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /refuses user .* an up without --refresh brings new ones\./);
  });

  it("are taken by up, and from then on by refreshes", () => {
    project.succeed("up", "--yes", "--policy-pack", "");
    project.succeed("preview", "--refresh", "--expect-no-changes", "--policy-pack", "");
  });
});

const program = (namespace: string, registry: string, user: string) => `
import * as pulumi from "@pulumi/pulumi";
import { Image, Provider } from "./components/resources";
const login = { registry: "${registry}", registryUser: "${user}", registryPassword: pulumi.secret("${PASSWORD}") };
const provider = new Provider("engine", { host: "${resolveDockerHost().host}", ...login });
new Image("app", { context: "app", repository: "${namespace}/app", tags: [], push: "${registry}/${namespace}/app" }, { provider });
`;
