import { eachOf, labelTexts, lazy, mapTexts, mounts, property, texts } from "./properties";
import type { Service } from "./resources";
import type { Workload } from "./workload";

/** The containers of a Swarm service. */
export class ServiceWorkload implements Workload {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  get #spec() {
    return this.#service.taskSpec.containerSpec;
  }
  get image() {
    return property(`${SPEC}.image`, this.#spec.image);
  }
  get user() {
    return property(`${SPEC}.user`, this.#spec.user);
  }
  get readOnly() {
    return property(`${SPEC}.readOnly`, this.#spec.readOnly);
  }
  get capabilityAdds() {
    return property(`${SPEC}.capAdds`, this.#spec.capAdds);
  }
  get capabilityDrops() {
    return property(`${SPEC}.capDrops`, this.#spec.capDrops);
  }
  get groups() {
    return property(`${SPEC}.groups`, this.#spec.groups);
  }
  get memory() {
    const bytes = this.#service.taskSpec.resources?.limits?.memoryBytes;
    return property("taskSpec.resources.limits.memoryBytes", bytes && bytes / 2 ** 20);
  }
  get cpus() {
    return property("taskSpec.resources.limits.nanoCpus", this.#service.taskSpec.resources?.limits?.nanoCpus);
  }
  get healthcheck() {
    return property(`${SPEC}.healthcheck.tests`, this.#spec.healthcheck?.tests);
  }
  get logDriver() {
    return property("taskSpec.logDriver.name", this.#service.taskSpec.logDriver?.name);
  }
  get logOptions() {
    return property("taskSpec.logDriver.options", this.#service.taskSpec.logDriver?.options);
  }
  get sysctls() {
    return property(`${SPEC}.sysctl`, this.#spec.sysctl);
  }
  get publishedPorts() {
    const ports = this.#service.endpointSpec?.ports;
    return eachOf(ports, (i) => lazy(`endpointSpec.ports[${i}].publishedPort`, () => ports?.[i]?.publishedPort ?? 0));
  }
  get mounts() {
    return mounts(`${SPEC}.mounts`, this.#spec.mounts);
  }
  get environment() {
    return mapTexts(`${SPEC}.env`, this.#spec.env);
  }
  get texts() {
    const { commands, args, labels } = this.#spec;
    return [
      ...texts(`${SPEC}.commands`, commands),
      ...texts(`${SPEC}.args`, args),
      ...labelTexts(`${SPEC}.labels`, labels),
    ];
  }
}

const SPEC = "taskSpec.containerSpec";
