// What an agent is shown beside the observation: frames written out by hand, beliefs and states against the environment's own, wrappers
// within wrappers.
#include "envs/irrelevant.h"
#include "envs/view.h"
#include "tests/support.h"

static Env *viewed(Env *inner, ViewAdds adds, int frames) {
    Error error = {0};
    Env *env = env_view(inner, &(ViewParams){.adds = (int)adds, .frames = frames}, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static Env *distracted(Env *inner, int variables) {
    Error error = {0};
    Env *env = env_irrelevant(inner, &(IrrelevantParams){variables, 0.1, 1}, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static void expect_same(const float *found, const float *expected, int count, const char *what) {
    for (int i = 0; i < count; i++) {
        if (found[i] != expected[i]) fail_msg("%s %d: %.9g, expected %.9g", what, i, (double)found[i], (double)expected[i]);
    }
}

// ---- frames ---------------------------------------------------------------------------------------------------------

// A corridor of two, three frames: the observation, then twice (action, observation), four numbers each.
static void frames_are_the_last_ones(void **state) {
    (void)state;
    Env *env = viewed(support_maze(2, 0), VIEW_FRAMES, 3);
    assert_true(env->spec.observation_size == 20 && !env->spec.observation_one_hot);
    void *memory = memory_zeroed(1, env->spec.state_bytes);
    for (uint64_t episode = 0; episode < 8; episode++) {    // goals up and down, and the past is forgotten
        Rng rng = rng_stream(1, RNG_TEST, episode);
        float seen[20];
        env->type->reset(env->model, memory, &rng, seen);
        const float up = seen[0], down = 1 - up;
        static const int actions[] = {TMAZE_RIGHT, TMAZE_DOWN, TMAZE_RIGHT, TMAZE_UP};
        const float expected[5][20] = {
            {up, down, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 1, 0, /**/ 1, 0, 0, 0, up, down, 0, 0, /**/ 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 1, 0, /**/ 0, 0, 0, 1, 0, 0, 1, 0, /**/ 1, 0, 0, 0, up, down, 0, 0},
            {0, 0, 0, 1, /**/ 1, 0, 0, 0, 0, 0, 1, 0, /**/ 0, 0, 0, 1, 0, 0, 1, 0},
            {0, 0, 0, 1, /**/ 0, 1, 0, 0, 0, 0, 0, 1, /**/ 1, 0, 0, 0, 0, 0, 1, 0},
        };
        expect_same(seen, expected[0], 20, "at the start");
        for (int t = 0; t < 4; t++) {
            EnvStep step = env->type->step(env->model, memory, actions[t], &rng, seen);
            expect_same(seen, expected[t + 1], 20, "number");
            assert_int_equal(step.done, t == 3);
        }
    }
    free(memory);
    env_destroy(env);
}

// The fewest and the most, against a record of the whole episode.
static void frames_of_any_number(void **state) {
    (void)state;
    static const int frames[] = {2, 64};
    enum { STEPS = 100 };
    for (int k = 0; k < 2; k++) {
        Env *env = viewed(distracted(support_maze(5, 0.3), 2), VIEW_FRAMES, frames[k]);
        const int size = 6 + (frames[k] - 1) * 10;
        assert_int_equal(env->spec.observation_size, size);
        void *memory = memory_zeroed(1, env->spec.state_bytes);
        float *seen = memory_zeroed((size_t)size, sizeof *seen), record[STEPS + 1][6];
        int action[STEPS];
        Rng rng = rng_stream(2, RNG_TEST, 0);
        env->type->reset(env->model, memory, &rng, seen);
        memcpy(record[0], seen, sizeof record[0]);
        for (int t = 1; t <= STEPS; t++) {
            action[t - 1] = env->type->explore(env->model, &rng);
            env->type->step(env->model, memory, action[t - 1], &rng, seen);
            memcpy(record[t], seen, sizeof record[t]);
            for (int back = 1; back < frames[k]; back++) {
                float expected[10] = {0};
                if (back <= t) {
                    expected[action[t - back]] = 1;
                    memcpy(expected + 4, record[t - back], sizeof record[0]);
                }
                expect_same(seen + 6 + (back - 1) * 10, expected, 10, "frame");
            }
        }
        free(seen);
        free(memory);
        env_destroy(env);
    }
}

// ---- beliefs and states -----------------------------------------------------------------------------------------------

// Beside a T-Maze by itself with the same draws: the task is the same one, what is added its belief or its state.
static void check_beside(ViewAdds adds) {
    Env *env = viewed(support_maze(5, 0.3), adds, 0), *bare = support_maze(5, 0.3);
    assert_int_equal(env->spec.observation_size, 4 + 16);
    void *memory = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, bare->spec.belief_bytes);
    for (uint64_t episode = 0; episode < 50; episode++) {
        Rng rng = rng_stream(3, RNG_TEST, episode), same = rng;
        float seen[20], expected[20], privileged[2][2];
        TMazeState at;
        env->type->reset(env->model, memory, &rng, seen);
        tmaze_type.reset(bare->model, &at, &same, expected);
        assert_true(tmaze_type.belief_reset(bare->model, belief, expected, NULL));
        for (int t = 0; t < 40; t++) {    // past the end too
            if (adds == VIEW_BELIEF) tmaze_type.belief_vector(bare->model, belief, expected + 4);
            else tmaze_type.state_vector(bare->model, &at, expected + 4);
            expect_same(seen, expected, 20, "number");
            assert_int_equal(rng.drawn, same.drawn);
            env->type->privileged(env->model, memory, privileged[0]);
            tmaze_type.privileged(bare->model, &at, privileged[1]);
            expect_same(privileged[0], privileged[1], 2, "privileged");
            int action = env->type->explore(env->model, &rng);
            assert_int_equal(tmaze_type.explore(bare->model, &same), action);
            EnvStep a = env->type->step(env->model, memory, action, &rng, seen);
            EnvStep b = tmaze_type.step(bare->model, &at, action, &same, expected);
            assert_true(a.reward == b.reward && a.done == b.done);
            assert_true(tmaze_type.belief_update(bare->model, belief, action, expected, NULL));
        }
    }
    free(memory);
    free(belief);
    env_destroy(env);
    env_destroy(bare);
}

static void belief_and_state_are_those_of_the_task(void **state) {
    (void)state;
    check_beside(VIEW_BELIEF);
    check_beside(VIEW_STATE);
}

// ---- reward ---------------------------------------------------------------------------------------------------------

// A bump, a free step, the wrong or right arm; at the start of the next episode it is forgotten.
static void the_reward_is_the_last_one(void **state) {
    (void)state;
    Env *env = viewed(distracted(support_maze(1, 0), 1), VIEW_REWARD, 0);
    assert_true(env->spec.observation_size == 6 && !env->spec.observation_one_hot);
    void *memory = memory_zeroed(1, env->spec.state_bytes);
    int good = 0, bad = 0;
    for (uint64_t episode = 0; episode < 20; episode++) {
        Rng rng = rng_stream(6, RNG_TEST, episode);
        float seen[6];
        env->type->reset(env->model, memory, &rng, seen);
        const bool up = seen[1] == 1;
        assert_true(seen[5] == 0);
        static const int actions[] = {TMAZE_LEFT, TMAZE_RIGHT, TMAZE_UP};
        const float expected[] = {-0.1f, 0, up ? 4 : -0.1f};
        for (int t = 0; t < 3; t++) {
            EnvStep step = env->type->step(env->model, memory, actions[t], &rng, seen);
            assert_true(seen[5] == (float)step.reward && seen[5] == expected[t]);
            assert_int_equal(step.done, t == 2);
        }
        good += up, bad += !up;
    }
    assert_true(good > 0 && bad > 0);
    free(memory);
    env_destroy(env);
}

// A filter outside reads the front of the longer observation; its belief, irrelevant part first, is the one that is shown.
static void wrappers_nest(void **state) {
    (void)state;
    enum { D = 2, SEEN = D + 4, GAUSSIAN = D + D * D, BELIEF = GAUSSIAN + 16, SHOWN = D + 16 };    // of the Gaussian its mean
    Env *env = viewed(distracted(support_maze(5, 0.2), D), VIEW_BELIEF, 0);
    assert_true(env->spec.observation_size == SEEN + SHOWN && env->spec.belief_size == BELIEF);
    assert_true(env->spec.belief_parts == 2 && env->spec.privileged_size == D + 2 && env->spec.state_size == D + 16);
    assert_string_equal(env->spec.belief[0].about, "irrelevant");
    assert_string_equal(env->type->privileged_names[1], "irrelevant_1");
    assert_string_equal(env->type->privileged_names[2], "goal_up");
    void *memory = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, env->spec.belief_bytes);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    float seen[SEEN + SHOWN], expected[BELIEF], privileged[D + 2], known[D + 2];
    for (int episode = 0; episode < 20; episode++) {
        env->type->reset(env->model, memory, &rng, seen);
        assert_true(env->type->belief_reset(env->model, belief, seen, NULL));
        for (int t = 0; t < 30; t++) {
            env->type->belief_vector(env->model, belief, expected);
            expect_same(seen + SEEN, expected, D, "mean");
            expect_same(seen + SEEN + D, expected + GAUSSIAN, 16, "probabilities");
            env->type->privileged(env->model, memory, privileged);
            env->type->belief_privileged(env->model, belief, known);
            assert_true(isnan(known[0]) && isnan(known[1]) && known[2] == privileged[2]);
            int action = env->type->explore(env->model, &rng);
            env->type->step(env->model, memory, action, &rng, seen);
            assert_true(env->type->belief_update(env->model, belief, action, seen, NULL));
        }
    }
    free(memory);
    free(belief);
    env_destroy(env);
    // And a view of a view: frames of what is seen with the state.
    env = viewed(viewed(support_maze(1, 0), VIEW_STATE, 0), VIEW_FRAMES, 2);
    assert_int_equal(env->spec.observation_size, (4 + 8) + 4 + (4 + 8));
    memory = memory_zeroed(1, env->spec.state_bytes);
    float both[28], first[12];
    env->type->reset(env->model, memory, &rng, both);
    memcpy(first, both, sizeof first);
    env->type->step(env->model, memory, TMAZE_RIGHT, &rng, both);
    expect_same(both + 12, (const float[]){1, 0, 0, 0}, 4, "action");
    expect_same(both + 16, first, 12, "frame");
    free(memory);
    env_destroy(env);
}

// ---- a belief by particles ------------------------------------------------------------------------------------------------

// An environment of one number that is drawn anew at every step, and a filter that guesses with three particles (number, label).
enum { GUESSES = 3 };

static bool guess_prepare(const EnvType *type, const void *params, void *model, EnvSpec *spec, Error *error) {
    (void)type, (void)params, (void)model, (void)error;
    *spec = (EnvSpec){.observation_size = 1,
                      .action_count = 1,
                      .horizon = 4,
                      .state_size = 0,
                      .belief_parts = 1,
                      .belief = {{.about = "", .kind = BELIEF_PARTICLES, .particles = GUESSES, .size = 2, .levels = 2}},
                      .state_bytes = sizeof(float),
                      .belief_bytes = 2 * GUESSES * sizeof(float)};
    return true;
}

static void guess_reset(const void *model, void *state, Rng *rng, float *observation) {
    (void)model;
    *observation = *(float *)state = (float)rng_uniform(rng);
}

static EnvStep guess_step(const void *model, void *state, int action, Rng *rng, float *observation) {
    (void)action;
    guess_reset(model, state, rng, observation);
    return (EnvStep){.reward = 0, .done = false};
}

static bool guess_belief_reset(const void *model, void *belief, const float *observation, Rng *rng) {
    (void)model;
    float *particle = belief;
    for (int i = 0; i < GUESSES; i++) {
        *particle++ = *observation + (float)rng_uniform(rng);
        *particle++ = (float)rng_below(rng, 2);
    }
    return true;
}

static bool guess_belief_update(const void *model, void *belief, int action, const float *observation, Rng *rng) {
    (void)action;
    return guess_belief_reset(model, belief, observation, rng);
}

static void guess_belief_vector(const void *model, const void *belief, float *out) {
    (void)model;
    memcpy(out, belief, 2 * GUESSES * sizeof *out);
}

static const EnvType guess_type = {
    .name = "guess",
    .model_bytes = 1,
    .prepare = guess_prepare,
    .reset = guess_reset,
    .step = guess_step,
    .belief_reset = guess_belief_reset,
    .belief_update = guess_belief_update,
    .belief_vector = guess_belief_vector,
};

// The parts follow one another in their summaries: a vector as it is, a set as its moments. The filter inside draws behind the environment.
static void sets_are_shown_as_summaries(void **state) {
    (void)state;
    enum { SUMMARY = 1 + 1 + 2 * 2, SEEN = 2, VECTOR = 2 + 2 * GUESSES };
    Error error = {0};
    Env *env = viewed(distracted(env_create(&guess_type, NULL, &error), 1), VIEW_BELIEF, 0);
    assert_int_equal(env->spec.observation_size, SEEN + 1 + SUMMARY);
    assert_int_equal(env->spec.belief_size, VECTOR);
    void *memory = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, env->spec.belief_bytes);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    float seen[SEEN + 1 + SUMMARY], vector[VECTOR], summary[SUMMARY];
    for (int t = 0; t < 50; t++) {
        Rng filter = rng;
        if (t == 0) env->type->reset(env->model, memory, &rng, seen);
        else env->type->step(env->model, memory, 0, &rng, seen);
        rng_seek(&filter, filter.drawn + 2 * 4 + 2);    // s, z, and the number
        assert_true(t == 0 ? env->type->belief_reset(env->model, belief, seen, &filter)
                           : env->type->belief_update(env->model, belief, 0, seen, &filter));
        assert_int_equal(rng.drawn, filter.drawn);
        env->type->belief_vector(env->model, belief, vector);
        expect_same(seen + SEEN, vector, 1, "mean of the irrelevant part");
        belief_summary(&env->spec.belief[1], vector + 2, summary);
        expect_same(seen + SEEN + 1, summary, SUMMARY, "summary");
    }
    free(memory);
    free(belief);
    env_destroy(env);
}

// ---- creation -------------------------------------------------------------------------------------------------------

static void the_task_stays_the_same(void **state) {
    (void)state;
    for (int adds = VIEW_FRAMES; adds <= VIEW_REWARD; adds++) {
        Env *env = viewed(support_maze(5, 0.2), (ViewAdds)adds, 4), *bare = support_maze(5, 0.2);
        const EnvSpec *a = &env->spec, *b = &bare->spec;
        assert_true(a->action_count == b->action_count && a->horizon == b->horizon && a->discount == b->discount);
        assert_true(a->optimal_return == b->optimal_return && a->random_return == b->random_return);
        assert_true(a->belief_parts == 1 && a->belief_size == b->belief_size && a->belief_bytes >= b->belief_bytes);
        assert_true(a->privileged_size == 2 && a->state_size == b->state_size && a->observation_size > 4);
        assert_string_equal(env->type->name, "tmaze");
        env_destroy(env);
        env_destroy(bare);
    }
}

static void nothing_is_no_wrapper(void **state) {
    (void)state;
    ViewParams params;
    param_defaults(&view_params, &params);
    assert_true(params.adds == VIEW_NOTHING && params.frames == 4);
    Error error = {0};
    Env *inner = support_maze(5, 0);
    assert_ptr_equal(env_view(inner, &params, &error), inner);
    env_destroy(inner);
    static const struct {
        const char *text;
        ViewAdds adds;
    } choices[] = {{"frames", VIEW_FRAMES},
                   {"belief", VIEW_BELIEF},
                   {"state", VIEW_STATE},
                   {"reward", VIEW_REWARD},
                   {"nothing", VIEW_NOTHING}};
    for (int i = 0; i < 5; i++) {
        assert_true(param_set(&view_params, &params, "adds", choices[i].text, &error));
        assert_int_equal(params.adds, choices[i].adds);
    }
    assert_false(param_set(&view_params, &params, "adds", "beliefs", &error));
    support_assert_has(error.message, "view: adds: found 'beliefs', accepted: one of: nothing, frames, belief, state, reward");
    assert_false(param_set(&view_params, &params, "frames", "1", &error));
    assert_false(param_set(&view_params, &params, "frames", "65", &error));
}

static void what_is_not_there_cannot_be_added(void **state) {
    (void)state;
    Error error = {0};
    Env *blind = support_maze(5, 0);
    blind->spec.belief_parts = blind->spec.belief_size = 0;
    assert_null(env_view(distracted(blind, 1), &(ViewParams){.adds = VIEW_BELIEF}, &error));    // and it is gone
    assert_string_equal(
        error.message,
        "view: adds: found 'belief', but environment tmaze has no filter, accepted: nothing, frames, state, reward");
    assert_null(env_view(env_create(&guess_type, NULL, &error), &(ViewParams){.adds = VIEW_STATE}, &error));
    assert_string_equal(
        error.message,
        "view: adds: found 'state', but environment guess has no state vector, accepted: nothing, frames, belief, reward");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_last_ones),
        cmocka_unit_test(frames_of_any_number),
        cmocka_unit_test(belief_and_state_are_those_of_the_task),
        cmocka_unit_test(the_reward_is_the_last_one),
        cmocka_unit_test(wrappers_nest),
        cmocka_unit_test(sets_are_shown_as_summaries),
        cmocka_unit_test(the_task_stays_the_same),
        cmocka_unit_test(nothing_is_no_wrapper),
        cmocka_unit_test(what_is_not_there_cannot_be_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
