// Playing many episodes at once: what happens in an episode does not depend on who plays beside it; actions follow the
// policy; returns and horizons are those of the environment.
#include "algorithms/rollout.h"

#include <math.h>

#include "core/arena.h"
#include "envs/tmaze.h"
#include "tests/algorithms/golden.h"

static Network *network_for(const Env *env, int cell, uint32_t index) {
    NetworkParams params = {.cell = cell, .layers = 2, .hidden = 6};
    Network *network = network_create(&params, rollout_input_size(&env->spec), env->spec.action_count, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, index);
    for (int i = 0; i < weights_count(network->weights); i++) weights_uniform(network->weights, i, 1, &rng);
    return network;
}

// All weights zero: every action has the same value, shifted by the head's bias.
static Network *constant_network(const Env *env, int favourite) {
    Network *network = network_for(env, 0, 0);
    for (int i = 0; i < weights_count(network->weights); i++) weights_fill(network->weights, i, 0);
    if (favourite >= 0)
        matrix_set(weights_value(network->weights, weights_find(network->weights, "head/bias")), 0, favourite, 1);
    return network;
}

// ---- what a visitor saw ---------------------------------------------------------------------------------------------

enum { EPISODES = 70, LONGEST = 40, HIDDEN = 24 };    // at most two layers of h and c, 6 units each

typedef struct Moment {
    int action, previous_action;
    double reward;
    float observation[4], next_observation[4], hidden[HIDDEN];
    bool terminal, truncated;
} Moment;

typedef struct Seen {
    int width, length[EPISODES], in_slot[EPISODES];
    Moment moments[EPISODES][LONGEST];
} Seen;

static void watch(void *context, const RolloutStep *step) {
    Seen *seen = context;
    assert_in_range(step->episode, 0, EPISODES - 1);
    assert_in_range(step->slot, 0, (uintmax_t)seen->width - 1);
    assert_int_equal(step->time, seen->length[step->episode]);    // in order of time, none left out
    assert_true(step->time < LONGEST);
    if (step->time == 0) seen->in_slot[step->episode] = step->slot;
    assert_int_equal(step->slot, seen->in_slot[step->episode]);
    Moment *moment = &seen->moments[step->episode][seen->length[step->episode]++];
    *moment = (Moment){.action = step->action,
                       .previous_action = step->previous_action,
                       .reward = step->reward,
                       .terminal = step->terminal,
                       .truncated = step->truncated};
    memcpy(moment->observation, step->observation, sizeof moment->observation);
    memcpy(moment->next_observation, step->next_observation, sizeof moment->next_observation);
    float hidden[HIDDEN] = {0};
    network_hidden(step->state, step->row, true, hidden);
    memcpy(moment->hidden, hidden, sizeof hidden);
}

static Seen *play(const Env *env, const Network *network, int width, double epsilon) {
    Seen *seen = memory_zeroed(1, sizeof *seen);
    seen->width = width;
    Rollout *rollout = rollout_create(env, network, width, linalg_portable());
    RolloutPlan plan = {.epsilon = epsilon, .seed = 5, .purpose = ROLLOUT_TRAINING, .first_index = 1000, .episodes = EPISODES};
    rollout_play(rollout, network, &plan, watch, seen);
    rollout_destroy(rollout);
    return seen;
}

static void expect_same(const Seen *a, const Seen *b) {
    for (int e = 0; e < EPISODES; e++) {
        assert_int_equal(a->length[e], b->length[e]);
        assert_true(a->length[e] > 0);
        for (int t = 0; t < a->length[e]; t++) {
            const Moment *x = &a->moments[e][t], *y = &b->moments[e][t];
            assert_true(x->action == y->action && x->previous_action == y->previous_action && x->reward == y->reward);
            assert_true(x->terminal == y->terminal && x->truncated == y->truncated);
            assert_memory_equal(x->observation, y->observation, sizeof x->observation);
            assert_memory_equal(x->hidden, y->hidden, sizeof x->hidden);    // bit for bit
        }
    }
}

// Also more places than episodes.
static void the_width_does_not_matter(void **state) {
    (void)state;
    Env *env = support_maze(5, 0.2);
    for (int cell = 0; cell < (int)cell_type_count; cell++) {
        Network *network = network_for(env, cell, (uint32_t)cell);
        Seen *alone = play(env, network, 1, 0.4);
        static const int widths[] = {7, 64, 100};
        for (int i = 0; i < 3; i++) {
            Seen *together = play(env, network, widths[i], 0.4);
            expect_same(alone, together);
            free(together);
        }
        free(alone);
        network_destroy(network);
    }
    env_destroy(env);
}

