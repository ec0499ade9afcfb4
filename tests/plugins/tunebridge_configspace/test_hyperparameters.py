"""Each hyperparameter of ConfigSpace's has the values and the weights that ConfigSpace draws."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from ConfigSpace import (
    BetaFloatHyperparameter,
    BetaIntegerHyperparameter,
    CategoricalHyperparameter,
    Configuration,
    ConfigurationSpace,
    Constant,
    NormalFloatHyperparameter,
    NormalIntegerHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from scipy import stats

import tunebridge as tb

N = 2000
"""How many draws are compared."""
ALPHA = 1e-4
"""Below which p-value two samples are two distributions."""

EXACT: list[Any] = [
    UniformFloatHyperparameter("float", -1.0, 3.0),
    UniformFloatHyperparameter("log float", 1e-5, 1e-1, log=True),
    UniformIntegerHyperparameter("integer", -2, 5),
    CategoricalHyperparameter("categorical", ["a", "b", "c"]),
    CategoricalHyperparameter("weighted", ["a", "b", "c", "never"], weights=[3, 1, 2, 0]),
    OrdinalHyperparameter("ordinal", ["small", "middle", "large"]),
    Constant("constant", "v"),
]
EMULATED: list[Any] = [
    UniformIntegerHyperparameter("log integer", 1, 12, log=True),
    NormalFloatHyperparameter("normal", 5, 2, lower=0, upper=8),
    NormalFloatHyperparameter("log normal", 1, 0.5, lower=0.1, upper=10, log=True),
    NormalIntegerHyperparameter("normal integer", 5, 2, lower=1, upper=10),
    NormalIntegerHyperparameter("log normal integer", 5, 2, lower=1, upper=10, log=True),
    BetaFloatHyperparameter("beta", alpha=3, beta=2, lower=-1, upper=4),
    BetaFloatHyperparameter("log beta", alpha=3, beta=2, lower=1, upper=4, log=True),
    BetaIntegerHyperparameter("beta integer", alpha=2, beta=3, lower=0, upper=6),
    BetaIntegerHyperparameter("log beta integer", alpha=2, beta=3, lower=1, upper=20, log=True),
]


def of(*given: Any) -> ConfigurationSpace:
    space = ConfigurationSpace(seed=3)
    space.add(*given)
    return space


def drawn_here(given: Any) -> list[Any]:
    """Return values at even quantiles: draws without the noise of drawing."""
    reading = tb.read_space(of(given))
    parameter = reading.space[given.name]
    points = (parameter.quantile((place + 0.5) / N) for place in range(N))
    return [reading.params({given.name: point})[given.name] for point in points]


@pytest.mark.parametrize("given", [*EXACT, *EMULATED], ids=lambda given: given.name)
def test_values_and_weights_are_configspaces(given: Any) -> None:
    theirs = [plain(one) for one in given.sample_value(N, seed=np.random.RandomState(5))]
    ours = drawn_here(given)
    if isinstance(given.size, float):
        assert stats.ks_2samp(theirs, ours).pvalue > ALPHA
        return
    counts = [Counter(theirs), Counter(ours)]
    common = [value for value in counts[1] if counts[1][value] >= 10]
    assert {type(value) for value in ours} == {type(value) for value in theirs}
    assert set(common) <= set(counts[0]) <= set(counts[1])
    assert len(common) < 2 or (
        stats.chi2_contingency([[count[value] for value in common] for count in counts]).pvalue > ALPHA
    )


def plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def test_each_row_says_how_faithful_it_is() -> None:
    reading = tb.read_space(of(*EXACT, *EMULATED))
    assert {row.path for row in reading.rows(tb.Fidelity.EXACT)} == {given.name for given in EXACT}
    assert {row.path for row in reading.rows(tb.Fidelity.EMULATED)} == {given.name for given in EMULATED}
    assert all(row.reason for row in reading.rows(tb.Fidelity.EMULATED))
    reasons = {row.path: row.reason for row in reading.parameters}
    assert reasons["weighted"] == "without what has the weight 0: ['never']"


def test_a_log_normal_without_spread_is_refused() -> None:
    with pytest.warns(RuntimeWarning, match="divide"):
        given = NormalFloatHyperparameter("x", 1, 0.9, lower=0.1, upper=10, log=True)
    with pytest.raises(tb.TranslationError, match=r"x: .*has no spread, as lower \+ sigma is 1"):
        tb.read_space(of(given))


def test_params_are_a_configuration_of_the_space_that_was_read() -> None:
    space = of(*EXACT)
    reading = tb.read_space(space)
    configuration = reading.params(reading.space.sample(0))
    assert type(configuration) is Configuration
    assert configuration.config_space is space
    configuration.check_valid_configuration()


def test_options_come_back_with_the_types_that_were_given() -> None:
    reading = tb.read_space(
        of(CategoricalHyperparameter("x", [1, 0.5]), OrdinalHyperparameter("y", ["s", "m"]))
    )
    values = dict(reading.params({"x": 1, "y": "s"}))
    assert {type(value) for value in values.values()} == {int, str}
    assert {
        type(one["x"]) for one in of(CategoricalHyperparameter("x", [1, 0.5])).sample_configuration(9)
    } == {np.float64}
