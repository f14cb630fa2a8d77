// Samples of hidden states and beliefs: the frozen bank is the same for every network, halves are disjoint, time steps
// are uniform.
#include "algorithms/histories.h"
#include "algorithms/rollout.h"

#include "envs/mountain_hike.h"
#include "tests/support.h"

enum { LAYERS = 2, HIDDEN = 5, PAIRS = 100 };

static Network *network_for(int cell, uint32_t index) {
    NetworkParams params = {.cell = cell, .layers = LAYERS, .hidden = HIDDEN};
    Network *network = network_create(&params, 8, 4, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, index);
    network_initialise(network, &rng);
    return network;
}

static HistoryParams params_of(int sampling, int pairs) {
    HistoryParams params;
    param_defaults(&history_params, &params);
    params.pairs = pairs;
    params.sampling = sampling;
    return params;
}

static const Histories *draw_policy(HistorySampler *sampler, const Network *network, uint64_t seed, uint32_t checkpoint) {
    return history_sampler_draw(sampler, HISTORY_POLICY, network, seed, checkpoint);
}

static const Histories *draw_bank(HistorySampler *sampler, const Network *network) {
    return history_sampler_draw(sampler, HISTORY_BANK, network, 0, 0);
}

static size_t belief_numbers(const Histories *histories) {
    return (size_t)belief_part_size(&histories->part[0]);
}

// A copy of a sample, since the sampler reuses its buffers.
typedef struct Copy {
    Histories h;
} Copy;

static void *duplicate(const void *from, size_t bytes) {
    return memcpy(memory_alloc(bytes), from, bytes);
}

static Copy copy_of(const Histories *from) {
    Copy copy = {*from};
    size_t n = (size_t)from->count;
    copy.h.hidden = duplicate(from->hidden, n * (size_t)from->hidden_size * sizeof(float));
    copy.h.belief[0] = duplicate(from->belief[0], n * belief_numbers(from) * sizeof(float));
    copy.h.observation = duplicate(from->observation, n * (size_t)from->observation_size * sizeof(float));
    copy.h.episode = duplicate(from->episode, n * sizeof(int));
    copy.h.time = duplicate(from->time, n * sizeof(int));
    return copy;
}

static void copy_free(Copy *copy) {
    free(copy->h.hidden);
    free(copy->h.belief[0]);
    free(copy->h.observation);
    free(copy->h.episode);
    free(copy->h.time);
}

static bool same_histories(const Histories *a, const Histories *b) {
    size_t n = (size_t)a->count;
    return a->count == b->count && memcmp(a->belief[0], b->belief[0], n * belief_numbers(a) * sizeof(float)) == 0 &&
           memcmp(a->observation, b->observation, n * (size_t)a->observation_size * sizeof(float)) == 0 &&
           memcmp(a->episode, b->episode, n * sizeof(int)) == 0 && memcmp(a->time, b->time, n * sizeof(int)) == 0;
}

static bool same_hidden(const Histories *a, const Histories *b) {
    return memcmp(a->hidden, b->hidden, (size_t)a->count * (size_t)a->hidden_size * sizeof(float)) == 0;
}

// ---- the bank -------------------------------------------------------------------------------------------------------

static void the_bank_is_frozen(void **state) {
    (void)state;
    Env *env = support_maze(4, 0.2);
    for (int sampling = HISTORY_ONE; sampling <= HISTORY_EVERY; sampling++) {
        HistoryParams params = params_of(sampling, PAIRS);
        Network *first = network_for(0, 1), *second = network_for(0, 2), *other = network_for(1, 1);
        HistorySampler *sampler = history_sampler_create(env, first, &params, linalg_portable());
        HistorySampler *lstm = history_sampler_create(env, other, &params, linalg_portable());
        Copy a = copy_of(draw_bank(sampler, first)), b = copy_of(draw_bank(sampler, second));
        assert_int_equal(a.h.count, 2 * PAIRS);
        assert_true(same_histories(&a.h, &b.h));
        assert_false(same_hidden(&a.h, &b.h));
        assert_true(same_histories(&a.h, draw_bank(lstm, other)));    // another cell too
        // Samples of the policy in between change nothing; the same network gives the same bits.
        draw_policy(sampler, second, 3, 0);
        const Histories *again = draw_bank(sampler, first);
        assert_true(same_histories(&a.h, again) && same_hidden(&a.h, again));
        params.bank_seed = 1;
        HistorySampler *reseeded = history_sampler_create(env, first, &params, linalg_portable());
        assert_false(same_histories(&a.h, draw_bank(reseeded, first)));
        copy_free(&a);
        copy_free(&b);
        history_sampler_destroy(sampler);
        history_sampler_destroy(lstm);
        history_sampler_destroy(reseeded);
        network_destroy(first);
        network_destroy(second);
        network_destroy(other);
    }
    history_sampler_destroy(NULL);
    env_destroy(env);
}

