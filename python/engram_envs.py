"""Memory environments of engram for Python: thousands together, at the speed of C, as Gymnasium 1.x has its vector environments.

    from engram_envs import make_vec

    envs = make_vec("popgym-RepeatFirstEasy-v0", num_envs=1024)        # or "repeat-first", level="easy"
    observations, infos = envs.reset(seed=1)
    while training:
        observations, rewards, terminations, truncations, infos = envs.step(actions)
    envs.close()

Needs numpy, and libengram-envs.so (`make envs-library`), which is looked for: where $ENGRAM_LIBRARY says; beside this file; in ../build; in
../../../lib, where `make install` puts it (this file then lies in PREFIX/share/engram/python: add that to PYTHONPATH); where the system has its
libraries. With gymnasium installed, environments are `gymnasium.vector.VectorEnv`s and spaces are its spaces; without, the stand-ins below.

Integers are int32, observations and actions alike (actions of other integer types are converted, and refused if they do not fit); rewards are float64.
Environment i draws from a stream of its own, which the seed and i name: it does the same whatever `num_envs` is, on every x86-64 processor. A step
lets other threads run; two threads may step two objects at once, and one object waits for itself.

`python3 engram_envs.py` measures how fast it is.
"""
import ctypes
import enum
import operator
import os
import pathlib
import secrets
import threading
import time

import numpy as np

try:
    import gymnasium
    from gymnasium import spaces
    from gymnasium.vector import VectorEnv as _Base
except ImportError:
    gymnasium = None

__all__ = ["make_vec", "environments", "VectorEnv", "AutoresetMode"]


# ---- stand-ins for gymnasium: what it calls so, as far as it is needed here --------------------------------------------------

