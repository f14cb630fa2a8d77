// What the interface for other programs refuses, and that then nothing has been done.
#include "tests/envs/api_caller.h"

// After every refusal the caller goes on as the twin does that never was refused anything.
static void assert_nothing_was_done(Caller *caller, Twin *twin) {
    if (caller_step(caller) != ENGRAM_ENVS_OK) fail_msg("%s", caller->error);
    assert_true(vector_step(twin->vector, caller->actions.whole, &twin->step, NULL));
    assert_same_arrays(caller, &twin->out);
}

static void every_array_is_checked(void **unused) {
    (void)unused;
    Caller *caller = caller_create("box", "same-step");
    Twin *twin = twin_create(&box, VECTOR_RESET_SAME);
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    assert_true(vector_reset(twin->vector, NULL, twin->out.observations.whole, NULL));
    assert_nothing_was_done(caller, twin);
    const struct {
        EngramEnvsArray *array;
        const char *name;
        bool optional, bytes;
    } arrays[] = {
        {&caller->step.observations, "observations", false, false},
        {&caller->step.rewards, "rewards", false, false},
        {&caller->step.terminated, "terminated", false, true},
        {&caller->step.truncated, "truncated", false, true},
        {&caller->step.privileged, "privileged", true, false},
        {&caller->step.final_observations, "final observations", true, false},
        {&caller->step.final_privileged, "final privileged", true, false},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        EngramEnvsArray *array = arrays[i].array;
        const char *name = arrays[i].name;
        const EngramEnvsArray right = *array;
        const EngramEnvsArray wrong[] = {{NULL, right.bytes},
                                         {right.data, right.bytes - 1},
                                         {right.data, right.bytes + 1},
                                         {right.data, 0},
                                         {right.data, SIZE_MAX},
                                         {arrays[i].bytes ? NULL : (char *)right.data + 1, right.bytes},
                                         {(char *)caller->actions.whole, right.bytes}};
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            *array = wrong[k];
            assert_int_equal(caller_step(caller), ENGRAM_ENVS_INVALID);
            if (strncmp(caller->error, name, strlen(name)) != 0) fail_msg("'%s' is not about %s", caller->error, name);
        }
        support_assert_has(caller->error, "found an array that overlaps with actions");
        *array = (EngramEnvsArray){NULL, 0};
        if (!arrays[i].optional) assert_int_equal(caller_step(caller), ENGRAM_ENVS_INVALID);
        *array = right;
        assert_nothing_was_done(caller, twin);
    }
    caller_destroy(caller);
    twin_destroy(twin);
}

static void what_is_not_wanted_is_left_out(void **unused) {
    (void)unused;
    Caller *caller = caller_create("box", "same-step");
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    caller->step.privileged = caller->step.final_observations = caller->step.final_privileged = (EngramEnvsArray){NULL, 0};
    for (int t = 0; t < 10; t++) assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
    for (size_t i = 0; i < COUNT * 8; i++)
        assert_true(caller->privileged[i] == 0 && caller->final_privileged[i] == 0 && caller->final_observations.whole[i] == 0);
    caller_destroy(caller);
}

