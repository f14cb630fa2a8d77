// The committed replay memories of `engram bench drqn` (benchmarks/speed/replay/README.md) are what this program makes, byte for byte;
// with ENGRAM_WRITE_REPLAY=1 it writes them.
#include "algorithms/agents/replay_buffer.h"
#include "benchmarks/speed/replay.h"
#include "envs/replay.h"
#include "tests/support.h"

enum { TRANSITIONS = 8192 };
static const double stochasticity = 0.2;

static const struct {
    int length, cap;
    double exploring;
    double mean;    // inputs in the history of a transition
} memories[] = {{20, 60, 1, 29.9}, {50, 150, 0.85, 69.0}, {100, 300, 0.85, 140.7}};
enum { MEMORIES = sizeof memories / sizeof *memories };

static int sight(const float *observation) {
    for (int i = 0; i < TMAZE_OBSERVATIONS; i++) {
        if (observation[i] == 1) return i;
    }
    fail_msg("an observation that is not one-hot");
    return -1;
}

// Of the share that does not explore: by the state, as the optimal policy would with its one bit of memory.
static int best_action(const TMazeState *state, int length) {
    if (state->position < length) return TMAZE_RIGHT;
    return state->goal_up ? TMAZE_UP : TMAZE_DOWN;
}

// Plays one episode of at most `most` actions; returns how many there were.
static int play(const Env *env, int which, int episode, int most, FILE *out) {
    Rng world = rng_stream(1, RNG_TRAINING_ENVIRONMENT, (uint64_t)episode);
    Rng own = rng_stream(1, RNG_TRAINING_EXPLORATION, (uint64_t)episode);
    TMazeState state;
    float observation[TMAZE_OBSERVATIONS];
    env->type->reset(env->model, &state, &world, observation);
    fprintf(out, "%d,0,-1,%d,0,0\n", episode, sight(observation));
    for (int t = 1; t <= most; t++) {
        bool explore = rng_uniform(&own) < memories[which].exploring;
        int action = explore ? env->type->explore(env->model, &own) : best_action(&state, memories[which].length);
        EnvStep step = env->type->step(env->model, &state, action, &world, observation);
        fprintf(out, "%d,%d,%d,%d,%g,%d\n", episode, t, action, sight(observation), step.reward, step.done);
        if (step.done) return t;
    }
    return most;
}

static void make(int which, FILE *out) {
    Env *env = support_maze(memories[which].length, stochasticity);
    fputs("episode,t,action,obs,reward,terminal\n", out);
    for (int episode = 0, left = TRANSITIONS; left > 0; episode++) {
        left -= play(env, which, episode, left < memories[which].cap ? left : memories[which].cap, out);
    }
    env_destroy(env);
}

static char *file_of(int which) {
    return memory_format("benchmarks/speed/replay/tmaze-%d.csv", memories[which].length);
}

static void the_committed_files_are_made_here(void **state) {
    (void)state;
    for (int which = 0; which < MEMORIES; which++) {
        char *text = NULL, *path = file_of(which);
        size_t size = 0, there;
        FILE *stream = open_memstream(&text, &size);
        assert_non_null(stream);
        make(which, stream);
        fclose(stream);
        if (getenv("ENGRAM_WRITE_REPLAY")) support_write_bytes(NULL, path, text, size);
        char *committed = support_read(NULL, path, &there);
        assert_int_equal(there, size);
        assert_memory_equal(committed, text, size);
        free(committed);
        free(text);
        free(path);
    }
}

// What the environment says is possible: the belief filter finds no observation of probability zero.
static void the_belief_filter_accepts_them(void **state) {
    (void)state;
    for (int which = 0; which < MEMORIES; which++) {
        Error error = {0};
        char *path = file_of(which);
        Env *env = support_maze(memories[which].length, stochasticity);
        FILE *nowhere = fopen("/dev/null", "w");
        assert_non_null(nowhere);
        if (!replay_file(env, path, &(ReplayOptions){0}, nowhere, &error)) fail_msg("%s", error.message);
        fclose(nowhere);
        env_destroy(env);
        free(path);
    }
}

static void they_are_read_back(void **state) {
    (void)state;
    for (int which = 0; which < MEMORIES; which++) {
        Error error = {0};
        Env *env = support_maze(memories[which].length, stochasticity);
        ReplayBuffer *replay = buffer_create(&env->spec, TRANSITIONS);
        if (!speed_replay_read(memories[which].length, TRANSITIONS, replay, &error)) fail_msg("%s", error.message);
        assert_int_equal(buffer_count(replay), TRANSITIONS);
        double sum = 0;
        int longest = 0;
        for (int i = 0; i < TRANSITIONS; i++) {
            int actions = buffer_get(replay, i).time + 1;
            sum += actions;
            longest = actions > longest ? actions : longest;
        }
        assert_int_equal(longest, memories[which].cap);
        if (!(fabs(sum / TRANSITIONS - memories[which].mean) < 0.1)) fail_msg("mean history %.2f", sum / TRANSITIONS);
        buffer_destroy(replay);
        env_destroy(env);
    }
}

static void a_damaged_file_is_named(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"episode,t,action,obs,reward,terminal\n0,0,0,2,0,0\n", "tmaze-20.csv:2: an episode begins with action -1"},
        {"episode,t,action,obs,reward,terminal\n0,0,-1,4,0,0\n", "tmaze-20.csv:2"},
        {"episode,t,action,obs,reward,terminal\n0,0,-1,1,0,0\n0,1,0,2,0,0\n", "1 transitions, expected 64"},
        {"episode,t,action,obs,reward\n", "terminal"},
    };
    char *home = support_home("speed"), *folder = memory_format("%s/benchmarks/speed/replay", home);
    assert_int_equal(mkdir(folder, 0700), 0);
    Env *env = support_maze(20, stochasticity);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = {0};
        ReplayBuffer *replay = buffer_create(&env->spec, 64);
        support_write(folder, "tmaze-20.csv", cases[i].text);
        assert_false(speed_replay_read(20, 64, replay, &error));
        support_assert_has(error.message, cases[i].message);
        buffer_destroy(replay);
    }
    env_destroy(env);
    free(folder);
    assert_int_equal(support_home_remove(home), 0);
    (void)state;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_files_are_made_here),
        cmocka_unit_test(the_belief_filter_accepts_them),
        cmocka_unit_test(they_are_read_back),
        cmocka_unit_test(a_damaged_file_is_named),
    };
    return cmocka_run_group_tests_name("speed replay", tests, NULL, NULL);
}
