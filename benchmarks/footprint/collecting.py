"""The application named by BENCH_APP, with the garbage collector set as BENCH_GC says.

``default``; ``freeze``: what was made at start is never looked at again; ``threshold``: collections begin
after 50,000 new objects instead of 700; ``both``.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module

app = import_module(os.environ["BENCH_APP"]).app
_way = os.environ.get("BENCH_GC", "default")
if _way in {"threshold", "both"}:
    gc.set_threshold(50_000, 20, 20)
if _way in {"freeze", "both"}:
    gc.collect()
    gc.freeze()
