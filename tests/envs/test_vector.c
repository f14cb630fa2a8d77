// Environments stepped together: the same as one by one to the bit, what follows an end in each mode, what is refused.
#include "envs/vector.h"

#include "envs/popgym/popgym.h"
#include "tests/support.h"

enum { MOST = 300 };    // environments in a test

// One or two numbers of each, of either kind.
typedef union Column {
    int32_t whole[2 * MOST];
    float real[2 * MOST];
} Column;

// A vector, and where it writes.
typedef struct Bench {
    Vector *vector;
    Column actions, seen, last;
    double rewards[MOST], *privileged;
    uint8_t terminated[MOST], truncated[MOST];
    VectorStep out;
    Rng actor;
} Bench;

static Bench *bench(const NativeType *type, int count, VectorReset mode, uint64_t seed) {
    Bench *made = memory_zeroed(1, sizeof *made);
    Error error = {0};
    made->vector = vector_create(type, &(NativeParams){.level = LEVEL_HARD}, count, mode, &error);
    assert_non_null(made->vector);
    vector_seed(made->vector, seed);
    const size_t size = (size_t)made->vector->native->spec.privileged_size;
    made->privileged = memory_zeroed((size_t)count * size, sizeof(double));
    made->out = (VectorStep){.observations = made->seen.whole,
                             .rewards = made->rewards,
                             .terminated = made->terminated,
                             .truncated = made->truncated,
                             .privileged = made->privileged};
    if (mode == VECTOR_RESET_SAME) made->out.final_observations = made->last.whole;
    made->actor = rng_stream(9, RNG_TEST, 0);
    return made;
}

static void bench_destroy(Bench *made) {
    vector_destroy(made->vector);
    free(made->privileged);
    free(made);
}

static void act(Bench *made) {
    for (int i = 0; i < made->vector->count; i++)
        native_act_uniformly(&made->vector->native->spec.action, &made->actor, &made->actions.whole[i]);
}

static void take(Bench *made) {
    Error error = {0};
    if (!vector_step(made->vector, made->actions.whole, &made->out, &error)) fail_msg("%s", error.message);
}

static void begin(Bench *made) {
    Error error = {0};
    assert_true(vector_reset(made->vector, NULL, made->seen.whole, &error));
}

// ---- the same as one by one --------------------------------------------------------------------------------------------------------

static const NativeType *const types[] = {&repeat_first, &position_only_cartpole, &noisy_position_only_cartpole,
                                          &noisy_position_only_pendulum};
enum { TYPES = sizeof types / sizeof *types };

// What stands alone beside the vector.
typedef struct Alone {
    uint8_t *states;
    Rng rngs[MOST];
    bool over[MOST];
} Alone;

static void compare_one(const Bench *made, Alone *alone, int i, int *ends) {
    const Native *native = made->vector->native;
    const NativeType *type = native->type;
    const size_t size = (size_t)native->spec.observation.size, bytes = 4 * size;
    void *state = alone->states + (size_t)i * native->spec.state_bytes;
    Numbers seen, last;
    double privileged[SPACE_MAX];
    NativeStep step = {0};
    if (alone->over[i] && made->vector->mode == VECTOR_RESET_NEXT) {
        type->reset(native->model, state, &alone->rngs[i], &seen);
        alone->over[i] = false;
    } else {
        step = type->step(native->model, state, &made->actions.whole[i], &alone->rngs[i], &seen);
        alone->over[i] = step.terminated || step.truncated;
        *ends += alone->over[i];
    }
    if (alone->over[i] && made->vector->mode == VECTOR_RESET_SAME) {
        memcpy(&last, &seen, bytes);
        type->reset(native->model, state, &alone->rngs[i], &seen);
        alone->over[i] = false;
        assert_memory_equal(made->last.whole + (size_t)i * size, &last, bytes);
    }
    assert_memory_equal(made->seen.whole + (size_t)i * size, &seen, bytes);
    assert_memory_equal(&made->rewards[i], &step.reward, sizeof(double));
    assert_int_equal(made->terminated[i], step.terminated);
    assert_int_equal(made->truncated[i], step.truncated);
    type->privileged(native->model, state, privileged);
    const size_t numbers = (size_t)native->spec.privileged_size;
    assert_memory_equal(made->privileged + (size_t)i * numbers, privileged, numbers * sizeof(double));
}

