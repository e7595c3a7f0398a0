"""How much memory an object holds: itself and everything that can be reached from it alone."""

import gc
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

from msgspec import Struct

_SHARED = (type, ModuleType, CodeType, BuiltinFunctionType, TracebackType)
"""Not of the object's own making. A traceback leads to whoever happened to call."""


def held_bytes(root: object) -> int:
    """Bytes of all objects reachable from `root`, each once; classes, code and modules do not count."""
    seen: set[int] = set()
    stack: list[Any] = [root]
    total = 0
    while stack:
        each = stack.pop()
        if id(each) in seen or isinstance(each, _SHARED) or (isinstance(each, dict) and "__builtins__" in each):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        match each:
            case FunctionType():
                stack += each.__closure__ or ()
            case MethodType():
                stack.append(each.__self__)
            case Struct():  # those without gc say nothing of what they refer to
                stack += [getattr(each, name) for name in each.__struct_fields__]
            case _:
                stack += gc.get_referents(each)
    return total
