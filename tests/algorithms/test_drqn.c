// DRQN against the authors' numbers (targets, predictions, losses, gradients, Adam steps), then the agent: stop and
// resume, broken training, what bootstraps, and that it learns.
#include "algorithms/agents/drqn.h"

#include <math.h>
#include <stdio.h>

#include "algorithms/rollout.h"
#include "core/arena.h"
#include "core/digest.h"
#include "core/optim.h"
#include "envs/tmaze.h"
#include "tests/algorithms/allocations.h"
#include "tests/algorithms/golden.h"

// ---- golden numbers -------------------------------------------------------------------------------------------------

enum { INPUT = 8, HIDDEN = 3, ACTIONS = 4, LAYERS = 2, BATCH = 8, FIRST_LENGTH = 5 };

static const EnvSpec golden_spec = {
    .observation_size = 4, .action_count = ACTIONS, .horizon = FIRST_LENGTH, .discount = 0.98, .observation_one_hot = true};

// Index of the 1 among four numbers prefix0..prefix3; -1: none.
static int hot(const CsvTable *table, size_t row, const char *prefix) {
    for (int k = 0; k < 4; k++) {
        char name[16];
        snprintf(name, sizeof name, "%s%d", prefix, k);
        if (support_number(table, row, name) == 1) return k;
    }
    return -1;
}

// The two trajectories: transitions 0..4 are those of the first, which ends in a terminal state; the second is
// truncated.
static ReplayBuffer *golden_replay(void) {
    CsvTable *table = support_table(GOLDEN "drqn_trajectories.csv");
    ReplayBuffer *replay = buffer_create(&golden_spec, 64);
    for (size_t row = 0; row < csv_rows(table); row++) {
        float observation[4] = {0};
        observation[hot(table, row, "obs")] = 1;
        bool last = row + 1 == csv_rows(table) || support_whole(table, row + 1, "t") == 0;
        bool terminal = last && support_whole(table, row, "trajectory") == 0;
        if (support_whole(table, row, "t") == 0) buffer_begin(replay, observation);
        else buffer_step(replay, hot(table, row, "prev_a"), support_number(table, row, "reward"), terminal, observation);
    }
    csv_destroy(table);
    assert_int_equal(buffer_count(replay), 9);
    return replay;
}

static Network *golden_network(int cell, const char *net) {
    CsvTable *table = support_table(GOLDEN "drqn_params.csv");
    NetworkParams params = {.cell = cell, .layers = LAYERS, .hidden = HIDDEN};
    Network *network = network_create(&params, INPUT, ACTIONS, DTYPE_F64);
    int given = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell_names[cell]) || !golden_is(table, r, "net", net)) continue;
        given += golden_set_weight(network->cell, LAYERS, HIDDEN, network->weights, &row);
    }
    assert_int_equal(given, golden_weight_count(network->weights));
    csv_destroy(table);
    return network;
}

// Everything that one cell's golden learner needs.
typedef struct Bench {
    int cell;
    Network *online, *target;
    ReplayBuffer *replay;
    DrqnLearner *learner;
    Transition batch[BATCH];
} Bench;

static void bench_create(Bench *bench, int cell) {
    *bench = (Bench){
        .cell = cell, .online = golden_network(cell, "Q"), .target = golden_network(cell, "Q_tar"), .replay = golden_replay()};
    bench->learner = drqn_learner_create(&golden_spec, bench->online, bench->target, BATCH, linalg_portable());
    CsvTable *table = support_table(GOLDEN "drqn_batch.csv");
    int filled = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (!golden_is(table, r, "cell", cell_names[cell])) continue;
        int index = support_whole(table, r, "trajectory") * FIRST_LENGTH + support_whole(table, r, "t");
        Transition transition = buffer_get(bench->replay, index);
        assert_int_equal(transition.time + 1, support_whole(table, r, "history_length"));
        assert_int_equal(transition.action, support_whole(table, r, "action"));
        assert_int_equal(transition.terminal, support_whole(table, r, "terminal"));
        assert_true(fabs(transition.reward - support_number(table, r, "reward")) < 1e-10);
        bench->batch[filled++] = transition;
    }
    assert_int_equal(filled, BATCH);
    csv_destroy(table);
}