static void together_is_one_by_one(void **unused) {
    (void)unused;
    for (int v = 0; v < TYPES; v++) {
        for (int mode = VECTOR_RESET_NEXT; mode <= VECTOR_RESET_SAME; mode++) {
            const int count = 117;
            const uint64_t seed = 21 + (uint64_t)v;
            Bench *made = bench(types[v], count, (VectorReset)mode, seed);
            const Native *native = made->vector->native;
            Alone *alone = memory_zeroed(1, sizeof *alone);
            alone->states = memory_zeroed((size_t)count, native->spec.state_bytes);
            begin(made);
            for (int i = 0; i < count; i++) {
                Numbers seen;
                alone->rngs[i] = rng_stream(seed, RNG_VECTOR, (uint64_t)i);
                native->type->reset(native->model, alone->states + (size_t)i * native->spec.state_bytes, &alone->rngs[i],
                                    &seen);
            }
            int ends = 0;
            const int steps = 2 * native->spec.limit < 420 ? 2 * native->spec.limit + 5
                              : native->spec.limit < 840   ? native->spec.limit + 5
                                                           : 60;
            for (int t = 0; t < steps; t++) {
                act(made);
                take(made);
                for (int i = 0; i < count; i++) compare_one(made, alone, i, &ends);
            }
            assert_true(ends >= count);
            free(alone->states);
            free(alone);
            bench_destroy(made);
        }
    }
}

// Neighbours do not matter, seeds do.
static void streams_are_by_place_and_seed(void **unused) {
    (void)unused;
    Bench *many = bench(&noisy_position_only_cartpole, 130, VECTOR_RESET_SAME, 4);
    Bench *few = bench(&noisy_position_only_cartpole, 3, VECTOR_RESET_SAME, 4);
    Bench *other = bench(&noisy_position_only_cartpole, 3, VECTOR_RESET_SAME, 5);
    begin(many), begin(few), begin(other);
    assert_memory_not_equal(few->seen.whole, other->seen.whole, 8);
    for (int t = 0; t < 100; t++) {
        act(many);
        memcpy(few->actions.whole, many->actions.whole, sizeof few->actions);
        take(many), take(few);
        assert_memory_equal(many->seen.whole, few->seen.whole, 3 * 8);
    }
    vector_seed(few->vector, 5);
    begin(few);
    assert_memory_equal(few->seen.whole, other->seen.whole, 3 * 8);
    bench_destroy(many), bench_destroy(few), bench_destroy(other);
}

// ---- ends --------------------------------------------------------------------------------------------------------------------------

// Steps until one of five has fallen: which.
static int until_one_is_over(Bench *made) {
    for (;;) {
        act(made);
        take(made);
        for (int i = 0; i < made->vector->count; i++) {
            if (made->terminated[i]) return i;
        }
    }
}

static bool beginning(const Bench *made, int i) {
    float seen[2];
    memcpy(seen, made->seen.whole + 2 * (size_t)i, sizeof seen);
    return fabsf(seen[0]) <= 0.05F && fabsf(seen[1]) <= 0.05F;
}

static void the_next_step_resets(void **unused) {
    (void)unused;
    Bench *made = bench(&position_only_cartpole, 5, VECTOR_RESET_NEXT, 1);
    begin(made);
    const int over = until_one_is_over(made);
    assert_true(made->vector->over[over] && made->rewards[over] > 0 && !beginning(made, over));
    act(made);
    take(made);
    assert_true(beginning(made, over) && made->rewards[over] == 0 && !made->terminated[over] && !made->truncated[over]);
    assert_false(made->vector->over[over]);
    act(made);
    take(made);
    assert_true(made->rewards[over] > 0);
    bench_destroy(made);
}

static void the_same_step_resets(void **unused) {
    (void)unused;
    Bench *made = bench(&position_only_cartpole, 5, VECTOR_RESET_SAME, 1);
    begin(made);
    memset(made->last.whole, 0x55, sizeof made->last);
    const int over = until_one_is_over(made);
    float last[2];
    memcpy(last, made->last.whole + 2 * (size_t)over, sizeof last);
    assert_true(beginning(made, over) && made->rewards[over] > 0 && made->terminated[over]);
    assert_true(fabsf(last[1]) > 0.2F);
    for (int i = 0; i < 5; i++) {    // rows of others are left alone
        if (!made->terminated[i]) assert_int_equal(made->last.whole[2 * i], 0x55555555);
    }
    made->out.final_observations = NULL;    // not wanted
    until_one_is_over(made);
    bench_destroy(made);
}

