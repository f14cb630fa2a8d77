// The pendulum against steps of the original, many at once against one by one, and its beliefs against the state.
#include "envs/popgym/pendulum.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/control.h"
#include "tests/envs/popgym/pendulum_plan.h"
#include "tests/envs/popgym/statistics.h"

static const NativeType *const variants[] = {&position_only_pendulum, &noisy_position_only_pendulum};
enum { VARIANTS = sizeof variants / sizeof *variants };

// ---- the original's steps ----------------------------------------------------------------------------------------------------------

typedef struct Worst {
    double state, observation, reward;
    int beyond;
} Worst;

// Noise is given, so a noisy step is played without and given it afterwards.
static void one_step(const Native *native, const ControlRow *row, void *context) {
    Worst *worst = context;
    PendulumModel model = *(const PendulumModel *)native->model, silent = model;
    silent.noisy = false;
    PendulumState state =
        pendulum_at(row->t == 0 ? row->after[0] : row->before[0], row->t == 0 ? row->after[1] : row->before[1]);
    float seen[2] = {(float)state.cosine, (float)state.sine};
    worst->beyond += row->beyond;
    if (row->t > 0) {
        const float torque = (float)row->action;
        Rng rng = rng_stream(0, RNG_TEST, 0);
        state.steps = row->t - 1;
        const NativeStep made = native->type->step(&silent, &state, &torque, &rng, seen);
        control_close(made.reward, row->reward, 1e-9, row, "reward", &worst->reward);
        assert_int_equal(made.terminated, row->terminated);
        assert_int_equal(made.truncated, row->truncated);
        control_close(state.angle, row->after[0], 1e-12, row, "state", &worst->state);
        control_close(state.spin, row->after[1], 1e-12, row, "state", &worst->state);
    }
    if (model.noisy) noise_add(&model.noise, (float)row->noise[0], (float)row->noise[1], seen);
    for (int k = 0; k < 2; k++)
        control_close((double)seen[k], row->observation[k], 1e-7, row, "observation", &worst->observation);
}

static void the_original_s_steps(void **unused) {
    (void)unused;
    Worst worst = {0};
    for (int v = 0; v < VARIANTS; v++) control_play(variants[v], one_step, 6, &worst);
    print_message("worst deviations: state %.2g, observation %.2g, reward %.2g; %d steps after an end\n", worst.state,
                  worst.observation, worst.reward, worst.beyond);
}

static const PendulumPlan *plan;    // for the policy below, which has no other place for it

static void oracle_state_dp(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const PendulumModel *model = view->model;
    *(float *)action = plan_act(plan, view->state, model->limit - view->time);
}

static void spaces_are_the_original_s(void **unused) {
    (void)unused;
    for (int v = 0; v < VARIANTS; v++) control_spaces(variants[v]);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    static const NativePolicy more = {"oracle_state_dp", POLICY_KNOWS_STATE, 0, oracle_state_dp, false};
    PendulumPlan *made = plan_make();
    plan = made;
    for (int v = 0; v < VARIANTS; v++) statistics_check_with(variants[v], &more, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
    free(made);
}

static void many_at_once_is_one_by_one(void **unused) {
    (void)unused;
    for (int v = 0; v < VARIANTS; v++) {
        control_many_is_one_by_one(variants[v], LEVEL_HARD, 301, 220);
        control_many_is_one_by_one(variants[v], LEVEL_EASY, 1, 201);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_steps),
        cmocka_unit_test(spaces_are_the_original_s),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(many_at_once_is_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
