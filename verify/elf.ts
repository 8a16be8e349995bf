/** What an ELF file says of itself (System V gABI, with GNU's additions), as far as hardening and linking need it. */
export interface Elf {
  /** Class, byte order and machine: a library serves only files of its own kind. */
  kind: string;
  /** e_machine, such as 62 for x86-64 and 183 for AArch64. */
  machine: number;
  /** A program starts through an interpreter or stands alone; a library is loaded. */
  program: boolean;
  interpreter?: string;
  needed: string[];
  soname?: string;
  /** RUNPATH, else RPATH, by folder; an empty one is the working directory. */
  runPath: string[];
  /** Position-independent: can be loaded anywhere. */
  pie: boolean;
  /** Relocated data is read-only once it is loaded. */
  relro: boolean;
  /** All symbols are bound at start, which makes RELRO full. */
  bindNow: boolean;
  executableStack: boolean;
  /** Relocations change program text. */
  textRelocations: boolean;
  /** Calls or holds the handler of a smashed stack. */
  stackProtector: boolean;
}

/** Reads the headers of a program or shared library; undefined for anything else and for one that is cut off. */
export function readElf(bytes: Buffer): Elf | undefined {
  if (bytes.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO] = [1, 2, 3, 0x6474e551, 0x6474e552];
const [DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_TEXTREL, DT_BIND_NOW] = [1, 5, 10, 14, 15, 22, 24];
const [DT_RUNPATH, DT_FLAGS, DT_FLAGS_1] = [29, 30, 0x6ffffffb];
const [DF_TEXTREL, DF_BIND_NOW, DF_1_NOW, DF_1_PIE] = [4, 8, 1, 0x08000000];
const [ET_EXEC, ET_DYN] = [2, 3];
const PF_X = 1;
const STACK_HANDLER = "__stack_chk_fail";

interface Segment {
  kind: number;
  flags: number;
  offset: number;
  address: number;
  size: number;
}

function parse(bytes: Buffer): Elf | undefined {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  const half = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const address = (at: number) =>
    wide ? Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : word(at);

  if (half(16) !== ET_EXEC && half(16) !== ET_DYN) return undefined;
  const [table, entrySize, count] = wide ? [address(32), half(54), half(56)] : [address(28), half(42), half(44)];
  const segments = Array.from({ length: count }, (_, index): Segment => {
    const at = table + index * entrySize;
    const [flags, offset, place, size] = wide ? [4, 8, 16, 32] : [24, 4, 8, 16];
    return {
      kind: word(at),
      flags: word(at + flags),
      offset: address(at + offset),
      address: address(at + place),
      size: address(at + size),
    };
  });
  const segment = (kind: number) => segments.find((one) => one.kind === kind);

  const dynamic = segment(PT_DYNAMIC);
  const step = wide ? 16 : 8;
  const entries: [tag: number, value: number][] = [];
  for (let at = dynamic?.offset ?? 0; dynamic && at < dynamic.offset + dynamic.size; at += step) {
    const tag = address(at);
    if (tag === 0) break;
    entries.push([tag, address(at + step / 2)]);
  }
  const values = (wanted: number) => entries.filter(([tag]) => tag === wanted).map(([, value]) => value);
  const value = (wanted: number) => values(wanted)[0] ?? 0;

  const strings = dynamic ? namesAt(bytes, segments, value(DT_STRTAB), value(DT_STRSZ)) : Buffer.alloc(0);
  const texts = (tag: number) => values(tag).map((at) => strings.toString("utf8", at, strings.indexOf(0, at)));
  const interpreter = segment(PT_INTERP);
  const [flags, flags1] = [value(DT_FLAGS), value(DT_FLAGS_1)];
  const paths = texts(DT_RUNPATH).length > 0 ? texts(DT_RUNPATH) : texts(DT_RPATH);
  const dynamicType = half(16) === ET_DYN;
  return {
    kind: `${bytes[4]}-${bytes[5]}-${half(18)}`,
    machine: half(18),
    program: interpreter !== undefined || !dynamicType || (flags1 & DF_1_PIE) !== 0,
    ...(interpreter && {
      interpreter: bytes.toString("utf8", interpreter.offset, bytes.indexOf(0, interpreter.offset)),
    }),
    needed: texts(DT_NEEDED),
    ...(texts(DT_SONAME)[0] !== undefined && { soname: texts(DT_SONAME)[0] }),
    runPath: paths.filter((path) => path !== "").flatMap((path) => path.split(":")),
    pie: dynamicType,
    relro: segment(PT_GNU_RELRO) !== undefined,
    bindNow: values(DT_BIND_NOW).length > 0 || (flags & DF_BIND_NOW) !== 0 || (flags1 & DF_1_NOW) !== 0,
    // Without the header the kernel takes the architecture's default, which is an executable stack on most.
    executableStack: ((segment(PT_GNU_STACK)?.flags ?? PF_X) & PF_X) !== 0,
    textRelocations: values(DT_TEXTREL).length > 0 || (flags & DF_TEXTREL) !== 0,
    // A file without dynamic names tells in its own symbols, unless they were stripped.
    stackProtector: strings.includes(STACK_HANDLER) || (!dynamic && bytes.includes(STACK_HANDLER)),
  };
}

/** The dynamic section's names, which it places by address. */
function namesAt(bytes: Buffer, segments: Segment[], place: number, length: number): Buffer {
  const load = segments.find(
    ({ kind, address, size }) => kind === PT_LOAD && address <= place && place < address + size,
  );
  const start = load ? load.offset + place - load.address : 0;
  return load ? bytes.subarray(start, start + length) : Buffer.alloc(0);
}
