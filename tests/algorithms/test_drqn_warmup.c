// DRQN as in the study of warmup: the authors' loss and gradients with rewards among the inputs; the replay memory filled at the start,
// warmup on its histories.
#include "algorithms/agents/drqn.h"
#include "envs/view.h"
#include "tests/algorithms/agents.h"
#include "tests/algorithms/warmup_golden.h"

#define TYPE (&agent_drqn)

// ---- golden numbers ----------------------------------------------------------------------------------------------------------------

enum { ACTIONS = 4, SEEN = 5, INPUT = ACTIONS + SEEN, TRANSITIONS = 3, LONGEST = 7 };

// Observations are the authors' four numbers and then the reward (view.adds: reward).
static const EnvSpec golden_spec = {.observation_size = SEEN, .action_count = ACTIONS, .horizon = LONGEST, .discount = 0.98};

// Theirs: action, reward, observation. Ours: action, observation, reward.
static int our_feature(int k) {
    if (k < ACTIONS) return k;
    return k == ACTIONS ? INPUT - 1 : k - 1;
}

// Where a number of `weights` (values or gradients, as `of` says) lies that a row of a table stands for.
static void number_of(const Network *network, WarmupGoldenArray *of, const CsvTable *table, size_t row, Matrix *m, int *i,
                      int *j) {
    const char *tensor = csv_text(table, row, csv_column(table, "param"));
    GoldenPlace place = warmup_golden_place(network, tensor);
    *m = of(network->weights, place.index);
    *i = support_whole(table, row, "j");
    if (strcmp(tensor, "cells.0.weight_ih_l0") == 0) *i = our_feature(*i);
    *j = place.col + support_whole(table, row, "i");
}

static Network *golden_network(const char *name) {
    CsvTable *table = support_table(WARMUP_GOLDEN "drqn_weights.csv");
    NetworkParams shape = {.cell = warmup_golden_cell("gru"), .layers = 2, .hidden = 3};
    Network *network = network_create(&shape, INPUT, ACTIONS, DTYPE_F64);
    int set = 0, i, j;
    Matrix m;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "case", name)) continue;
        number_of(network, weights_value, table, row, &m, &i, &j);
        matrix_set(m, i, j, support_number(table, row, "value"));
        set++;
    }
    assert_int_equal(set, network_parameter_count(network));
    csv_destroy(table);
    return network;
}

// The inputs of one transition, [steps][INPUT] in our order; returns how many steps.
static int golden_inputs(int transition, const char *which, float input[LONGEST + 1][INPUT]) {
    CsvTable *table = support_table(WARMUP_GOLDEN "drqn_sequences.csv");
    int steps = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (support_whole(table, row, "transition") != transition || !golden_is(table, row, "which", which)) continue;
        int t = support_whole(table, row, "t");
        input[t][our_feature(support_whole(table, row, "k"))] = (float)support_number(table, row, "value");
        steps = t + 1 > steps ? t + 1 : steps;
    }
    csv_destroy(table);
    return steps;
}

static int hot(const float *one_hot) {
    for (int k = 0; k < ACTIONS; k++) {
        if (one_hot[k] == 1) return k;
    }
    return -1;
}

// One episode for each transition, which is its last: its history is the one before, and the one after it where it ends.
static void play_golden(ReplayBuffer *replay, const CsvTable *table, size_t row, Transition *out) {
    float after[LONGEST + 1][INPUT], before[LONGEST + 1][INPUT];
    int steps = golden_inputs((int)row, "after", after), history = golden_inputs((int)row, "before", before);
    assert_true(history == support_whole(table, row, "seq_bef_len") && steps == support_whole(table, row, "seq_aft_len"));
    assert_memory_equal(before, after, (size_t)history * sizeof before[0]);
    assert_int_equal(steps, history + 1);
    buffer_begin(replay, after[0] + ACTIONS);
    for (int t = 1; t < steps; t++) {
        bool last = t + 1 == steps;
        buffer_step(replay, hot(after[t]), (double)after[t][INPUT - 1], last && support_whole(table, row, "terminal"),
                    after[t] + ACTIONS);
    }
    *out = buffer_get(replay, buffer_count(replay) - 1);
    assert_int_equal(out->time + 1, history);
    assert_int_equal(out->action, support_whole(table, row, "action"));
    assert_true(out->reward == support_number(table, row, "reward"));
}

