// Uniform actions: the returns that environments say these have; stop and resume.
#include "algorithms/agents/uniform.h"

#include "analysis/statistics.h"
#include "envs/mountain_hike.h"
#include "tests/algorithms/agents.h"

static AgentContext context_of(const Env *env, uint64_t seed) {
    return (AgentContext){.env = env, .seed = seed};
}

enum { RUNS = 20 };

// The last value of a series over seeds; every run plays all its episodes and records once.
static Estimate play_runs(const Env *env, int episodes, const char *series) {
    double values[RUNS];
    for (int seed = 0; seed < RUNS; seed++) {
        AgentContext context = context_of(env, (uint64_t)seed);
        Agent *agent = agents_create(&agent_uniform, &(UniformParams){episodes}, &context);
        AgentsLog log = {0};
        assert_int_equal(agent_uniform.budget(agent), episodes);
        agents_advance(&agent_uniform, agent, episodes, &log);
        assert_int_equal(log.count, 3);
        int64_t step;
        values[seed] = agents_value(&log, series, 0, &step);
        assert_int_equal(step, episodes);
        agent_uniform.destroy(agent);
    }
    return estimate_mean(values, RUNS);
}

static void expect_near(Estimate found, double expected) {
    if (!(fabs(found.value - expected) < 4 * found.se)) fail_msg("%g +- %g, expected %g", found.value, found.se, expected);
}

static void returns_are_those_of_the_maze(void **state) {
    (void)state;
    for (int noisy = 0; noisy < 2; noisy++) {
        Env *env = support_maze(4, noisy ? 0.3 : 0);
        expect_near(play_runs(env, 400, "evaluation/return"), env->spec.random_return);
        expect_near(play_runs(env, 400, "evaluation/discounted_return"), env->spec.random_discounted_return);
        env_destroy(env);
    }
}

// In the shortest maze an episode ends at each step after the first that reached the crossroad with probability 1/2 (up or down), goes back
// with 1/4, else stays; from the start 1/4 lead to the crossroad. Expected steps by counting backwards from the horizon.
static void length_is_that_of_the_maze(void **state) {
    (void)state;
    Env *env = support_maze(1, 0);
    double start = 0, crossroad = 0;    // expected steps that are left
    for (int left = 1; left <= env->spec.horizon; left++) {
        double next = 1 + start * 0.75 + crossroad * 0.25;
        crossroad = 1 + start * 0.25 + crossroad * 0.25;
        start = next;
    }
    expect_near(play_runs(env, 400, "evaluation/length"), start);
    env_destroy(env);
}

static void returns_are_those_of_the_hike(void **state) {
    (void)state;
    MountainHikeParams params;
    param_defaults(&mountain_hike_type.params, &params);
    Error error = {0};
    Env *env = env_create(&mountain_hike_type, &params, &error);
    assert_non_null(env);
    expect_near(play_runs(env, 50, "evaluation/return"), env->spec.random_return);
    env_destroy(env);
}

// Stopped after any number of episodes; the last stop is after everything is recorded. The seed matters.
static void resumed_is_undisturbed(void **state) {
    (void)state;
    enum { EPISODES = 12 };
    Env *env = support_maze(4, 0.2);
    AgentContext context = context_of(env, 5), other = context_of(env, 6);
    const UniformParams params = {EPISODES};
    AgentsLog whole = {0};
    Agent *undisturbed = agents_create(&agent_uniform, &params, &context);
    agents_advance(&agent_uniform, undisturbed, EPISODES, &whole);
    for (int stop = 0; stop <= EPISODES; stop++) {
        AgentsLog log = {0}, ignored = {0};
        Agent *first = agents_create(&agent_uniform, &params, &context);
        Agent *second = agents_create(&agent_uniform, &params, &context);
        agents_advance(&agent_uniform, first, stop, &ignored);
        agents_move(&agent_uniform, first, second);
        assert_int_equal(agent_uniform.done(second), stop);
        agents_advance(&agent_uniform, second, EPISODES, &log);
        if (stop < EPISODES) agents_expect_rest(&whole, 0, &log);
        else assert_int_equal(log.count, 0);
        agent_uniform.destroy(first);
        agent_uniform.destroy(second);
    }
    AgentsLog log = {0};
    Agent *different = agents_create(&agent_uniform, &params, &other);
    agents_advance(&agent_uniform, different, EPISODES, &log);
    assert_true(agents_last(&log, "evaluation/return") != agents_last(&whole, "evaluation/return"));
    agent_uniform.destroy(different);
    agent_uniform.destroy(undisturbed);
    env_destroy(env);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_are_those_of_the_maze),
        cmocka_unit_test(length_is_that_of_the_maze),
        cmocka_unit_test(returns_are_those_of_the_hike),
        cmocka_unit_test(resumed_is_undisturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
