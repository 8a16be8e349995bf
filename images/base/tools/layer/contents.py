"""A layer's contents as data: one directive a line, the README of images/base says what each means."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# How many words each directive takes: the least and the most.
DIRECTIVES = {
    "package": (1, None),
    "install": (1, None),
    "file": (1, None),
    "drop": (1, None),
    "library": (1, None),
    "link": (2, 2),
    "links": (3, None),
    "dir": (2, 3),
    "copy": (2, 2),
    "concat": (2, 2),
    "line": (2, None),
}


class ContentsError(Exception):
    """Something that was asked for cannot be had; the message names the directive's place and what to do."""


@dataclass(frozen=True)
class Directive:
    place: str
    word: str
    arguments: tuple[str, ...]
    rest: str
    """All after the first argument, spaces kept: the text of `line`."""


def read_contents(path: str, variables: dict[str, str] | None = None) -> list[Directive]:
    """Parses a list; `${NAME}` is replaced from `variables`, if given. Raises ContentsError with file and line."""
    directives = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            place = f"{path}:{number}"
            word, *arguments = text.split()
            least, most = DIRECTIVES.get(word, (None, None))
            if least is None:
                raise ContentsError(f'{place}: "{word}" is no directive; those there are: {", ".join(DIRECTIVES)}')
            if len(arguments) < least or (most is not None and len(arguments) > most):
                raise ContentsError(
                    f'{place}: "{word}" with {len(arguments)} arguments; it takes {least} to {most or "any"}'
                )
            if variables is not None:
                # A value may be several words or none.
                text = re.sub(r"\$\{(\w+)\}", _replace(variables, place), text)
            rest = text.split(None, 2)[2:]
            directives.append(Directive(place, word, tuple(text.split()[1:]), rest[0] if rest else ""))
    return directives


def packages_to_install(directives: list[Directive]) -> list[str]:
    """What apt has to install: the `package` and `install` names, with the suite where one is named (`curl/SUITE`)."""
    names = [name for item in directives if item.word in ("package", "install") for name in item.arguments]
    return list(dict.fromkeys(names))


def _replace(variables: dict[str, str], place: str) -> Callable[[re.Match[str]], str]:
    def value(found: re.Match[str]) -> str:
        if found[1] not in variables:
            raise ContentsError(f"{place}: ${{{found[1]}}} is not set; pass --set {found[1]}=VALUE")
        return variables[found[1]]

    return value