// Each moment continues the one before, and an episode ends where it must and nowhere else.
static void episodes_hang_together(void **state) {
    (void)state;
    Env *env = support_maze(3, 0.1);
    Network *network = network_for(env, 1, 9);
    Seen *seen = play(env, network, 8, 0.7);
    int ends[2] = {0};
    for (int e = 0; e < EPISODES; e++) {
        for (int t = 0; t < seen->length[e]; t++) {
            const Moment *m = &seen->moments[e][t];
            bool last = t + 1 == seen->length[e];
            assert_int_equal(m->previous_action, t == 0 ? -1 : seen->moments[e][t - 1].action);
            if (t > 0) assert_memory_equal(m->observation, seen->moments[e][t - 1].next_observation, sizeof m->observation);
            assert_int_equal(m->terminal || m->truncated, last);
            assert_false(m->terminal && m->truncated);
            assert_true(!m->truncated || t + 1 == env->spec.horizon);
        }
        ends[seen->moments[e][seen->length[e] - 1].terminal]++;
    }
    assert_true(ends[0] > 0 && ends[1] > 0);
    free(seen);
    network_destroy(network);
    env_destroy(env);
}

// The state that a visitor sees has read the observation, and nothing more: replayed by hand through the network.
static void states_and_actions_are_the_networks(void **state) {
    (void)state;
    Env *env = support_maze(4, 0.3);
    Network *network = network_for(env, 0, 4);
    Seen *seen = play(env, network, 16, 0);
    for (int e = 0; e < EPISODES; e += 9) {
        NetworkState *memory = network_state_create(network, 1, linalg_portable());
        network_state_load(memory, network);
        for (int t = 0; t < seen->length[e]; t++) {
            const Moment *m = &seen->moments[e][t];
            float x[8] = {0}, q[4], hidden[HIDDEN] = {0};
            if (m->previous_action >= 0) x[m->previous_action] = 1;
            memcpy(x + 4, m->observation, sizeof m->observation);
            network_step(memory, matrix_view(DTYPE_F32, 1, 8, x), matrix_view(DTYPE_F32, 1, 4, q));
            network_hidden(memory, 0, true, hidden);
            assert_memory_equal(hidden, m->hidden, sizeof hidden);
            for (int a = 0; a < 4; a++) assert_true(q[a] < q[m->action] || (a >= m->action && q[a] == q[m->action]));
        }
        network_state_destroy(memory);
    }
    free(seen);
    network_destroy(network);
    env_destroy(env);
}

// ---- policies with known returns ------------------------------------------------------------------------------------

static RolloutReturns returns_of(const Env *env, const Network *network, int episodes) {
    Rollout *rollout = rollout_create(env, network, 8, linalg_portable());
    RolloutPlan plan = {.seed = 3, .purpose = ROLLOUT_EVALUATION, .episodes = episodes};
    RolloutReturns returns = rollout_returns(rollout, network, &plan);
    rollout_destroy(rollout);
    return returns;
}

static void expect_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g, expected %.12g", found, expected);
}

// Ties go to action 0, right: from the crossroad on it bumps until the horizon. And one that always goes up bumps from
// the start.
static void hand_computed_returns(void **state) {
    (void)state;
    for (int length = 1; length <= 10; length += 3) {
        Env *env = support_maze(length, 0);
        int horizon = env->spec.horizon;
        for (int favourite = -1; favourite <= 1; favourite += 2) {
            Network *network = constant_network(env, favourite);
            double mean = 0, discounted = 0;
            for (int t = favourite < 0 ? length : 0; t < horizon; t++) mean += -0.1, discounted += -0.1 * pow(0.98, t);
            RolloutReturns returns = returns_of(env, network, 20);
            expect_near(returns.mean, mean, 1e-12);
            expect_near(returns.mean_discounted, discounted, 1e-12);
            network_destroy(network);
        }
        env_destroy(env);
    }
}

static void sum_by_hand(void *context, const RolloutStep *step) {
    double *sums = context;    // undiscounted, discounted over all episodes
    sums[0] += step->reward;
    sums[1] += step->reward * pow(0.98, step->time);
}

static void discounted_returns_equal_hand_computation(void **state) {
    (void)state;
    Env *env = support_maze(3, 0.2);
    Network *network = network_for(env, 2, 5);
    Rollout *rollout = rollout_create(env, network, 7, linalg_portable());
    RolloutPlan plan = {.epsilon = 0.6, .seed = 8, .purpose = ROLLOUT_TRAINING, .first_index = 3, .episodes = 50};
    RolloutReturns returns = rollout_returns(rollout, network, &plan);
    double sums[2] = {0};
    rollout_play(rollout, network, &plan, sum_by_hand, sums);
    expect_near(returns.mean, sums[0] / 50, 1e-12);
    expect_near(returns.mean_discounted, sums[1] / 50, 1e-12);
    rollout_destroy(rollout);
    network_destroy(network);
    env_destroy(env);
}

