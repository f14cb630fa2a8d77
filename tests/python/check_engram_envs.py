"""Tests python/engram_envs.py: the contract of Gymnasium's vector environments, and what is refused. Run by test_engram_envs.c, or by hand:
python3 -B tests/python/check_engram_envs.py"""
import copy
import os
import pathlib
import pickle
import subprocess
import sys
import threading
import types
import unittest

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(FOLDER))
if os.environ.get("ENGRAM_LIBRARY"):
    os.environ["ENGRAM_LIBRARY"] = os.path.abspath(os.environ["ENGRAM_LIBRARY"])    # for programs that start elsewhere
import engram_envs    # noqa: E402
from engram_envs import AutoresetMode, environments, make_vec    # noqa: E402

try:
    import gymnasium.wrappers.vector
    from gymnasium.vector import AutoresetMode as _    # noqa: F401    since 1.1
except ImportError:
    gymnasium = None

FIRST = "popgym-RepeatFirstEasy-v0"
LIMIT = 51    # steps in each of its episodes
IDS = [id for entry in environments() for id in entry["ids"]]


def arrays(observations):
    return observations if isinstance(observations, tuple) else (observations,)


def same(a, b):
    return len(arrays(a)) == len(arrays(b)) and all(np.array_equal(x, y) for x, y in zip(arrays(a), arrays(b)))


def play(envs, actions):
    """What steps with these actions give, each a tuple."""
    return [envs.step(action) for action in actions]


def draw(envs, count, seed=0):
    envs.action_space.seed(seed)
    return [envs.action_space.sample() for _ in range(count)]


