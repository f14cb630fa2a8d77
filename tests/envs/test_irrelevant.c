// Irrelevant variables around a T-Maze: the Kalman filter against the golden numbers of the original authors' program, the process against
// its own law and the filter's, and the T-Maze inside against one by itself.
#include "envs/irrelevant.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/belief/"

enum { NORMAL_WORDS = 4 };    // of the stream, for each normal variate

static const double q = 0.1, r = 1;

static Env *wrapped(Env *inner, int variables) {
    Error error = {0};
    Env *env = env_irrelevant(inner, &(IrrelevantParams){variables, q, r}, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static void expect_near(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: %.12g, expected %.12g", what, found, expected);
}

// ---- golden numbers -------------------------------------------------------------------------------------------------

// Reads the rows of one kind at one step into out[i * columns + j], zero where there is none, and returns how many there were.
static int golden_values(const CsvTable *table, int d, int t, const char *what, int columns, double *out) {
    Error error = {0};
    int column, count = 0;
    assert_true(csv_require(table, "what", &column, &error));
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (support_whole(table, row, "d") != d || support_whole(table, row, "t") != t) continue;
        if (strcmp(csv_text(table, row, column), what) != 0) continue;
        out[support_whole(table, row, "i") * columns + support_whole(table, row, "j")] = support_number(table, row, "value");
        count++;
    }
    return count;
}

static int golden_action(const CsvTable *table, int d, int t) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (support_whole(table, row, "d") == d && support_whole(table, row, "t") == t)
            return support_whole(table, row, "action");
    }
    fail_msg("no step %d for d = %d", t, d);
    return 0;
}

// Replays the recorded observations; those of the T-Maze, which the file has not, are made by playing the same actions.
static void filter_equals_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "irrelevant_kalman.csv");
    static const int variables[] = {1, 2, 4};
    double worst = 0;
    int compared = 0;
    for (int k = 0; k < 3; k++) {
        const int d = variables[k];
        Env *env = wrapped(support_maze(5, 0), d), *bare = support_maze(5, 0);
        void *belief = memory_zeroed(1, env->spec.belief_bytes);
        float observation[8], vector[64];
        double z[4], expected[4 + 16];
        TMazeState at;
        Rng rng = rng_stream(1, RNG_TEST, 0);
        tmaze_type.reset(bare->model, &at, &rng, observation + d);
        for (int t = 0; t < 8; t++) {
            int action = golden_action(table, d, t);
            if (t > 0) tmaze_type.step(bare->model, &at, action, &rng, observation + d);
            assert_int_equal(golden_values(table, d, t, "obs", 1, z), d);
            for (int i = 0; i < d; i++) observation[i] = (float)z[i];
            assert_true(t == 0 ? env->type->belief_reset(env->model, belief, observation, NULL)
                               : env->type->belief_update(env->model, belief, action, observation, NULL));
            env->type->belief_vector(env->model, belief, vector);
            assert_int_equal(golden_values(table, d, t, "mean", 1, expected), d);
            assert_int_equal(golden_values(table, d, t, "cov", d, expected + d), d * d);
            for (int i = 0; i < d + d * d; i++) worst = fmax(worst, fabs((double)vector[i] - expected[i]));
            compared += 3 * d + d * d;    // observations, states, means and covariances
        }
        free(belief);
        env_destroy(env);
        env_destroy(bare);
    }
    assert_int_equal(compared, csv_rows(table));
    print_message("worst deviation: irrelevant_kalman.csv %.3g\n", worst);
    assert_true(worst <= 1e-6);
    csv_destroy(table);
}

// ---- the process ----------------------------------------------------------------------------------------------------

