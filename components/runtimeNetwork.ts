import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Names } from "./names";
import type { Settings } from "./settings";

/** The two networks of a stack: one for jobs, without a way out, and one on which the sidecar reaches its backend. */
export class RuntimeNetwork extends pulumi.ComponentResource {
  readonly jobs: docker.Network;
  readonly egress: docker.Network;

  constructor(name: string, args: { settings: Settings; names: Names }, opts: pulumi.ComponentResourceOptions) {
    super("cronium:index:RuntimeNetwork", name, {}, opts);
    const { settings, names } = args;
    this.jobs = new docker.Network(
      "jobs",
      {
        name: names.networks.jobs,
        driver: "bridge",
        internal: true,
        // An internal bridge still gives the host an address that jobs can reach; without it there is nothing to reach.
        options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
        ...ipam(settings.jobsSubnet),
      },
      { parent: this },
    );
    this.egress = new docker.Network(
      "egress",
      {
        name: names.networks.egress,
        driver: "bridge",
        options: { "com.docker.network.bridge.enable_icc": "false" },
        ...ipam(settings.egressSubnet),
      },
      { parent: this },
    );
    this.registerOutputs({ jobs: this.jobs.name, egress: this.egress.name });
  }
}

function ipam(subnet: string | undefined): Pick<docker.NetworkArgs, "ipamConfigs"> {
  return subnet === undefined ? {} : { ipamConfigs: [{ subnet }] };
}
