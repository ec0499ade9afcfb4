"""Calls at the top of a script that make or load something, and leave no trace outside the process."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from fnmatch import fnmatchcase

_BUILTINS = """
    abs all any bool bytearray bytes callable chr complex dict dir divmod enumerate filter float format
    frozenset getattr globals hasattr hash hex id int isinstance issubclass iter len list locals map max
    min next object oct ord pow print property range repr reversed round set setattr slice sorted
    staticmethod classmethod str sum super tuple type vars zip
"""

_ERRORS = [
    name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, Exception)
]

BUILTINS = frozenset([*_BUILTINS.split(), *_ERRORS])
"""Builtin functions without effects, and errors; printing is no effect that matters."""

_OURS = "Space Float Int Normal Ordinal Categorical Constant Constraint Problem backend pruner read_space"

FUNCTIONS = (
    *(f"tunebridge.{name}" for name in _OURS.split()),
    "argparse.*",
    "cmath.*",
    "collections.*",
    "copy.*",
    "dataclasses.*",
    "datetime.*",
    "decimal.*",
    "enum.*",
    "fractions.*",
    "functools.*",
    "glob.glob",
    "itertools.*",
    "json.load",
    "json.loads",
    "logging.StreamHandler",
    "logging.basicConfig",
    "logging.getLogger",
    "math.*",
    "numpy.*",
    "operator.*",
    "os.cpu_count",
    "os.environ.get",
    "os.getcwd",
    "os.getenv",
    "os.path.*",
    "pandas.*",
    "pathlib.*",
    "polars.*",
    "random.*",
    "re.*",
    "scipy.*",
    "sklearn.*",
    "statistics.*",
    "string.*",
    "sys.path.*",
    "tempfile.gettempdir",
    "time.monotonic",
    "time.perf_counter",
    "time.time",
    "typing.*",
    "warnings.*",
    "catboost.CatBoost*",
    "catboost.Pool",
    "lightgbm.Dataset",
    "lightgbm.LGBM*",
    "torch.*",
    "torchvision.transforms.*",
    "xgboost.DMatrix",
    "xgboost.XGB*",
)
"""Functions and classes of others, as patterns."""

NOT_THESE = (
    "numpy.*save*",
    "numpy.*.tofile",
    "numpy.*memmap",
    "pandas.ExcelWriter",
    "pandas.HDFStore",
    "pandas.*to_*",
    "pandas.read_pickle",
    "scipy.*savemat",
    "scipy.*optimize.*",
    "sklearn.datasets.fetch_*",
    "sklearn.datasets.dump_*",
    "sklearn.*cross_val*",
    "sklearn.*learning_curve",
    "sklearn.*validation_curve",
    "sklearn.*permutation_*",
    "sklearn.*set_config",
    "logging.*FileHandler",
    "pathlib.*.*write*",
    "torch.save",
    "torch.load",
    "torch.hub.*",
    "torch.multiprocessing.*",
    "torch.distributed.*",
    "*.fit",
    "*.main",
)
"""What the patterns above would let through: it writes, downloads, trains, or runs code that was stored."""

_METHODS = """
    T add add_argument add_argument_group addHandler append astype cat choice clear copy count cpu
    critical debug decode default_rng dim drop dropna encode endswith error exists expanduser extend
    fillna flatten float format get get_dummies groupby head index info insert integers is_dir is_file
    isna items join keys log lognormal lower lstrip manual_seed max mean merge min normal numpy parse_args
    parse_known_args permutation pop random ravel read read_text readline readlines rename rand randint
    randn replace reset_index reshape resolve rsplit rstrip sample seed select_dtypes set_defaults
    set_index setFormatter setLevel setdefault shuffle size sort sort_values split splitlines squeeze
    standard_normal startswith std strftime strip sum tail title to to_numpy to_frame tolist transpose
    uniform unique update upper values var view warning with_name with_suffix zfill
"""

METHODS = frozenset(_METHODS.split())
"""Methods that give a value, or change the object that they are called on."""

ADDRESSES = ("http://", "https://", "ftp://", "s3://", "gs://", "hf://")
"""How the address of something on a network begins."""


def is_harmless(name: str, more: Iterable[str] = ()) -> bool:
    """Return whether calls of a function do no work, by its full name; with a dot in front, of a method.

    Args:
        name: `numpy.zeros`, or `.reshape`.
        more: Patterns of others.
    """
    if any(fnmatchcase(name, pattern) for pattern in more):
        return True
    if name.startswith("."):
        return name[1:] in METHODS
    if any(fnmatchcase(name, pattern) for pattern in NOT_THESE):
        return False
    return name in BUILTINS or any(fnmatchcase(name, pattern) for pattern in FUNCTIONS)