static void the_policys_samples_follow_seed_and_checkpoint(void **state) {
    (void)state;
    Env *env = support_maze(4, 0.3);
    HistoryParams params = params_of(HISTORY_ONE, PAIRS);
    params.epsilon = 0.5;
    Network *network = network_for(4, 1);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    Copy a = copy_of(draw_policy(sampler, network, 9, 2)), b = copy_of(draw_policy(sampler, network, 9, 2));
    Copy c = copy_of(draw_policy(sampler, network, 9, 3)), d = copy_of(draw_policy(sampler, network, 10, 2));
    assert_true(same_histories(&a.h, &b.h) && same_hidden(&a.h, &b.h));
    assert_false(same_histories(&a.h, &c.h));
    assert_false(same_hidden(&a.h, &d.h));
    for (int i = 0; i < a.h.count; i++)
        assert_true(a.h.episode[i] < c.h.episode[0]);    // no trajectory of one is one of the next
    copy_free(&a);
    copy_free(&b);
    copy_free(&c);
    copy_free(&d);
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

// ---- which rows -----------------------------------------------------------------------------------------------------

static void halves_are_disjoint(void **state) {
    (void)state;
    Env *env = support_maze(3, 0.1);
    for (int sampling = HISTORY_ONE; sampling <= HISTORY_EVERY; sampling++) {
        for (int pairs = 10; pairs < 400; pairs += 63) {
            HistoryParams params = params_of(sampling, pairs);
            Network *network = network_for(0, 1);
            HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
            const Histories *h = draw_bank(sampler, network);
            assert_int_equal(h->count, 2 * pairs);
            int last = 0;
            for (int i = 0; i < pairs; i++) last = h->episode[i] > last ? h->episode[i] : last;
            for (int i = pairs; i < 2 * pairs; i++) assert_true(h->episode[i] > last);
            for (int i = 1; i < 2 * pairs && sampling == HISTORY_ONE; i++) assert_true(h->episode[i] > h->episode[i - 1]);
            history_sampler_destroy(sampler);
            network_destroy(network);
        }
    }
    env_destroy(env);
}

// Whole trajectories in order of time; the last one of a half may be cut.
static void every_step_of_every_trajectory(void **state) {
    (void)state;
    Env *env = support_maze(3, 0);
    HistoryParams params = params_of(HISTORY_EVERY, 500);
    Network *network = network_for(0, 1);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    const Histories *h = draw_bank(sampler, network);
    for (int i = 0; i < h->count; i++) {
        const float *o = h->observation + (size_t)i * 4;
        bool begins = i == 0 || i == 500 || h->episode[i] != h->episode[i - 1];
        assert_int_equal(h->time[i], begins ? 0 : h->time[i - 1] + 1);
        if (begins && i != 0 && i != 500) assert_int_equal(h->episode[i], h->episode[i - 1] + 1);
        assert_true(!begins || o[0] + o[1] == 1);    // the start is observed
        assert_true(h->time[i] < env->spec.horizon);
    }
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

// The hidden state and the belief of a row belong to its trajectory and time: `one` finds its row among those of
// `every`.
static void one_step_is_one_of_every(void **state) {
    (void)state;
    Env *env = support_maze(3, 0.2);
    Network *network = network_for(1, 1);
    HistoryParams one = params_of(HISTORY_ONE, 30), every = params_of(HISTORY_EVERY, 30 * env->spec.horizon);
    HistorySampler *few = history_sampler_create(env, network, &one, linalg_portable());
    HistorySampler *all = history_sampler_create(env, network, &every, linalg_portable());
    const Histories *a = draw_bank(few, network), *b = draw_bank(all, network);
    for (int i = 0; i < 30; i++) {    // the first halves begin with the same trajectories
        int k = 0;
        while (k < b->count && (b->episode[k] != a->episode[i] || b->time[k] != a->time[i])) k++;
        assert_true(k < b->count);
        size_t r = (size_t)i, s = (size_t)k, hidden = (size_t)a->hidden_size, belief = belief_numbers(a);
        assert_memory_equal(a->hidden + r * hidden, b->hidden + s * hidden, hidden * sizeof(float));
        assert_memory_equal(a->belief[0] + r * belief, b->belief[0] + s * belief, belief * sizeof(float));
        assert_memory_equal(a->observation + r * 4, b->observation + s * 4, 4 * sizeof(float));
        double total = 0;
        for (size_t j = 0; j < belief; j++) total += (double)a->belief[0][r * belief + j];
        assert_true(fabs(total - 1) < 1e-6);
    }
    history_sampler_destroy(few);
    history_sampler_destroy(all);
    network_destroy(network);
    env_destroy(env);
}

// A greedy policy that bumps at the start plays exactly `horizon` steps: then the times of one step each are uniform on
// all of them.
static void time_steps_are_uniform(void **state) {
    (void)state;
    Env *env = support_maze(4, 0);
    Network *network = network_for(0, 1);
    for (int i = 0; i < weights_count(network->weights); i++) weights_fill(network->weights, i, 0);
    matrix_set(weights_value(network->weights, weights_find(network->weights, "head/bias")), 0, TMAZE_UP, 1);
    HistoryParams params = params_of(HISTORY_ONE, 3000);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    const Histories *h = draw_policy(sampler, network, 1, 0);
    int horizon = env->spec.horizon, count[64] = {0};
    for (int i = 0; i < h->count; i++) count[h->time[i]]++;
    double expected = (double)h->count / horizon, chi_square = 0;
    for (int t = 0; t < horizon; t++) chi_square += (count[t] - expected) * (count[t] - expected) / expected;
    assert_true(fabs(chi_square - (horizon - 1)) < 5 * sqrt(2.0 * (horizon - 1)));
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

// ---- hidden vectors and recording -----------------------------------------------------------------------------------

// With a forget gate and input gate of 1/2 and a candidate from its bias alone, c after one step is tanh(b)/2, and h =
// tanh(c)/2.
static void lstm_vectors_are_h_then_c(void **state) {
    (void)state;
    Env *env = support_maze(3, 0);
    Network *network = network_for(1, 1);
    for (int i = 0; i < weights_count(network->weights); i++) weights_fill(network->weights, i, 0);
    for (int layer = 0; layer < LAYERS; layer++) {
        Matrix bias =
            weights_value(network->weights, weights_find(network->weights, layer ? "layer1/input_bias" : "layer0/input_bias"));
        for (int j = 0; j < HIDDEN; j++) matrix_set(bias, 0, 2 * HIDDEN + j, 0.3 + layer + 0.1 * j);
    }
    HistoryParams params = params_of(HISTORY_EVERY, 50);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    const Histories *h = draw_bank(sampler, network);
    assert_int_equal(h->hidden_size, 2 * LAYERS * HIDDEN);
    assert_int_equal(h->time[0], 0);
    for (int layer = 0; layer < LAYERS; layer++) {
        for (int j = 0; j < HIDDEN; j++) {
            double c = tanh(0.3 + layer + 0.1 * j) / 2;
            assert_true(fabs((double)h->hidden[layer * HIDDEN + j] - tanh(c) / 2) < 1e-6);
            assert_true(fabs((double)h->hidden[(LAYERS + layer) * HIDDEN + j] - c) < 1e-6);
        }
    }
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

typedef struct Heard {
    int count;
    char names[16][32];
    size_t sizes[16];
} Heard;

static void hear(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape, const void *data) {
    Heard *heard = context;
    (void)data;
    assert_int_equal(step, 7);
    assert_true(heard->count < 16 && (type == DTYPE_F32 || type == DTYPE_I32));
    strncpy(heard->names[heard->count], name, 31);
    heard->sizes[heard->count++] = rank == 2 ? shape[0] * shape[1] : shape[0];
}

static void recording_names_its_arrays(void **state) {
    (void)state;
    Env *env = support_maze(3, 0);
    Network *network = network_for(0, 1);
    HistoryParams params = params_of(HISTORY_ONE, 10);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    const Histories *h = draw_bank(sampler, network);
    Heard heard = {0};
    Recorder recorder = {&heard, NULL, hear};
    histories_record(h, HISTORY_BANK, 7, false, &recorder);
    assert_int_equal(heard.count, 1);
    histories_record(h, HISTORY_POLICY, 7, true, &recorder);
    static const char *const names[] = {"bank/hidden",        "policy/hidden",  "policy/belief",
                                        "policy/observation", "policy/episode", "policy/time"};
    const size_t sizes[] = {200, 200, 240, 80, 20, 20};    // 20 rows of 10 hidden, 12 belief and 4 observed numbers
    assert_int_equal(heard.count, 6);
    for (int i = 0; i < 6; i++) {
        assert_string_equal(heard.names[i], names[i]);
        assert_int_equal(heard.sizes[i], sizes[i]);
    }
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

// Of a set of 12 particles 4 are kept: every third. What else is sampled does not change.
static void sets_are_thinned_evenly(void **state) {
    (void)state;
    MountainHikeParams hike;
    param_defaults(&mountain_hike_type.params, &hike);
    hike.particles = 12;
    Error error = {0};
    Env *env = env_create(&mountain_hike_type, &hike, &error);
    NetworkParams shape;
    param_defaults(&network_params, &shape);
    Network *network = network_create(&shape, rollout_input_size(&env->spec), env->spec.action_count, DTYPE_F32);
    Rng rng = rng_stream(0, RNG_TEST, 0);
    network_initialise(network, &rng);
    HistoryParams params = params_of(HISTORY_ONE, PAIRS), thin = params;
    thin.particles = 4;
    HistorySampler *whole = history_sampler_create(env, network, &params, linalg_portable());
    HistorySampler *part = history_sampler_create(env, network, &thin, linalg_portable());
    const Histories *a = draw_policy(whole, network, 1, 0), *b = draw_policy(part, network, 1, 0);
    assert_true(a->part[0].particles == 12 && b->part[0].particles == 4 && b->part[0].size == 3);
    assert_memory_equal(a->time, b->time, (size_t)a->count * sizeof(int));
    for (int i = 0; i < a->count; i++) {
        for (int k = 0; k < 4; k++) {
            assert_memory_equal(b->belief[0] + (i * 4 + k) * 3, a->belief[0] + (i * 12 + 3 * k) * 3, 3 * sizeof(float));
        }
    }
    assert_true(histories_bytes(&thin, &env->spec, b->hidden_size, true) ==
                (double)b->count * 4 * (b->hidden_size + 1 + 2 + 4 * 3));
    history_sampler_destroy(whole);
    history_sampler_destroy(part);
    network_destroy(network);
    env_destroy(env);
}

// The exploring set has streams of its own, and takes exploratory actions where the policy's has none.
static void the_exploring_set_explores(void **state) {
    (void)state;
    Env *env = support_maze(4, 0);
    HistoryParams params = params_of(HISTORY_ONE, PAIRS);
    params.exploring = true;
    params.exploring_epsilon = 1;
    assert_true(history_wants(&params, HISTORY_EXPLORING) && history_wants_any(&params));
    Network *network = network_for(0, 1);
    HistorySampler *sampler = history_sampler_create(env, network, &params, linalg_portable());
    Copy greedy = copy_of(draw_policy(sampler, network, 3, 0));
    Copy a = copy_of(history_sampler_draw(sampler, HISTORY_EXPLORING, network, 3, 0));
    const Histories *b = history_sampler_draw(sampler, HISTORY_EXPLORING, network, 3, 0);
    assert_true(same_histories(&a.h, b));
    assert_false(same_histories(&a.h, &greedy.h));
    assert_false(same_histories(&a.h, draw_bank(sampler, network)));
    copy_free(&greedy);
    copy_free(&a);
    history_sampler_destroy(sampler);
    network_destroy(network);
    env_destroy(env);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bank_is_frozen),        cmocka_unit_test(the_policys_samples_follow_seed_and_checkpoint),
        cmocka_unit_test(halves_are_disjoint),       cmocka_unit_test(every_step_of_every_trajectory),
        cmocka_unit_test(one_step_is_one_of_every),  cmocka_unit_test(time_steps_are_uniform),
        cmocka_unit_test(lstm_vectors_are_h_then_c), cmocka_unit_test(recording_names_its_arrays),
        cmocka_unit_test(sets_are_thinned_evenly),   cmocka_unit_test(the_exploring_set_explores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
