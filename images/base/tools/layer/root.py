"""The root file system that layers are taken from: paths resolved inside it, its packages and its library folders."""

import glob
import os
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Package:
    """One installed package: its name without architecture, its record in dpkg's status, and the paths it owns."""

    name: str
    record: str
    paths: tuple[str, ...] = field(repr=False)


class Root:
    """A Debian root with merged /usr, the builder's own or one of a foreign architecture."""

    def __init__(self, folder: str) -> None:
        self.folder = folder.rstrip("/")
        self._folders: dict[str, str] = {}
        self.packages = self._read_packages()
        self._owners = {path: package for package in self.packages.values() for path in package.paths}

    def real(self, path: str) -> str:
        """Where a path of the root is found on this machine."""
        return self.folder + path

    def canonical(self, path: str) -> str:
        """The path with the symbolic links of its folders followed inside the root; the last part stays as it is."""
        parent, name = os.path.split(os.path.normpath(path))
        if parent == "/":
            return parent + name
        return os.path.join(self._follow(parent), name)

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.real(path))

    def matches(self, pattern: str) -> list[str]:
        """The paths that a pattern names (`*`, `?`, `[...]`, and `**` for any depth), sorted."""
        found = glob.glob(self.real(pattern), recursive=True, include_hidden=True)
        return sorted(path.removeprefix(self.folder) for path in found)

    def owner(self, path: str) -> Package | None:
        return self._owners.get(path)

    def library_folders(self) -> list[str]:
        """The folders that the dynamic loader searches, as ld.so.conf names them, then the built-in ones."""
        folders = []
        for file in sorted(glob.glob(self.real("/etc/ld.so.conf.d/*.conf"))):
            with open(file, encoding="utf-8") as lines:
                folders += [line.strip() for line in lines if line.startswith("/")]
        return [folder for folder in [*folders, "/usr/lib64", "/usr/lib"] if os.path.isdir(self.real(folder))]

    def _follow(self, folder: str) -> str:
        if folder not in self._folders:
            canonical = self.canonical(folder)
            if os.path.islink(self.real(canonical)):
                target = os.readlink(self.real(canonical))
                canonical = self._follow(os.path.normpath(os.path.join(os.path.dirname(canonical), target)))
            self._folders[folder] = canonical
        return self._folders[folder]

    def _read_packages(self) -> dict[str, Package]:
        with open(self.real("/var/lib/dpkg/status"), encoding="utf-8") as file:
            records = [record for record in file.read().split("\n\n") if record.strip()]
        packages = {}
        for record in records:
            fields = dict(re.findall(r"^(Package|Architecture|Status): (.*)$", record, re.MULTILINE))
            if not fields["Status"].endswith(" installed"):
                continue
            name = fields["Package"]
            packages[name] = Package(name, record, self._read_paths(name, fields["Architecture"]))
        return packages

    def _read_paths(self, name: str, architecture: str) -> tuple[str, ...]:
        for stem in (name, f"{name}:{architecture}"):
            listed = self.real(f"/var/lib/dpkg/info/{stem}.list")
            if os.path.exists(listed):
                with open(listed, encoding="utf-8") as lines:
                    return tuple(dict.fromkeys(self.canonical(line.rstrip("\n")) for line in lines if line != "/.\n"))
        return ()