class Spaces(unittest.TestCase):
    def check_last_observations(self, envs, infos, ended):
        last = infos["final_obs"]
        self.assertEqual((last.dtype, last.shape), (object, (envs.num_envs,)))
        self.assertTrue(np.array_equal(infos["_final_obs"], ended))
        for i in range(envs.num_envs):
            self.assertTrue(last[i] in envs.single_observation_space if ended[i] else last[i] is None, last[i])

    def test_every_environment_gives_what_its_spaces_say(self):
        self.assertEqual(len(IDS), 3 * 16)    # POPGym's, easy, medium, hard
        for id in IDS:
            with self.subTest(id):
                envs = make_vec(id, num_envs=5, autoreset="same-step", state=True)
                self.assertEqual((envs.id, envs.num_envs), (id, 5))
                observations, infos = envs.reset(seed=3)
                ends = 0
                actions = draw(envs, 64)
                self.assertTrue(all(map(envs.action_space.contains, actions)))
                for t in range(envs.limit + 1):
                    if t < 16 or t % 16 == 0:
                        self.assertTrue(envs.observation_space.contains(observations), observations)
                        for single in zip(*arrays(observations)):
                            single = single if isinstance(observations, tuple) else single[0]
                            self.assertTrue(envs.single_observation_space.contains(single), single)
                    observations, rewards, terminations, truncations, infos = envs.step(actions[t % 64])
                    ended = terminations | truncations
                    ends += ended.sum()
                    if ended.any():
                        self.check_last_observations(envs, infos, ended)
                self.assertGreaterEqual(ends, 5)
                self.assertEqual((rewards.dtype, rewards.shape), (np.float64, (5,)))
                self.assertEqual((terminations.dtype, truncations.dtype), (np.bool_, np.bool_))
                self.assertEqual((infos["state"].dtype, infos["state"].shape), (np.float64, (5, envs.state_size)))
                for array in arrays(observations):
                    self.assertIn(array.dtype, (np.int32, np.float32))
                envs.close()

    def test_names_and_levels(self):
        for name, level, id in ((FIRST, None, FIRST), ("repeat-first", None, FIRST), ("RepeatFirst", "easy", FIRST),
                                ("repeat-first", "hard", "popgym-RepeatFirstHard-v0")):
            envs = make_vec(name, level=level, num_envs=2)
            self.assertEqual((envs.id, envs.name, repr(envs)), (id, "repeat-first", f"VectorEnv({id}, num_envs=2)"))
        self.assertEqual((envs.limit, envs.random_return, envs.optimal_return, envs.needs_previous_action), (831, -0.5, 1, False))
        self.assertIn("RepeatFirst", [entry["upstream"] for entry in environments()])
        self.assertEqual(make_vec(FIRST, num_envs=np.int64(3), version="paper").num_envs, 3)
        for wrong, message in (({"id": "repeat-frist"}, "nearest: repeat-first"), ({"num_envs": 0}, "found 0 environments"),
                               ({"level": "hard"}, "found level 'hard'"), ({"version": "2"}, "accepted: 1.0.7, paper"),
                               ({"autoreset": "never"}, "found 'never', accepted: next-step"), ({"num_envs": 2**70}, "num_envs")):
            with self.assertRaisesRegex(ValueError, message):
                make_vec(**{"id": FIRST, **wrong})
        for wrong in ({"id": None}, {"id": 3}, {"num_envs": 1.5}, {"level": 1}):
            with self.assertRaises(TypeError):
                make_vec(**{"id": FIRST, **wrong})

    def test_kinds_of_spaces(self):
        box = engram_envs._SpaceStruct(kind=3, size=2)
        box.low[:2], box.high[:2] = (-np.inf, -1), (np.inf, 1)
        single, batch = engram_envs._spaces(box, 3)
        self.assertEqual((single.shape, batch.shape, batch.dtype), ((2,), (3, 2), np.float32))
        self.assertTrue(batch.contains(batch.sample()) and single.contains(np.float32([1e30, 1])))
        self.assertFalse(single.contains(np.float32([0, 1.5])) or batch.contains(np.zeros((2, 2), np.float32)))
        self.assertTrue(np.array_equal(batch.low[1], np.float32([-np.inf, -1])))
        self.assertTrue(np.array_equal(batch.high, np.float32([[np.inf, 1]] * 3)))

        many = engram_envs._SpaceStruct(kind=1, size=2)
        many.choices[:2] = (3, 5)
        single, batch = engram_envs._spaces(many, 4)
        self.assertEqual((single.shape, batch.shape, batch.dtype), ((2,), (4, 2), np.int32))
        self.assertTrue(np.array_equal(batch.nvec, [[3, 5]] * 4))
        batch.seed(1)
        drawn = batch.sample()
        batch.seed(1)
        self.assertTrue(np.array_equal(drawn, batch.sample()) and batch.contains(drawn) and drawn.dtype == np.int32)
        self.assertFalse(batch.contains(batch.nvec) or batch.contains(-drawn - 1))
        self.assertFalse(engram_envs._MultiDiscrete(batch.nvec).contains(drawn * 0.5))    # gymnasium's own does

        many.kind = 2
        single, batch = engram_envs._spaces(many, 4)
        self.assertEqual([space.n for space in single], [3, 5])
        self.assertEqual([space.shape for space in batch], [(4,), (4,)])
        batch.seed(1)
        self.assertTrue(batch.contains(batch.sample()) and single.contains(single.sample()))
        self.assertFalse(single.contains((0, 5)) or single.contains((0,)))
        self.assertFalse(engram_envs._Tuple(single.spaces).contains([0, 0]))    # gymnasium's own does

        one = engram_envs._SpaceStruct(kind=0, size=1)
        one.choices[0] = 4
        single, batch = engram_envs._spaces(one, 6)
        self.assertEqual((single.n, single.shape, batch.shape), (4, (), (6,)))
        self.assertTrue(single.contains(3) and single.contains(np.int32(0)) and single.contains(single.sample()))
        self.assertFalse(single.contains(4) or single.contains(-1) or single.contains(0.0))
        self.assertEqual({int(single.sample()) for _ in range(200)}, {0, 1, 2, 3})
        self.assertTrue(single == engram_envs._spaces(one, 2)[0] and batch != engram_envs._spaces(one, 2)[1])