class _Space:
    """A space of batches or of single values: `sample` draws uniformly from the stream that `seed` begins."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype, self._np_random = shape, None if dtype is None else np.dtype(dtype), None

    @property
    def np_random(self):
        if self._np_random is None:
            self.seed()
        return self._np_random

    def seed(self, seed=None):
        self._np_random = np.random.default_rng(seed)
        return seed

    def __contains__(self, x):
        return self.contains(x)

    def __eq__(self, other):
        return type(self) is type(other) and repr(self) == repr(other)

    def _fits(self, x):
        known = isinstance(x, (np.ndarray, np.generic))
        return known and x.shape == self.shape and np.can_cast(x.dtype, self.dtype, "same_kind")


class _Discrete(_Space):
    def __init__(self, n, dtype=np.int64):
        super().__init__((), dtype)
        self.n, self.start = np.int64(n), np.int64(0)

    def sample(self):
        return self.dtype.type(self.np_random.integers(self.n))

    def contains(self, x):
        integer = isinstance(x, (int, np.integer)) or (isinstance(x, np.ndarray) and x.shape == () and x.dtype.kind in "iu")
        return bool(integer and 0 <= x < self.n)

    def __repr__(self):
        return f"Discrete({self.n})"


class _MultiDiscrete(_Space):
    def __init__(self, nvec, dtype=np.int64):
        self.nvec = np.array(nvec, dtype=dtype)
        super().__init__(self.nvec.shape, dtype)

    def sample(self):
        return self.np_random.integers(self.nvec, dtype=self.dtype)

    def contains(self, x):
        return bool(self._fits(x) and x.dtype.kind in "iu" and np.all(x >= 0) and np.all(x < self.nvec))

    def __eq__(self, other):
        return type(self) is type(other) and np.array_equal(self.nvec, other.nvec)

    def __repr__(self):
        return f"MultiDiscrete({self.nvec})"


class _Box(_Space):
    def __init__(self, low, high, dtype=np.float32):
        self.low, self.high = np.array(low, dtype=dtype), np.array(high, dtype=dtype)
        super().__init__(self.low.shape, dtype)

    def sample(self):
        """Uniform between bounds; standard normal where there are none."""
        bounded = np.isfinite(self.low) & np.isfinite(self.high)
        low, high = np.where(bounded, self.low, 0), np.where(bounded, self.high, 1)
        drawn = np.where(bounded, self.np_random.uniform(low, high), self.np_random.normal(size=self.shape))
        return np.clip(drawn.astype(self.dtype), self.low, self.high)

    def contains(self, x):
        return bool(self._fits(x) and np.all(x >= self.low) and np.all(x <= self.high))

    def __eq__(self, other):
        return type(self) is type(other) and np.array_equal(self.low, other.low) and np.array_equal(self.high, other.high)

    def __repr__(self):
        return f"Box({self.low}, {self.high}, {self.shape}, {self.dtype})"


class _Tuple(_Space):
    def __init__(self, spaces):
        super().__init__(None, None)
        self.spaces = tuple(spaces)

    def seed(self, seed=None):
        streams = np.random.SeedSequence(seed).generate_state(len(self.spaces))
        return tuple(space.seed(int(stream)) for space, stream in zip(self.spaces, streams))

    def sample(self):
        return tuple(space.sample() for space in self.spaces)

    def contains(self, x):
        return isinstance(x, tuple) and len(x) == len(self.spaces) and all(s.contains(v) for s, v in zip(self.spaces, x))

    def __getitem__(self, i):
        return self.spaces[i]

    def __len__(self):
        return len(self.spaces)

    def __repr__(self):
        return f"Tuple({', '.join(map(repr, self.spaces))})"


class _StandInEnv:
    metadata, spec, render_mode, closed = {}, None, None, False
    _np_random, _np_random_seed = None, None

    def reset(self, *, seed=None, options=None):
        if seed is not None:
            self._np_random, self._np_random_seed = np.random.default_rng(seed), seed

    @property
    def np_random(self):
        return self._np_random

    @property
    def np_random_seed(self):
        return self._np_random_seed

    def render(self):
        raise NotImplementedError("there is nothing to be seen")

    def close(self, **kwargs):
        if not self.closed:
            self.close_extras(**kwargs)
            self.closed = True

    @property
    def unwrapped(self):
        return self

    def __del__(self):
        self.close()


if gymnasium is None:
    class spaces:
        Discrete, MultiDiscrete, Box, Tuple = _Discrete, _MultiDiscrete, _Box, _Tuple

    _Base = _StandInEnv

AutoresetMode = getattr(gymnasium and gymnasium.vector, "AutoresetMode", None)
if AutoresetMode is None:
    class AutoresetMode(enum.Enum):
        NEXT_STEP = "NextStep"
        SAME_STEP = "SameStep"
        DISABLED = "Disabled"

_MODES = {"next-step": AutoresetMode.NEXT_STEP, "same-step": AutoresetMode.SAME_STEP, "disabled": AutoresetMode.DISABLED}


# ---- the library: what envs/api.h declares -----------------------------------------------------------------------------------

_VERSION, _OK, _ORDER = 1, 0, 2
_DISCRETE, _MULTI_DISCRETE, _TUPLE, _BOX = range(4)
_ERROR_BYTES = 1024


class _Entry(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("upstream", ctypes.c_char_p), ("help", ctypes.c_char_p),
                ("ids", ctypes.c_char * 64 * 3)]


class _SpaceStruct(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int32), ("size", ctypes.c_int32), ("choices", ctypes.c_int32 * 128),
                ("low", ctypes.c_float * 8), ("high", ctypes.c_float * 8)]


class _Spec(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("upstream", ctypes.c_char_p), ("id", ctypes.c_char * 64), ("count", ctypes.c_int64),
                ("observation", _SpaceStruct), ("action", _SpaceStruct), ("limit", ctypes.c_int32),
                ("previous_action", ctypes.c_int32), ("privileged_size", ctypes.c_int32), ("random_return", ctypes.c_double),
                ("optimal_return", ctypes.c_double), ("bound_return", ctypes.c_double)]


class _Array(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]

    @classmethod
    def of(cls, array):
        return cls() if array is None else cls(array.ctypes.data, array.nbytes)


class _Step(ctypes.Structure):
    _fields_ = [(name, _Array) for name in ("observations", "rewards", "terminated", "truncated", "privileged",
                                            "final_observations", "final_privileged")]


_text, _size, _pointer = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p
_error = [ctypes.c_char_p, _size]
_SIGNATURES = {
    "version": (ctypes.c_int, []),
    "count": (_size, []),
    "entry": (ctypes.c_int, [_size, _pointer, _size] + _error),
    "create": (_pointer, [_text, _text, _text, ctypes.c_int64, _text] + _error),
    "destroy": (None, [_pointer]),
    "describe": (ctypes.c_int, [_pointer, _pointer, _size] + _error),
    "reset": (ctypes.c_int, [_pointer, _pointer, _pointer, _size, _pointer, _size] + _error),
    "step": (ctypes.c_int, [_pointer, _pointer, _size, _pointer] + _error),
    "privileged": (ctypes.c_int, [_pointer, _pointer, _size] + _error),
}


class _Library:
    """Functions without their prefix; what is found is loaded once, by the first who needs it."""
    _lock, _loaded = threading.Lock(), None

    @classmethod
    def get(cls):
        with cls._lock:
            if cls._loaded is None:
                cls._loaded = cls(*cls._find())
            return cls._loaded

    @staticmethod
    def _find():
        name, here = "libengram-envs.so", pathlib.Path(__file__).resolve().parent
        near = [str(folder / name) for folder in (here, here.parent / "build", here.parent.parent.parent / "lib")]
        asked = os.environ.get("ENGRAM_LIBRARY")
        path = asked or next(filter(os.path.exists, near), name)
        try:
            return ctypes.CDLL(path), path
        except OSError as error:
            looked = "" if asked else f"; looked for {', '.join(near)}"
            raise OSError(f"{error}{looked}; `make envs-library` makes it, and ENGRAM_LIBRARY can say where it is") from None

    def __init__(self, library, path):
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, "engram_envs_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        if self.version() != _VERSION:
            raise OSError(f"{path}: found version {self.version()} of its interface, accepted: {_VERSION}")


def environments():
    """What there is: a list of dictionaries with "name", "upstream" (the class of POPGym), "help", "ids" (of the levels)."""
    library, entries = _Library.get(), []
    for i in range(library.count()):
        entry, error = _Entry(), ctypes.create_string_buffer(_ERROR_BYTES)
        if library.entry(i, ctypes.byref(entry), ctypes.sizeof(entry), error, _ERROR_BYTES) != _OK:
            raise RuntimeError(error.value.decode())
        entries.append({"name": entry.name.decode(), "upstream": entry.upstream.decode(), "help": entry.help.decode(),
                        "ids": [level.value.decode() for level in entry.ids]})
    return entries


# ---- spaces ------------------------------------------------------------------------------------------------------------------

def _discrete(n):
    try:
        return spaces.Discrete(n, dtype=np.int32)
    except TypeError:    # gymnasium's has the type int64 in older releases
        return spaces.Discrete(n)


def _box(low, high):
    return spaces.Box(low, high, dtype=np.float32)


def _spaces(struct, count):
    """The space of a single environment, and that of `count`."""
    choices = np.array(struct.choices[:struct.size], np.int32)
    if struct.kind == _BOX:
        low, high = (np.array(bound[:struct.size], np.float32) for bound in (struct.low, struct.high))
        return _box(low, high), _box(np.tile(low, (count, 1)), np.tile(high, (count, 1)))
    if struct.kind == _MULTI_DISCRETE:
        return spaces.MultiDiscrete(choices, dtype=np.int32), spaces.MultiDiscrete(np.tile(choices, (count, 1)), dtype=np.int32)
    single = [_discrete(int(n)) for n in choices]
    batch = [spaces.MultiDiscrete(np.full(count, n), dtype=np.int32) for n in choices]
    return (spaces.Tuple(single), spaces.Tuple(batch)) if struct.kind == _TUPLE else (single[0], batch[0])


# ---- environments ------------------------------------------------------------------------------------------------------------

class VectorEnv(_Base):
    """`num_envs` environments that step together, in the contract of `gymnasium.vector.VectorEnv`. Made by `make_vec`.

    Beside that contract: `name`, `id`, `limit` (largest number of actions in an episode), `needs_previous_action` (of the best policy),
    `state_size`, and expected undiscounted returns, NaN where unknown: `random_return` of uniform actions, `optimal_return`, `bound_return` of
    one who sees the state.
    """

    def __init__(self, name, level, num_envs, autoreset, version, state, copy):
        self._handle, self._lock, self._begun = None, threading.Lock(), False
        self._library, self._error = _Library.get(), ctypes.create_string_buffer(_ERROR_BYTES)
        mode = _mode(autoreset)
        count = operator.index(num_envs)
        if not -2**63 <= count < 2**63:
            raise ValueError(f"num_envs: found {count}, accepted: what fits in memory")
        self._handle = self._library.create(_bytes("name", name), _bytes("level", level), _bytes("version", version), count,
                                            mode.encode(), self._error, _ERROR_BYTES)
        if not self._handle:
            raise ValueError(self._error.value.decode())
        self.num_envs, self._copy, self._wants_state, self._same_step = count, bool(copy), bool(state), mode == "same-step"
        self.metadata = {"autoreset_mode": _MODES[mode], "render_modes": []}
        self._describe()
        self._allocate()

    def _describe(self):
        spec = _Spec()
        self._check(self._library.describe(self._handle, ctypes.byref(spec), ctypes.sizeof(spec), self._error, _ERROR_BYTES))
        self.name, self.id, self.limit = spec.name.decode(), spec.id.decode(), spec.limit
        self.needs_previous_action, self.state_size = bool(spec.previous_action), spec.privileged_size
        self.random_return, self.optimal_return, self.bound_return = spec.random_return, spec.optimal_return, spec.bound_return
        self.single_observation_space, self.observation_space = _spaces(spec.observation, self.num_envs)
        self.single_action_space, self.action_space = _spaces(spec.action, self.num_envs)
        self._observation, self._action = spec.observation, spec.action

    def _allocate(self):
        n = self.num_envs
        self._observations = np.zeros((n, self._observation.size), _number(self._observation))
        self._rewards, self._terminated, self._truncated = np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        self._state = np.zeros((n, self.state_size)) if self._wants_state else None
        self._final_observations = np.zeros_like(self._observations) if self._same_step else None
        self._final_state = np.zeros((n, self.state_size)) if self._same_step and self._wants_state else None
        arrays = (self._observations, self._rewards, self._terminated, self._truncated, self._state, self._final_observations,
                  self._final_state)
        self._step = _Step(*map(_Array.of, arrays))
        self._step_at = ctypes.addressof(self._step)
        self._actions_shape = (n,) if self._action.kind == _DISCRETE else (n, self._action.size)
        self._actions_type = np.dtype(_number(self._action))

    # ---- the contract ----

    def reset(self, *, seed=None, options=None):
        """Begins episodes: in all, or where options["reset_mask"], a boolean array, is True; the other rows of the observations then stay as they were.

        With a seed the random streams of these begin anew; without, they go on. The first reset is of all; without a seed it takes one from the
        operating system (`np_random_seed` tells which).
        """
        mask = self._mask(options)
        if seed is not None:
            seed = operator.index(seed)
            if not 0 <= seed < 2**64:
                raise ValueError(f"seed: found {seed}, accepted: 0 to 2^64 - 1")
        with self._lock:
            self._check_open()
            if seed is None and not self._begun and mask is None:
                seed = secrets.randbits(63)
            super().reset(seed=seed, options=options)
            seed_at = None if seed is None else ctypes.byref(ctypes.c_uint64(seed))
            where, into = _Array.of(mask), self._step.observations
            self._check(self._library.reset(self._handle, seed_at, where.data, where.bytes, into.data, into.bytes, self._error,
                                            _ERROR_BYTES))
            self._begun = True
            infos = {}
            if self._wants_state:
                into = self._step.privileged
                self._check(self._library.privileged(self._handle, into.data, into.bytes, self._error, _ERROR_BYTES))
                infos = self._state_info(self._state, np.ones(self.num_envs, np.bool_))
            return self._give(self._observations), infos

    def step(self, actions):
        """One step of all: observations, rewards, terminations, truncations, infos.

        infos has, on request, "state" [num_envs, state_size] (and "_state": all True). With autoreset "same-step", and when an episode has ended, it has
        "final_obs", an array of objects: where an episode ended its last observation, an element of `single_observation_space` (an int, a tuple of
        ints, or an array), elsewhere None; "final_info" (with "state" on request: rows of episodes that go on are zeros); and masks "_final_obs" and
        "_final_info" of the environments whose episodes ended.
        """
        actions = self._take(actions)
        with self._lock:
            self._check_open()
            self._check(self._library.step(self._handle, actions.ctypes.data, actions.nbytes, self._step_at, self._error,
                                           _ERROR_BYTES))
            infos = self._state_info(self._state, np.ones(self.num_envs, np.bool_)) if self._wants_state else {}
            if self._same_step:
                self._add_final(infos)
            if not self._copy:
                return self._give(self._observations), self._rewards, self._terminated, self._truncated, infos
            return (self._give(self._observations), self._rewards.copy(), self._terminated.copy(), self._truncated.copy(), infos)

    def close_extras(self, **kwargs):
        if getattr(self, "_handle", None):
            with self._lock:
                self._library.destroy(self._handle)
                self._handle = None

    def __repr__(self):
        return f"{type(self).__name__}({self.id}, num_envs={self.num_envs})"

    def __reduce__(self):
        raise TypeError("environments cannot be copied")

    # ---- what comes in ----

    def _check_open(self):
        if not self._handle:
            raise RuntimeError("the environments are closed")

    def _check(self, status):
        if status != _OK:
            raise (RuntimeError if status == _ORDER else ValueError)(self._error.value.decode())

    def _mask(self, options):
        unknown = sorted(map(str, set(options or ()) - {"reset_mask"}))
        if unknown:
            raise ValueError(f"options: found {', '.join(unknown)}, accepted: reset_mask")
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return None
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            found = f"an array of {mask.dtype}" if isinstance(mask, np.ndarray) else type(mask).__name__
            raise TypeError(f"reset_mask: found {found}, accepted: a numpy array of bool")
        if mask.shape != (self.num_envs,):
            raise ValueError(f"reset_mask: found shape {mask.shape}, accepted: {(self.num_envs,)}")
        if not mask.any():
            raise ValueError("reset_mask: found nothing that is True, accepted: at least one")
        return np.ascontiguousarray(mask)

    def _take(self, actions):
        """The actions as the library takes them: as they are, or converted; an integer that does not fit is refused, a float rounded to float32."""
        given = np.asarray(actions)
        if given.dtype.kind not in ("f" if self._action.kind == _BOX else "iu"):
            kind = "float" if self._action.kind == _BOX else "integer"
            raise TypeError(f"actions: found type {given.dtype}, accepted: {kind}s, best {self._actions_type}")
        if given.shape != self._actions_shape:
            raise ValueError(f"actions: found shape {given.shape}, accepted: {self._actions_shape}")
        if not self._copy and np.may_share_memory(given, self._observations):    # which are written before all is read
            given = given.copy()
        if given.dtype == self._actions_type:
            return np.require(given, requirements=("C", "A"))
        with np.errstate(over="ignore"):    # an infinite action is refused by the library
            taken = given.astype(self._actions_type, order="C")
        if self._action.kind != _BOX and not np.array_equal(taken, given):
            first = np.argwhere(taken != given)[0]
            raise ValueError(f"environment {first[0]}: found action {given[tuple(first)]}, accepted: {self.single_action_space}")
        return taken

    # ---- what goes out ----

    def _give(self, observations):
        kind = self._observation.kind
        if kind == _TUPLE:
            return tuple(column.copy() if self._copy else column for column in observations.T)
        if kind == _DISCRETE:
            observations = observations[:, 0]
        return observations.copy() if self._copy else observations

    def _state_info(self, state, mask):
        return {"state": state.copy() if self._copy else state, "_state": mask}

    def _add_final(self, infos):
        ended = self._terminated | self._truncated
        if not ended.any():
            return
        infos["final_obs"], infos["_final_obs"] = self._last_observations(ended), ended
        infos["final_info"], infos["_final_info"] = {}, ended.copy()
        if self._wants_state:
            self._final_state[~ended] = 0
            infos["final_info"] = self._state_info(self._final_state, ended.copy())

    def _last_observations(self, ended):
        """What Gymnasium has under "final_obs": an object for each that ended, made of copies, whatever `copy` is."""
        last, rows, kind = np.full(self.num_envs, None, dtype=object), self._final_observations[ended], self._observation.kind
        if kind == _DISCRETE:
            last[ended] = rows[:, 0]    # Python's integers; a loop over many would cost more than the step
            return last
        singles = zip(*rows.T.tolist()) if kind == _TUPLE else rows
        for i, single in zip(np.flatnonzero(ended).tolist(), singles):
            last[i] = single
        return last


def _number(struct):
    return np.float32 if struct.kind == _BOX else np.int32


def _bytes(what, text):
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(f"{what}: found {type(text).__name__}, accepted: str")
    if "\0" in text:
        raise ValueError(f"{what}: found {text!r}, accepted: text without zeros")
    return text.encode()


def _mode(autoreset):
    for name, mode in _MODES.items():
        if autoreset == name or autoreset == mode:
            return name
    raise ValueError(f"autoreset: found {autoreset!r}, accepted: {', '.join(_MODES)}, or an AutoresetMode")


def make_vec(id, level=None, num_envs=1024, autoreset="next-step", version=None, state=False, copy=True):
    """`num_envs` environments of one kind.

    id         "popgym-RepeatFirstEasy-v0", or without the level: "repeat-first", "RepeatFirst" (`environments()` lists them)
    level      "easy" (if the id names none), "medium", "hard"
    autoreset  "next-step", "same-step", "disabled", or an AutoresetMode
    version    of the rules: "1.0.7", or "paper" for those of POPGym's paper
    state      whether infos have the privileged state, under "state"
    copy       False: arrays are those that the next step writes to
    """
    if id is None:
        raise TypeError("id: found None, accepted: str")
    return VectorEnv(id, level, num_envs, autoreset, version, state, copy)


# ---- how fast it is ------------------------------------------------------------------------------------------------------------

def _speed(id, num_envs, seconds):
    """Steps a second with random actions that were drawn before."""
    envs = make_vec(id, num_envs=num_envs, autoreset="same-step", copy=False)
    envs.action_space.seed(1)
    actions = [envs.action_space.sample() for _ in range(64)]
    envs.reset(seed=1)
    steps, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for action in actions:
            envs.step(action)
        steps += len(actions) * num_envs
    speed = steps / (time.perf_counter() - begin)
    envs.close()
    return speed


def _table(num_envs=1024, seconds=0.1):
    print(f"million steps a second, {num_envs} environments, random actions, one thread, resets included")
    print(f"{'environment':32}{'easy':>8}{'medium':>8}{'hard':>8}")
    for entry in environments():
        print(f"{entry['name']:32}" + "".join(f"{_speed(id, num_envs, seconds) / 1e6:8.1f}" for id in entry["ids"]), flush=True)


if __name__ == "__main__":
    _table()
