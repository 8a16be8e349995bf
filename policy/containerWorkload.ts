import { eachOf, labelTexts, lazy, mounts, property, texts, volumeMount } from "./properties";
import type { Container } from "./resources";
import type { Workload } from "./workload";

/** A container. */
export class ContainerWorkload implements Workload {
  readonly #container: Container;

  constructor(container: Container) {
    this.#container = container;
  }

  get image() {
    return property("image", this.#container.image);
  }
  get user() {
    return property("user", this.#container.user);
  }
  get readOnly() {
    return property("readOnly", this.#container.readOnly);
  }
  get capabilityAdds() {
    return property("capabilities.adds", this.#container.capabilities?.adds);
  }
  get capabilityDrops() {
    return property("capabilities.drops", this.#container.capabilities?.drops);
  }
  get groups() {
    return property("groupAdds", this.#container.groupAdds);
  }
  get memory() {
    return property("memory", this.#container.memory);
  }
  get cpus() {
    const { cpus, cpuQuota } = this.#container;
    return property("cpus", cpus ?? (cpuQuota || undefined));
  }
  get healthcheck() {
    return property("healthcheck.tests", this.#container.healthcheck?.tests);
  }
  get logDriver() {
    return property("logDriver", this.#container.logDriver);
  }
  get logOptions() {
    return property("logOpts", this.#container.logOpts);
  }
  get sysctls() {
    return property("sysctls", this.#container.sysctls);
  }
  get publishedPorts() {
    const ports = this.#container.ports;
    return eachOf(ports, (i) => lazy(`ports[${i}].external`, () => ports?.[i]?.external ?? 0));
  }
  get mounts() {
    const { mounts: list, volumes } = this.#container;
    return [...mounts("mounts", list), ...eachOf(volumes, (i) => volumeMount(`volumes[${i}]`, () => volumes?.[i]))];
  }
  get environment() {
    return texts("envs", this.#container.envs).map((text) => ({
      get path() {
        return `envs.${this.name}`;
      },
      get name() {
        return text.value.split("=", 1)[0] as string;
      },
      get value() {
        return text.value.slice(this.name.length + 1);
      },
      get secret() {
        return text.secret;
      },
    }));
  }
  get texts() {
    const { command, entrypoints, labels } = this.#container;
    return [...texts("command", command), ...texts("entrypoints", entrypoints), ...labelTexts("labels", labels)];
  }
}