class Streams(unittest.TestCase):
    def test_a_seed_says_all(self):
        envs = [make_vec(FIRST, num_envs=64) for _ in range(2)]
        actions = draw(envs[0], 2 * LIMIT)
        runs = []
        for env, seed in ((envs[0], 5), (envs[1], 5), (envs[0], np.uint64(5)), (envs[0], 6), (envs[0], 2**64 - 1)):
            first, infos = env.reset(seed=seed)
            self.assertEqual(infos, {})
            runs.append([first] + [step[0] for step in play(env, actions)])
        self.assertTrue(np.array_equal(runs[0], runs[1]) and np.array_equal(runs[0], runs[2]))
        self.assertFalse(np.array_equal(runs[0], runs[3]) or np.array_equal(runs[3], runs[4]))

    def test_without_a_seed_streams_go_on(self):
        envs = make_vec(FIRST, num_envs=64, autoreset="disabled")
        first, _ = envs.reset(seed=5)
        second, _ = envs.reset()
        envs.reset(seed=5)
        self.assertFalse(np.array_equal(first, second))
        self.assertTrue(np.array_equal(envs.reset()[0], second))

    def test_without_any_seed_the_system_gives_one(self):
        one, two = make_vec(FIRST, num_envs=256), make_vec(FIRST, num_envs=256)
        first = one.reset()[0]
        self.assertFalse(np.array_equal(first, two.reset()[0]))
        self.assertTrue(np.array_equal(first, two.reset(seed=one.np_random_seed)[0]))

    def test_an_environment_does_not_know_how_many_there_are(self):
        for id in IDS[::3]:
            few, many = make_vec(id, num_envs=3, autoreset="same-step"), make_vec(id, num_envs=20, autoreset="same-step")
            start = [few.reset(seed=9)[0], many.reset(seed=9)[0]]
            self.assertTrue(same(start[0], tuple(a[:3] for a in arrays(start[1]))))
            for action in draw(many, 60):
                a, b = few.step(action[:3]), many.step(action)
                self.assertTrue(same(a[0], tuple(x[:3] for x in arrays(b[0]))), id)
                self.assertTrue(all(np.array_equal(x, y[:3]) for x, y in zip(a[1:4], b[1:4])), id)

    def test_wrong_seeds(self):
        envs = make_vec(FIRST, num_envs=2)
        for wrong in (-1, 2**64):
            self.assertRaisesRegex(ValueError, "seed: found", envs.reset, seed=wrong)
        for wrong in (1.0, "1", [1, 2]):
            self.assertRaises(TypeError, envs.reset, seed=wrong)
        self.assertRaises(TypeError, envs.reset, 1)    # by name only, as in Gymnasium