static void nothing_resets_until_asked(void **unused) {
    (void)unused;
    Error error = {0};
    Bench *made = bench(&position_only_cartpole, 5, VECTOR_RESET_NEVER, 1);
    begin(made);
    const int over = until_one_is_over(made);
    uint8_t mask[5] = {0};
    int32_t seen[10];
    memcpy(seen, made->seen.whole, sizeof seen);
    act(made);
    assert_false(vector_step(made->vector, made->actions.whole, &made->out, &error));
    support_assert_has(error.message, "after the end");
    assert_memory_equal(seen, made->seen.whole, sizeof seen);
    for (int i = 0; i < 5; i++) mask[i] = made->vector->over[i];
    assert_true(vector_reset(made->vector, mask, made->seen.whole, &error));
    for (int i = 0; i < 5; i++) {
        if (!mask[i]) assert_memory_equal(seen + 2 * i, made->seen.whole + 2 * i, 8);
    }
    assert_true(beginning(made, over));
    take(made);
    bench_destroy(made);
}

// ---- refusals ----------------------------------------------------------------------------------------------------------------------

static void refuse(Bench *made, const char *part) {
    const Native *native = made->vector->native;
    const size_t bytes = (size_t)made->vector->count * native->spec.state_bytes;
    uint8_t *before = memory_zeroed(bytes, 1);
    memcpy(before, made->vector->states, bytes);
    Error error = {0};
    assert_false(vector_step(made->vector, made->actions.whole, &made->out, &error));
    support_assert_has(error.message, part);
    assert_memory_equal(before, made->vector->states, bytes);
    free(before);
}

static void actions_outside_are_refused(void **unused) {
    (void)unused;
    static const int32_t wrong[] = {-1, 2, INT32_MIN, INT32_MAX};
    static const float not_numbers[] = {NAN, INFINITY, -INFINITY}, extreme[] = {3e38F, -3e38F, -1e-40F, 2};
    Bench *cart = bench(&position_only_cartpole, 67, VECTOR_RESET_SAME, 1);
    Bench *pendulum = bench(&position_only_pendulum, 67, VECTOR_RESET_SAME, 1);
    begin(cart), begin(pendulum);
    for (int place = 0; place < 67; place += 33) {
        for (int k = 0; k < 4; k++) {
            act(cart);
            cart->actions.whole[place] = wrong[k];
            refuse(cart, "accepted: 0 to 1");
        }
        for (int k = 0; k < 3; k++) {
            act(pendulum);
            memcpy(&pendulum->actions.whole[place], &not_numbers[k], 4);
            refuse(pendulum, "accepted: a finite number");
        }
        for (int k = 0; k < 4; k++) {
            act(pendulum);
            memcpy(&pendulum->actions.whole[place], &extreme[k], 4);
            take(pendulum);
        }
    }
    bench_destroy(cart), bench_destroy(pendulum);
}

static void what_never_began_is_refused(void **unused) {
    (void)unused;
    Error error = {0};
    const uint8_t mask[3] = {1, 1, 1};
    Bench *made = bench(&repeat_first, 3, VECTOR_RESET_NEXT, 1);
    refuse(made, "before the first reset");
    assert_false(vector_reset(made->vector, mask, made->seen.whole, &error));
    support_assert_has(error.message, "mask before the first reset");
    begin(made);
    take(made);
    vector_seed(made->vector, 2);
    refuse(made, "before the first reset");
    bench_destroy(made);
    static const int64_t counts[] = {0, -1, INT64_MAX, INT32_MAX};
    for (int k = 0; k < 4; k++) {
        assert_null(vector_create(&repeat_first, &(NativeParams){0}, counts[k], VECTOR_RESET_NEXT, &error));
        support_assert_has(error.message, "accepted: 1 to");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_is_one_by_one),      cmocka_unit_test(streams_are_by_place_and_seed),
        cmocka_unit_test(the_next_step_resets),        cmocka_unit_test(the_same_step_resets),
        cmocka_unit_test(nothing_resets_until_asked),  cmocka_unit_test(actions_outside_are_refused),
        cmocka_unit_test(what_never_began_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