static void learning_with_rewards_equals_the_authors(void **state) {
    (void)state;
    Network *online = golden_network("Q"), *target = golden_network("Q_target");
    ReplayBuffer *replay = buffer_create(&golden_spec, 32);
    DrqnLearner *learner = drqn_learner_create(&golden_spec, online, target, TRANSITIONS, linalg_portable());
    CsvTable *transitions = support_table(WARMUP_GOLDEN "drqn_transitions.csv"),
             *loss = support_table(WARMUP_GOLDEN "drqn_loss.csv");
    CsvTable *gradients = support_table(WARMUP_GOLDEN "drqn_grads.csv");
    Transition batch[TRANSITIONS];
    for (size_t row = 0; row < TRANSITIONS; row++) play_golden(replay, transitions, row, &batch[row]);
    double targets[TRANSITIONS], found = drqn_learner_gradient(learner, replay, batch, targets, NULL);
    WarmupGoldenWorst losses = {0}, values = {0}, grads = {0};
    warmup_golden_compare(&losses, found, support_number(loss, 0, "loss"), 1e-9, "loss");
    for (size_t row = 0; row < TRANSITIONS; row++) {    // the authors round them to single precision
        warmup_golden_compare(&values, targets[row], support_number(transitions, row, "target"), 2e-8, "target");
        assert_true((double)(float)targets[row] == support_number(transitions, row, "target"));
    }
    for (size_t row = 0; row < csv_rows(gradients); row++) {
        Matrix m;
        int i, j;
        number_of(online, weights_gradient, gradients, row, &m, &i, &j);
        warmup_golden_compare(&grads, matrix_get(m, i, j), support_number(gradients, row, "grad"), 1e-9, "gradient");
    }
    warmup_golden_tell(&losses, "drqn_loss.csv", 1);
    warmup_golden_tell(&values, "drqn_transitions.csv, targets", TRANSITIONS);
    warmup_golden_tell(&grads, "drqn_grads.csv", network_parameter_count(online));
    csv_destroy(transitions);
    csv_destroy(loss);
    csv_destroy(gradients);
    drqn_learner_destroy(learner);
    buffer_destroy(replay);
    network_destroy(online);
    network_destroy(target);
}

// ---- the agent -----------------------------------------------------------------------------------------------------------------------

static const DrqnParams tiny = {
    .episodes = 9,
    .gradient_steps = 2,
    .batch = 4,
    .capacity = 101,
    .target_period = 2,
    .epsilon = 0.5,
    .learning_rate = 1e-2,
    .evaluation_period = 3,
    .evaluation_episodes = 2,
    .prefill = true,
};

static WarmupParams warmup_of(int steps) {
    WarmupParams params;
    param_defaults(&warmup_params, &params);
    params.steps = steps;
    params.batch = 8;
    params.horizon_maximum = 6;
    return params;
}

