// Native environments as agents know them: encoding and back, episodes and beliefs the same as in their own numbers, and through replay.
#include "envs/encoded.h"

#include "envs/irrelevant.h"
#include "envs/popgym/popgym.h"
#include "envs/popgym/repeat_first.h"
#include "envs/replay.h"
#include "envs/view.h"
#include "tests/support.h"

static Env *env_of(const EnvType *type, const char *name, const char *value) {
    EncodedParams params;
    Error error = {0};
    param_defaults(&type->params, &params);
    if (name && !param_set(&type->params, &params, name, value, &error)) fail_msg("%s", error.message);
    Env *env = env_create(type, &params, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static Env *named(const char *name, const char *level) {
    const EnvType *type = env_find(name, NULL);
    assert_non_null(type);
    return env_of(type, "level", level);
}

static const Native *native_of(const Env *env) {
    return ((const EncodedModel *)env->model)->native;
}

// ---- the registry -------------------------------------------------------------------------------------------------------------------

// Every native environment has a line; every line has its environment's name, its help, and parameters for its actions.
static void every_native_environment_has_a_line(void **unused) {
    (void)unused;
    for (size_t i = 0; i < native_type_count; i++) {
        const EnvType *type = env_find(native_types[i]->name, NULL);
        if (!type) fail_msg("%s has no line in envs/envs.c", native_types[i]->name);
        assert_ptr_equal(type->native, native_types[i]);
    }
    for (size_t i = 0; i < env_type_count; i++) {
        const EnvType *type = env_types[i];
        if (!type->native) continue;
        assert_string_equal(type->name, type->native->name);
        assert_string_equal(type->help, type->native->help);
        assert_int_equal(strncmp(type->params.owner, "environment ", 12), 0);
        assert_string_equal(type->params.owner + 12, type->name);
        env_destroy(env_of(type, NULL, NULL));    // asserts that the actions are as the line says
    }
}

static const EnvType *type_of_class(const char *upstream) {
    for (size_t i = 0; i < env_type_count; i++) {
        if (env_types[i]->native && strcmp(env_types[i]->native->upstream, upstream) == 0) return env_types[i];
    }
    return NULL;
}

// Sizes as upstream's wrappers make them; of continuous actions there are as many as asked for.
static void sizes_are_those_of_the_original_s_wrappers(void **unused) {
    (void)unused;
    CsvTable *table = support_table("tests/golden/popgym/flat_dims.csv");
    size_t rows = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *level = csv_text(table, row, csv_column(table, "difficulty"));
        const EnvType *type = type_of_class(csv_text(table, row, csv_column(table, "env")));
        assert_non_null(type);
        Env *env = env_of(type, "level", level[0] == 'E' ? "easy" : level[0] == 'M' ? "medium" : "hard");
        assert_int_equal(env->spec.observation_size, support_whole(table, row, "flat_obs_dim"));
        const char *actions = csv_text(table, row, csv_column(table, "n_discrete_actions_after_ravel"));
        assert_int_equal(env->spec.action_count, *actions ? strtol(actions, NULL, 10) : 5);
        rows++;
        env_destroy(env);
    }
    assert_int_equal(rows, 48);    // 16 classes of 3 levels
    csv_destroy(table);
}

static void parameters_say_what_they_accept(void **unused) {
    (void)unused;
    const EnvType *type = env_find("repeat-first", NULL);
    EncodedParams params;
    Error error = {0};
    param_defaults(&type->params, &params);
    assert_true(params.level == LEVEL_EASY && params.version == VERSION_RELEASE);
    assert_true(param_set(&type->params, &params, "version", "paper", &error) && params.version == VERSION_PAPER);
    assert_false(param_set(&type->params, &params, "level", "Easy", &error));
    support_assert_has(error.message, "environment repeat-first: level: found 'Easy'");
    assert_false(param_set(&type->params, &params, "torques", "5", &error));    // has none
    support_assert_has(error.message, "torques");
}

// ---- a toy: every kind of number, and an end that is both ---------------------------------------------------------------------------

// Observation (2, 3, 4 choices) or two floats; action (2, 3, 5 choices) or a torque. The state is the last action; privileged likewise.
typedef struct ToyState {
    double taken[3];
    int time;
} ToyState;
enum { TOY_LIMIT = 3 };

static void toy_prepare(const NativeParams *params, void *model, NativeSpec *spec) {
    (void)params, (void)model;
    *spec = (NativeSpec){.observation = {.kind = SPACE_DISCRETE, .size = 3, .choices = {2, 3, 4}},
                         .action = {.kind = SPACE_DISCRETE, .size = 3, .choices = {2, 3, 5}},
                         .limit = TOY_LIMIT,
                         .privileged_size = 3,
                         .state_bytes = sizeof(ToyState),
                         .random_return = -1,
                         .optimal_return = NAN,
                         .bound_return = 2};
}

static void toy_reset(const void *model, void *memory, Rng *rng, void *observation) {
    (void)model;
    *(ToyState *)memory = (ToyState){.time = 0};
    int32_t *out = observation;
    for (uint32_t i = 0; i < 3; i++) out[i] = (int32_t)rng_below(rng, i + 2);
}

static NativeStep toy_step(const void *model, void *memory, const void *action, Rng *rng, void *observation) {
    ToyState *state = memory;
    const int time = state->time + 1;
    const int32_t *taken = action;
    toy_reset(model, memory, rng, observation);
    state->time = time;
    for (int i = 0; i < 3; i++) state->taken[i] = taken[i];
    return (NativeStep){.reward = 0.5 * taken[2], .terminated = taken[0] == 1, .truncated = time == TOY_LIMIT};
}

static void toy_privileged(const void *model, const void *memory, double *out) {
    (void)model;
    memcpy(out, ((const ToyState *)memory)->taken, 3 * sizeof *out);
}

static const NativeType toy = {.name = "toy",
                               .model_bytes = 1,
                               .prepare = toy_prepare,
                               .reset = toy_reset,
                               .step = toy_step,
                               .privileged = toy_privileged};

static void box_prepare(const NativeParams *params, void *model, NativeSpec *spec) {
    toy_prepare(params, model, spec);
    spec->observation = (Space){.kind = SPACE_BOX, .size = 2, .low = {-1, -1}, .high = {1, 1}};
    spec->action = (Space){.kind = SPACE_BOX, .size = 1, .low = {-2}, .high = {2}};
}

static void box_reset(const void *model, void *memory, Rng *rng, void *observation) {
    (void)model;
    *(ToyState *)memory = (ToyState){.time = 0};
    for (int i = 0; i < 2; i++) ((float *)observation)[i] = (float)rng_between(rng, -1, 1);
}

static NativeStep box_step(const void *model, void *memory, const void *action, Rng *rng, void *observation) {
    box_reset(model, memory, rng, observation);
    ((ToyState *)memory)->taken[0] = (double)*(const float *)action;
    return (NativeStep){.reward = 0};
}

static const NativeType box = {.name = "box",
                               .model_bytes = 1,
                               .prepare = box_prepare,
                               .reset = box_reset,
                               .step = box_step,
                               .privileged = toy_privileged};

static const EnvType toy_type = ENCODED(toy, "toy", ENCODED_DISCRETE, "");
static const EnvType box_type = ENCODED(box, "box", ENCODED_CONTINUOUS, "");

static void observations_are_encoded_and_decoded(void **unused) {
    (void)unused;
    Env *env = env_of(&toy_type, NULL, NULL);
    assert_true(env->spec.observation_size == 9 && !env->spec.observation_one_hot && env->spec.observation_numbers == 3);
    for (int32_t i = 0; i < 24; i++) {
        const int32_t numbers[3] = {i / 12, i / 4 % 3, i % 4};
        int32_t back[3] = {-1, -1, -1};
        float encoded[9], sum = 0;
        encoded_observation(env->model, numbers, encoded);
        for (int k = 0; k < 9; k++) sum += encoded[k];
        assert_true(sum == 3 && encoded[numbers[0]] == 1 && encoded[2 + numbers[1]] == 1 && encoded[5 + numbers[2]] == 1);
        assert_true(encoded_decode(env->model, encoded, back));
        assert_memory_equal(numbers, back, sizeof numbers);
    }
    static const float wrong[][9] = {{0, 0, 1, 0, 0, 1, 0, 0, 0},
                                     {1, 1, 1, 0, 0, 1, 0, 0, 0},
                                     {1, 0, 1, 0, 0, 0.5F, 0, 0, 0},
                                     {1, 0, 1, 0, 0, NAN, 0, 0, 0}};
    int32_t numbers[3];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(encoded_decode(env->model, wrong[i], numbers));
    env_destroy(env);
}

static void the_last_number_of_an_action_runs_fastest(void **unused) {
    (void)unused;
    Env *env = env_of(&toy_type, NULL, NULL);
    ToyState state;
    float seen[9], privileged[3], vector[3];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    assert_true(env->spec.action_count == 30 && env->spec.privileged_size == 3 && env->spec.state_size == 3);
    for (int index = 0; index < 30; index++) {
        env->type->reset(env->model, &state, &rng, seen);
        const EnvStep made = env->type->step(env->model, &state, index, &rng, seen);
        env->type->privileged(env->model, &state, privileged);
        env->type->state_vector(env->model, &state, vector);
        for (int i = 0, expected[3] = {index / 15, index / 5 % 3, index % 5}; i < 3; i++)
            assert_int_equal((int)privileged[i], expected[i]);
        assert_memory_equal(privileged, vector, sizeof vector);
        assert_true(made.reward == 0.5 * (index % 5) && made.done == (index >= 15));
    }
    env_destroy(env);
}

// A step that ends both ways is done; one that is only truncated is the horizon's business.
static void an_end_that_is_both_is_done(void **unused) {
    (void)unused;
    Env *env = env_of(&toy_type, NULL, NULL);
    ToyState state;
    float seen[9];
    assert_int_equal(env->spec.horizon, TOY_LIMIT);
    for (int last = 0; last < 2; last++) {
        Rng rng = rng_stream(1, RNG_TEST, 0);
        env->type->reset(env->model, &state, &rng, seen);
        for (int t = 1; t < TOY_LIMIT; t++) assert_false(env->type->step(env->model, &state, 0, &rng, seen).done);
        assert_int_equal(env->type->step(env->model, &state, 15 * last, &rng, seen).done, last);
    }
    env_destroy(env);
}

static void the_spec_is_the_native_one(void **unused) {
    (void)unused;
    Env *env = env_of(&toy_type, NULL, NULL);
    assert_true(env->spec.random_return == -1 && isnan(env->spec.optimal_return) && env->spec.bound_return == 2);
    assert_true(isnan(env->spec.random_discounted_return) && isnan(env->spec.optimal_discounted_return) &&
                isnan(env->spec.bound_discounted_return) && env->spec.discount == 0.99);
    assert_int_equal(env->spec.belief_size, 0);
    env_destroy(env);
    env = named("repeat-first", "medium");
    assert_true(env->spec.random_return == -0.5 && env->spec.optimal_return == 1 && isnan(env->spec.bound_return));
    assert_true(env->spec.observation_one_hot && env->spec.horizon == 415 && env->spec.belief_size == 2 * DECK_SUITS);
    env_destroy(env);
}

static void torques_are_evenly_spaced(void **unused) {
    (void)unused;
    static const char *const counts[] = {"2", "5", "65536"};
    for (size_t c = 0; c < 3; c++) {
        Env *env = env_of(&box_type, "torques", counts[c]);
        ToyState state;
        float seen[2];
        Rng rng = rng_stream(1, RNG_TEST, 0);
        const int count = env->spec.action_count;
        assert_int_equal(count, strtol(counts[c], NULL, 10));
        assert_true(env->spec.observation_size == 2 && !env->spec.observation_one_hot && env->spec.observation_numbers == 0);
        env->type->reset(env->model, &state, &rng, seen);
        for (int i = 0; i < 5; i++) {
            const int index = i * (count - 1) / 4;
            env->type->step(env->model, &state, index, &rng, seen);
            assert_true(state.taken[0] == (double)(float)(-2 + 4.0 * index / (count - 1)));
        }
        assert_true(state.taken[0] == 2);
        const float numbers[2] = {0.25F, -0.5F};
        float encoded[2], back[2];
        encoded_observation(env->model, numbers, encoded);
        assert_true(encoded_decode(env->model, encoded, back));
        assert_memory_equal(encoded, numbers, sizeof numbers);
        assert_memory_equal(back, numbers, sizeof numbers);
        env_destroy(env);
    }
}

static void exploration_is_uniform(void **unused) {
    (void)unused;
    enum { DRAWS = 30000 };
    Env *env = env_of(&toy_type, NULL, NULL);
    int counts[30] = {0};
    double chi_square = 0;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int i = 0; i < DRAWS; i++) counts[env->type->explore(env->model, &rng)]++;
    for (int a = 0; a < 30; a++) chi_square += (counts[a] - 1000.0) * (counts[a] - 1000.0) / 1000;
    assert_true(chi_square < 29 + 4 * sqrt(2 * 29));
    env_destroy(env);
}

