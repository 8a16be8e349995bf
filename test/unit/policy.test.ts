import assert from "node:assert/strict";
import { rules } from "../../policy/rules/index";
import { type Case, type Given, violations } from "../support/policy";
import * as containers from "./policy/containers";
import * as images from "./policy/images";
import * as mounts from "./policy/mounts";
import * as networks from "./policy/networks";
import * as others from "./policy/others";
import * as services from "./policy/services";

const modules = [containers, mounts, services, networks, images, others];
const cases: Case[] = modules.flatMap((module) => module.cases);

describe("the policy pack's rules", () => {
  it("say nothing of resources that keep them all", () => {
    const { cases: _mounts, ...none } = mounts;
    const { cases: _containers, ...container } = containers;
    const { cases: _services, ...service } = services;
    const { cases: _networks, ...network } = networks;
    const { cases: _images, ...image } = images;
    const { cases: _others, ...other } = others;
    const stack: Given[] = Object.values({ ...none, ...container, ...service, ...network, ...image, ...other });
    assert.ok(stack.length > 12);
    assert.deepEqual(violations(stack), []);
  });

  // That nothing else is said shows that no rule is there twice.
  for (const { rule, environment, stack, messages } of cases) {
    it(`${rule} alone says: ${messages.join("; ")}`, () => {
      assert.deepEqual(
        violations(stack, { environment }),
        messages.map((message) => `${rule}: ${message}`),
      );
    });
  }

  it("are each broken by a case", () => {
    const broken = new Set(cases.map(({ rule }) => rule));
    const unbroken = rules.filter(({ name }) => !broken.has(name));
    assert.deepEqual(unbroken, []);
  });
});
