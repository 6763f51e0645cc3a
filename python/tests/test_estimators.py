"""What the estimators promise."""

import copy
import pickle
import signal
import threading
import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn_rs import MLPClassifier, MLPRegressor


@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100)])
def test_scikit_learn_s_conventions(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return train_test_split(x.astype(np.uint8), y, random_state=0, stratify=y)


def test_digits_are_learnt_from_bytes_and_floats_alike(digits):
    x_train, x_test, y_train, y_test = digits
    bytes_ = MLPClassifier(feature_scale=1 / 16, max_iter=40, random_state=0).fit(x_train, y_train)
    assert bytes_.score(x_test, y_test) > 0.95
    floats = MLPClassifier(max_iter=40, random_state=0).fit(
        (x_train / np.float32(16)).astype(np.float32), y_train
    )
    # 1/16 is exact, so the inputs are the same bits, and so are the networks.
    for a, b in zip(bytes_.coefs_, floats.coefs_):
        np.testing.assert_array_equal(a, b)
    probabilities = bytes_.predict_proba(x_test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert len(bytes_.loss_curve_) == bytes_.n_iter_ <= 40
    assert bytes_.loss_curve_[-1] < bytes_.loss_curve_[0]


def test_bits_depend_on_the_seed_and_not_on_threads(digits):
    x, _, y, _ = digits
    one, two, other = (
        MLPClassifier(max_iter=3, random_state=seed, n_jobs=jobs).fit(x, y).coefs_[0]
        for seed, jobs in [(1, 1), (1, 2), (2, 2)]
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_order_in_memory_does_not_matter(digits):
    x, _, y, _ = digits
    ordered = MLPClassifier(max_iter=2, random_state=0).fit(x, y)
    turned = MLPClassifier(max_iter=2, random_state=0).fit(np.asfortranarray(x), y)
    np.testing.assert_array_equal(ordered.coefs_[0], turned.coefs_[0])
    np.testing.assert_array_equal(ordered.predict(x), ordered.predict(np.asfortranarray(x)))


@pytest.mark.parametrize("cost", ["softmax-cross-entropy", "cross-entropy", "quadratic"])
@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_costs_and_solvers_learn(cost, solver):
    x, y = load_iris(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    rate = {"sgd": 0.5, "momentum": 0.05, "nesterov": 0.05}.get(solver, 0.01)
    network = MLPClassifier(
        (20,), "tanh", cost=cost, solver=solver, learning_rate_init=rate, random_state=0
    )
    assert network.fit(x, y).score(x, y) > 0.94


def test_iris_and_diabetes_are_as_good_as_scikit_learn_s():
    from sklearn.neural_network import MLPClassifier as TheirClassifier
    from sklearn.neural_network import MLPRegressor as TheirRegressor

    def mean(network, data, **settings):
        model = make_pipeline(StandardScaler(), network(random_state=0, **settings))
        return cross_val_score(model, *data, cv=5).mean()

    import warnings

    with warnings.catch_warnings():
        # Theirs warns that it has not converged; so has ours.
        warnings.simplefilter("ignore")
        iris, diabetes = load_iris(return_X_y=True), load_diabetes(return_X_y=True)
        assert mean(MLPClassifier, iris) > mean(TheirClassifier, iris) - 0.03
        diabetes = diabetes[0], diabetes[1] / 100
        assert mean(MLPRegressor, diabetes) > mean(TheirRegressor, diabetes) - 0.05


def test_several_outputs():
    x = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    y = np.column_stack([x[:, 0] + x[:, 1], x[:, 2] ** 2])
    network = MLPRegressor((40,), learning_rate_init=0.01, random_state=0).fit(x, y)
    assert network.predict(x).shape == (300, 2)
    assert network.score(x, y) > 0.9


def test_a_pickle_goes_on_with_the_same_bits(digits):
    x, _, y, _ = digits
    network = MLPClassifier((16,), random_state=3)
    network.partial_fit(x, y, classes=np.arange(10))
    for twin in [pickle.loads(pickle.dumps(network)), copy.deepcopy(network)]:
        np.testing.assert_array_equal(twin.predict_proba(x), network.predict_proba(x))
        here = copy.deepcopy(network).partial_fit(x, y)
        twin.partial_fit(x, y)
        np.testing.assert_array_equal(twin.coefs_[0], here.coefs_[0])
        assert twin.n_iter_ == 2


def test_partial_fit_goes_on_and_knows_its_classes(digits):
    x, x_test, y, y_test = digits
    network = MLPClassifier(feature_scale=1 / 16, random_state=0, batch_size=20)
    for _ in range(15):
        for part in np.array_split(np.arange(len(x)), 3):
            network.partial_fit(x[part], y[part], classes=np.arange(10))
    assert network.score(x_test, y_test) > 0.94
    with pytest.raises(ValueError, match="not among classes"):
        network.partial_fit(x, y + 1)
    with pytest.raises(ValueError, match="must be passed on the first call"):
        MLPClassifier().partial_fit(x, y)


def test_scikit_learn_s_tools_take_it(digits):
    x, _, y, _ = digits
    search = GridSearchCV(
        MLPClassifier(feature_scale=1 / 16, max_iter=5, random_state=0),
        {"hidden_layer_sizes": [(8,), (32,)], "activation": ["relu", "gelu"]},
        cv=2,
    )
    assert search.fit(x, y).best_params_["hidden_layer_sizes"] == (32,)
    assert clone(search.best_estimator_).get_params()["activation"] in ("relu", "gelu")


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"activation": "rellu"}, "activation: unknown activation `rellu`; expected one of"),
        ({"solver": "lbfgs"}, "solver: unknown optimi"),
        ({"cost": "hinge"}, "cost: unknown cost"),
        ({"init": "ones"}, "init: unknown init"),
        ({"learning_rate_init": -1.0}, "learning rate must be finite and above 0, found -1"),
        ({"alpha": float("nan")}, "alpha must be finite and at least 0, found NaN"),
        ({"max_iter": 0}, "epochs must be at least 1, found 0"),
        ({"batch_size": 0}, "mini-batch size must be from 1 to"),
        ({"hidden_layer_sizes": (0,)}, "layer 2 has no units"),
        ({"feature_scale": 0.0}, "feature_scale must be finite and not 0"),
        ({"learning_rate_init": 1e30, "solver": "sgd", "alpha": 0.0}, "need to be preprocessed"),
    ],
)
def test_settings_out_of_range_are_named(settings, message):
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**settings).fit(x, y)