// ---- the same as in their own numbers -------------------------------------------------------------------------------------------------

static void compare_states(const Env *env, const void *state, const void *other) {
    const Native *native = native_of(env);
    const size_t size = (size_t)env->spec.privileged_size;
    float *numbers = memory_zeroed(size, sizeof *numbers);
    double *expected = memory_zeroed(size, sizeof *expected);
    env->type->privileged(env->model, state, numbers);
    native->type->privileged(native->model, other, expected);
    for (size_t i = 0; i < size; i++) assert_true(numbers[i] == (float)expected[i]);
    free(numbers);
    free(expected);
}

static void compare_observations(const Env *env, const float *seen, const Numbers *expected) {
    const Space *space = &native_of(env)->spec.observation;
    int at = 0;
    for (int i = 0; i < space->size && space->kind == SPACE_DISCRETE; i++) {
        for (int k = 0; k < space->choices[i]; k++) assert_true(seen[at + k] == (float)(k == expected->whole[i]));
        at += space->choices[i];
    }
    if (space->kind == SPACE_BOX) assert_memory_equal(seen, expected->real, (size_t)space->size * sizeof *seen);
}

static void compare_beliefs(const Env *env, const void *belief, const void *other) {
    const Native *native = native_of(env);
    const size_t size = (size_t)env->spec.belief_size;
    float *numbers = memory_zeroed(2 * size + 1, sizeof *numbers);
    env->type->belief_vector(env->model, belief, numbers);
    native->type->belief_vector(native->model, other, numbers + size);
    assert_memory_equal(numbers, numbers + size, size * sizeof *numbers);
    free(numbers);
}

