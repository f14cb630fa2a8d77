// The interface for other programs: names, spaces, and that it does what envs/vector.h does, to the bit.
#include <pthread.h>

#include "tests/envs/api_caller.h"

// ---- names and spaces ----------------------------------------------------------------------------------------------------------------

static void entries_have_names_and_ids(void **unused) {
    (void)unused;
    EngramEnvsEntry entry;
    char error[ERROR_BYTES];
    assert_int_equal(engram_envs_version(), ENGRAM_ENVS_VERSION);
    assert_int_equal(engram_envs_count(), 3);
    assert_int_equal(engram_envs_entry(0, &entry, sizeof entry, error, sizeof error), ENGRAM_ENVS_OK);
    assert_string_equal(entry.name, "repeat-first");
    assert_string_equal(entry.upstream, "RepeatFirst");
    assert_string_equal(entry.help, repeat_first.help);
    assert_string_equal(entry.ids[0], "popgym-RepeatFirstEasy-v0");
    assert_string_equal(entry.ids[2], "popgym-RepeatFirstHard-v0");
    assert_string_equal(error, "");
    assert_int_equal(engram_envs_entry(1, &entry, sizeof entry, NULL, 0), ENGRAM_ENVS_OK);
    assert_string_equal(entry.ids[1], "popgym-VelocityOnlyCartpoleMedium-v0");    // sic

    assert_int_equal(engram_envs_entry(3, &entry, sizeof entry, error, sizeof error), ENGRAM_ENVS_INVALID);
    assert_string_equal(error, "found environment 3, accepted: 0 to 2");
    assert_int_equal(engram_envs_entry(0, &entry, sizeof entry - 1, error, sizeof error), ENGRAM_ENVS_INVALID);
    assert_int_equal(engram_envs_entry(0, NULL, sizeof entry, error, sizeof error), ENGRAM_ENVS_INVALID);
    assert_string_equal(error, "entry: found NULL");
}

static void an_environment_has_three_kinds_of_names(void **unused) {
    (void)unused;
    static const struct {
        const char *name, *level, *version, *id;
        int limit;
    } cases[] = {
        {"box", NULL, NULL, "popgym-VelocityOnlyCartpoleEasy-v0", 3},
        {"box", "medium", "paper", "popgym-VelocityOnlyCartpoleMedium-v0", 7},
        {"VelocityOnlyCartPole", "hard", "1.0.7", "popgym-VelocityOnlyCartpoleHard-v0", 5},
        {"popgym-VelocityOnlyCartpoleMedium-v0", NULL, NULL, "popgym-VelocityOnlyCartpoleMedium-v0", 4},
        {"popgym-RepeatFirstHard-v0", "hard", NULL, "popgym-RepeatFirstHard-v0", 831},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[ERROR_BYTES] = "x";
        EngramEnvs *envs = engram_envs_create(cases[i].name, cases[i].level, cases[i].version, 2, NULL, error, sizeof error);
        EngramEnvsSpec spec;
        assert_non_null(envs);
        assert_string_equal(error, "");
        assert_int_equal(engram_envs_describe(envs, &spec, sizeof spec, error, sizeof error), ENGRAM_ENVS_OK);
        assert_string_equal(spec.id, cases[i].id);
        assert_int_equal(spec.limit, cases[i].limit);
        assert_int_equal(spec.count, 2);
        engram_envs_destroy(envs);
    }
    engram_envs_destroy(NULL);
}

