"""What must be the same for a program to compute the same bits. A start that finds it changed is told, or refused where it is strict."""

import os
import platform
import re
from typing import Any, Iterable, List, Optional, Tuple

from . import _arrays as arrays
from ._arrays import Leaf

_WIDE = ("avx512f", "avx512bw", "avx512dq", "avx512vl")
_cpu: Optional[str] = None


def torch_conditions(leaves: Iterable[Leaf] = ()) -> List[Tuple[str, str]]:
    """Torch's, where the program has imported it: and the devices on which tensors lie."""
    torch = arrays.torch()
    if torch is None:
        return []
    conditions = [("torch", str(torch.__version__)), ("threads", str(torch.get_num_threads())), ("cpu", cpu())]
    devices = {one.source.device for one in leaves if arrays.is_elsewhere(one)}
    if devices:
        conditions.append(("device", ", ".join(sorted({_name(torch, one) for one in devices}))))
        conditions += [("cuda", str(torch.version.cuda)), ("cudnn", str(torch.backends.cudnn.version()))]
    return conditions


def _name(torch: Any, device: Any) -> str:
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else str(device.type)


def cpu() -> str:
    """Sums are split by the width of the vectors, and the math libraries take different ways on different makers' processors."""
    global _cpu
    if _cpu is None:
        _cpu = _of_cpuinfo(_read("/proc/cpuinfo")) or platform.machine()
    forced = os.environ.get("ATEN_CPU_CAPABILITY")
    return "{}, limited to {}".format(_cpu, forced) if forced else _cpu


def _of_cpuinfo(text: str) -> str:
    maker, flags = (re.search(r"^{}\s*: (.*)$".format(name), text, re.MULTILINE) for name in ("vendor_id", "flags"))
    if maker is None or flags is None:
        return ""
    has = set(flags.group(1).split())
    return "{} {}".format(maker.group(1).strip(), "AVX512" if has.issuperset(_WIDE) else "AVX2" if "avx2" in has else "SSE")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""