static void nulls_and_other_arrays_are_refused(void **unused) {
    (void)unused;
    Caller *caller = caller_create("repeat-first", "next-step");
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    assert_int_equal(
        engram_envs_step(NULL, caller->actions.whole, caller->action_bytes, &caller->step, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "found NULL for the environments");
    assert_int_equal(
        engram_envs_step(caller->envs, caller->actions.whole, caller->action_bytes, NULL, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "step: found NULL");
    assert_int_equal(engram_envs_step(caller->envs, NULL, 0, &caller->step, caller->error, ERROR_BYTES), ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "actions: found no array, accepted: one of 28 bytes");
    assert_int_equal(
        engram_envs_step(caller->envs, caller->actions.whole, 8 * COUNT, &caller->step, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "actions: found 56 bytes, accepted: 28");
    caller->step.final_observations = (EngramEnvsArray){caller->final_observations.whole, caller->observation_bytes};
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_INVALID);
    support_assert_has(caller->error, "accepted: none unless autoreset is \"same-step\"");

    assert_int_equal(engram_envs_describe(NULL, &caller->spec, sizeof caller->spec, NULL, 0), ENGRAM_ENVS_INVALID);
    assert_int_equal(engram_envs_privileged(NULL, caller->privileged, sizeof(double), NULL, 0), ENGRAM_ENVS_INVALID);
    assert_int_equal(engram_envs_privileged(caller->envs, caller->privileged, 8, caller->error, ERROR_BYTES),
                     ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "privileged: found 8 bytes, accepted: 280");

    uint8_t mask[COUNT + 1] = {1};
    assert_int_equal(engram_envs_reset(NULL, NULL, NULL, 0, caller->observations.whole, 28, NULL, 0), ENGRAM_ENVS_INVALID);
    assert_int_equal(
        engram_envs_reset(caller->envs, NULL, mask, COUNT + 1, caller->observations.whole, 28, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "mask: found 8 bytes, accepted: 7");
    assert_int_equal(
        engram_envs_reset(caller->envs, NULL, NULL, COUNT, caller->observations.whole, 28, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_INVALID);
    support_assert_has(caller->error, "mask: found no array");
    assert_int_equal(engram_envs_reset(caller->envs, NULL, mask, COUNT, NULL, 28, NULL, 0), ENGRAM_ENVS_INVALID);
    assert_int_equal(engram_envs_reset(caller->envs, NULL, (uint8_t *)caller->observations.whole, COUNT,
                                       caller->observations.whole, 28, caller->error, ERROR_BYTES),
                     ENGRAM_ENVS_INVALID);
    assert_string_equal(caller->error, "observations: found an array that overlaps with mask");
    caller_destroy(caller);
}

static void the_first_reset_comes_first(void **unused) {
    (void)unused;
    Caller *caller = caller_create("repeat-first", "next-step");
    const uint8_t mask[COUNT] = {1};
    const uint64_t seed = 5;
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_ORDER);
    support_assert_has(caller->error, "before the first reset");
    assert_int_equal(caller_reset(caller, &seed, mask), ENGRAM_ENVS_ORDER);
    support_assert_has(caller->error, "found a mask before the first reset");
    assert_int_equal(
        engram_envs_privileged(caller->envs, caller->privileged, caller->step.privileged.bytes, caller->error, ERROR_BYTES),
        ENGRAM_ENVS_ORDER);
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    assert_string_equal(caller->error, "");
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
    caller_destroy(caller);
}

static void illegal_actions_are_refused(void **unused) {
    (void)unused;
    Caller *pairs = caller_create("pair", "same-step"), *boxes = caller_create("box", "same-step");
    Twin *twin = twin_create(&pair, VECTOR_RESET_SAME);
    assert_int_equal(caller_reset(pairs, NULL, NULL), ENGRAM_ENVS_OK);
    assert_int_equal(caller_reset(boxes, NULL, NULL), ENGRAM_ENVS_OK);
    assert_true(vector_reset(twin->vector, NULL, twin->out.observations.whole, NULL));
    const int32_t wrong[] = {-1, 5, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pairs->actions.whole[2 * 6 + 1] = wrong[i];
        assert_int_equal(caller_step(pairs), ENGRAM_ENVS_INVALID);
        char expected[80];
        snprintf(expected, sizeof expected, "environment 6: found action %d, accepted: 0 to 4", wrong[i]);
        assert_string_equal(pairs->error, expected);
    }
    pairs->actions.whole[2 * 6 + 1] = 4;
    assert_nothing_was_done(pairs, twin);
    const float infinite[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof infinite / sizeof *infinite; i++) {
        memcpy(boxes->actions.whole + 2, &infinite[i], sizeof(float));
        assert_int_equal(caller_step(boxes), ENGRAM_ENVS_INVALID);
        support_assert_has(boxes->error, "environment 2: found action ");
    }
    memcpy(boxes->actions.whole + 2, &(float){100}, sizeof(float));    // beyond the bounds is the environment's business
    assert_int_equal(caller_step(boxes), ENGRAM_ENVS_OK);
    caller_destroy(pairs);
    caller_destroy(boxes);
    twin_destroy(twin);
}

static void nothing_steps_past_an_end_that_nothing_resets(void **unused) {
    (void)unused;
    Caller *caller = caller_create("pair", "disabled");
    assert_int_equal(caller_reset(caller, NULL, NULL), ENGRAM_ENVS_OK);
    caller->actions.whole[2 * 3] = 2;
    caller->actions.whole[2 * 3 + 1] = 3;    // ends the episode
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
    assert_int_equal(caller->terminated[3], 1);
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_ORDER);
    assert_string_equal(caller->error, "environment 3: found a step after the end of its episode, accepted: a reset");
    uint8_t mask[COUNT] = {[2] = 1};
    assert_int_equal(caller_reset(caller, NULL, mask), ENGRAM_ENVS_OK);
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_ORDER);
    mask[3] = 1;
    assert_int_equal(caller_reset(caller, NULL, mask), ENGRAM_ENVS_OK);
    assert_int_equal(caller_step(caller), ENGRAM_ENVS_OK);
    caller_destroy(caller);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_array_is_checked),
        cmocka_unit_test(what_is_not_wanted_is_left_out),
        cmocka_unit_test(nulls_and_other_arrays_are_refused),
        cmocka_unit_test(the_first_reset_comes_first),
        cmocka_unit_test(illegal_actions_are_refused),
        cmocka_unit_test(nothing_steps_past_an_end_that_nothing_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
