import * as pulumi from "@pulumi/pulumi";
import { engines } from "../package.json";

// Imported first: a Node that is too old otherwise fails somewhere inside a plugin, with a syntax error.
const wanted = Number(engines.node.replace(/\D/g, ""));
if (Number(process.versions.node.split(".")[0]) < wanted) {
  throw new pulumi.RunError(
    `Node.js ${process.versions.node} is too old: this stack needs ${wanted} or newer. Put one first on the PATH, or use ./cronium, which brings its own.`,
  );
}