static void bench_destroy(Bench *bench) {
    drqn_learner_destroy(bench->learner);
    buffer_destroy(bench->replay);
    network_destroy(bench->online);
    network_destroy(bench->target);
}

static void expect_batch(Bench *bench, const double *targets, const double *predictions) {
    CsvTable *table = support_table(GOLDEN "drqn_batch.csv");
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (!golden_is(table, r, "cell", cell_names[bench->cell])) continue;
        int i = support_whole(table, r, "batch_index");
        GoldenRow target = {"target", i, 0, support_number(table, r, "target")};
        GoldenRow prediction = {"q_pred", i, 0, support_number(table, r, "q_pred")};
        golden_expect(targets[i], target.value, 1e-9, cell_names[bench->cell], &target);
        golden_expect(predictions[i], prediction.value, 1e-9, cell_names[bench->cell], &prediction);
    }
    csv_destroy(table);
}

static void expect_gradient(const Bench *bench) {
    CsvTable *table = support_table(GOLDEN "drqn_grad.csv");
    int compared = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell_names[bench->cell])) continue;
        const Network *net = bench->online;
        compared += golden_expect_weight(net->cell, LAYERS, HIDDEN, row.tensor, true, net->weights, &row, 1e-9);
    }
    assert_int_equal(compared, golden_weight_count(bench->online->weights));
    csv_destroy(table);
}

static void expect_parameters(const Bench *bench, int steps) {
    CsvTable *table = support_table(GOLDEN "drqn_adam.csv");
    int compared = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell_names[bench->cell]) || support_whole(table, r, "adam_steps") != steps) continue;
        const Network *net = bench->online;
        compared += golden_expect_weight(net->cell, LAYERS, HIDDEN, row.tensor, false, net->weights, &row, 1e-9);
    }
    assert_int_equal(compared, golden_weight_count(bench->online->weights));
    csv_destroy(table);
}

static double golden_loss(int cell, int step) {
    CsvTable *table = support_table(GOLDEN "drqn_loss.csv");
    double loss = NAN;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (golden_is(table, r, "cell", cell_names[cell]) && support_whole(table, r, "step") == step)
            loss = support_number(table, r, "loss");
    }
    csv_destroy(table);
    return loss;
}

static void learning_equals_the_authors(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        Bench bench;
        bench_create(&bench, c);
        Optim *optim = optim_create(optim_default_params(), bench.online->weights);
        for (int step = 0; step < 3; step++) {
            double targets[BATCH], predictions[BATCH];
            double loss = drqn_learner_gradient(bench.learner, bench.replay, bench.batch, targets, predictions);
            GoldenRow row = {"loss", step, 0, golden_loss(c, step)};
            golden_expect(loss, row.value, 1e-9, cell_names[c], &row);
            if (step == 0) {
                expect_batch(&bench, targets, predictions);
                expect_gradient(&bench);
            }
            optim_step(optim, bench.online->weights);
            if (step != 1) expect_parameters(&bench, step + 1);
        }
        optim_destroy(optim);
        bench_destroy(&bench);
    }
}

// A batch in another order is the same batch; steps after the first take no new memory.
static void order_does_not_matter(void **state) {
    (void)state;
    Bench bench;
    bench_create(&bench, 0);
    double targets[BATCH], permuted[BATCH];
    double loss = drqn_learner_gradient(bench.learner, bench.replay, bench.batch, targets, NULL);
    size_t held = drqn_learner_memory(bench.learner);
    Transition reversed[BATCH];
    for (int i = 0; i < BATCH; i++) reversed[i] = bench.batch[BATCH - 1 - i];
    double other = drqn_learner_gradient(bench.learner, bench.replay, reversed, permuted, NULL);
    assert_true(fabs(loss - other) < 1e-14);
    for (int i = 0; i < BATCH; i++) assert_true(targets[i] == permuted[BATCH - 1 - i]);
    assert_int_equal(drqn_learner_memory(bench.learner), held);
    bench_destroy(&bench);
}

