// The core library alone: this program is linked with build/libengram-core.a, OpenBLAS, OpenSSL, zlib and libcsv, and with neither GSL
// nor HDF5. It does what somebody else's program would: step environments, filter its belief, differentiate on the tape.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/linalg.h"
#include "core/param.h"
#include "core/rng.h"
#include "core/tape.h"
#include "envs/env.h"
#include "envs/native.h"
#include "envs/popgym/repeat_first.h"

static void test_an_episode_of_the_tmaze(void **state) {
    (void)state;
    Error error = {0};
    const EnvType *type = env_find("tmaze", &error);
    assert_non_null(type);
    void *params = memory_zeroed(1, type->params.struct_size);
    param_defaults(&type->params, params);
    Env *env = env_create(type, params, &error);
    assert_non_null(env);

    size_t belief_size = (size_t)env->spec.belief_size;
    void *maze = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, env->spec.belief_bytes);
    float *observation = memory_zeroed((size_t)env->spec.observation_size, sizeof(float));
    float *probability = memory_zeroed(belief_size, sizeof(float));
    Rng rng = rng_stream(1, RNG_TEST, 0);

    type->reset(env->model, maze, &rng, observation);
    assert_true(type->belief_reset(env->model, belief, observation, &rng));
    EnvStep step = {0};
    int actions = 0;
    for (; actions < env->spec.horizon && !step.done; actions++) {
        int action = type->explore(env->model, &rng);
        assert_in_range(action, 0, (uintmax_t)env->spec.action_count - 1);
        step = type->step(env->model, maze, action, &rng, observation);
        // What the environment itself produced can never have probability zero.
        assert_true(type->belief_update(env->model, belief, action, observation, &rng));
        type->belief_vector(env->model, belief, probability);
        for (size_t i = 0; i < belief_size; i++) assert_true(probability[i] >= 0 && probability[i] <= 1);
    }
    assert_true(actions > 0);

    free(probability);
    free(observation);
    free(belief);
    free(maze);
    env_destroy(env);
    free(params);
}

// Naming the first card scores 1, in the environment's own numbers.
static void test_an_episode_of_a_native_environment(void **state) {
    (void)state;
    const NativeType *type = native_find("RepeatFirst", NULL);
    assert_non_null(type);
    Native *native = native_create(type, &(NativeParams){.level = LEVEL_EASY, .version = VERSION_RELEASE});
    void *deck = memory_zeroed(1, native->spec.state_bytes);
    Rng rng = rng_stream(1, RNG_TEST, 1);
    int32_t first, suit;
    int steps = 0;
    double score = 0;
    type->reset(native->model, deck, &rng, &first);
    for (bool over = false; !over; steps++) {
        const NativeStep made = type->step(native->model, deck, &first, &rng, &suit);
        assert_in_range(suit, 0, DECK_SUITS - 1);
        score += made.reward;
        over = made.terminated;
    }
    assert_int_equal(steps, native->spec.limit);
    assert_true(score > 1 - 1e-12 && score < 1 + 1e-12);
    free(deck);
    native_destroy(native);
}

// loss = (tanh(x w) - target)^2 with x w = 0, so that d loss / d w = -2 target x', exactly.
static void test_a_gradient_on_the_tape(void **state) {
    (void)state;
    const char *backends[] = {"portable", "openblas"};
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        Error error = {0};
        const Linalg *linalg = linalg_find(backends[i], &error);
        assert_non_null(linalg);
        double x[2] = {1, 2}, w[2] = {0.5, -0.25}, gradient[2] = {0, 0}, target = 3;
        Tape *tape = tape_create(DTYPE_F64, linalg);
        tape_reset(tape, true);
        Node *input = tape_constant(tape, matrix_view(DTYPE_F64, 1, 2, x));
        Node *weight = tape_parameter(tape, matrix_view(DTYPE_F64, 2, 1, w), matrix_view(DTYPE_F64, 2, 1, gradient));
        Node *wanted = tape_constant(tape, matrix_view(DTYPE_F64, 1, 1, &target));
        Node *loss = tape_mean_squared_error(tape, tape_tanh(tape, tape_matmul(tape, input, weight)), wanted);
        tape_backward(tape, loss);
        assert_true(matrix_get(loss->value, 0, 0) == 9.0);
        assert_true(gradient[0] == -6.0 && gradient[1] == -12.0);
        tape_destroy(tape);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_episode_of_the_tmaze),
        cmocka_unit_test(test_an_episode_of_a_native_environment),
        cmocka_unit_test(test_a_gradient_on_the_tape),
    };
    return cmocka_run_group_tests_name("core library", tests, NULL, NULL);
}
