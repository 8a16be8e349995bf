"""What is in an image, as an SPDX 2.3 document: its packages by their own records, and each file that no Debian package's
sums vouch for; it cannot list itself. verify/sbom.ts describes finished images in the same way, and is compared with this."""

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from urllib.parse import quote

PATH = "/usr/share/sbom/image.spdx.json"


def write_sbom(name: str, out: str, below: list[str]) -> int:
    """Writes the document of the image whose layers are `below` (lowest first) and `out` into `out`; returns its bytes."""
    document = json.dumps(describe(name, _merged([*below, out])), separators=(",", ":"), ensure_ascii=False) + "\n"
    target = out + PATH
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(document)
    os.chmod(target, 0o644)
    for folder in (os.path.dirname(target), os.path.dirname(os.path.dirname(target))):
        os.chmod(folder, 0o755)
    return len(document.encode())


def describe(name: str, files: dict[str, str]) -> dict[str, object]:
    """The document, as SPDX's JSON form; `files` are real paths by path in the image."""
    release = _read(files.get("/usr/lib/os-release", os.devnull))
    version = re.search(r'^VERSION_ID="?([^"\n]*)', release, re.MULTILINE)
    own = {**_element("SPDXRef-Image", name), "primaryPackagePurpose": "CONTAINER"}
    packages = [_package(*found, version[1] if version else "") for found in sorted(set(_packages(files)))]
    vouched = set(_vouched(files))
    listed = [
        {
            "SPDXID": f"SPDXRef-File-{index}",
            "fileName": "." + path,
            "checksums": _sums(files[path]),
        }
        for index, path in enumerate(sorted(files.keys() - vouched - {PATH}))
    ]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image")]
    relations += [("SPDXRef-Image", "CONTAINS", str(item["SPDXID"])) for item in packages]
    body = {
        "packages": [own, *packages],
        "files": listed,
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
            for one, kind, other in relations
        ],
    }
    created = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"urn:uuid:{_uuid(json.dumps([name, body]))}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", created), "creators": ["Tool: cronium"]},
        **body,
    }


def _merged(trees: list[str]) -> dict[str, str]:
    files: dict[str, str] = {}
    for tree in trees:
        for folder, _, names in os.walk(tree):
            for name in names:
                real = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(real).st_mode):
                    files["/" + os.path.relpath(real, tree)] = real
    return files


def _packages(files: dict[str, str]) -> Iterator[tuple[str, str, str, str, str]]:
    """Type, name, version, architecture and licence of each package that a record tells of."""
    for path, real in files.items():
        name = os.path.basename(path)
        if path.startswith("/var/lib/dpkg/status.d/") and not name.endswith(".md5sums"):
            fields = _fields(_read(real))
            yield "deb", fields["Package"], fields["Version"], fields["Architecture"], ""
        elif name == "package.json":
            record = json.loads(_read(real))
            if isinstance(record.get("name"), str) and isinstance(record.get("version"), str):
                licence = record.get("license")
                yield "npm", record["name"], record["version"], "", licence if isinstance(licence, str) else ""
        elif path.endswith(".dist-info/METADATA") or re.search(r"\.egg-info(/PKG-INFO)?$", path):
            fields = _fields(_read(real).split("\n\n")[0])
            # PEP 503's normal form, which package URLs use too.
            yield "pypi", re.sub(r"[-_.]+", "-", fields["Name"].lower()), fields["Version"], "", ""


def _package(kind: str, name: str, version: str, architecture: str, licence: str, debian: str) -> dict[str, object]:
    identity = re.sub(r"[^A-Za-z0-9.-]+", "-", f"SPDXRef-{kind}-{name}-{version}")
    kept = f"{_escaped(name)}@{_escaped(version)}"
    purl = (
        f"pkg:deb/debian/{kept}?arch={architecture}&distro=debian-{debian}" if kind == "deb" else f"pkg:{kind}/{kept}"
    )
    references = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]
    if kind == "npm" and name.startswith("node-linux-"):
        cpe = f"cpe:2.3:a:nodejs:node.js:{version}:*:*:*:*:*:*:*"
        references.append({"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": cpe})
    element = {**_element(identity, name), "versionInfo": version, "externalRefs": references}
    if licence and re.fullmatch(r"[A-Za-z0-9.+() -]+", licence):
        element["licenseDeclared"] = licence
    return element


def _element(identity: str, name: str) -> dict[str, object]:
    return {
        "SPDXID": identity,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
    }


def _vouched(files: dict[str, str]) -> Iterator[str]:
    for path, real in files.items():
        if path.startswith("/var/lib/dpkg/status.d/") and path.endswith(".md5sums"):
            yield from ("/" + line.split("  ", 1)[1] for line in _read(real).splitlines())


def _sums(real: str) -> list[dict[str, str]]:
    with open(real, "rb") as file:
        data = file.read()
    sums = {"SHA1": hashlib.sha1(data, usedforsecurity=False), "SHA256": hashlib.sha256(data)}
    return [{"algorithm": name, "checksumValue": made.hexdigest()} for name, made in sums.items()]


def _uuid(text: str) -> str:
    """A name-based UUID (RFC 9562, version 8)."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], "8" + digest[13:16], "8" + digest[17:20], digest[20:32]))


def _fields(record: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z-]+): (.*)$", record, re.MULTILINE))


def _escaped(text: str) -> str:
    """As encodeURIComponent does it, a scope's slash aside."""
    return quote(text, safe="/-_.!~*'()")


def _read(real: str) -> str:
    with open(real, encoding="utf-8") as file:
        return file.read()