// A terminal transition is worth its reward; the same one truncated adds the discounted value of what follows.
static void truncated_episodes_bootstrap(void **state) {
    (void)state;
    Network *online = golden_network(0, "Q"), *target = golden_network(0, "Q_tar");
    double targets[2];
    for (int terminal = 0; terminal < 2; terminal++) {
        ReplayBuffer *replay = buffer_create(&golden_spec, 8);
        DrqnLearner *learner = drqn_learner_create(&golden_spec, online, target, 1, linalg_portable());
        buffer_begin(replay, (float[]){1, 0, 0, 0});
        buffer_step(replay, 0, 0.5, terminal, (float[]){0, 0, 1, 0});
        Transition transition = buffer_get(replay, 0);
        drqn_learner_gradient(learner, replay, &transition, &targets[terminal], NULL);
        drqn_learner_destroy(learner);
        buffer_destroy(replay);
    }
    // The value of the next history by stepping the target network.
    NetworkState *memory = network_state_create(target, 1, linalg_portable());
    network_state_load(memory, target);
    double x[2][INPUT] = {{0, 0, 0, 0, 1, 0, 0, 0}, {1, 0, 0, 0, 0, 0, 1, 0}}, y[ACTIONS], best = -INFINITY;
    for (int t = 0; t < 2; t++) {
        network_step(memory, matrix_view(DTYPE_F64, 1, INPUT, x[t]), matrix_view(DTYPE_F64, 1, ACTIONS, y));
    }
    for (int a = 0; a < ACTIONS; a++) best = fmax(best, y[a]);
    assert_true(targets[1] == 0.5);
    assert_true(fabs(targets[0] - (0.5 + 0.98 * best)) < 1e-14 && fabs(best) > 1e-3);
    network_state_destroy(memory);
    network_destroy(online);
    network_destroy(target);
}

// ---- the agent ------------------------------------------------------------------------------------------------------

// What a recorder heard from an episode on, as a digest; and the last value of one series.
typedef struct Heard {
    Digest *digest;
    int64_t from;
    int count;
    double best_return;
} Heard;

static void hear(void *context, const char *name, int64_t step, double value) {
    Heard *heard = context;
    if (strcmp(name, "evaluation/discounted_return") == 0) heard->best_return = fmax(heard->best_return, value);
    if (step < heard->from) return;
    digest_update(heard->digest, name, strlen(name));
    digest_update(heard->digest, &step, sizeof step);
    digest_update(heard->digest, &value, sizeof value);
    heard->count++;
}

static void hear_nothing(void *context, const char *name, int64_t step, double value) {
    (void)context, (void)name, (void)step, (void)value;
}

static void hear_array(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                       const void *data) {
    (void)context, (void)name, (void)step, (void)type, (void)rank, (void)shape, (void)data;
    fail_msg("the agent records no arrays");
}

// The digest of everything that an agent archives; and the number of terminal transitions in its replay memory.
typedef struct Contents {
    Digest *digest;
    int terminals;
} Contents;

static bool take_in(void *context, const char *path, DType type, int rank, const size_t *shape, const void *data,
                    Error *error) {
    (void)error;
    Contents *contents = context;
    size_t count = 1;
    for (int i = 0; i < rank; i++) count *= shape[i];
    digest_update(contents->digest, path, strlen(path));
    digest_update(contents->digest, data, count * dtype_size(type));
    const char *terminal = strstr(path, "replay/terminal");
    for (size_t i = 0; terminal && i < count; i++) contents->terminals += ((const unsigned char *)data)[i];
    return true;
}