static Env *maze_with_reward(int length) {
    Error error = {0};
    TMazeParams maze = {.length = length, .horizon = 3 * length - 1};
    Env *env = env_create(&tmaze_type, &maze, &error);
    if (env) env = env_view(env, &(ViewParams){.adds = VIEW_REWARD}, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static Agent *agent_of(const Env *env, const DrqnParams *params, const WarmupParams *warmup, uint64_t seed) {
    static const NetworkParams shape = {.cell = 0, .layers = 2, .hidden = 4, .time_scale = 100};
    AgentContext context = {env, NULL, &shape, warmup, seed, DTYPE_F32, linalg_portable()};
    return agents_create(TYPE, params, &context);
}

// The arrays that an agent archives, by the end of their names.
typedef struct Kept {
    const char *name;
    char bytes[20000];
    size_t size;
} Kept;

static bool keep(void *context, const char *path, DType type, int rank, const size_t *shape, const void *data, Error *error) {
    (void)error;
    Kept *kept = context;
    size_t count = dtype_size(type);
    for (int i = 0; i < rank; i++) count *= shape[i];
    size_t length = strlen(path), wanted = strlen(kept->name);
    if (length < wanted || strcmp(path + length - wanted, kept->name) != 0) return true;
    assert_true(kept->size == 0 && count <= sizeof kept->bytes);
    memcpy(kept->bytes, data, count);
    kept->size = count;
    return true;
}

static Kept kept_of(Agent *agent, const char *name) {
    static const ArchiveBackend backend = {.write = keep};
    Kept kept = {.name = name};
    Error error = {0};
    Archive *archive = archive_create(ARCHIVE_SAVE, &backend, &kept);
    TYPE->archive(agent, archive);
    assert_true(archive_destroy(archive, &error));
    if (kept.size == 0) fail_msg("nothing is archived as %s", name);
    return kept;
}

static void prepare(Agent *agent, AgentsLog *log) {
    Error error = {0};
    Recorder recorder = agents_recorder(log);
    if (!TYPE->prepare(agent, &recorder, &error)) fail_msg("%s", error.message);
}

// Exactly as many transitions as there is room for, of episodes by the exploration policy alone; without, none.
static void prefill_fills_the_memory(void **state) {
    (void)state;
    Env *env = maze_with_reward(4);
    static const WarmupParams none = {0};
    for (int fill = 0; fill < 2; fill++) {
        DrqnParams params = tiny;
        params.prefill = fill;
        params.capacity = 3000;
        Agent *agent = agent_of(env, &params, &none, 5);
        assert_int_equal(TYPE->sequences(agent).count, 0);
        AgentsLog log = {0};
        prepare(agent, &log);
        SequenceSource source = TYPE->sequences(agent);
        assert_int_equal(source.count, fill ? 3000 : 0);
        assert_true(source.whole && source.longest == 12);
        assert_int_equal(log.count, 0);    // nothing of it is recorded
        int count[ACTIONS] = {0}, action[3000];
        Kept kept = kept_of(agent, "replay/action");
        assert_int_equal(kept.size, sizeof action);
        memcpy(action, kept.bytes, sizeof action);
        for (int i = 0; fill && i < 3000; i++) count[action[i]]++;
        for (int a = 0; fill && a < ACTIONS; a++) {    // five standard deviations
            double p = a == TMAZE_RIGHT ? 1.0 / 2 : 1.0 / 6;
            if (!(fabs(count[a] - 3000 * p) < 5 * sqrt(3000 * p * (1 - p)))) fail_msg("action %d: %d times", a, count[a]);
        }
        TYPE->destroy(agent);
    }
    env_destroy(env);
}

// Histories as the network reads them: the last input of each has the action that was taken before, the place and the reward.
static void histories_are_whole(void **state) {
    (void)state;
    Env *env = maze_with_reward(4);
    static const WarmupParams none = {0};
    Agent *agent = agent_of(env, &tiny, &none, 6);
    prepare(agent, NULL);
    SequenceSource source = TYPE->sequences(agent);
    assert_int_equal(source.count, tiny.capacity);
    int longest = 0, bumps = 0;
    for (int64_t i = 0; i < source.count; i++) {
        int steps = source.steps(source.context, i);
        assert_in_range(steps, 1, 11);    // 3 L - 1 actions, and the last observation is followed by none
        longest = steps > longest ? steps : longest;
        double room[12 * INPUT];
        source.read(source.context, i, steps, matrix_view(DTYPE_F64, steps, INPUT, room));
        for (int t = 0; t < steps; t++) {
            const double *x = room + t * INPUT;
            double action = x[0] + x[1] + x[2] + x[3], seen = x[4] + x[5] + x[6] + x[7];
            assert_true(action == (t > 0) && seen == 1);
            assert_true(t > 0 || x[8] == 0);
            assert_true(x[8] == 0 || fabs(x[8] + 0.1) < 1e-7);
            bumps += x[8] != 0;
            if (t > 0) assert_true((x[1] == 1 || x[3] == 1) == (x[8] != 0) || x[6] != 1);    // up and down bump in the corridor
        }
    }
    assert_int_equal(longest, 11);
    assert_true(bumps > 20);
    TYPE->destroy(agent);
    env_destroy(env);
}

// After the preparation the online network differs from the target in its cells and not in its head; the first episode makes them the same.
static void warmup_comes_before_the_first_copy(void **state) {
    (void)state;
    Env *env = maze_with_reward(3);
    WarmupParams warmup = warmup_of(7);
    DrqnParams params = tiny;
    params.gradient_steps = 0;
    Agent *agent = agent_of(env, &params, &warmup, 5);
    const Network *online = TYPE->policy(agent);
    AgentsLog log = {0};
    prepare(agent, &log);
    int head = network_first_weight(online, 2, 0);
    for (int w = 0; w < weights_count(online->weights); w++) {
        char mine[80], theirs[80];
        snprintf(mine, sizeof mine, "online/weights/%s", weights_name(online->weights, w));
        snprintf(theirs, sizeof theirs, "target/weights/%s", weights_name(online->weights, w));
        Kept a = kept_of(agent, mine), b = kept_of(agent, theirs);
        bool same = a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
        if (same != (w >= head)) fail_msg("%s has %schanged", mine, same ? "not " : "");
    }
    assert_int_equal(agents_count(&log, "warmup/loss"), 7);
    for (int k = 0; k < 7; k++) {
        int64_t step = -1;
        double horizon = agents_value(&log, "warmup/horizon", k, &step), star = agents_value(&log, "warmup/vaa-star", k, NULL);
        assert_true(step == k && horizon >= 1 && horizon <= 6 && star > 0 && star <= 1);
    }
    Error error = {0};
    Recorder recorder = agents_recorder(&log);
    assert_true(TYPE->advance(agent, &recorder, &error));
    Kept a = kept_of(agent, "online/weights/layer0/input"), b = kept_of(agent, "target/weights/layer0/input");
    assert_memory_equal(a.bytes, b.bytes, a.size);
    TYPE->destroy(agent);
    env_destroy(env);
}

static void warmup_without_histories_is_refused(void **state) {
    (void)state;
    Env *env = maze_with_reward(3);
    DrqnParams params = tiny;
    params.prefill = false;
    WarmupParams warmup = warmup_of(7);
    NetworkParams shape = {.cell = 0, .layers = 2, .hidden = 4, .time_scale = 100};
    AgentContext context = {env, NULL, &shape, &warmup, 5, DTYPE_F32, linalg_portable()};
    agents_refuse(TYPE, &params, &context,
                  "warmup.steps: found 7, but there are no histories to warm up on before the first episode, accepted: 0, or "
                  "agent.prefill true");
    warmup.partial = true;
    agents_refuse(TYPE, &tiny, &context,
                  "warmup.partial: found true with network.double false, accepted: only with double layers");
    shape.doubled = true;
    shape.hidden = 3;
    agents_refuse(
        TYPE, &tiny, &context,
        "network.hidden: found 3 with double layers, accepted: an even number, for each of the two cells has half of it");
    env_destroy(env);
    env = support_maze(10000, 0.5);
    shape = (NetworkParams){.cell = 0, .layers = 1, .hidden = 2, .time_scale = 100};
    warmup = warmup_of(1);
    warmup.batch = 65536;
    context.env = env;
    agents_refuse(
        TYPE, &tiny, &context,
        "warmup.batch 65536 of histories of up to 60001 inputs makes 3932225536 rows; at most 2147483647 are accepted");
    env_destroy(env);
}

static void a_broken_warmup_says_so(void **state) {
    (void)state;
    Env *env = maze_with_reward(3);
    WarmupParams warmup = warmup_of(20);
    warmup.rate = 1e30;
    Agent *agent = agent_of(env, &tiny, &warmup, 5);
    Error error = {0};
    Recorder deaf = agents_recorder(NULL);
    weights_fill(TYPE->policy(agent)->weights, 0, NAN);
    assert_false(TYPE->prepare(agent, &deaf, &error));
    support_assert_has(error.message, "warmup: step 0 ");
    TYPE->destroy(agent);
    env_destroy(env);
}

static void resuming_equals_going_on(void **state) {
    (void)state;
    Env *env = maze_with_reward(3);
    WarmupParams warmup = warmup_of(5);
    for (int k = 0; k < tiny.episodes; k++) {
        static AgentsLog whole, rest;
        whole.count = rest.count = 0;
        Agent *agent = agent_of(env, &tiny, &warmup, 7), *fresh = agent_of(env, &tiny, &warmup, 7);
        agents_advance(TYPE, agent, k, &whole);
        int begin = whole.count;
        agents_move(TYPE, agent, fresh);
        agents_advance(TYPE, agent, tiny.episodes, &whole);
        agents_advance(TYPE, fresh, tiny.episodes, &rest);
        agents_expect_rest(&whole, begin, &rest);
        agents_expect_same_weights(TYPE, agent, fresh);
        TYPE->destroy(agent);
        TYPE->destroy(fresh);
    }
    env_destroy(env);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_with_rewards_equals_the_authors),
        cmocka_unit_test(prefill_fills_the_memory),
        cmocka_unit_test(histories_are_whole),
        cmocka_unit_test(warmup_comes_before_the_first_copy),
        cmocka_unit_test(warmup_without_histories_is_refused),
        cmocka_unit_test(a_broken_warmup_says_so),
        cmocka_unit_test(resuming_equals_going_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