// An episode of both from the same stream, with uniform actions, each filtering its own belief.
static void play_both(const Env *env) {
    const Native *native = native_of(env);
    void *state = memory_zeroed(1, env->spec.state_bytes), *other = memory_zeroed(1, native->spec.state_bytes);
    void *belief = memory_zeroed(2, env->spec.belief_bytes + 1), *other_belief = (char *)belief + env->spec.belief_bytes;
    float *seen = memory_zeroed((size_t)env->spec.observation_size, sizeof *seen);
    Numbers expected, action;
    Rng rng = rng_stream(1, RNG_TEST, 0), same = rng, actor = rng_stream(1, RNG_TEST, 1), filter = rng_stream(1, RNG_TEST, 2),
        same_filter = filter;
    env->type->reset(env->model, state, &rng, seen);
    native->type->reset(native->model, other, &same, &expected);
    compare_observations(env, seen, &expected);
    const bool filters = env->spec.belief_parts > 0;
    if (filters) {
        assert_true(env->type->belief_reset(env->model, belief, seen, &filter));
        assert_true(native->type->belief_reset(native->model, other_belief, &expected, &same_filter));
    }
    int time = 0;
    for (bool over = false; !over;) {
        const int index = env->type->explore(env->model, &actor);
        encoded_action(env->model, index, &action);
        const EnvStep made = env->type->step(env->model, state, index, &rng, seen);
        const NativeStep right = native->type->step(native->model, other, &action, &same, &expected);
        over = right.terminated || right.truncated;
        time++;
        assert_true(made.reward == right.reward && made.done == right.terminated && rng.drawn == same.drawn);
        assert_int_equal(made.done || time == env->spec.horizon, over);
        compare_observations(env, seen, &expected);
        compare_states(env, state, other);
        if (!filters) continue;
        assert_true(env->type->belief_update(env->model, belief, index, seen, &filter));
        assert_true(native->type->belief_update(native->model, other_belief, &action, &expected, &same_filter));
        compare_beliefs(env, belief, other_belief);
    }
    free(seen);
    free(belief);
    free(other);
    free(state);
}