// The T-Maze inside plays on as one that gets the same draws: those behind the draws of s and z.
static void the_task_inside_is_unchanged(void **state) {
    (void)state;
    enum { D = 3 };
    Env *env = wrapped(support_maze(4, 0.3), D), *bare = support_maze(4, 0.3);
    void *memory = memory_zeroed(1, env->spec.state_bytes);
    float seen[D + 4], alone[4], inside[2], outside[2], vectors[2][D + 14];
    for (uint64_t episode = 0; episode < 50; episode++) {
        Rng rng = rng_stream(2, RNG_TEST, episode), ahead = rng;
        TMazeState at;
        rng_seek(&ahead, rng.drawn + 2 * D * NORMAL_WORDS);
        env->type->reset(env->model, memory, &rng, seen);
        tmaze_type.reset(bare->model, &at, &ahead, alone);
        bool done = false;
        for (int t = 0; t < 30; t++) {
            assert_memory_equal(seen + D, alone, sizeof alone);
            env->type->privileged(env->model, memory, vectors[0]);
            tmaze_type.privileged(bare->model, &at, outside);
            memcpy(inside, vectors[0] + D, sizeof inside);
            assert_memory_equal(inside, outside, sizeof inside);
            env->type->state_vector(env->model, memory, vectors[0]);
            tmaze_type.state_vector(bare->model, &at, vectors[1]);
            assert_memory_equal(vectors[0] + D, vectors[1], 14 * sizeof(float));
            assert_int_equal(rng.drawn, ahead.drawn);
            int action = env->type->explore(env->model, &rng);
            ahead = rng;
            rng_seek(&ahead, rng.drawn + (done ? 1u : 2u) * D * NORMAL_WORDS);
            EnvStep a = env->type->step(env->model, memory, action, &rng, seen);
            EnvStep b = tmaze_type.step(bare->model, &at, action, &ahead, alone);
            assert_true(a.reward == b.reward && a.done == b.done);
            done = b.done;
        }
    }
    free(memory);
    env_destroy(env);
    env_destroy(bare);
}

// Variances of s_t, (t+1) q, and of z_t - s_t, r, within five standard errors; variables do not move together.
static void variances_grow_by_q_each_step(void **state) {
    (void)state;
    enum { EPISODES = 4000, STEPS = 6, D = 2 };
    Env *env = wrapped(support_maze(20, 0), D);
    void *memory = memory_zeroed(1, env->spec.state_bytes);
    double squares[STEPS] = {0}, noise[STEPS] = {0}, products[STEPS] = {0}, mean[STEPS] = {0};
    for (uint64_t episode = 0; episode < EPISODES; episode++) {
        Rng rng = rng_stream(3, RNG_TEST, episode);
        float seen[D + 4], privileged[D + 2];
        env->type->reset(env->model, memory, &rng, seen);
        for (int t = 0; t < STEPS; t++) {
            if (t > 0) env->type->step(env->model, memory, TMAZE_RIGHT, &rng, seen);
            env->type->privileged(env->model, memory, privileged);
            double s = (double)privileged[0], other = (double)privileged[1], e = (double)seen[1] - other;
            mean[t] += s / EPISODES;
            squares[t] += s * s / EPISODES;
            products[t] += s * other / EPISODES;
            noise[t] += e * e / EPISODES;
        }
    }
    for (int t = 0; t < STEPS; t++) {
        double variance = (t + 1) * q;
        expect_near(mean[t], 0, 5 * sqrt(variance / EPISODES), "mean of s");
        expect_near(squares[t], variance, 5 * variance * sqrt(2.0 / EPISODES), "variance of s");
        expect_near(products[t], 0, 5 * variance / sqrt(EPISODES), "covariance of two variables");
        expect_near(noise[t], r, 5 * r * sqrt(2.0 / EPISODES), "variance of z - s");
    }
    free(memory);
    env_destroy(env);
}

// They move on the step that ends the episode, not after it; z is drawn all the same.
static void variables_rest_after_the_end(void **state) {
    (void)state;
    Env *env = wrapped(support_maze(1, 0), 2);
    void *memory = memory_zeroed(1, env->spec.state_bytes);
    for (uint64_t episode = 0; episode < 2; episode++) {    // the second begins anew
        Rng rng = rng_stream(4, RNG_TEST, episode);
        float seen[6], before[4], after[4], first;
        env->type->reset(env->model, memory, &rng, seen);
        static const int actions[] = {TMAZE_RIGHT, TMAZE_UP, TMAZE_LEFT, TMAZE_UP};
        for (int t = 0; t < 4; t++) {
            env->type->privileged(env->model, memory, before);
            first = seen[0];
            EnvStep step = env->type->step(env->model, memory, actions[t], &rng, seen);
            env->type->privileged(env->model, memory, after);
            assert_int_equal(step.done, t >= 1);
            for (int i = 0; i < 2; i++) assert_int_equal(before[i] == after[i], t >= 2);
            assert_true(seen[0] != first);
        }
    }
    free(memory);
    env_destroy(env);
}