static int contents_of(Agent *agent, char hex[DIGEST_SIZE]) {
    static const ArchiveBackend backend = {.write = take_in};
    Contents contents = {.digest = digest_create()};
    Error error = {0};
    Archive *archive = archive_create(ARCHIVE_SAVE, &backend, &contents);
    agent_drqn.archive(agent, archive);
    assert_true(archive_destroy(archive, &error));
    digest_finish(contents.digest, hex);
    return contents.terminals;
}

static Agent *agent_for(const Env *env, const DrqnParams *params, int cell, int hidden, uint64_t seed) {
    Error error = {0};
    NetworkParams network = {.cell = cell, .layers = 2, .hidden = hidden};
    static const WarmupParams no_warmup = {0};
    AgentContext context = {env, NULL, &network, &no_warmup, seed, DTYPE_F32, linalg_portable()};
    Agent *agent = agent_drqn.create(params, &context, &error);
    if (!agent) fail_msg("%s", error.message);
    return agent;
}

static const DrqnParams tiny = {
    .episodes = 9,
    .gradient_steps = 2,
    .batch = 4,
    .capacity = 20,
    .target_period = 2,
    .epsilon = 0.5,
    .learning_rate = 1e-2,
    .evaluation_period = 3,
    .evaluation_episodes = 2,
};

// Goes on to episode `until`, and finishes if that is the last.
static void advance(Agent *agent, int64_t until, const Recorder *recorder) {
    Error error = {0};
    while (agent_drqn.done(agent) < until) {
        if (!agent_drqn.advance(agent, recorder, &error)) fail_msg("%s", error.message);
    }
    if (until == agent_drqn.budget(agent)) assert_true(agent_drqn.finish(agent, recorder, &error));
}

static void move(MemoryArchive *memory, ArchiveMode mode, Agent *agent) {
    Error error = {0};
    Archive *archive = memory_archive_open(memory, mode);
    agent_drqn.archive(agent, archive);
    if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
}

static void resuming_equals_going_on(void **state) {
    (void)state;
    Env *env = support_maze(2, 0.2);
    for (int cell = 0; cell < (int)cell_type_count; cell++) {
        for (int k = 1; k < tiny.episodes; k += 3) {
            Heard whole = {.digest = digest_create(), .from = k}, rest = {.digest = digest_create(), .from = k};
            Recorder to_whole = {&whole, hear, hear_array}, to_rest = {&rest, hear, hear_array};
            MemoryArchive *memory = memory_archive_create();
            Agent *agent = agent_for(env, &tiny, cell, 4, 7), *fresh = agent_for(env, &tiny, cell, 4, 7);
            advance(agent, k, &to_whole);
            move(memory, ARCHIVE_SAVE, agent);
            advance(agent, tiny.episodes, &to_whole);
            move(memory, ARCHIVE_LOAD, fresh);
            assert_int_equal(agent_drqn.done(fresh), k);
            advance(fresh, tiny.episodes, &to_rest);
            assert_true(rest.count > 0 && rest.count == whole.count);
            char a[DIGEST_SIZE], b[DIGEST_SIZE];
            digest_finish(whole.digest, a);
            digest_finish(rest.digest, b);
            assert_string_equal(a, b);
            contents_of(agent, a);
            contents_of(fresh, b);
            assert_string_equal(a, b);    // online and target weights, optimiser, replay: all bits
            Matrix w = weights_values(agent_drqn.policy(agent)->weights), v = weights_values(agent_drqn.policy(fresh)->weights);
            assert_memory_equal(w.data, v.data, (size_t)w.cols * sizeof(float));
            agent_drqn.destroy(agent);
            agent_drqn.destroy(fresh);
            memory_archive_destroy(memory);
        }
    }
    env_destroy(env);
}