static void an_episode_is_the_native_one(void **unused) {
    (void)unused;
    for (size_t i = 0; i < env_type_count; i++) {
        if (!env_types[i]->native) continue;
        Env *env = env_of(env_types[i], NULL, NULL);
        play_both(env);
        env_destroy(env);
    }
}

// ---- files ------------------------------------------------------------------------------------------------------------------------------

// Replays `text`: what is written, or the message when it fails.
static char *replay(const Env *env, const char *text, bool privileged) {
    char *folder = support_folder(), *path = memory_format("%s/input.csv", folder), *written = NULL;
    size_t length = 0;
    Error error = {0};
    FILE *out = open_memstream(&written, &length);
    support_write(NULL, path, text);
    const bool done = replay_file(env, path, &(ReplayOptions){.privileged = privileged}, out, &error);
    fclose(out);
    free(path);
    support_folder_remove(folder);
    if (done) return written;
    free(written);
    return memory_format("%s", error.message);
}

static void replays_as(const Env *env, const char *text, bool privileged, const char *expected) {
    char *found = replay(env, text, privileged);
    if (!strstr(found, expected)) fail_msg("'%s' is not in '%s'", expected, found);
    free(found);
}

static void beliefs_are_replayed(void **unused) {
    (void)unused;
    Env *env = named("repeat-first", "easy");
    replays_as(env, "action,obs\n-1,2\n0,2\n", true,
               "episode,t,action,obs,belief_0,belief_1,belief_2,belief_3,belief_4,belief_5,belief_6,belief_7,"
               "state_0,state_1,state_2,state_3,state_4\n"
               "0,0,-1,2,0,0,1,0,0.254901975,0.254901975,0.235294119,0.254901975,,,,,\n"
               "0,1,0,2,0,0,1,0,0.25999999,0.25999999,0.219999999,0.25999999,,,,,\n");
    replays_as(env, "action,obs_0,obs_1,obs_2,obs_3\n-1,0,0,1,0\n", false, "0,0,-1,0,0,1,0,0,0,1,0,0.254901975,");
    replays_as(env, "action,obs\n-1,4\n", false, ":2: obs is \"4\"; a whole number from 0 to 3 would be accepted");
    replays_as(env, "action,obs_0,obs_1,obs_2,obs_3\n-1,0,0,1,1\n", false, ":2: the observation has probability zero");
    env_destroy(env);
}