static void mistakes_of_creation_are_named(void **unused) {
    (void)unused;
    static const struct {
        const char *name, *level, *version, *autoreset, *message;
        int64_t count;
    } cases[] = {
        {NULL, NULL, NULL, NULL, "name: found NULL", 1},
        {"repeat-frist", NULL, NULL, NULL, "accepted: repeat-first, box, pair; nearest: repeat-first", 1},
        {"popgym-VelocityOnlyCartPoleEasy-v0", NULL, NULL, NULL, "nearest: popgym-VelocityOnlyCartpoleEasy-v0", 1},
        {"popgym-", NULL, NULL, NULL, "found unknown environment 'popgym-', accepted: popgym-<Class><Level>-v0", 1},
        {"popgym-RepeatFirstEasy-v0", "hard", NULL, NULL, "found level 'hard' beside 'popgym-RepeatFirstEasy-v0'", 1},
        {"box", "Hard", NULL, NULL, "found unknown level 'Hard', accepted: easy, medium, hard; nearest: hard", 1},
        {"box", NULL, "1.0", NULL, "found unknown version '1.0', accepted: 1.0.7, paper", 1},
        {"box", NULL, NULL, "next", "found unknown autoreset mode 'next', accepted: next-step, same-step, disabled", 1},
        {"box", NULL, NULL, NULL, "found 0 environments", 0},
        {"box", NULL, NULL, NULL, "found -1 environments", -1},
        {"box", NULL, NULL, NULL, "found 9223372036854775807 environments", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[ERROR_BYTES] = "", cut[6] = "";
        assert_null(engram_envs_create(cases[i].name, cases[i].level, cases[i].version, cases[i].count, cases[i].autoreset,
                                       error, sizeof error));
        support_assert_has(error, cases[i].message);
        assert_null(engram_envs_create(cases[i].name, cases[i].level, cases[i].version, cases[i].count, cases[i].autoreset, cut,
                                       sizeof cut));
        assert_memory_equal(cut, error, 5);
        assert_int_equal(cut[5], '\0');
        assert_null(
            engram_envs_create(cases[i].name, cases[i].level, cases[i].version, cases[i].count, cases[i].autoreset, NULL, 0));
    }
}

static void spaces_are_described(void **unused) {
    (void)unused;
    Caller *one = caller_create("repeat-first", "disabled"), *many = caller_create("box", "disabled"),
           *two = caller_create("pair", "disabled");
    assert_int_equal(one->spec.observation.kind, ENGRAM_ENVS_DISCRETE);
    assert_int_equal(one->spec.observation.size, 1);
    assert_int_equal(one->spec.observation.choices[0], 4);
    assert_int_equal(one->spec.observation.choices[1], 0);
    assert_int_equal(one->spec.privileged_size, 5);
    assert_true(one->spec.random_return == -0.5 && one->spec.optimal_return == 1 && one->spec.bound_return == 1);
    assert_int_equal(many->spec.observation.kind, ENGRAM_ENVS_BOX);
    assert_true(isinf(many->spec.observation.low[0]) && many->spec.observation.high[1] == 1);
    assert_true(many->spec.action.low[0] == -2 && many->spec.action.high[0] == 2 && many->spec.action.high[1] == 0);
    assert_true(isnan(many->spec.optimal_return));
    assert_int_equal(many->spec.previous_action, 0);
    assert_int_equal(two->spec.observation.kind, ENGRAM_ENVS_TUPLE);
    assert_int_equal(two->spec.action.kind, ENGRAM_ENVS_MULTI_DISCRETE);
    assert_int_equal(two->spec.action.choices[0], 3);
    assert_int_equal(two->spec.action.choices[1], 5);
    assert_int_equal(two->spec.previous_action, 1);
    assert_int_equal(engram_envs_describe(one->envs, NULL, sizeof(EngramEnvsSpec), NULL, 0), ENGRAM_ENVS_INVALID);
    assert_int_equal(engram_envs_describe(one->envs, &one->spec, 8, one->error, ERROR_BYTES), ENGRAM_ENVS_INVALID);
    support_assert_has(one->error, "spec: found 8 bytes, accepted: ");
    caller_destroy(one);
    caller_destroy(many);
    caller_destroy(two);
}

// ---- the same as envs/vector.h -----------------------------------------------------------------------------------------------------

// Both reset what has ended, where nothing else does; every other time with a seed.
static void reset_what_ended(Caller *caller, Twin *twin, uint64_t seed) {
    uint8_t ended[COUNT];
    for (int i = 0; i < COUNT; i++) ended[i] = twin->out.terminated[i] | twin->out.truncated[i];
    if (!memchr(ended, 1, COUNT)) return;
    if (seed % 2) vector_seed_some(twin->vector, ended, seed);
    assert_true(vector_reset(twin->vector, ended, twin->out.observations.whole, NULL));
    assert_int_equal(caller_reset(caller, seed % 2 ? &seed : NULL, ended), ENGRAM_ENVS_OK);
}

static int play_beside(const NativeType *type, VectorReset mode) {
    Caller *caller = caller_create(type->name, vector_reset_names[mode]);
    Twin *twin = twin_create(type, mode);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    const uint64_t seed = 11;
    int ends = 0;
    assert_int_equal(caller_reset(caller, &seed, NULL), ENGRAM_ENVS_OK);
    vector_seed(twin->vector, seed);
    assert_true(vector_reset(twin->vector, NULL, twin->out.observations.whole, NULL));
    for (int t = 0; t < 1800; t++) {
        act(&twin->vector->native->spec.action, &rng, caller->actions.whole);
        if (mode != VECTOR_RESET_SAME) twin->step.final_observations = twin->step.final_privileged = NULL;
        assert_true(vector_step(twin->vector, caller->actions.whole, &twin->step, NULL));
        if (caller_step(caller) != ENGRAM_ENVS_OK) fail_msg("%s", caller->error);
        assert_same_arrays(caller, &twin->out);
        for (int i = 0; i < COUNT; i++) ends += twin->out.terminated[i] | twin->out.truncated[i];
        if (mode == VECTOR_RESET_NEVER) {
            reset_what_ended(caller, twin, (uint64_t)t);
            vector_privileged(twin->vector, twin->out.privileged);
            assert_int_equal(engram_envs_privileged(caller->envs, caller->privileged, caller->step.privileged.bytes, NULL, 0),
                             ENGRAM_ENVS_OK);
            assert_same_arrays(caller, &twin->out);
        }
    }
    caller_destroy(caller);
    twin_destroy(twin);
    return ends;
}

static void it_does_what_vectors_do(void **unused) {
    (void)unused;
    for (size_t i = 0; i < native_type_count; i++) {
        for (VectorReset mode = 0; mode < VECTOR_RESET_COUNT; mode++) {
            assert_true(play_beside(native_types[i], mode) >= 2 * COUNT);
        }
    }
}

static void a_final_state_is_that_before_the_reset(void **unused) {
    (void)unused;
    Caller *caller = caller_create("box", "same-step");
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    for (int t = 1; t <= caller->spec.limit; t++) assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(caller->truncated[i], 1);
        assert_true(caller->privileged[2 * i] == 0 && caller->final_privileged[2 * i] == caller->spec.limit);
        float seen;
        memcpy(&seen, caller->final_observations.whole + 2 * i, sizeof seen);
        assert_true((double)seen == caller->final_privileged[2 * i + 1]);
    }
    caller_destroy(caller);
}

