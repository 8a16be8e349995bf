"""What an ELF file says that it needs at run time, read from its headers: nothing is run, any architecture works."""

import struct
from dataclasses import dataclass

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 14, 15, 29


@dataclass(frozen=True)
class Elf:
    """`kind` is (class, byte order, machine): a library serves only files of its own kind."""

    kind: tuple[int, int, int]
    interpreter: str | None
    needed: tuple[str, ...]
    soname: str | None
    run_path: tuple[str, ...]


def read_elf(path: str) -> Elf | None:
    """Reads the dynamic section; None for a file that is not ELF. Raises ValueError for a broken one."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        data = b"\x7fELF" + file.read()
    try:
        return _parse(data)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"{path} is a broken ELF file: {error}") from error


def _parse(data: bytes) -> Elf:
    wide = data[4] == 2
    order = "<" if data[5] == 1 else ">"

    def unpack(layout: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(order + layout, data, offset)

    (machine,) = unpack("H", 18)
    header_offset, entry_size, count = (
        (*unpack("Q", 32), *unpack("HH", 54)) if wide else (*unpack("I", 28), *unpack("HH", 42))
    )

    loads: list[tuple[int, int, int]] = []
    dynamic: tuple[int, int] | None = None
    interpreter = None
    for index in range(count):
        at = header_offset + index * entry_size
        if wide:
            kind, _, offset, address, _, size = unpack("IIQQQQ", at)
        else:
            kind, offset, address, _, size = unpack("IIIII", at)
        if kind == PT_LOAD:
            loads.append((address, offset, size))
        elif kind == PT_DYNAMIC:
            dynamic = (offset, size)
        elif kind == PT_INTERP:
            interpreter = data[offset : offset + size].rstrip(b"\0").decode()

    entries: list[tuple[int, int]] = []
    if dynamic:
        step = 16 if wide else 8
        for at in range(dynamic[0], dynamic[0] + dynamic[1], step):
            tag, value = unpack("QQ" if wide else "II", at)
            if tag == DT_NULL:
                break
            entries.append((tag, value))
    tables = [value for tag, value in entries if tag == DT_STRTAB]

    def text(position: int) -> str:
        base = next(
            offset + tables[0] - address for address, offset, size in loads if address <= tables[0] < address + size
        )
        start = base + position
        return data[start : data.index(b"\0", start)].decode()

    def texts(*tags: int) -> list[str]:
        return [text(value) for tag, value in entries if tag in tags]

    # A RUNPATH makes the loader ignore the RPATH.
    paths = texts(DT_RUNPATH) or texts(DT_RPATH)
    return Elf(
        kind=(data[4], data[5], machine),
        interpreter=interpreter,
        needed=tuple(texts(DT_NEEDED)),
        soname=next(iter(texts(DT_SONAME)), None),
        run_path=tuple(part for path in paths for part in path.split(":") if part),
    )