static void several_numbers_are_replayed_as_numbers(void **unused) {
    (void)unused;
    Env *env = named("labyrinth-escape", "easy");
    replays_as(env, "action,obs_0,obs_1,obs_2,obs_3,obs_4,obs_5,obs_6,obs_7,obs_8,obs_9\n-1,1,2,1,1,0,0,1,1,1,4\n", false,
               "episode,t,action,obs_0,obs_1,obs_2,obs_3,obs_4,obs_5,obs_6,obs_7,obs_8,obs_9\n0,0,-1,1,2,1,1,0,0,1,1,1,4\n");
    replays_as(env, "action,obs_0,obs_1,obs_2,obs_3,obs_4,obs_5,obs_6,obs_7,obs_8,obs_9\n-1,1,2,1,1,0,0,1,1,1,5\n", false,
               ":2: obs_9 is \"5\"; a whole number from 0 to 4 would be accepted");
    replays_as(env, "action,obs\n-1,1\n", false, "columns \"obs_0\"..\"obs_9\" would be accepted");
    replays_as(env, "action,obs_0\n-1,1\n", false, "no column \"obs_1\"");
    env_destroy(env);
    env = env_of(&toy_type, NULL, NULL);
    replays_as(env, "action,obs_0,obs_1,obs_2,obs_3\n-1,1,0,0,0\n", false,
               ":1: found column \"obs_3\", but an observation is 3 whole numbers");
    env_destroy(env);
}

