"""Two workers see one term each of a quadratic; alone they fail, as a population they find the top.

This is the example of figure 2 of Jaderberg et al. (2017). The true objective is Q = 1.2 - a^2 -
b^2. A worker climbs its own guess of it, 1.2 - h0 a^2 - h1 b^2, whose weights are hyperparameters:
one begins with (1, 0), the other with (0, 1), so that each moves one of the two numbers only. Who
falls behind copies the other one's numbers, and explores other weights.
"""

import json
from collections.abc import Iterator

import tunebridge as tb

START = 0.9
RATE = 0.01
EVERY = 5
WEIGHTS = [{"h0": 1.0, "h1": 0.0}, {"h0": 0.0, "h1": 1.0}]
SPACE = tb.Space(h0=tb.Float(0.0, 1.0), h1=tb.Float(0.0, 1.0))


def climb(trial: tb.Trial, n_steps: int) -> Iterator[float]:
    """Follow the gradient of the guess, and report the true objective."""
    a = b = START
    first = 0
    if trial.resumed:
        a, b = json.loads((trial.resumed / "numbers.json").read_text())
        first = trial.resumed.step + 1
    for step in range(first, n_steps):
        a -= RATE * 2 * trial["h0"] * a
        b -= RATE * 2 * trial["h1"] * b
        yield 1.2 - a**2 - b**2
        if step % EVERY == EVERY - 1:
            with trial.checkpoint() as folder:
                (folder / "numbers.json").write_text(json.dumps([a, b]))


problem = tb.Problem(lambda trial: climb(trial, 300), SPACE, direction="maximize")


def search(population: tb.Population | None, n_steps: int, seed: int = 0) -> tb.Result:
    """Run both workers, side by side or each by itself."""
    longer = tb.Problem(lambda trial: climb(trial, n_steps), SPACE, direction="maximize")
    return tb.tune(longer, n_trials=2, initial=WEIGHTS, seed=seed, population=population)


def main(n_steps: int = 300, seed: int = 0) -> tuple[tb.Result, tb.Result]:
    """Compare the two, and show who copied whom."""
    alone = search(None, n_steps, seed)
    together = search(tb.Population(size=2, every=EVERY, quantile=0.5), n_steps, seed)
    print(f"alone:      {alone.best_value:.3f}")
    print(f"population: {together.best_value:.3f}")
    copies = [entry for trial in together.trials for entry in trial.schedule if isinstance(entry, tb.Copy)]
    print(f"{len(copies)} copies; the first at step {min(copy.step for copy in copies)}")
    return alone, together


if __name__ == "__main__":
    main()
