import type { Container } from "./resources";
import { isSecret } from "./secrets";
import type { Mount, Property, Text } from "./workload";

// Getters throughout: a value that is not known yet throws, and only the rules that ask for it shall meet that.

/** As map, without reading the elements. */
export function eachOf<T>(list: readonly unknown[] | undefined, make: (index: number) => T): T[] {
  return Array.from({ length: list?.length ?? 0 }, (_, index) => make(index));
}

export function property<T>(path: string, value: T | undefined): Property<T> {
  return { path, value };
}

export function lazy<T>(path: string, value: () => T): Property<T> {
  return {
    path,
    get value() {
      return value();
    },
  };
}

export function mounts(path: string, list: Container["mounts"]): Mount[] {
  return eachOf(list, (i) => {
    const mount = () => (list as NonNullable<typeof list>)[i] as NonNullable<typeof list>[number];
    return {
      path: `${path}[${i}]`,
      get kind() {
        return mount().type;
      },
      get source() {
        return mount().source;
      },
      get target() {
        return mount().target;
      },
      get readOnly() {
        return mount().readOnly === true;
      },
      get propagation() {
        return mount().bindOptions?.propagation;
      },
      get size() {
        return mount().tmpfsOptions?.sizeBytes;
      },
    };
  });
}

export function volumeMount(path: string, volume: () => NonNullable<Container["volumes"]>[number] | undefined): Mount {
  return {
    path,
    get kind() {
      return volume()?.hostPath === undefined ? "volume" : "bind";
    },
    get source() {
      return volume()?.hostPath ?? volume()?.volumeName;
    },
    get target() {
      return volume()?.containerPath;
    },
    get readOnly() {
      return volume()?.readOnly === true;
    },
    propagation: undefined,
    size: undefined,
  };
}

export function texts(path: string, list: readonly string[] | undefined): Text[] {
  return eachOf(list, (i) => ({
    path: `${path}[${i}]`,
    name: "",
    get value() {
      return (list as readonly string[])[i] as string;
    },
    secret: isSecret(list as object, i),
  }));
}

export function mapTexts(path: string, map: Readonly<Record<string, string>> | undefined): Text[] {
  return Object.keys(map ?? {}).map((name) => ({
    path: `${path}.${name}`,
    name,
    get value() {
      return (map as Readonly<Record<string, string>>)[name] as string;
    },
    secret: isSecret(map as object, name),
  }));
}

export function labelTexts(path: string, list: readonly { label: string; value: string }[] | undefined): Text[] {
  return eachOf(list, (i) => {
    const label = () => (list as NonNullable<typeof list>)[i] as { label: string; value: string };
    return {
      path: `${path}[${i}].value`,
      get name() {
        return label().label;
      },
      get value() {
        return label().value;
      },
      get secret() {
        return isSecret(label(), "value");
      },
    };
  });
}
