"""Makes a layer of an image out of a list of what it shall contain.

layer packages LIST [--set ...]    what apt has to install for it
layer build LIST OUT [options]     writes the layer's tree to OUT
layer sbom NAME OUT [--below TREE] writes what is in the image NAME, whose last layer is OUT, into OUT
layer stamp OUT                    gives all of a tree that something was added to the one time again
"""

import argparse
import os
import stat
import sys

from contents import ContentsError, packages_to_install, read_contents
from layer import Entry, Layer
from root import Root
from sbom import write_sbom

COMMON = "/contents/common.list"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="layer", description="Makes a layer of an image out of a list of its contents."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    packages = commands.add_parser("packages", help="print what apt has to install for a list")
    packages.add_argument("list")
    _add_set(packages)
    build = commands.add_parser("build", help="write the layer's tree")
    build.add_argument("list")
    build.add_argument("out", help="a folder that does not exist yet")
    build.add_argument("--below", action="append", default=[], help="the tree of a layer under this one, lowest first")
    build.add_argument("--root", default="/", help="the root that files are taken from")
    _add_set(build)
    build.add_argument("--user", default="1000:1000", help="uid:gid of the folders that the list gives to the user")
    sbom = commands.add_parser("sbom", help="write what is in an image into its last layer")
    sbom.add_argument("name")
    sbom.add_argument("out")
    sbom.add_argument("--below", action="append", default=[], help="the tree of a layer under it, lowest first")
    stamped = commands.add_parser("stamp", help="set the one time on a whole tree")
    stamped.add_argument("out")
    arguments = parser.parse_args()
    try:
        if arguments.command == "stamp":
            stamp(arguments.out)
            return 0
        if arguments.command == "sbom":
            size = write_sbom(arguments.name, arguments.out, arguments.below)
            stamp(arguments.out)
            print(f"layer: SBOM of {arguments.name}: {size / 1e3:.0f} kB")
            return 0
        if arguments.command == "packages":
            print("\n".join(packages_to_install(read_contents(arguments.list, _variables(arguments) or None))))
            return 0
        return _build(arguments)
    except (ContentsError, ValueError, OSError) as error:
        print(f"layer: {error}", file=sys.stderr)
        return 1


def _build(arguments: argparse.Namespace) -> int:
    variables = _variables(arguments)
    layer = Layer(Root(arguments.root), arguments.below)
    layer.add([*read_contents(COMMON, variables), *read_contents(arguments.list, variables)])
    layer.close()
    if layer.problems:
        for problem in layer.problems:
            print(f"layer: {problem}", file=sys.stderr)
        return 1
    user, group = (int(part) for part in arguments.user.split(":"))
    entries = layer.new_entries()
    size = write(entries, arguments.out, (user, group))
    print(f"layer: {arguments.list}: {len(entries)} entries, {size / 1e6:.2f} MB")
    return 0


def _add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a value for ${NAME} in the list"
    )


def _variables(arguments: argparse.Namespace) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in arguments.set)


def write(entries: dict[str, Entry], out: str, user: tuple[int, int]) -> int:
    """Writes the tree: folders 0755 unless said otherwise, owned by root but what is the user's, of one time."""
    os.umask(0o022)
    os.makedirs(out)
    size = 0
    for path, entry in entries.items():
        real = out + path
        if stat.S_ISDIR(entry.mode):
            os.makedirs(real, exist_ok=True)
            os.chmod(real, stat.S_IMODE(entry.mode))
        else:
            os.makedirs(os.path.dirname(real), exist_ok=True)
            if entry.target is not None:
                os.symlink(entry.target, real)
            else:
                data = entry.read()
                size += len(data)
                with open(real, "wb") as file:
                    file.write(data)
                os.chmod(real, entry.mode)
        os.chown(real, *(user if entry.user else (0, 0)), follow_symlinks=False)
    stamp(out)
    return size


def stamp(out: str) -> None:
    """Sets every time in a tree to SOURCE_DATE_EPOCH (seconds, 0 unless set), its folder's own included."""
    time = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    for folder, folders, files in os.walk(out, topdown=False):
        for name in [*folders, *files]:
            os.utime(os.path.join(folder, name), (time, time), follow_symlinks=False)
    os.utime(out, (time, time))


if __name__ == "__main__":
    sys.exit(main())
