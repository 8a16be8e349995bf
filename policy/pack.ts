import { PolicyPack } from "@pulumi/policy";
import { environmentOf, PACK } from "./environment";
import { toPolicy } from "./policy";
import { rules } from "./rules/index";
import { keepTrackOfSecrets } from "./secrets";

keepTrackOfSecrets();
const environment = environmentOf(process.env);
const today = new Date().toISOString().slice(0, "YYYY-MM-DD".length);
new PolicyPack(PACK, { policies: rules.map((rule) => toPolicy(rule, environment, today)) });
