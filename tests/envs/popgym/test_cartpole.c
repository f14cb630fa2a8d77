// The pole on a cart against steps of the original, many at once against one by one, and its beliefs against the state.
#include "envs/popgym/cartpole.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/control.h"
#include "tests/envs/popgym/statistics.h"

// ---- the original's steps ----------------------------------------------------------------------------------------------------------

typedef struct Worst {
    double state, observation, reward;
    int beyond;
} Worst;

static CartPolePhase phase_of(const double *numbers) {
    return (CartPolePhase){numbers[0], numbers[1], numbers[2], numbers[3]};
}

static void compare_phase(const ControlRow *row, const CartPolePhase *at, Worst *worst) {
    const double found[] = {at->x, at->velocity, at->angle, at->spin};
    for (int k = 0; k < CARTPOLE_NUMBERS; k++) control_close(found[k], row->after[k], 1e-12, row, "state", &worst->state);
}

static void compare_observation(const CartPoleModel *model, const ControlRow *row, float *seen, Worst *worst) {
    if (model->noisy) noise_add(&model->noise, (float)row->noise[0], (float)row->noise[1], seen);
    for (int k = 0; k < 2; k++)
        control_close((double)seen[k], row->observation[k], 1e-7, row, "observation", &worst->observation);
}

// Noise is given, so a noisy step is played without and given it afterwards. Steps after an end are none that `step` takes: the original pays -1
// after a fall. Their state and observation still follow the same physics.
static void one_step(const Native *native, const ControlRow *row, void *context) {
    Worst *worst = context;
    CartPoleModel model = *(const CartPoleModel *)native->model, silent = model;
    silent.noisy = false;
    float seen[2];
    CartPoleState state = {.at = phase_of(row->before), .steps = row->t - 1};
    if (row->t == 0) {
        seen[0] = (float)row->after[0], seen[1] = (float)row->after[2];    // positions, also of the velocity-only one
    } else if (row->beyond) {
        state.at = cartpole_moved(state.at, (int)row->action);
        cartpole_observe(&model, &state.at, seen);
        compare_phase(row, &state.at, worst);
        assert_int_equal(cartpole_fallen(state.at.x, state.at.angle), row->terminated);
        worst->beyond++;
    } else {
        Rng rng = rng_stream(0, RNG_TEST, 0);
        const NativeStep made = native->type->step(&silent, &state, &(int32_t){(int32_t)row->action}, &rng, seen);
        compare_phase(row, &state.at, worst);
        control_close(made.reward, row->reward, 1e-12, row, "reward", &worst->reward);
        assert_int_equal(made.terminated, row->terminated);
        assert_int_equal(made.truncated, row->truncated);
    }
    compare_observation(&model, row, seen, worst);
}

static const NativeType *const variants[] = {&position_only_cartpole, &velocity_only_cartpole, &noisy_position_only_cartpole};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void the_original_s_steps(void **unused) {
    (void)unused;
    Worst worst = {0};
    for (int v = 0; v < VARIANTS; v++) control_play(variants[v], one_step, 9, &worst);
    print_message("worst deviations: state %.2g, observation %.2g, reward %.2g; %d steps after an end\n", worst.state,
                  worst.observation, worst.reward, worst.beyond);
    assert_true(worst.beyond > 0);
}

static void spaces_are_the_original_s(void **unused) {
    (void)unused;
    for (int v = 0; v < VARIANTS; v++) control_spaces(variants[v]);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    for (int v = 0; v < VARIANTS; v++) statistics_check(variants[v], getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void many_at_once_is_one_by_one(void **unused) {
    (void)unused;
    for (int v = 0; v < VARIANTS; v++) {
        control_many_is_one_by_one(variants[v], LEVEL_HARD, 301, 120);
        control_many_is_one_by_one(variants[v], LEVEL_EASY, 1, 40);
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