static void a_seed_begins_only_the_streams_that_are_reset(void **unused) {
    (void)unused;
    Caller *caller = caller_create("pair", "disabled"), *fresh = caller_create("pair", "disabled");
    const uint64_t one = 1, two = 2;
    const uint8_t mask[COUNT] = {0, 1, 0, 0, 255, 0, 0};
    assert_int_equal(caller_reset(caller, &one, NULL), ENGRAM_ENVS_OK);
    int32_t before[2 * COUNT];
    memcpy(before, caller->observations.whole, sizeof before);
    assert_int_equal(caller_reset(caller, &two, mask), ENGRAM_ENVS_OK);
    assert_int_equal(caller_reset(fresh, &two, NULL), ENGRAM_ENVS_OK);
    for (int t = 0; t < 20; t++) {
        for (int i = 0; i < COUNT; i++) {
            if (mask[i]) assert_memory_equal(caller->observations.whole + 2 * i, fresh->observations.whole + 2 * i, 8);
            if (!mask[i] && t == 0) assert_memory_equal(caller->observations.whole + 2 * i, before + 2 * i, 8);
        }
        assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
        assert_int_equal(caller_step(fresh), ENGRAM_ENVS_OK);
    }
    caller_destroy(caller);
    caller_destroy(fresh);
}

// ---- threads -------------------------------------------------------------------------------------------------------------------------------

// Plays and returns the sum of all it has seen, bit by bit.
static void *play(void *name) {
    uint64_t *sum = memory_zeroed(1, sizeof *sum);
    Caller *caller = caller_create(name, "same-step");
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    for (int t = 0; t < 3000; t++) {
        assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
        for (size_t i = 0; i < caller->observation_bytes / 4; i++) *sum = *sum * 31 + (uint32_t)caller->observations.whole[i];
    }
    caller_destroy(caller);
    return sum;
}

static void handles_know_nothing_of_each_other(void **unused) {
    (void)unused;
    static char *const names[] = {"repeat-first", "box", "pair", "box"};
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, play, names[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        void *together = NULL, *alone = play(names[i]);
        assert_int_equal(pthread_join(threads[i], &together), 0);
        assert_memory_equal(together, alone, sizeof(uint64_t));
        free(together);
        free(alone);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_names_and_ids),
        cmocka_unit_test(an_environment_has_three_kinds_of_names),
        cmocka_unit_test(mistakes_of_creation_are_named),
        cmocka_unit_test(spaces_are_described),
        cmocka_unit_test(it_does_what_vectors_do),
        cmocka_unit_test(a_final_state_is_that_before_the_reset),
        cmocka_unit_test(a_seed_begins_only_the_streams_that_are_reset),
        cmocka_unit_test(handles_know_nothing_of_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
