// A wrapper that changes nothing is the environment that it is around.
#include "envs/wrapper.h"
#include "tests/support.h"

enum { OWN_STATE = 5, OWN_BELIEF = 3 };

// One episode and a little more, side by side; the wrapper's own parts must be left alone.
static void play_beside(const Env *inner, const Env *outer, Rng rng) {
    const EnvWrapper *wrapper = outer->model;
    Rng same = rng;
    TMazeState at;
    void *belief = memory_zeroed(1, inner->spec.belief_bytes);
    char *state = memory_zeroed(1, outer->spec.state_bytes), *outer_belief = memory_zeroed(1, outer->spec.belief_bytes);
    float a[2][4], vector[2][16], privileged[2][2], known[2][2];
    memset(wrapper_own_state(wrapper, state), 'x', OWN_STATE);
    memset(wrapper_own_belief(wrapper, outer_belief), 'y', OWN_BELIEF);
    tmaze_type.reset(inner->model, &at, &rng, a[0]);
    outer->type->reset(outer->model, state, &same, a[1]);
    assert_true(tmaze_type.belief_reset(inner->model, belief, a[0], &rng));
    assert_true(outer->type->belief_reset(outer->model, outer_belief, a[1], &same));
    for (int t = 0; t < 40; t++) {
        int action = tmaze_type.explore(inner->model, &rng);
        assert_int_equal(outer->type->explore(outer->model, &same), action);
        EnvStep left = tmaze_type.step(inner->model, &at, action, &rng, a[0]);
        EnvStep right = outer->type->step(outer->model, state, action, &same, a[1]);
        assert_true(left.reward == right.reward && left.done == right.done);
        assert_memory_equal(a[0], a[1], sizeof a[0]);
        assert_true(tmaze_type.belief_update(inner->model, belief, action, a[0], &rng));
        assert_true(outer->type->belief_update(outer->model, outer_belief, action, a[1], &same));
        tmaze_type.belief_vector(inner->model, belief, vector[0]);
        outer->type->belief_vector(outer->model, outer_belief, vector[1]);
        assert_memory_equal(vector[0], vector[1], sizeof vector[0]);
        tmaze_type.state_vector(inner->model, &at, vector[0]);
        outer->type->state_vector(outer->model, state, vector[1]);
        assert_memory_equal(vector[0], vector[1], sizeof vector[0]);
        tmaze_type.privileged(inner->model, &at, privileged[0]);
        outer->type->privileged(outer->model, state, privileged[1]);
        assert_memory_equal(privileged[0], privileged[1], sizeof privileged[0]);
        tmaze_type.belief_privileged(inner->model, belief, known[0]);
        outer->type->belief_privileged(outer->model, outer_belief, known[1]);
        assert_memory_equal(known[0], known[1], sizeof known[0]);
    }
    assert_int_equal(rng.drawn, same.drawn);
    assert_memory_equal(wrapper_own_state(wrapper, state), "xxxxx", OWN_STATE);
    assert_memory_equal(wrapper_own_belief(wrapper, outer_belief), "yyy", OWN_BELIEF);
    free(belief);
    free(state);
    free(outer_belief);
}

static void what_is_not_replaced_is_passed_on(void **state) {
    (void)state;
    Env *inner = support_maze(5, 0.2);
    Env *outer = wrapper_create(inner, sizeof(EnvWrapper), OWN_STATE, OWN_BELIEF);
    assert_ptr_not_equal(outer->type, inner->type);
    assert_string_equal(outer->type->name, "tmaze");
    assert_ptr_equal(outer->type->action_names, inner->type->action_names);
    assert_int_equal(outer->spec.observation_size, 4);
    assert_int_equal(outer->spec.belief_size, 16);
    assert_true(outer->spec.optimal_return == inner->spec.optimal_return);
    for (uint64_t episode = 0; episode < 20; episode++) play_beside(inner, outer, rng_stream(1, RNG_TEST, episode));
    env_destroy(outer);    // and the inner one with it
}

static void states_can_lie_in_one_array(void **state) {
    (void)state;
    Env *outer = wrapper_create(support_maze(5, 0.2), sizeof(EnvWrapper), OWN_STATE, OWN_BELIEF);
    assert_int_equal(outer->spec.state_bytes % wrapper_aligned(1), 0);
    assert_int_equal(outer->spec.belief_bytes % wrapper_aligned(1), 0);
    assert_int_equal(wrapper_aligned(0), 0);
    assert_int_equal(wrapper_aligned(wrapper_aligned(1)), wrapper_aligned(1));
    env_destroy(outer);
}

static void without_a_filter_there_is_none_to_pass_on(void **state) {
    (void)state;
    Env *inner = support_maze(5, 0.2);
    inner->spec.belief_parts = inner->spec.belief_size = 0;
    Env *outer = wrapper_create(inner, sizeof(EnvWrapper), 0, 0);
    assert_true(!outer->type->belief_reset && !outer->type->belief_update);
    assert_true(!outer->type->belief_vector && !outer->type->belief_privileged);
    env_destroy(outer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_replaced_is_passed_on),
        cmocka_unit_test(states_can_lie_in_one_array),
        cmocka_unit_test(without_a_filter_there_is_none_to_pass_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