def test_ctrl_c_raises_keyboard_interrupt_soon(digits):
    x, _, y, _ = digits
    # It ends by itself if the signal does nothing; a process in the background may ignore it.
    network = MLPClassifier((500, 500), max_iter=500, n_iter_no_change=500)
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    sent = []

    def interrupt():
        sent.append(time.monotonic())
        signal.pthread_kill(main, signal.SIGINT)

    threading.Timer(1.0, interrupt).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            network.fit(x, y)
    finally:
        signal.signal(signal.SIGINT, usual)
    # Far less in practice; the machine may be busy.
    assert time.monotonic() - sent[0] < 30


def test_other_threads_run_while_it_trains(digits):
    x, _, y, _ = digits
    done = threading.Event()
    turns = 0

    def fit():
        MLPClassifier((200, 200), max_iter=20, random_state=0).fit(x, y)
        done.set()

    thread = threading.Thread(target=fit)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    # With the interpreter locked there would be one turn before training and one after it.
    assert turns > 10


def test_verbose_prints_every_epoch(capsys):
    x, y = load_iris(return_X_y=True)
    MLPClassifier(max_iter=3, verbose=True).fit(x, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"Iteration {i}" for i in (1, 2, 3)]


def test_a_saved_model_is_one_of_nn_cli_s(tmp_path):
    x, y = load_iris(return_X_y=True)
    network = MLPClassifier(max_iter=5).fit(x, y)
    network.save(tmp_path / "iris.nnm")
    assert (tmp_path / "iris.nnm").read_bytes().startswith(b"\x89NNM\r\n\x1a\n")
    with pytest.raises(OSError, match="missing"):
        network.save(tmp_path / "missing" / "iris.nnm")