typedef struct Tally {
    int actions[4], total;
    double discount_power, episode_sum[2], sum[2], squares[2];
    int episodes;
} Tally;

// Width 1: one episode after the other.
static void tally(void *context, const RolloutStep *step) {
    Tally *t = context;
    if (step->time == 0) t->discount_power = 1, t->episode_sum[0] = t->episode_sum[1] = 0;
    t->actions[step->action]++, t->total++;
    t->episode_sum[0] += t->discount_power * step->reward;
    t->episode_sum[1] += step->reward;
    t->discount_power *= 0.98;
    if (!step->terminal && !step->truncated) return;
    t->episodes++;
    for (int k = 0; k < 2; k++) t->sum[k] += t->episode_sum[k], t->squares[k] += t->episode_sum[k] * t->episode_sum[k];
}

static Tally explore(const Env *env, double epsilon, int favourite, int episodes) {
    Network *network = constant_network(env, favourite);
    Rollout *rollout = rollout_create(env, network, 1, linalg_portable());
    Tally t = {0};
    RolloutPlan plan = {.epsilon = epsilon, .seed = 21, .purpose = ROLLOUT_TRAINING, .episodes = episodes};
    rollout_play(rollout, network, &plan, tally, &t);
    assert_int_equal(t.episodes, episodes);
    rollout_destroy(rollout);
    network_destroy(network);
    return t;
}

// With epsilon the policy's favourite (down) gets 1 - epsilon more than the exploration policy gives it.
static void actions_follow_the_mixture(void **state) {
    (void)state;
    static const double exploration[4] = {1.0 / 2, 1.0 / 6, 1.0 / 6, 1.0 / 6};
    static const double epsilons[] = {1, 0.3, 0};
    Env *env = support_maze(10, 0);
    for (int i = 0; i < 3; i++) {
        Tally t = explore(env, epsilons[i], 3, 1500);
        for (int a = 0; a < 4; a++) {
            double p = epsilons[i] * exploration[a] + (a == 3 ? 1 - epsilons[i] : 0);
            expect_near((double)t.actions[a] / t.total, p, 4.5 * sqrt(p * (1 - p) / t.total) + 1e-12);
        }
    }
    env_destroy(env);
}

// Exact expectations of the exploration policy, from the golden table, within 4 standard errors.
static void exploration_returns_equal_the_golden_ones(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "tmaze_returns.csv");
    int compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (support_whole(table, row, "L") > 10) continue;
        Env *env = support_maze(support_whole(table, row, "L"), support_number(table, row, "lambda"));
        Tally t = explore(env, 1, -1, 1500);
        static const char *const columns[] = {"exploration_discounted", "exploration_undiscounted"};
        for (int k = 0; k < 2; k++) {
            double mean = t.sum[k] / t.episodes, variance = t.squares[k] / t.episodes - mean * mean;
            expect_near(mean, support_number(table, row, columns[k]), 4 * sqrt(variance / t.episodes));
            compared++;
        }
        env_destroy(env);
    }
    assert_true(compared >= 10);
    csv_destroy(table);
}

static void inputs_are_action_and_observation(void **state) {
    (void)state;
    EnvSpec spec = {.action_count = 3, .observation_size = 2};
    float memory[10], observation[] = {0.25f, -7};
    for (int i = 0; i < 10; i++) memory[i] = 9;
    Matrix input = matrix_view(DTYPE_F32, 2, 5, memory);
    assert_int_equal(rollout_input_size(&spec), 5);
    rollout_input(&spec, -1, observation, input, 0);
    rollout_input(&spec, 2, observation, input, 1);
    static const float expected[] = {0, 0, 0, 0.25f, -7, 0, 0, 1, 0.25f, -7};
    assert_memory_equal(memory, expected, sizeof expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_does_not_matter),
        cmocka_unit_test(episodes_hang_together),
        cmocka_unit_test(states_and_actions_are_the_networks),
        cmocka_unit_test(hand_computed_returns),
        cmocka_unit_test(discounted_returns_equal_hand_computation),
        cmocka_unit_test(actions_follow_the_mixture),
        cmocka_unit_test(exploration_returns_equal_the_golden_ones),
        cmocka_unit_test(inputs_are_action_and_observation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