class Ends(unittest.TestCase):
    """Four environments; the second begins again after ten steps, so that it ends later."""
    def begin(self, autoreset, **kwargs):
        envs = make_vec(FIRST, num_envs=4, autoreset=autoreset, **kwargs)
        actions = draw(envs, 3 * LIMIT)
        envs.reset(seed=2)
        play(envs, actions[:10])
        first, _ = envs.reset(options={"reset_mask": np.array([False, True, False, False])})
        return envs, actions[10:], first

    def test_next_step(self):
        envs, actions, _ = self.begin("next-step")
        self.assertIs(envs.metadata["autoreset_mode"], AutoresetMode.NEXT_STEP)
        steps = play(envs, actions[:LIMIT + 2])
        for t, (_, rewards, terminations, truncations, infos) in enumerate(steps, 11):
            self.assertEqual(terminations.tolist(), [t == LIMIT, t == LIMIT + 10, t == LIMIT, t == LIMIT])
            self.assertFalse(truncations.any())
            self.assertEqual((rewards == 0).tolist(), [t == LIMIT + 1, t == LIMIT + 11, t == LIMIT + 1, t == LIMIT + 1])
            self.assertEqual(infos, {})

    def test_same_step(self):
        envs, actions, first = self.begin("same-step", state=True)
        other, _, other_first = self.begin("disabled", state=True)
        self.assertIs(envs.metadata["autoreset_mode"], AutoresetMode.SAME_STEP)
        self.assertTrue(np.array_equal(first, other_first))
        for t, action in enumerate(actions[:LIMIT], 11):
            observations, rewards, terminations, _, infos = envs.step(action)
            plain, plain_rewards, plain_terminations, _, plain_infos = other.step(action)
            self.assertTrue(np.array_equal(rewards, plain_rewards) and np.array_equal(terminations, plain_terminations))
            ended = terminations
            if not ended.any():
                self.assertTrue(np.array_equal(observations, plain))
                self.assertEqual(set(infos), {"state", "_state"})
                continue
            self.assertEqual(set(infos), {"state", "_state", "final_obs", "_final_obs", "final_info", "_final_info"})
            self.assertTrue(np.array_equal(infos["_final_obs"], ended) and np.array_equal(infos["_final_info"], ended))
            self.assertEqual(infos["final_obs"].tolist(), [last if end else None for last, end in zip(plain, ended)])
            self.assertTrue(np.array_equal(infos["final_info"]["state"], np.where(ended[:, None], plain_infos["state"], 0)))
            self.assertTrue(np.array_equal(infos["final_info"]["_state"], ended))
            again, again_infos = other.reset(options={"reset_mask": ended})
            self.assertTrue(np.array_equal(observations, again))
            self.assertTrue(np.array_equal(infos["state"], again_infos["state"]))

    def test_last_observations_are_those_without_a_reset(self):
        """Of every kind: an int, an array of integers, a tuple, an array of floats; and they stay, copies or not."""
        for name, kind in (("RepeatFirst", int), ("CountRecall", np.ndarray), ("Autoencode", tuple),
                           ("PositionOnlyPendulum", np.ndarray)):
            for copies in (True, False):
                with self.subTest(name, copy=copies):
                    envs = make_vec(name, level="easy", num_envs=4, autoreset="same-step", copy=copies)
                    other = make_vec(name, level="easy", num_envs=4, autoreset="disabled")
                    actions = draw(envs, envs.limit + 5)
                    begun = np.arange(4) % 2 == 0
                    for each in (envs, other):
                        each.reset(seed=7)
                        play(each, actions[:3])
                        each.reset(options={"reset_mask": begun})    # they end three steps later
                    for action in actions[3:]:
                        infos, (plain, _, terminations, truncations, _) = envs.step(action)[4], other.step(action)
                        ended = terminations | truncations
                        if ended.any():
                            break
                    self.assertEqual(ended.tolist(), (~begun).tolist())
                    last = infos["final_obs"]
                    for again in range(2):
                        for i in range(4):
                            if not ended[i]:
                                self.assertIsNone(last[i])
                                continue
                            single = tuple(column[i] for column in plain) if isinstance(plain, tuple) else plain[i]
                            self.assertIsInstance(last[i], kind)
                            self.assertIn(last[i], envs.single_observation_space)
                            self.assertTrue(np.array_equal(last[i], single))
                        play(envs, actions[:2])    # nobody ends

    def test_disabled(self):
        envs, actions, _ = self.begin("disabled")
        self.assertIs(envs.metadata["autoreset_mode"], AutoresetMode.DISABLED)
        steps = play(envs, actions[:LIMIT - 10])
        ended = steps[-1][2]
        self.assertEqual(ended.tolist(), [True, False, True, True])
        with self.assertRaisesRegex(RuntimeError, "environment 0: found a step after the end"):
            envs.step(actions[0])
        observations, _ = envs.reset(options={"reset_mask": ended})
        self.assertEqual(observations[1], steps[-1][0][1])    # goes on
        later = play(envs, actions[:10])
        self.assertEqual(later[-1][2].tolist(), [False, True, False, False])

    def test_a_mode_can_be_one_of_gymnasium_s(self):
        self.assertIs(make_vec(FIRST, num_envs=1, autoreset=AutoresetMode.SAME_STEP).metadata["autoreset_mode"],
                      AutoresetMode.SAME_STEP)

    def test_a_masked_seed(self):
        envs, fresh = make_vec(FIRST, num_envs=64), make_vec(FIRST, num_envs=64)
        before, mask = envs.reset(seed=1)[0], np.arange(64) % 3 == 0
        after, new = envs.reset(seed=2, options={"reset_mask": mask})[0], fresh.reset(seed=2)[0]
        self.assertTrue(np.array_equal(after, np.where(mask, new, before)))

    def test_wrong_masks(self):
        envs = make_vec(FIRST, num_envs=3)
        mask = np.array([True, False, True])
        with self.assertRaisesRegex(RuntimeError, "before the first reset"):
            envs.reset(options={"reset_mask": mask})
        envs.reset()
        for wrong in ([True, False, True], mask.astype(np.uint8), 1):
            self.assertRaisesRegex(TypeError, "reset_mask: found", envs.reset, options={"reset_mask": wrong})
        for wrong in (mask[:2], mask[:, None], ~mask & mask):
            self.assertRaisesRegex(ValueError, "reset_mask: found", envs.reset, options={"reset_mask": wrong})
        self.assertRaisesRegex(ValueError, "options: found mask, accepted: reset_mask", envs.reset, options={"mask": mask})
        envs.reset(options={"reset_mask": np.repeat(mask, 2)[::2]})    # not contiguous
        envs.reset(options={})


