"""A layer: what its contents ask for, closed over libraries and links, less what the layers below it have already."""

import fnmatch
import hashlib
import os
import re
import stat
from dataclasses import dataclass

from contents import ContentsError, Directive
from elf import Elf, read_elf
from root import Package, Root


@dataclass(frozen=True)
class Entry:
    """A directory, a link (`target`), or a file: `data`, or the bytes of `source` on this machine."""

    mode: int = 0o644
    target: str | None = None
    source: str | None = None
    data: bytes | None = None
    user: bool = False
    package: Package | None = None

    def read(self) -> bytes:
        if self.data is not None:
            return self.data
        with open(str(self.source), "rb") as file:
            return file.read()


class Layer:
    """Collects entries by path. `problems` says what is missing; a layer with problems is not to be written."""

    def __init__(self, root: Root, below: list[str]) -> None:
        self.root = root
        self.below = below
        self.entries: dict[str, Entry] = {}
        self.problems: list[str] = []
        self._dropped: list[str] = []

    def add(self, directives: list[Directive]) -> None:
        self._dropped = [pattern for item in directives if item.word == "drop" for pattern in item.arguments]
        for item in directives:
            if item.word not in ("drop", "install"):
                try:
                    getattr(self, f"_add_{item.word}")(item)
                except (ContentsError, OSError) as error:
                    self.problems.append(f"{item.place}: {error}")

    def close(self) -> None:
        """Adds the loaders and libraries that files need, checks every link, then adds licences and dpkg's records."""
        checked: set[str] = set()
        while todo := [path for path, entry in self.entries.items() if entry.source and path not in checked]:
            for path in todo:
                checked.add(path)
                self._close_file(path, self.entries[path])
        for path, entry in self.entries.items():
            if entry.target is not None and not self._reachable(_joined(path, entry.target)):
                self.problems.append(f"{path} is a dangling link to {entry.target}: add its target or drop the link")
        self._record_packages()

    def new_entries(self) -> dict[str, Entry]:
        """What the layers below do not have in the same form, sorted by path."""
        return {
            path: self.entries[path] for path in sorted(self.entries) if not self._is_below(path, self.entries[path])
        }

    def _add_package(self, item: Directive) -> None:
        for name in item.arguments:
            package = self.root.packages.get(name.split("/")[0])
            if package is None:
                raise ContentsError(f"package {name} is not installed in this root")
            for path in package.paths:
                if self._is_dropped(path):
                    continue
                if not self.root.exists(path):
                    raise ContentsError(f"{path} of package {name} is not in this root: drop it or restore it")
                if os.path.islink(self.root.real(path)) or not os.path.isdir(self.root.real(path)):
                    self._take(path)

    def _add_file(self, item: Directive) -> None:
        for pattern in item.arguments:
            found = self.root.matches(pattern)
            if not found:
                raise ContentsError(f"{pattern} matches nothing in this root")
            for path in found:
                if path == pattern or not self._is_dropped(path):
                    self._take(self.root.canonical(path))

    def _add_library(self, item: Directive) -> None:
        kind = next((elf.kind for elf in map(self._elf, self.entries.values()) if elf), None)
        for name in item.arguments:
            self._take_library(name, [], kind, "this list")

    def _add_link(self, item: Directive) -> None:
        self.entries[item.arguments[0]] = Entry(target=item.arguments[1])

    def _add_links(self, item: Directive) -> None:
        folder, target, *names = item.arguments
        for name in names:
            self.entries[os.path.join(folder, name)] = Entry(target=target)

    def _add_dir(self, item: Directive) -> None:
        path, mode, *owner = item.arguments
        self.entries[path] = Entry(mode=stat.S_IFDIR | int(mode, 8), user=owner == ["user"])

    def _add_copy(self, item: Directive) -> None:
        source, destination = item.arguments
        if not os.path.isdir(source):
            self.entries[destination] = _copied(source)
        for folder, folders, files in os.walk(source):
            for name in [*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]:
                path = os.path.join(folder, name)
                inside = os.path.join(destination, os.path.relpath(path, source))
                if not self._is_dropped(inside):
                    self.entries[inside] = _copied(path)

    def _add_concat(self, item: Directive) -> None:
        destination, pattern = item.arguments
        sources = self.root.matches(pattern)
        if not sources:
            raise ContentsError(f"{pattern} matches nothing in this root")
        parts = []
        for path in sources:
            with open(self.root.real(path), "rb") as file:
                parts.append(file.read())
        self.entries[destination] = Entry(data=b"".join(parts), package=self.root.owner(sources[0]))

    def _add_line(self, item: Directive) -> None:
        before = self.entries.get(item.arguments[0], Entry(data=b"")).read()
        self.entries[item.arguments[0]] = Entry(data=before + item.rest.encode() + b"\n")

    def _take(self, path: str) -> None:
        """Takes one path of the root; of a link its target too."""
        if path in self.entries:
            return
        real = self.root.real(path)
        package = self.root.owner(path)
        if os.path.islink(real):
            target = os.readlink(real)
            self.entries[path] = Entry(target=target, package=package)
            aim = self.root.canonical(_joined(path, target))
            if self.root.exists(aim) and not self._is_dropped(aim):
                self._take(aim)
        elif os.path.isdir(real):
            self.entries[path] = Entry(mode=stat.S_IFDIR | 0o755)
        else:
            first = self._twin(real)
            if first is None:
                self.entries[path] = Entry(mode=_mode(real), source=real, package=package)
            else:
                self.entries[path] = Entry(target=_relative(first, path), package=package)

    def _twin(self, real: str) -> str | None:
        """The entry that is a hard link of this file: the layer holds its bytes once and links to it."""
        status = os.stat(real)
        if status.st_nlink == 1:
            return None
        return next(
            (path for path, entry in self.entries.items() if entry.source and os.path.samefile(entry.source, real)),
            None,
        )

    def _close_file(self, path: str, entry: Entry) -> None:
        elf = self._elf(entry)
        if elf is None:
            self._check_interpreter(path, entry)
            return
        if elf.interpreter and not self._reachable(elf.interpreter):
            if self.root.exists(self.root.canonical(elf.interpreter)):
                self._take(self.root.canonical(elf.interpreter))
            else:
                self.problems.append(f"{path} needs the loader {elf.interpreter}, which this root lacks")
        folders = [
            part.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", os.path.dirname(path)) for part in elf.run_path
        ]
        for name in elf.needed:
            self._take_library(name, folders, elf.kind, path)

    def _take_library(self, name: str, run_path: list[str], kind: tuple[int, int, int] | None, wanted_by: str) -> None:
        for folder in [*run_path, *self.root.library_folders()]:
            path = self.root.canonical(os.path.join(folder, name))
            if path in self.entries or self._in_below(path):
                return
            if os.path.exists(self.root.real(path)):
                elf = read_elf(self.root.real(path))
                if elf and kind in (None, elf.kind):
                    self._take(path)
                    return
        self.problems.append(f"{wanted_by} needs the library {name}, which is nowhere in this root's library folders")

    def _check_interpreter(self, path: str, entry: Entry) -> None:
        """A script that can be executed needs the program of its first line."""
        if not entry.mode & 0o111:
            return
        with open(str(entry.source), "rb") as file:
            found = re.match(rb"#!\s*(\S+)(?:\s+(\S+))?", file.readline(256))
        if not found:
            return
        program, argument = (part.decode() if part else "" for part in found.groups())
        if program == "/usr/bin/env" and argument and not argument.startswith("-"):
            candidates = [f"{folder}/{argument}" for folder in ("/usr/local/bin", "/usr/bin")]
        else:
            candidates = [program]
        if not any(self._reachable(candidate) for candidate in candidates):
            self.problems.append(
                f"{path} is a script for {argument or program}, which is not in the image: add it or drop the script"
            )

    def _record_packages(self) -> None:
        """Licences, as Debian installs them, and dpkg's records where scanners of images without dpkg look for them."""
        owned: dict[str, dict[str, Entry]] = {}
        for path, entry in self.entries.items():
            if entry.package:
                owned.setdefault(entry.package.name, {})[path] = entry
        licences: dict[bytes, str] = {}
        for name in sorted(owned):
            package = self.root.packages[name]
            licence = f"/usr/share/doc/{name}/copyright"
            real = self.root.real(self.root.canonical(licence))
            if not os.path.exists(real):
                self.problems.append(
                    f"package {name} has no {licence} in this root: its licence has to be in the image"
                )
                continue
            with open(real, "rb") as file:
                text = file.read()
            # Packages of one source share their text: it is stored once.
            first = licences.setdefault(text, licence)
            self.entries[licence] = Entry(data=text) if first == licence else Entry(target=_relative(first, licence))
            for common in sorted(set(re.findall(rb"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text))):
                path = "/usr/share/common-licenses/" + common.decode()
                if self.root.exists(path):
                    self._take(path)
            record = re.sub(r"^Conffiles:\n(?: .*\n?)*", "", package.record.strip() + "\n", flags=re.MULTILINE)
            self.entries[f"/var/lib/dpkg/status.d/{name}"] = Entry(data=record.encode())
            sums = f"/var/lib/dpkg/status.d/{name}.md5sums"
            lines = self._below_lines(sums) | {
                path.lstrip("/"): hashlib.md5(entry.read(), usedforsecurity=False).hexdigest()
                for path, entry in owned[name].items()
                if entry.target is None and not stat.S_ISDIR(entry.mode)
            }
            self.entries[sums] = Entry(data="".join(f"{lines[path]}  {path}\n" for path in sorted(lines)).encode())

    def _below_lines(self, path: str) -> dict[str, str]:
        lines: dict[str, str] = {}
        for folder in self.below:
            if os.path.exists(folder + path):
                with open(folder + path, encoding="utf-8") as file:
                    lines |= {name: digest for digest, name in (line.rstrip("\n").split("  ", 1) for line in file)}
        return lines

    def _is_dropped(self, path: str) -> bool:
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self._dropped)

    def _in_below(self, path: str) -> bool:
        return any(os.path.lexists(folder + path) for folder in self.below)

    def _is_below(self, path: str, entry: Entry) -> bool:
        there = next((folder + path for folder in reversed(self.below) if os.path.lexists(folder + path)), None)
        if there is None:
            return False
        if entry.target is not None:
            return os.path.islink(there) and os.readlink(there) == entry.target
        status = os.lstat(there)
        if stat.S_ISDIR(entry.mode):
            return stat.S_ISDIR(status.st_mode)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) != stat.S_IMODE(entry.mode):
            return False
        with open(there, "rb") as file:
            return file.read() == entry.read()

    def _reachable(self, path: str, depth: int = 0) -> bool:
        """Whether a path leads to something in this layer or one below, links of folders and files followed."""
        if depth > 40:
            return False
        parent, name = os.path.split(os.path.normpath(path))
        if not name:
            return True
        link = self._link_at(parent)
        if link is not None:
            return self._reachable(os.path.join(_joined(parent, link), name), depth + 1)
        if parent != "/" and not self._reachable(parent, depth + 1):
            return False
        at = os.path.join(parent, name)
        target = self._link_at(at)
        if target is not None:
            return self._reachable(_joined(at, target), depth + 1)
        return at in self.entries or self._in_below(at) or any(other.startswith(at + "/") for other in self.entries)

    def _link_at(self, path: str) -> str | None:
        if path in self.entries:
            return self.entries[path].target
        real = next((folder + path for folder in reversed(self.below) if os.path.islink(folder + path)), None)
        return os.readlink(real) if real else None

    def _elf(self, entry: Entry) -> Elf | None:
        return read_elf(entry.source) if entry.source else None


def _joined(link: str, target: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(link), target))


def _relative(target: str, link: str) -> str:
    return os.path.relpath(target, os.path.dirname(link))


def _mode(path: str) -> int:
    return 0o755 if os.stat(path).st_mode & 0o100 else 0o644


def _copied(path: str) -> Entry:
    if os.path.islink(path):
        return Entry(target=os.readlink(path))
    return Entry(mode=_mode(path), source=path)
