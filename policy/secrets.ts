import { Secret } from "@pulumi/policy";
import * as deserialize from "@pulumi/policy/deserialize.js";

/**
 * Makes the SDK remember which of the properties it hands to rules are Pulumi secrets: it unwraps them for rules, but
 * "is this value a secret?" is what some rules ask. It also stops it from reading a resource's properties anew for each rule.
 */
export function keepTrackOfSecrets(): void {
  const sdk = ("default" in deserialize ? deserialize.default : deserialize) as unknown as Sdk;
  const read = sdk.deserializeProperties;
  const known = new WeakMap<object, object>();
  sdk.deserializeProperties = (properties, keepsSecrets) => {
    const marked = () => read(properties, true);
    if (keepsSecrets) return marked();
    const before = known.get(properties);
    if (before) return before;
    const plain = unwrap(targetOf(marked())) as object;
    known.set(properties, plain);
    return plain;
  };
}

/** Whether a property of an object, or an element of a list, is a Pulumi secret or lies in one. */
export function isSecret(holder: object, key: string | number): boolean {
  return secretKeys.get(targetOf(holder))?.has(String(key)) ?? false;
}

/** A text in which the secrets of a resource are not shown. */
export function redact(text: string, props: object): string {
  return secretsIn(targetOf(props)).reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}

/** Plain values for values with {@link Secret}s among them; {@link isSecret} tells them apart from then on. */
export function unwrap(value: unknown, inSecret = false): unknown {
  if (value instanceof Secret) return unwrap(value.value, true);
  if (!isPlain(value)) return value;
  const plain = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  const secret = new Set<string>();
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null && !Array.isArray(value)) continue; // a property that is not set
    plain[key] = unwrap(inner, inSecret);
    if (inSecret || inner instanceof Secret) secret.add(key);
  }
  if (secret.size > 0) secretKeys.set(plain, secret);
  return plain;
}

/** The internal function of the SDK (pulumi-policy, sdk/nodejs/policy/deserialize.ts) that reads what the engine sends. */
interface Sdk {
  deserializeProperties(properties: object, keepsSecrets: boolean): object;
}

const secretKeys = new WeakMap<object, Set<string>>();

/** The SDK's proxies answer this key with what they stand for (sdk/nodejs/policy/proxy.ts). */
const TARGET = "__getSpecialProxyTarget";

function targetOf(proxy: object): object {
  return ((proxy as Record<string, unknown>)[TARGET] as object | undefined) ?? proxy;
}

function secretsIn(value: object): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (isPlain(inner)) return secretsIn(inner);
    return isSecret(value, key) && inner !== "" ? [String(inner)] : [];
  });
}

/** Lists and records; assets and archives are objects of classes. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))
  );
}