class Actions(unittest.TestCase):
    def setUp(self):
        self.envs = make_vec(FIRST, num_envs=3)
        self.envs.reset(seed=1)

    def test_types(self):
        expected = make_vec(FIRST, num_envs=3)
        for kind in (np.int8, np.uint8, np.int32, np.int64, np.uint64, ">i4", list):
            actions = [0, 3, 1] if kind is list else np.array([0, 3, 1], kind)
            self.envs.reset(seed=1), expected.reset(seed=1)
            a, b = self.envs.step(actions), expected.step(np.int32([0, 3, 1]))
            self.assertTrue(all(np.array_equal(x, y) for x, y in zip(a[:4], b[:4])))
        self.envs.step(np.int32([0, 9, 3, 9, 1, 9])[::2])    # not contiguous
        for wrong in (np.zeros(3), np.zeros(3, np.float32), np.zeros(3, np.bool_), ["a", "b", "c"], [None] * 3, [2**70, 0, 0]):
            self.assertRaisesRegex(TypeError, "actions: found type .*, accepted: integers", self.envs.step, wrong)

    def test_shapes(self):
        for wrong in (np.zeros(2, int), np.zeros(4, int), np.zeros((3, 1), int), np.zeros((1, 3), int), np.int32(0)):
            self.assertRaisesRegex(ValueError, r"actions: found shape .*, accepted: \(3,\)", self.envs.step, wrong)

    def test_values(self):
        for wrong in (4, -1, 2**31 - 1, -2**31, 2**32, -2**32, 2**40 + 1):
            with self.assertRaisesRegex(ValueError, f"environment 1: found action {wrong}, accepted: "):
                self.envs.step(np.array([0, wrong, 0]))
        self.envs.step(np.array([0, 3, 0]))

    def test_torques(self):
        """Floats, rounded to float32."""
        for id in [id for id in IDS if "Pendulum" in id]:
            envs, rounded = (make_vec(id, num_envs=2) for _ in range(2))
            envs.reset(seed=1), rounded.reset(seed=1)
            for right in (np.zeros((2, 1)), np.float32([[5], [-5]]), [[0.1], [1.5]]):
                a, b = envs.step(right), rounded.step(np.float32(right))
                self.assertTrue(all(np.array_equal(x, y) for x, y in zip(a[:4], b[:4])))
            self.assertRaisesRegex(TypeError, "accepted: floats", envs.step, np.zeros((2, 1), int))
            self.assertRaisesRegex(ValueError, "found shape", envs.step, np.zeros(2))
            for wrong in (np.nan, np.inf, 1e300):
                self.assertRaisesRegex(ValueError, "environment 1: found action", envs.step, np.array([[0], [wrong]]))
        self.assertIn("popgym-PositionOnlyPendulumEasy-v0", IDS)

    def test_not_before_a_reset(self):
        self.assertRaisesRegex(RuntimeError, "before the first reset", make_vec(FIRST, num_envs=1).step, [0])