// ---- the belief -----------------------------------------------------------------------------------------------------

// With the variance after each correction known in closed form in the limit: P = p - q, p = (q + sqrt(q^2 + 4 q r)) / 2. The errors of the
// mean have that variance: process and filter are the same model. The inner part is the inner filter's.
static void the_filter_fits_the_process(void **state) {
    (void)state;
    enum { EPISODES = 400, STEPS = 60, D = 2, OWN = D + D * D };
    Env *env = wrapped(support_maze(20, 0.1), D), *bare = support_maze(20, 0.1);
    void *memory = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, env->spec.belief_bytes);
    void *inner = memory_zeroed(1, bare->spec.belief_bytes);
    const double limit = (sqrt(q * q + 4 * q * r) - q) / 2;
    double squares = 0;
    for (uint64_t episode = 0; episode < EPISODES; episode++) {
        Rng rng = rng_stream(5, RNG_TEST, episode);
        float seen[D + 4], privileged[D + 2], known[D + 2], vector[OWN + 46], expected[46];
        env->type->reset(env->model, memory, &rng, seen);
        assert_true(env->type->belief_reset(env->model, belief, seen, NULL));
        assert_true(tmaze_type.belief_reset(bare->model, inner, seen + D, NULL));
        double last = 0;
        for (int t = 1; t <= STEPS; t++) {
            int action = t % 5 ? TMAZE_LEFT : TMAZE_UP;    // away from the arms
            env->type->step(env->model, memory, action, &rng, seen);
            assert_true(env->type->belief_update(env->model, belief, action, seen, NULL));
            assert_true(tmaze_type.belief_update(bare->model, inner, action, seen + D, NULL));
            env->type->belief_vector(env->model, belief, vector);
            tmaze_type.belief_vector(bare->model, inner, expected);
            assert_memory_equal(vector + OWN, expected, sizeof expected);
            double variance = (double)vector[D];
            assert_true(vector[D] == vector[D + 3] && vector[D + 1] == 0 && vector[D + 2] == 0);
            assert_true(variance >= last && variance < limit + 1e-7);
            last = variance;
        }
        expect_near(last, limit, 1e-7, "variance after many steps");
        expect_near(last, 0.27016, 5e-6, "variance after many steps");
        env->type->privileged(env->model, memory, privileged);
        for (int i = 0; i < D; i++) squares += pow((double)(privileged[i] - vector[i]), 2) / last;
        env->type->belief_privileged(env->model, belief, known);
        assert_true(isnan(known[0]) && isnan(known[1]) && known[2] == privileged[2]);
    }
    expect_near(squares / (EPISODES * D), 1, 5 * sqrt(2.0 / (EPISODES * D)), "squared error in variances");
    free(memory);
    free(belief);
    free(inner);
    env_destroy(env);
    env_destroy(bare);
}

static void impossible_observations_leave_the_belief(void **state) {
    (void)state;
    Env *env = wrapped(support_maze(4, 0.3), 1);
    void *belief = memory_zeroed(1, env->spec.belief_bytes);
    float before[16], after[16];
    assert_true(env->type->belief_reset(env->model, belief, (const float[]){0.7f, 1, 0, 0, 0}, NULL));
    env->type->belief_vector(env->model, belief, before);
    static const float impossible[][5] = {
        {NAN, 0, 0, 1, 0}, {INFINITY, 0, 0, 1, 0}, {0, 0, 0, 0, 1}, {0, 0, 1, 0, 0}, {0, 0, NAN, 0, 0}};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        assert_false(env->type->belief_update(env->model, belief, TMAZE_RIGHT, impossible[i], NULL));
        if (i != 3) assert_false(env->type->belief_reset(env->model, belief, impossible[i], NULL));
        env->type->belief_vector(env->model, belief, after);
        assert_memory_equal(before, after, sizeof before);
    }
    free(belief);
    env_destroy(env);
}

