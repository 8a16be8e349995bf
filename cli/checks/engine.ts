import type Dockerode from "dockerode";
import { dockerClient, unreachable } from "../../docker/client";
import { type DockerHost, resolveDockerHost } from "../../docker/host";
import { isUsual } from "../engine";
import { executable } from "../executable";
import { manualInstall } from "../install";
import { jobLeftovers } from "../job/network";
import { bootstrapImage, dockerSettings, readSettings } from "../settings";
import { plainName } from "../stacks";
import { type Finding, finding } from "./finding";

/** The Docker engine, what it can do and cannot keep from jobs, and what the builder's root is made with. */
export async function engineFindings(root: string, stack: string): Promise<Finding[]> {
  const settings = readSettings(root, plainName(stack));
  const at = resolveDockerHost(dockerSettings(settings));
  const docker = await dockerClient(at);
  let info: EngineInfo;
  try {
    info = (await docker.info()) as EngineInfo;
  } catch (error) {
    return [finding("Docker engine", false, unreachable(error, at).message, mendEngine(at))];
  }
  const { ApiVersion } = await docker.version();
  return [
    finding(
      "Docker engine",
      isAtLeast(info.ServerVersion, "20.10"),
      `${info.ServerVersion} (API ${ApiVersion}, ${info.Driver}), ${at.host} from ${at.source}`,
      "20.10 or newer is needed for BuildKit and build secrets: upgrade it",
    ),
    finding(
      "job limits",
      info.MemoryLimit && info.CpuCfsQuota && info.PidsLimit,
      `memory ${yes(info.MemoryLimit)}, CPU ${yes(info.CpuCfsQuota)}, processes ${yes(info.PidsLimit)}`,
      "the engine cannot enforce what says no: give it those cgroup controllers",
    ),
    ...isolationFindings(info.ServerVersion),
    ...(await builderFindings(docker, bootstrapImage(settings))),
    ...(await leftoverFindings(docker)),
  ];
}

/** What an engine leaves open on the jobs network; `cronium run` gives each job a network of its own. */
export function isolationFindings(version: string): Finding[] {
  // CVE-2024-29018: fixed in 25.0.5 and 26.0, and in 23.0.11 of the line that Mirantis kept.
  const fixed = isAtLeast(version, "25.0.5") || (isAtLeast(version, "23.0.11") && !isAtLeast(version, "24.0"));
  return [
    finding(
      "DNS of jobs",
      fixed,
      fixed
        ? "internal networks ask no resolver outside"
        : `engine ${version} asks the host's resolvers for jobs (CVE-2024-29018)`,
      "cronium run closes it; an orchestrator has to start jobs with dns 127.0.0.1, or upgrade to 25.0.5",
      "note",
    ),
    {
      level: "note",
      thing: "jobs among them",
      found: "containers on one bridge network reach each other's ports",
      mend: "cronium run gives each job a network of its own; an orchestrator that uses the jobs network has to, too",
    },
  ];
}

interface EngineInfo {
  ServerVersion: string;
  Driver: string;
  MemoryLimit: boolean;
  CpuCfsQuota: boolean;
  PidsLimit: boolean;
}

function mendEngine(at: DockerHost): string {
  if (!isUsual(at)) return "where that one is not wanted: DOCKER_HOST, a context or docker:host name another";
  if (executable("dockerd") !== undefined) return "./cronium up starts it as root";
  return `./cronium up installs one on Debian as root. ${oneLine(manualInstall(["docker.io", "iptables"]))}`;
}

function oneLine(commands: string): string {
  return commands.replace(/:\n +/, ": ").replace(/\n +/g, " && ");
}

async function builderFindings(docker: Dockerode, image: string | undefined): Promise<Finding[]> {
  if (image === undefined) return [finding("builder root", true, "taken from a registry, as the settings say", "")];
  const there = await docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return [finding("builder root", true, image, "")];
  const tool = executable("mmdebstrap");
  return [
    finding(
      "builder root",
      tool !== undefined,
      tool === undefined ? "mmdebstrap is missing" : `${tool} will make ${image}`,
      `./cronium up installs it on Debian as root. ${oneLine(manualInstall(["mmdebstrap"]))}`,
    ),
  ];
}

async function leftoverFindings(docker: Dockerode): Promise<Finding[]> {
  const names = await jobLeftovers(docker);
  if (names.length === 0) return [];
  return [finding("killed runs", false, `left ${names.join(", ")}`, "the next cronium run removes them", "note")];
}

function isAtLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(/[.+~-]/, 3).map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function yes(able: boolean): string {
  return able ? "yes" : "no";
}