class Objects(unittest.TestCase):
    def test_what_was_given_out_stays(self):
        envs = make_vec(FIRST, num_envs=32, state=True)
        kept = [envs.reset(seed=1)[0]]
        given = [kept[0].copy()]
        for action in draw(envs, 20):
            step = envs.step(action)
            kept += [*step[:4], step[4]["state"]]
            given += [array.copy() for array in kept[-5:]]
        self.assertTrue(all(np.array_equal(a, b) for a, b in zip(kept, given)))

    def test_without_copies(self):
        for id in IDS[::3]:
            plain, quick = (make_vec(id, num_envs=6, autoreset="same-step", state=True, copy=c) for c in (True, False))
            actions = draw(plain, 80)
            self.assertTrue(same(plain.reset(seed=4)[0], quick.reset(seed=4)[0]))
            for action in actions:
                a, b = plain.step(action), quick.step(action)
                self.assertTrue(same(a[0], b[0]) and all(np.array_equal(x, y) for x, y in zip(a[1:4], b[1:4])), id)
                self.assertTrue(np.array_equal(a[4]["state"], b[4]["state"]), id)
        quick = make_vec(FIRST, num_envs=6, copy=False)
        observations, _ = quick.reset(seed=4)
        self.assertIs(quick.step(observations)[1], quick.step(observations)[1])    # observations may be actions

    def test_closed(self):
        envs = make_vec(FIRST, num_envs=2)
        envs.reset()
        self.assertFalse(envs.closed)
        envs.close()
        envs.close()
        self.assertTrue(envs.closed)
        self.assertRaisesRegex(RuntimeError, "closed", envs.step, [0, 0])
        self.assertRaisesRegex(RuntimeError, "closed", envs.reset)

    def test_the_rest_of_the_contract(self):
        envs = make_vec(FIRST, num_envs=2)
        self.assertIs(envs.unwrapped, envs)
        self.assertIsNone(envs.spec)
        self.assertRaises(NotImplementedError, envs.render)
        for copying in (copy.copy, copy.deepcopy, pickle.dumps):
            self.assertRaisesRegex(TypeError, "cannot be copied", copying, envs)