static void seeds_make_runs(void **state) {
    (void)state;
    Env *env = support_maze(2, 0);
    char hex[3][DIGEST_SIZE];
    static const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        Heard heard = {.digest = digest_create()};
        Recorder recorder = {&heard, hear, hear_array};
        Agent *agent = agent_for(env, &tiny, 0, 4, seeds[i]);
        assert_int_equal(agent_drqn.budget(agent), tiny.episodes);
        advance(agent, tiny.episodes, &recorder);
        // 4 evaluations (episodes 0, 3, 6 and the end) of two series; four series of each episode.
        assert_int_equal(heard.count, 4 * 2 + tiny.episodes * 4);
        digest_finish(heard.digest, hex[i]);
        agent_drqn.destroy(agent);
    }
    assert_string_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[0], hex[2]);
    agent_drqn.destroy(NULL);
    env_destroy(env);
}

// With a rate beyond all reason the loss soon leaves the range of float: an error that names the episode, not a silent
// run.
static void a_broken_training_says_so(void **state) {
    (void)state;
    Env *env = support_maze(2, 0);
    DrqnParams params = tiny;
    params.learning_rate = 1e30;
    Heard heard = {.digest = digest_create()};
    Recorder recorder = {&heard, hear, hear_array};
    Agent *agent = agent_for(env, &params, 0, 4, 1);
    Error error = {0};
    bool good = true;
    while (good && agent_drqn.done(agent) < params.episodes) good = agent_drqn.advance(agent, &recorder, &error);
    assert_false(good);
    char episode[32];
    snprintf(episode, sizeof episode, "episode %lld", (long long)agent_drqn.done(agent));
    assert_non_null(strstr(error.message, episode));
    assert_non_null(strstr(error.message, "loss"));
    char unused[DIGEST_SIZE];
    digest_finish(heard.digest, unused);
    agent_drqn.destroy(agent);
    env_destroy(env);
}

// The last gradient step may break weights that no loss sees any more.
static void broken_weights_do_not_finish(void **state) {
    (void)state;
    Env *env = support_maze(2, 0);
    Recorder deaf = {NULL, hear_nothing, hear_array};
    Agent *agent = agent_for(env, &tiny, 0, 4, 1);
    Error error = {0};
    while (agent_drqn.done(agent) < tiny.episodes) assert_true(agent_drqn.advance(agent, &deaf, &error));
    weights_fill(agent_drqn.policy(agent)->weights, 0, NAN);
    assert_false(agent_drqn.finish(agent, &deaf, &error));
    assert_non_null(strstr(error.message, "not finite"));
    agent_drqn.destroy(agent);
    env_destroy(env);
}

// An untrained greedy policy that runs into the horizon leaves no terminal transition; a solved maze leaves them.
static void the_horizon_is_not_terminal(void **state) {
    (void)state;
    Env *env = support_maze(40, 0);
    DrqnParams params = tiny;
    params.gradient_steps = 0, params.episodes = 1, params.epsilon = 0, params.capacity = 200;
    Heard heard = {.digest = digest_create()};
    Recorder recorder = {&heard, hear, hear_array};
    Agent *agent = agent_for(env, &params, 0, 4, 3);
    advance(agent, 1, &recorder);
    char hex[DIGEST_SIZE];
    assert_int_equal(contents_of(agent, hex), 0);
    agent_drqn.destroy(agent);
    env_destroy(env);

    env = support_maze(1, 0);
    params.epsilon = 1, params.episodes = 20, params.capacity = 10000;
    agent = agent_for(env, &params, 0, 4, 3);
    advance(agent, 20, &recorder);
    int terminals = contents_of(agent, hex);
    if (terminals < 2 || terminals > 15) fail_msg("%d terminal transitions", terminals);    // expected 6.7 of 20 episodes
    digest_finish(heard.digest, hex);
    agent_drqn.destroy(agent);
    env_destroy(env);
}