static void variables_that_do_not_move_are_known(void **state) {
    (void)state;
    Error error = {0};
    Env *env = env_irrelevant(support_maze(4, 0), &(IrrelevantParams){2, 0, r}, &error);
    void *belief = memory_zeroed(1, env->spec.belief_bytes);
    float known[4];
    assert_true(env->type->belief_reset(env->model, belief, (const float[]){3, -2, 0, 1, 0, 0}, NULL));
    env->type->belief_privileged(env->model, belief, known);
    for (int i = 0; i < 4; i++) assert_true(known[i] == 0);    // both variables, goal down, position 0
    free(belief);
    env_destroy(env);
}

// ---- creation -------------------------------------------------------------------------------------------------------

static void the_spec_is_the_inner_one_and_more(void **state) {
    (void)state;
    Env *env = wrapped(support_maze(5, 0.2), 16), *bare = support_maze(5, 0.2);
    const EnvSpec *a = &env->spec, *b = &bare->spec;
    assert_true(a->observation_size == 20 && !a->observation_one_hot && a->state_size == 16 + 16 && a->privileged_size == 18);
    assert_true(a->action_count == b->action_count && a->horizon == b->horizon && a->discount == b->discount);
    assert_true(a->optimal_return == b->optimal_return && a->random_discounted_return == b->random_discounted_return);
    assert_true(a->belief_parts == 2 && a->belief_size == 16 + 256 + 16);
    assert_string_equal(a->belief[0].about, "irrelevant");
    assert_true(a->belief[0].kind == BELIEF_GAUSSIAN && a->belief[0].particles == 1 && !a->belief[0].discrete);
    assert_true(a->belief[1].kind == BELIEF_EXACT && a->belief[1].size == 16 && a->belief[1].discrete);
    static const char *const names[] = {"irrelevant_0", "irrelevant_15", "goal_up", "position"};
    static const int at[] = {0, 15, 16, 17};
    for (int i = 0; i < 4; i++) assert_string_equal(env->type->privileged_names[at[i]], names[i]);
    assert_string_equal(env->type->name, "tmaze");
    env_destroy(env);
    env_destroy(bare);
}

static void no_variables_no_wrapper(void **state) {
    (void)state;
    IrrelevantParams params;
    param_defaults(&irrelevant_params, &params);
    assert_true(params.variables == 0 && params.process_variance == 0.1 && params.observation_variance == 1);
    Error error = {0};
    Env *inner = support_maze(5, 0);
    assert_ptr_equal(env_irrelevant(inner, &params, &error), inner);
    env_destroy(inner);
    assert_false(param_set(&irrelevant_params, &params, "variables", "17", &error));
    support_assert_has(error.message, "irrelevant: variables: found '17'");
    assert_false(param_set(&irrelevant_params, &params, "observation_variance", "0", &error));
}

static void without_an_inner_filter_there_is_none(void **state) {
    (void)state;
    Env *inner = support_maze(5, 0);
    inner->spec.belief_parts = inner->spec.belief_size = 0;
    Env *env = wrapped(inner, 2);
    assert_true(env->spec.belief_parts == 0 && env->spec.belief_size == 0 && !env->type->belief_reset);
    env_destroy(env);
}

static void a_belief_has_only_so_many_parts(void **state) {
    (void)state;
    Env *env = support_maze(5, 0);
    for (int parts = 1; parts < BELIEF_PARTS_MAX; parts++) env = wrapped(env, 1);
    assert_int_equal(env->spec.belief_parts, BELIEF_PARTS_MAX);
    assert_int_equal(env->spec.observation_size, 4 + BELIEF_PARTS_MAX - 1);
    Error error = {0};
    assert_null(env_irrelevant(env, &(IrrelevantParams){1, q, r}, &error));    // and `env` is gone
    assert_string_equal(error.message, "irrelevant: found a belief of 4 parts of environment tmaze, accepted: at most 3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_equals_the_authors),
        cmocka_unit_test(the_task_inside_is_unchanged),
        cmocka_unit_test(variances_grow_by_q_each_step),
        cmocka_unit_test(variables_rest_after_the_end),
        cmocka_unit_test(the_filter_fits_the_process),
        cmocka_unit_test(impossible_observations_leave_the_belief),
        cmocka_unit_test(variables_that_do_not_move_are_known),
        cmocka_unit_test(the_spec_is_the_inner_one_and_more),
        cmocka_unit_test(no_variables_no_wrapper),
        cmocka_unit_test(without_an_inner_filter_there_is_none),
        cmocka_unit_test(a_belief_has_only_so_many_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