class Threads(unittest.TestCase):
    def test_two_objects(self):
        def run(seed, out):
            envs = make_vec(FIRST, num_envs=200, autoreset="same-step")
            total = envs.reset(seed=seed)[0].astype(np.int64)
            for action in draw(envs, 300, seed):
                observations, rewards, *_ = envs.step(action)
                total = total * 3 + observations + (rewards > 0)
            out[seed] = total

        together, alone = {}, {}
        threads = [threading.Thread(target=run, args=(seed, together)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for seed in range(3):
            run(seed, alone)
            self.assertTrue(np.array_equal(alone[seed], together[seed]))

    def test_closing_waits_for_a_step(self):
        envs, failures = make_vec(FIRST, num_envs=5000, autoreset="same-step"), []
        actions = draw(envs, 1)[0]
        envs.reset(seed=1)
        started = threading.Event()

        def run():
            try:
                while True:
                    envs.step(actions)
                    started.set()
            except RuntimeError as error:
                failures.append(str(error))

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        started.wait()
        envs.close()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, ["the environments are closed"] * 2)


class Library(unittest.TestCase):
    def run_python(self, code, **environment):
        return subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, cwd=FOLDER,
                              env={**os.environ, **environment}, check=False)

    def test_it_is_where_it_is_said_to_be(self):
        ended = self.run_python("import engram_envs; engram_envs.make_vec('repeat-first')", ENGRAM_LIBRARY="/nowhere/at-all.so")
        self.assertNotEqual(ended.returncode, 0)
        self.assertRegex(ended.stderr, "OSError: /nowhere/at-all.so: .*ENGRAM_LIBRARY")

    def test_another_library_is_refused(self):
        ended = self.run_python("import engram_envs; engram_envs.environments()", ENGRAM_LIBRARY="libm.so.6")
        self.assertNotEqual(ended.returncode, 0)
        self.assertRegex(ended.stderr, "engram_envs_")

    def test_how_fast_it_is(self):
        ended = self.run_python("import engram_envs; engram_envs._table(8, 0.001)")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(len(ended.stdout.splitlines()), 2 + len(environments()))
        self.assertRegex(ended.stdout, r"repeat-first +[0-9.]+ +[0-9.]+ +[0-9.]+\n")

    def test_with_the_names_of_gymnasium(self):
        """With something that has its names: its class is the base, its spaces and modes are used."""
        class Discrete(engram_envs._Discrete):
            def __init__(self, n):    # older releases know no dtype
                super().__init__(n)

        class Base(engram_envs._StandInEnv):
            pass

        modes = types.SimpleNamespace(NEXT_STEP="n", SAME_STEP="s", DISABLED="d")
        vector = types.ModuleType("gymnasium.vector")
        vector.VectorEnv, vector.AutoresetMode = Base, modes
        fake = types.ModuleType("gymnasium")
        fake.vector = vector
        fake.spaces = types.SimpleNamespace(Discrete=Discrete, MultiDiscrete=engram_envs._MultiDiscrete, Box=engram_envs._Box,
                                            Tuple=engram_envs._Tuple)
        module = types.ModuleType("with_gymnasium")
        module.__file__ = engram_envs.__file__
        kept = {name: sys.modules.get(name) for name in ("gymnasium", "gymnasium.vector")}
        sys.modules.update({"gymnasium": fake, "gymnasium.vector": vector})
        try:
            exec(compile((FOLDER / "engram_envs.py").read_text(), engram_envs.__file__, "exec"), module.__dict__)
        finally:
            for name, value in kept.items():
                sys.modules.pop(name)
                if value is not None:
                    sys.modules[name] = value
        envs = module.make_vec(FIRST, num_envs=3, autoreset="same-step")
        self.assertIsInstance(envs, Base)
        self.assertIsInstance(envs.single_action_space, Discrete)
        self.assertEqual(envs.metadata["autoreset_mode"], "s")
        self.assertTrue(same(envs.reset(seed=1)[0], make_vec(FIRST, num_envs=3).reset(seed=1)[0]))
        self.assertEqual(envs.np_random_seed, 1)


def single_environment(name, seed):
    """One of ours as a gymnasium.Env. Its stream is that of `seed`, whatever seed a reset brings."""
    class Single(gymnasium.Env):
        def __init__(self):
            self.metadata = {"render_modes": []}    # SyncVectorEnv writes to it
            self.one = make_vec(name, level="easy", num_envs=1, autoreset="disabled", state=True)
            self.first_seed = seed
            self.observation_space, self.action_space = self.one.single_observation_space, self.one.single_action_space

        @staticmethod
        def first(batch):
            return tuple(column[0] for column in batch) if isinstance(batch, tuple) else batch[0]

        def reset(self, *, seed=None, options=None):
            observations, infos = self.one.reset(seed=self.first_seed)
            self.first_seed = None    # then the stream goes on
            return self.first(observations), {"state": infos["state"][0]}

        def step(self, action):
            observations, rewards, terminations, truncations, infos = self.one.step(np.asarray(action)[None])
            end = bool(terminations[0]), bool(truncations[0])
            return self.first(observations), float(rewards[0]), *end, {"state": infos["state"][0]}

    return Single()