// ---- wrappers -----------------------------------------------------------------------------------------------------------------------------

static void names_of_states_survive_a_wrapper(void **unused) {
    (void)unused;
    char text[ENV_NAME_SIZE];
    Error error = {0};
    Env *env = env_irrelevant(named("repeat-first", "easy"),
                              &(IrrelevantParams){.variables = 2, .process_variance = 0.1, .observation_variance = 1}, &error);
    assert_string_equal(env_privileged_name(env, 1, text), "irrelevant_1");
    assert_string_equal(env_privileged_name(env, 2, text), "state_0");
    assert_string_equal(env_privileged_name(env, 6, text), "state_4");
    env_destroy(env);
}

// With something beside it an observation is numbers as they are, and the privileged state is nothing that a belief says.
static void wrappers_show_floats(void **unused) {
    (void)unused;
    Error error = {0};
    for (int adds = VIEW_FRAMES; adds <= VIEW_REWARD; adds++) {
        Env *env = env_view(named("repeat-first", "easy"), &(ViewParams){.adds = adds, .frames = 2}, &error);
        static const int sizes[] = {[VIEW_FRAMES] = 4 + 4 + 4, [VIEW_BELIEF] = 4 + 8, [VIEW_STATE] = 4 + 5, [VIEW_REWARD] = 5};
        assert_int_equal(env->spec.observation_size, sizes[adds]);
        assert_true(!env->spec.observation_one_hot && env->spec.observation_numbers == 0);
        float seen[12], known[5];
        void *state = memory_zeroed(1, env->spec.state_bytes), *belief = memory_zeroed(1, env->spec.belief_bytes);
        Rng rng = rng_stream(1, RNG_TEST, 0);
        env->type->reset(env->model, state, &rng, seen);
        assert_true(env->type->belief_reset(env->model, belief, seen, &rng));
        env->type->belief_privileged(env->model, belief, known);
        for (int i = 0; i < 5; i++) assert_true(isnan(known[i]));
        if (adds == VIEW_BELIEF) assert_memory_equal(seen, seen + 4, 4 * sizeof *seen);    // the first suit, which is on show
        free(state);
        free(belief);
        env_destroy(env);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_native_environment_has_a_line),
        cmocka_unit_test(sizes_are_those_of_the_original_s_wrappers),
        cmocka_unit_test(parameters_say_what_they_accept),
        cmocka_unit_test(observations_are_encoded_and_decoded),
        cmocka_unit_test(the_last_number_of_an_action_runs_fastest),
        cmocka_unit_test(an_end_that_is_both_is_done),
        cmocka_unit_test(the_spec_is_the_native_one),
        cmocka_unit_test(torques_are_evenly_spaced),
        cmocka_unit_test(exploration_is_uniform),
        cmocka_unit_test(an_episode_is_the_native_one),
        cmocka_unit_test(beliefs_are_replayed),
        cmocka_unit_test(several_numbers_are_replayed_as_numbers),
        cmocka_unit_test(names_of_states_survive_a_wrapper),
        cmocka_unit_test(wrappers_show_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
