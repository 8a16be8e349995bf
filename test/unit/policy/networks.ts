import { breaks, type Case, change, type Given } from "../../support/policy";
import { container } from "./containers";
import { service } from "./services";

const BRIDGE = "com.docker.network.bridge";

/** Each keeps every rule. */
export const jobs: Given = {
  type: "docker:index/network:Network",
  name: "jobs",
  props: { name: "team-jobs", driver: "bridge", internal: true, options: { [`${BRIDGE}.inhibit_ipv4`]: "true" } },
};
export const egress: Given = {
  type: "docker:index/network:Network",
  name: "egress",
  props: { name: "team-egress", options: { [`${BRIDGE}.enable_icc`]: "false" } },
};
export const overlay: Given = {
  type: "docker:index/network:Network",
  name: "mesh",
  props: { name: "mesh", driver: "overlay", internal: true, options: { encrypted: "" } },
};
export const sidecar = change(
  { ...container, name: "runtime-api" },
  { networksAdvanced: [{ name: "team-egress" }], mounts: undefined },
);

const MEMBERS = "let it ask the sidecar, or put it on this rule's list of members (NIST 4.4.2)";

export const cases: Case[] = [
  breaks(
    "job-network-internal",
    jobs,
    { internal: undefined, options: { [`${BRIDGE}.enable_icc`]: "false" } },
    "internal is not true: set internal: a job reaches what it needs through the runtime API (NIST 4.4.2)",
  ),
  breaks(
    "network-internal",
    overlay,
    { internal: false },
    "internal is not true: set internal, or put the network's name on this rule's list (NIST 4.4.2)",
  ),
  breaks(
    "network-without-icc",
    egress,
    { options: undefined },
    `enable_icc is not set: set options["${BRIDGE}.enable_icc"] to "false", and let containers meet on an internal network (CIS 2.2)`,
  ),
  breaks(
    "network-hides-host",
    jobs,
    { options: { [`${BRIDGE}.inhibit_ipv4`]: "false" } },
    `inhibit_ipv4 is false: set options["${BRIDGE}.inhibit_ipv4"] to "true": the bridge's own address is the host (NIST 4.4.2)`,
  ),
  breaks(
    "network-encrypted",
    overlay,
    { options: undefined },
    'options.encrypted is not set: set options.encrypted to "true" (CIS 7.3)',
  ),
  breaks(
    "network-driver",
    overlay,
    { driver: "macvlan" },
    'driver is "macvlan": use bridge, or overlay in a swarm (NIST 4.4.2)',
  ),
  {
    rule: "egress-members",
    stack: [egress, sidecar, change(container, { networksAdvanced: [{ name: "inner" }, { name: "team-egress" }] })],
    messages: [`is on egress: ${MEMBERS}`],
  },
  {
    rule: "egress-members",
    stack: [
      change(egress, { id: "0a".repeat(32) }),
      change(service, {
        taskSpec: { ...(service.props.taskSpec as object), networksAdvanceds: [{ id: "0a".repeat(32) }] },
      }),
    ],
    messages: [`is on egress: ${MEMBERS}`],
  },
];