// After some episodes the largest demand is met: then neither playing nor learning nor evaluating allocates.
static void the_steady_state_does_not_allocate(void **state) {
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    free(memory_alloc(1));
    assert_true(allocations > 0);    // they are counted
    Env *env = support_maze(10, 0.1);
    DrqnParams params = tiny;
    params.episodes = 130, params.batch = 32, params.capacity = 300;
    Recorder deaf = {NULL, hear_nothing, hear_array};
    for (int cell = 0; cell < (int)cell_type_count; cell++) {
        Agent *agent = agent_for(env, &params, cell, 32, 5);
        advance(agent, 80, &deaf);
        long before = allocations;
        advance(agent, params.episodes, &deaf);
        assert_int_equal(allocations, before);
        agent_drqn.destroy(agent);
    }
    env_destroy(env);
}

// Rows of matrices are counted in an int: what needs more is refused, with the numbers.
static void a_batch_beyond_all_bounds_is_refused(void **state) {
    (void)state;
    Env *env = support_maze(10000, 0.5);
    DrqnParams params = tiny;
    params.batch = 65536;
    NetworkParams network = {.cell = 0, .layers = 1, .hidden = 2};
    static const WarmupParams no_warmup = {0};
    AgentContext context = {env, NULL, &network, &no_warmup, 1, DTYPE_F32, linalg_portable()};
    Error error = {0};
    assert_null(agent_drqn.create(&params, &context, &error));
    assert_non_null(strstr(error.message, "batch 65536"));
    env_destroy(env);
}

// Best discounted return among a run's evaluations in a maze of length 2.
static double best_return_of_a_run(uint64_t seed) {
    Env *env = support_maze(2, 0);
    DrqnParams params;
    param_defaults(&agent_drqn.params, &params);
    params.episodes = 240, params.learning_rate = 5e-3, params.evaluation_episodes = 10;
    Heard heard = {.digest = digest_create(), .best_return = -INFINITY};
    Recorder recorder = {&heard, hear, hear_array};
    Agent *agent = agent_for(env, &params, 0, 16, seed);
    advance(agent, params.episodes, &recorder);
    char unused[DIGEST_SIZE];
    digest_finish(heard.digest, unused);
    agent_drqn.destroy(agent);
    env_destroy(env);
    return heard.best_return;
}

// The best policy's return, 4 0.98^2, at some evaluation of one of four runs. Of 60 other seeds 54 got there, so a sound program fails
// here with a probability of about 0.1^4.
static void it_learns_a_short_maze(void **state) {
    (void)state;
    double best = -INFINITY;
    for (uint64_t seed = 101; seed < 105 && best < 4 * 0.98 * 0.98 - 1e-9; seed++)
        best = fmax(best, best_return_of_a_run(seed));
    if (fabs(best - 4 * 0.98 * 0.98) > 1e-9) fail_msg("best discounted return %g", best);
}

static void agents_by_name(void **state) {
    (void)state;
    Error error = {0};
    assert_ptr_equal(agent_find("drqn", &error), &agent_drqn);
    assert_null(agent_find("dqn", &error));
    assert_non_null(strstr(error.message, "drqn"));
    DrqnParams p;
    param_defaults(&agent_drqn.params, &p);    // the released script's
    assert_true(p.batch == 32 && p.gradient_steps == 10 && p.capacity == 8192 && p.target_period == 10 && p.epsilon == 0.2);
    assert_true(p.learning_rate == 1e-3 && p.evaluation_period == 10 && p.evaluation_episodes == 50 && p.clip_norm == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_equals_the_authors),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(truncated_episodes_bootstrap),
        cmocka_unit_test(resuming_equals_going_on),
        cmocka_unit_test(seeds_make_runs),
        cmocka_unit_test(a_broken_training_says_so),
        cmocka_unit_test(broken_weights_do_not_finish),
        cmocka_unit_test(the_horizon_is_not_terminal),
        cmocka_unit_test(the_steady_state_does_not_allocate),
        cmocka_unit_test(a_batch_beyond_all_bounds_is_refused),
        cmocka_unit_test(it_learns_a_short_maze),
        cmocka_unit_test(agents_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
