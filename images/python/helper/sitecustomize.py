"""Lets scripts use `cronium` without importing it; one that never does pays nothing for it."""

import builtins
import sys


class _LazyModule(type(sys)):
    def __getattr__(self, name):
        import cronium

        builtins.cronium = cronium
        return getattr(cronium, name)


builtins.cronium = _LazyModule("cronium", "Cronium's runtime API, loaded at its first use.")
