"""Legal requests of every kind, for hypothesis."""

from hypothesis import strategies as st

rates = st.floats(1e-12, 1e3)
points = {"synthetic": st.fixed_dictionaries({"points": st.integers(2, 30), "noise": st.floats(0, 100)})}
setting = {
    "steps": st.integers(1, 50),
    "seed": st.integers(0, 2**53 - 1),
    "model": st.fixed_dictionaries({"kind": st.just("polynomial"), "degree": st.integers(1, 10)}),
    "init": st.sampled_from(["random", "zeros"]),
    "scale": st.sampled_from(["auto", "none", "standardize", "orthonormal"]),
}
descent = {
    "solver": st.sampled_from(["auto", "loop", "exact"]),
    "record_every": st.integers(1, 60),
    "validation": st.fixed_dictionaries({"fraction": st.just(0.5)}, optional={"split": st.sampled_from(["random", "tail", "interleaved"])}),
}
fits = st.fixed_dictionaries(
    points,
    optional=setting
    | descent
    | {
        "lr": rates | st.just("best"),
        "include": st.lists(st.sampled_from(["params", "gradients", "predictions", "data"]), max_size=4),
        "at": st.lists(st.floats(-100, 100), max_size=3),
        "stop": st.fixed_dictionaries(
            {},
            optional={
                "gap": st.floats(1e-9, 1e3),
                "gradient": st.floats(1e-9, 1e3),
                "min_improvement": st.floats(1e-9, 0.5),
                "patience": st.integers(1, 5),
            },
        ),
    },
)
sweeps = st.fixed_dictionaries(
    points | {"lrs": st.lists(rates, min_size=1, max_size=5)},
    optional=setting | descent | {"include": st.just(["losses"])},
)
analyses = st.fixed_dictionaries(points, optional=setting | {"lr": rates | st.just("best")})