@unittest.skipIf(gymnasium is None, "no gymnasium of 1.1 or later, nothing to compare with")
class Gymnasium(unittest.TestCase):
    """Ours beside gymnasium's SyncVectorEnv over single ones of ours, of every kind of observation. Their streams differ: values are not compared, and
    the environments are such that end after the same number of steps whatever is drawn."""
    NAMES = ("RepeatFirst", "CountRecall", "Autoencode", "PositionOnlyPendulum")

    def pair(self, name, mode):
        ours = make_vec(name, level="easy", num_envs=3, autoreset=mode, state=True)
        theirs = gymnasium.vector.SyncVectorEnv([lambda i=i: single_environment(name, i) for i in range(3)], autoreset_mode=mode)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        return ours, theirs

    def check_alike(self, ours, theirs):
        """The same keys, types, shapes and masks, and in arrays of objects the same kinds of object."""
        self.assertEqual(set(ours), set(theirs))
        for key, value in theirs.items():
            if isinstance(value, dict):
                self.check_alike(ours[key], value)
                continue
            self.assertEqual((ours[key].dtype, ours[key].shape), (value.dtype, value.shape), key)
            if value.dtype == np.bool_:
                self.assertTrue(np.array_equal(ours[key], value), key)
            if value.dtype == object:
                for one, other in zip(ours[key], value):
                    self.assertEqual((np.shape(one), one is None, isinstance(one, tuple)),
                                     (np.shape(other), other is None, isinstance(other, tuple)), key)

    def test_infos_are_as_gymnasium_s(self):
        for name in self.NAMES:
            for mode in AutoresetMode:
                with self.subTest(name, mode=mode):
                    ours, theirs = self.pair(name, mode)
                    self.assertIsInstance(ours, gymnasium.vector.VectorEnv)
                    self.assertIs(ours.metadata["autoreset_mode"], theirs.metadata["autoreset_mode"])
                    for space in ("observation_space", "action_space"):
                        self.assertIn(getattr(ours, space).sample(), getattr(theirs, space))
                    self.check_alike(ours.reset(seed=1)[1], theirs.reset(seed=1)[1])
                    self.check_steps(ours, theirs)

    def check_steps(self, ours, theirs):
        ends = 0
        for action in draw(ours, 2 * ours.limit + 3):
            a, b = ours.step(action), theirs.step(action)
            for x, y in zip(arrays(a[0]) + a[1:4], arrays(b[0]) + b[1:4]):
                self.assertEqual((x.dtype.kind, x.shape), (y.dtype.kind, y.shape))    # its integers have been of 64 bits
            self.assertIn(a[0], ours.observation_space)
            self.assertTrue(np.array_equal(a[2], b[2]) and np.array_equal(a[3], b[3]))
            self.check_alike(a[4], b[4])
            ended = a[2] | a[3]
            if "final_obs" in a[4]:
                self.assertTrue(all(last in ours.single_observation_space for last in a[4]["final_obs"][ended]))
            ends += ended.sum()
            if ended.any() and ours.metadata["autoreset_mode"] is AutoresetMode.DISABLED:
                self.check_alike(*(envs.reset(options={"reset_mask": ended.copy()})[1] for envs in (ours, theirs)))
        self.assertGreaterEqual(ends, 6)

    def test_statistics_of_episodes(self):
        for mode in AutoresetMode:
            with self.subTest(mode=mode):
                plain = make_vec(FIRST, num_envs=3, autoreset=mode)
                envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(make_vec(FIRST, num_envs=3, autoreset=mode))
                self.addCleanup(envs.close)
                plain.reset(seed=1), envs.reset(seed=1)
                returns = np.zeros(3)
                for t, action in enumerate(draw(plain, LIMIT), 1):
                    rewards, infos = plain.step(action)[1], envs.step(action)[4]
                    returns += rewards
                    self.assertEqual("episode" in infos, t == LIMIT)
                self.assertTrue(infos["_episode"].all())
                self.assertTrue(np.allclose(infos["episode"]["r"], returns))
                self.assertEqual(infos["episode"]["l"].tolist(), [LIMIT] * 3)
                self.assertEqual(list(envs.length_queue), [LIMIT] * 3)
                self.assertEqual("final_obs" in infos, mode is AutoresetMode.SAME_STEP)


if __name__ == "__main__":
    unittest.main()
