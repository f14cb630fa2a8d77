// MultiarmedBandit against traces of the original, and its belief against what pays.
#include "envs/popgym/multiarmed_bandit.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    (void)rng;
    BanditState *state = memory;
    const BanditModel *model = native->model;
    double chances[BANDIT_ARMS];
    assert_int_equal(trace_field(trace, "bandit_p_float32", chances, BANDIT_ARMS), model->arms);
    for (int i = 0; i < model->arms; i++) state->chance[i] = (float)chances[i];
    state->time = 0;
    *observation = 0;
}

static NativeStep pull(const Trace *trace, int t, const Native *native, void *state, const int32_t *action, Rng *rng,
                       int32_t *observation) {
    (void)rng;
    enum { MOST = 600 };
    double uniforms[MOST];
    const int count = trace_field(trace, "uniform_draws", uniforms, MOST);
    assert_true(t <= count);
    return bandit_pull(native->model, state, *action, uniforms[t - 1], observation);
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&multiarmed_bandit, force, pull, 3);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&multiarmed_bandit, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void sizes_are_the_original_s(void **unused) {
    (void)unused;
    static const int arms[] = {10, 20, 30}, limits[] = {200, 400, 600};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(&multiarmed_bandit, &(NativeParams){.level = level});
        const NativeSpec *spec = &native->spec;
        assert_int_equal(spec->action.size, 1);
        assert_int_equal(spec->action.choices[0], arms[level]);
        assert_int_equal(space_joint(&spec->observation), 2);
        assert_int_equal(spec->privileged_size, arms[level]);
        assert_int_equal(spec->limit, limits[level]);
        Rng world = rng_stream(5, RNG_TEST, 0), actor = rng_stream(5, RNG_TEST, 1);
        const NativeEpisode episode = native_play(native, NULL, &world, &actor);
        assert_int_equal(episode.steps, limits[level]);
        assert_false(episode.terminated);
        native_destroy(native);
    }
}

// Beta(3, 2) after the arm has paid twice and not paid once: mean 3/5, variance 6/150.
static void an_arm_s_belief_by_hand(void **unused) {
    (void)unused;
    Native *native = native_create(&multiarmed_bandit, &(NativeParams){.level = LEVEL_EASY});
    BanditBelief belief;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    const int32_t arm = 7, paid = 1, failed = 0;
    assert_false(native->type->belief_reset(native->model, &belief, &paid, &rng));
    assert_true(native->type->belief_reset(native->model, &belief, &failed, &rng));
    assert_true(native->type->belief_update(native->model, &belief, &arm, &paid, &rng));
    assert_true(native->type->belief_update(native->model, &belief, &arm, &failed, &rng));
    assert_true(native->type->belief_update(native->model, &belief, &arm, &paid, &rng));
    float vector[20];
    assert_int_equal(belief_size(native->spec.belief, native->spec.belief_parts), 20);
    native->type->belief_vector(native->model, &belief, vector);
    for (int i = 0; i < 10; i++) {
        assert_true(fabs((double)vector[2 * i] - (i == arm ? 0.6 : 0.5)) < 1e-7);
        assert_true(fabs((double)vector[2 * i + 1] - (i == arm ? 0.04 : 1.0 / 12)) < 1e-8);
    }
    native_destroy(native);
}

// Over episodes from the prior: squared errors of the means sum up to the variances, and a pull pays as often as the mean says.
static void the_belief_is_calibrated(void **unused) {
    (void)unused;
    Native *native = native_create(&multiarmed_bandit, &(NativeParams){.level = LEVEL_EASY});
    const NativePolicy *thompson = &native->type->policies[2];
    assert_string_equal(thompson->name, "thompson_beta_memory");
    double squares = 0, variances = 0, paid = 0, expected = 0, spread = 0;
    for (uint64_t episode = 0; episode < 500; episode++) {
        Rng rng = rng_stream(3, RNG_TEST, episode);
        BanditState state;
        BanditBelief belief, memory = {0};
        int32_t observation, action = 0, previous;
        float vector[20];
        native->type->reset(native->model, &state, &rng, &observation);
        assert_true(native->type->belief_reset(native->model, &belief, &observation, &rng));
        for (int t = 0; t < 60; t++) {
            previous = action;
            thompson->act(&(PolicyView){.model = native->model,
                                        .time = t,
                                        .observation = &observation,
                                        .previous_action = &previous,
                                        .memory = &memory},
                          &rng, &action);
            native->type->belief_vector(native->model, &belief, vector);
            const double mean = (double)vector[2 * action];
            native->type->step(native->model, &state, &action, &rng, &observation);
            paid += observation, expected += mean, spread += mean * (1 - mean);
            assert_true(native->type->belief_update(native->model, &belief, &action, &observation, &rng));
        }
        native->type->belief_vector(native->model, &belief, vector);
        for (int i = 0; i < 10; i++) {
            const double error = (double)(state.chance[i] - vector[2 * i]);
            squares += error * error, variances += (double)vector[2 * i + 1];
        }
    }
    print_message("squared errors %.2f of %.2f, pulls that paid %.0f of %.0f +- %.0f\n", squares, variances, paid, expected,
                  sqrt(spread));
    assert_true(fabs(squares / variances - 1) < 0.08);
    assert_true(fabs(paid - expected) < 4 * sqrt(spread));
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_traces),    cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(sizes_are_the_original_s), cmocka_unit_test(an_arm_s_belief_by_hand),
        cmocka_unit_test(the_belief_is_calibrated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
