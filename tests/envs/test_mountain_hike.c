// Mountain Hike against the numbers of the original authors' program, its returns against dynamic programming and simulation.
#include "core/digest.h"
#include "core/kernels.h"
#include "core/normal.h"
#include "envs/hike_grid.h"
#include "envs/mountain_hike.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/belief/"

static void expect_near(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: %.12g, expected %.12g", what, found, expected);
}

static void worst(double *deviation, double found, double expected, const char *what) {
    expect_near(found, expected, 1e-6, what);
    *deviation = fmax(*deviation, fabs(found - expected));
}

static MountainHikeParams defaults(void) {
    MountainHikeParams params;
    param_defaults(&mountain_hike_type.params, &params);
    return params;
}

static Env *make(const MountainHikeParams *params) {
    Error error = {0};
    Env *env = env_create(&mountain_hike_type, params, &error);
    if (!env) fail_msg("%s", error.message);
    return env;
}

static Env *make_varying(HikeVariation variation) {
    MountainHikeParams params = defaults();
    params.variation = (int)variation;
    return make(&params);
}

// ---- golden numbers -------------------------------------------------------------------------------------------------

static void altitudes_equal_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "hike_altitude.csv");
    double deviation = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        double x = support_number(table, row, "x"), y = support_number(table, row, "y");
        worst(&deviation, hike_altitude(x, y), support_number(table, row, "altitude"), "altitude");
        assert_int_equal(hike_arrived(x, y), support_whole(table, row, "terminal"));
    }
    print_message("worst deviation: %.2g\n", deviation);
    csv_destroy(table);
}

// Each action of each rotation without noise, also from terminal places and against the border.
static void transitions_equal_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "hike_transition.csv");
    double deviation = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        int rotation = support_whole(table, row, "rotation"), action = support_whole(table, row, "action");
        HikeState at;
        double right, up;
        hike_begin(&at, HIKE_ROTATIONS, rotation);
        at.x = support_number(table, row, "x"), at.y = support_number(table, row, "y");
        hike_displacement(at.displacement[action], &right, &up);
        assert_int_equal((action + support_whole(table, row, "particle_label")) % 4, at.displacement[action]);
        worst(&deviation, right, support_number(table, row, "move_x"), "displacement to the right");
        worst(&deviation, up, support_number(table, row, "move_y"), "displacement upwards");
        worst(&deviation, hike_move(&at, action, 0, 0), support_number(table, row, "reward"), "reward");
        worst(&deviation, at.x, support_number(table, row, "next_x"), "next x");
        worst(&deviation, at.y, support_number(table, row, "next_y"), "next y");
        assert_int_equal(hike_arrived(at.x, at.y), support_whole(table, row, "next_terminal"));
    }
    print_message("worst deviation: %.2g\n", deviation);
    csv_destroy(table);
}

// Whole episodes with the authors' noise.
static void episodes_equal_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "hike_episode.csv");
    double deviation = 0;
    HikeState at = {0};
    for (size_t row = 0; row < csv_rows(table); row++) {
        int action = support_whole(table, row, "action");
        double reward = 0;
        bool fixed = strcmp(csv_text(table, row, csv_column(table, "variation")), "None") == 0;
        if (action < 0) hike_begin(&at, fixed ? HIKE_FIXED : HIKE_ROTATIONS, support_whole(table, row, "rotation"));
        else reward = hike_move(&at, action, support_number(table, row, "noise_x"), support_number(table, row, "noise_y"));
        worst(&deviation, at.x, support_number(table, row, "x"), "x");
        worst(&deviation, at.y, support_number(table, row, "y"), "y");
        worst(&deviation, reward, support_number(table, row, "reward"), "reward");
        worst(&deviation, hike_altitude(at.x, at.y) + 0.1 * support_number(table, row, "noise_obs"),
              support_number(table, row, "obs"), "observation");
        assert_int_equal(hike_arrived(at.x, at.y), support_whole(table, row, "done"));
    }
    print_message("worst deviation: %.2g\n", deviation);
    csv_destroy(table);
}

// ---- returns by dynamic programming ---------------------------------------------------------------------------------
//
// V_h(s) = pick over a of E[A(s') + discount 1{s' not terminal} V_h-1(s')], pick being the maximum or the mean: the integral over s' by the
// matrices of the grid filter. V is continued smoothly into the goal, where nothing asks for it; a point on the circle's edge counts for
// the part of its cell that lies outside. Variations drop out: the state knows them, and the uniform policy does not care.

typedef struct Program {
    int points;
    double *axis[3], *altitude, *open;           // open: the part of a cell outside of the goal
    double *value, *after, *half[3], *action;    // half: after the x of the displacement -0.1, 0, 0.1
    int *best;
} Program;

static double *square(const Program *program) {
    return memory_zeroed((size_t)program->points * (size_t)program->points, sizeof(double));
}

static double part_outside(int points, double x, double y) {
    enum { CUTS = 32 };
    int outside = 0;
    for (int i = 0; i < CUTS; i++) {
        for (int j = 0; j < CUTS; j++) {
            double cell = 2.0 / (points - 1), dx = (i + 0.5) / CUTS - 0.5, dy = (j + 0.5) / CUTS - 0.5;
            outside += !hike_arrived(x + dx * cell, y + dy * cell);
        }
    }
    return (double)outside / (CUTS * CUTS);
}

static Program make_program(int points) {
    Program program = {.points = points};
    double **squares[] = {&program.axis[0], &program.axis[1], &program.axis[2], &program.altitude,
                          &program.open,    &program.value,   &program.after,   &program.half[0],
                          &program.half[1], &program.half[2], &program.action};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++) *squares[i] = square(&program);
    program.best = memory_zeroed((size_t)points * (size_t)points, sizeof *program.best);
    for (int k = 0; k < 3; k++) hike_grid_axis(points, (k - 1) * 0.1, program.axis[k]);
    for (int i = 0; i < points * points; i++) {
        double x = hike_grid_place(points, i / points), y = hike_grid_place(points, i % points);
        program.altitude[i] = hike_altitude(x, y);
        program.open[i] = part_outside(points, x, y);
    }
    return program;
}

static void release(Program *program) {
    double *squares[] = {program->axis[0], program->axis[1], program->axis[2], program->altitude,
                         program->open,    program->value,   program->after,   program->half[0],
                         program->half[1], program->half[2], program->action};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++) free(squares[i]);
    free(program->best);
}

// One action more to go.
static void back_up(Program *program, bool optimal, double discount) {
    const Kernels *kernels = kernels_for(DTYPE_F64);
    const int n = program->points;
    for (int i = 0; i < n * n; i++) program->after[i] = program->altitude[i] + discount * program->open[i] * program->value[i];
    Matrix action = matrix_view(DTYPE_F64, n, n, program->action);
    for (int k = 0; k < 3; k++) {
        Matrix half = matrix_view(DTYPE_F64, n, n, program->half[k]), axis = matrix_view(DTYPE_F64, n, n, program->axis[k]);
        kernels->product(false, false, axis, matrix_view(DTYPE_F64, n, n, program->after), false, half);
    }
    for (int a = 0; a < HIKE_ACTIONS; a++) {
        double right, up;
        hike_displacement(a, &right, &up);
        Matrix half = matrix_view(DTYPE_F64, n, n, program->half[right > 0 ? 2 : right < 0 ? 0 : 1]);
        kernels->product(false, true, half,
                         matrix_view(DTYPE_F64, n, n,
                                     program->axis[up > 0   ? 2
                                                   : up < 0 ? 0
                                                            : 1]),
                         false, action);
        for (int i = 0; i < n * n; i++) {
            double value = program->action[i], so_far = a == 0 ? optimal ? -INFINITY : 0 : program->value[i];
            if (value > so_far) program->best[i] = a;
            program->value[i] = optimal ? fmax(so_far, value) : so_far + value / HIKE_ACTIONS;
        }
    }
}

static double start_value(const Program *program) {
    int at = (program->points - 1) / 10;
    return program->value[at * program->points + at];
}

static void returns_equal_dynamic_programming(void **state) {
    (void)state;
    const bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    const double tolerance = full ? 6e-5 : 7e-3;
    Env *envs[] = {make_varying(HIKE_FIXED), make_varying(HIKE_ROTATIONS), make_varying(HIKE_PERMUTATIONS)};
    for (int discounted = 0; discounted < 2; discounted++) {
        const double discount = discounted ? 0.99 : 1;
        Program random = make_program(full ? 321 : 81), optimal = make_program(full ? 321 : 81);
        for (int t = 0, e = 0; e < 3; t++) {
            const EnvSpec *spec = &envs[e]->spec;
            if (t == spec->horizon) {
                double at_random = start_value(&random), best = start_value(&optimal);
                print_message("horizon %d, discount %g: random %.6f, bound %.6f\n", t, discount, at_random, best);
                expect_near(discounted ? spec->random_discounted_return : spec->random_return, at_random, 2 * tolerance,
                            "random");
                expect_near(discounted ? spec->bound_discounted_return : spec->bound_return, best, tolerance, "bound");
                e++;
            }
            back_up(&random, false, discount);
            if (t < 80 || full) back_up(&optimal, true, discount);    // longer horizons do not change it
        }
        release(&random);
        release(&optimal);
    }
    for (int e = 0; e < 3; e++) env_destroy(envs[e]);
}

// ---- returns by simulation ------------------------------------------------------------------------------------------

typedef struct Score {
    double plain, discounted, plain_error, discounted_error;    // means and their standard errors
} Score;

// Actions from the table of the program at the nearest point, which knows the state; NULL: the environment's own exploration.
static int choose(const Env *env, const Program *program, const HikeState *at, Rng *rng) {
    if (!program) return mountain_hike_type.explore(env->model, rng);
    const int n = program->points;
    int best = program->best[(int)lround((at->x + 1) / 2 * (n - 1)) * n + lround((at->y + 1) / 2 * (n - 1))];
    for (int a = 0; a < HIKE_ACTIONS; a++) {
        if (at->displacement[a] == best) return a;
    }
    fail_msg("no action is displacement %d", best);
    return 0;
}

static Score simulate(const Env *env, const Program *program, int episodes) {
    double sums[4] = {0};
    for (int episode = 0; episode < episodes; episode++) {
        Rng world = rng_stream(21, RNG_TEST, (uint64_t)episode), agent = rng_stream(22, RNG_TEST, (uint64_t)episode);
        HikeState at;
        float seen;
        double plain = 0, discounted = 0, weight = 1;
        mountain_hike_type.reset(env->model, &at, &world, &seen);
        EnvStep step = {0};
        for (int t = 0; t < env->spec.horizon && !step.done; t++, weight *= env->spec.discount) {
            step = mountain_hike_type.step(env->model, &at, choose(env, program, &at, &agent), &world, &seen);
            assert_true(fabs(at.x) <= 1 && fabs(at.y) <= 1);
            plain += step.reward, discounted += weight * step.reward;
        }
        sums[0] += plain, sums[1] += plain * plain, sums[2] += discounted, sums[3] += discounted * discounted;
    }
    Score score = {.plain = sums[0] / episodes, .discounted = sums[2] / episodes};
    score.plain_error = sqrt((sums[1] / episodes - score.plain * score.plain) / episodes);
    score.discounted_error = sqrt((sums[3] / episodes - score.discounted * score.discounted) / episodes);
    return score;
}

static void random_policy_earns_its_return(void **state) {
    (void)state;
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 100000 : 3000;
    for (HikeVariation variation = HIKE_FIXED; variation <= HIKE_PERMUTATIONS; variation++) {
        Env *env = make_varying(variation);
        Score score = simulate(env, NULL, episodes);
        print_message("horizon %d: %.3f +- %.3f, discounted %.3f +- %.3f\n", env->spec.horizon, score.plain, score.plain_error,
                      score.discounted, score.discounted_error);
        expect_near(score.plain, env->spec.random_return, 4 * score.plain_error, "return");
        expect_near(score.discounted, env->spec.random_discounted_return, 4 * score.discounted_error, "discounted return");
        env_destroy(env);
    }
}

// The bound can be reached by whoever sees the state, under each variation.
static void the_bound_is_reached_with_the_state(void **state) {
    (void)state;
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 100000 : 3000;
    Program program = make_program(getenv("ENGRAM_TEST_FULL") ? 161 : 81);
    for (int t = 0; t < 80; t++) back_up(&program, true, 0.99);
    for (HikeVariation variation = HIKE_FIXED; variation <= HIKE_PERMUTATIONS; variation++) {
        Env *env = make_varying(variation);
        Score score = simulate(env, &program, episodes);
        print_message("horizon %d: discounted %.4f +- %.4f\n", env->spec.horizon, score.discounted, score.discounted_error);
        expect_near(score.discounted, env->spec.bound_discounted_return, 4 * score.discounted_error + 0.01,
                    "discounted return");
        env_destroy(env);
    }
    release(&program);
}

// ---- variations -----------------------------------------------------------------------------------------------------

static void permutations_are_all_there(void **state) {
    (void)state;
    int previous = -1;
    for (int variant = 0; variant < HIKE_PERMUTATION_COUNT; variant++) {
        HikeState at;
        hike_begin(&at, HIKE_PERMUTATIONS, variant);
        int digits = 0, seen = 0;
        for (int a = 0; a < HIKE_ACTIONS; a++) digits = digits * 10 + at.displacement[a], seen |= 1 << at.displacement[a];
        assert_int_equal(seen, 15);
        assert_true(digits > previous);    // alphabetical
        previous = digits;
        assert_true(at.x == -0.8 && at.y == -0.8 && at.variant == variant);
    }
}

// Chi-square of how often each variant is drawn, against its 1e-4 quantile from above.
static void variants_are_uniform(void **state) {
    (void)state;
    static const double critical[] = {0, 21.1, 55.7};
    static const int counts[] = {1, 4, 24};
    for (HikeVariation variation = HIKE_FIXED; variation <= HIKE_PERMUTATIONS; variation++) {
        enum { DRAWS = 12000 };
        Env *env = make_varying(variation);
        Rng rng = rng_stream(23, RNG_TEST, 0);
        int drawn[HIKE_PERMUTATION_COUNT] = {0};
        double expected = (double)DRAWS / counts[variation], chi_square = 0, mean = 0, square = 0;
        for (int i = 0; i < DRAWS; i++) {
            HikeState at;
            float seen;
            mountain_hike_type.reset(env->model, &at, &rng, &seen);
            drawn[at.variant]++;
            double noise = ((double)seen - hike_altitude(-0.8, -0.8)) / 0.1;
            mean += noise / DRAWS, square += noise * noise / DRAWS;
        }
        for (int v = 0; v < counts[variation]; v++) chi_square += pow(drawn[v] - expected, 2) / expected;
        assert_true(chi_square <= critical[variation]);
        expect_near(mean, 0, 4 / sqrt(DRAWS), "mean of the noise");
        expect_near(square, 1, 4 * sqrt(2.0 / DRAWS), "variance of the noise");
        env_destroy(env);
    }
}

static void states_are_told_as_they_are(void **state) {
    (void)state;
    HikeState at;
    float out[18], expected[18] = {0.25F, -0.5F};
    Env *env = make_varying(HIKE_FIXED);
    assert_true(env->spec.state_size == 2 && env->spec.privileged_size == 2);
    env_destroy(env);
    env = make_varying(HIKE_ROTATIONS);
    assert_true(env->spec.state_size == 6 && env->spec.privileged_size == 3);
    hike_begin(&at, HIKE_ROTATIONS, 3);
    at.x = 0.25, at.y = -0.5;
    mountain_hike_type.state_vector(env->model, &at, out);
    expected[2 + 3] = 1;
    assert_memory_equal(out, expected, 6 * sizeof *out);
    mountain_hike_type.privileged(env->model, &at, out);
    assert_true(out[0] == 0.25F && out[1] == -0.5F && out[2] == 3);
    env_destroy(env);
    env = make_varying(HIKE_PERMUTATIONS);
    assert_true(env->spec.state_size == 18 && env->spec.privileged_size == 3);
    hike_begin(&at, HIKE_PERMUTATIONS, 23);    // 3, 2, 1, 0
    at.x = 0.25, at.y = -0.5;
    mountain_hike_type.state_vector(env->model, &at, out);
    expected[2 + 3] = expected[2 + 4 + 2] = expected[2 + 8 + 1] = expected[2 + 12] = 1;
    assert_memory_equal(out, expected, 18 * sizeof *out);
    mountain_hike_type.privileged(env->model, &at, out);
    assert_true(out[2] == 23);
    env_destroy(env);
}

// Inside the goal nothing moves, nothing is paid, and the altitude is seen with fresh noise.
static void the_goal_holds(void **state) {
    (void)state;
    Env *env = make_varying(HIKE_ROTATIONS);
    Rng rng = rng_stream(24, RNG_TEST, 0);
    HikeState at;
    hike_begin(&at, HIKE_ROTATIONS, 1);
    at.x = 0.7, at.y = 0.75;
    float before = 0;
    for (int t = 0; t < 5; t++) {
        float seen;
        EnvStep step = mountain_hike_type.step(env->model, &at, t % 4, &rng, &seen);
        assert_true(step.done && step.reward == 0 && at.x == 0.7 && at.y == 0.75 && seen != before);
        before = seen;
    }
    assert_int_equal(rng.drawn, 5 * 4);    // one variate each
    assert_false(hike_arrived(0.5999, 0.8) || hike_arrived(0.8, 0.5999) || hike_arrived(0.65, 0.66));
    assert_true(hike_arrived(0.6001, 0.8) && hike_arrived(0.8, 0.999) && hike_arrived(0.67, 0.66));
    env_destroy(env);
}

// ---- the type -------------------------------------------------------------------------------------------------------

static void specifications_follow_the_parameters(void **state) {
    (void)state;
    MountainHikeParams params = defaults();
    Env *env = make(&params);
    const EnvSpec *spec = &env->spec;
    assert_true(spec->horizon == 80 && spec->discount == 0.99 && spec->action_count == 4 && spec->observation_size == 1);
    assert_true(spec->belief_parts == 1 && spec->belief[0].kind == BELIEF_PARTICLES && spec->belief[0].levels == 0);
    assert_true(spec->belief[0].particles == 1000 && spec->belief_size == 3000 && !spec->belief[0].discrete);
    assert_true(isnan(spec->optimal_return) && isnan(spec->optimal_discounted_return));
    assert_true(spec->random_return < spec->bound_return && spec->random_discounted_return < spec->bound_discounted_return);
    env_destroy(env);
    params.variation = HIKE_ROTATIONS, params.particles = 7;
    env = make(&params);
    assert_true(env->spec.horizon == 160 && env->spec.belief[0].levels == 4 && env->spec.belief_size == 21);
    env_destroy(env);
    params.filter = HIKE_GRID, params.grid = 31;
    env = make(&params);
    assert_true(env->spec.belief[0].kind == BELIEF_EXACT && env->spec.belief_size == 4 * 31 * 31 &&
                !env->spec.belief[0].discrete);
    env_destroy(env);
    params.variation = HIKE_PERMUTATIONS, params.grid = 40;    // no filter, so that its settings do not matter
    env = make(&params);
    assert_true(env->spec.horizon == 240 && env->spec.belief_parts == 0 && env->spec.belief_size == 0);
    env_destroy(env);
}

static void grids_without_the_start_are_refused(void **state) {
    (void)state;
    static const struct {
        int grid;
        const char *accepted;
    } cases[] = {{40, "31 or 41 would"}, {42, "41 or 51 would"}, {50, "41 or 51 would"}, {29, "21 or 31 would"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MountainHikeParams params = defaults();
        Error error = {0};
        params.filter = HIKE_GRID, params.grid = cases[i].grid;
        assert_null(env_create(&mountain_hike_type, &params, &error));
        support_assert_has(error.message, "environment hike: grid is ");
        support_assert_has(error.message, cases[i].accepted);
    }
}

// The filters through the type: a first observation that is none is refused by both.
static void beliefs_are_those_of_the_filters(void **state) {
    (void)state;
    for (int filter = HIKE_PARTICLES; filter <= HIKE_GRID; filter++) {
        MountainHikeParams params = defaults();
        params.variation = HIKE_ROTATIONS, params.filter = filter, params.particles = 200;
        Env *env = make(&params);
        void *belief = memory_zeroed(1, env->spec.belief_bytes);
        float *vector = memory_zeroed((size_t)env->spec.belief_size, sizeof *vector), seen = NAN, out[3];
        Rng rng = rng_stream(25, RNG_TEST, 0);
        assert_false(mountain_hike_type.belief_reset(env->model, belief, &seen, &rng));
        seen = -0.6F;
        assert_true(mountain_hike_type.belief_reset(env->model, belief, &seen, &rng));
        mountain_hike_type.belief_privileged(env->model, belief, out);
        assert_true(out[0] == -0.8F && out[1] == -0.8F && isnan(out[2]));
        assert_true(mountain_hike_type.belief_update(env->model, belief, HIKE_UP, &seen, &rng));
        mountain_hike_type.belief_privileged(env->model, belief, out);
        assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
        mountain_hike_type.belief_vector(env->model, belief, vector);
        double sum = 0;
        for (int i = 0; i < env->spec.belief_size; i++) sum += (double)vector[i];
        if (filter == HIKE_GRID) expect_near(sum, 1, 1e-5, "sum of the belief");
        else assert_true(vector[2] >= 0 && vector[2] <= 3 && vector[0] != vector[3]);
        free(vector);
        free(belief);
        env_destroy(env);
    }
}

// The same numbers on every machine.
static void episodes_have_a_digest(void **state) {
    (void)state;
    for (int repeat = 0; repeat < 2; repeat++) {
        Digest *digest = digest_create();
        for (HikeVariation variation = HIKE_FIXED; variation <= HIKE_PERMUTATIONS; variation++) {
            Env *env = make_varying(variation);
            Rng rng = rng_stream(26, RNG_TEST, (uint64_t)variation);
            HikeState at;
            float seen;
            mountain_hike_type.reset(env->model, &at, &rng, &seen);
            for (int t = 0; t < env->spec.horizon; t++) {
                EnvStep step =
                    mountain_hike_type.step(env->model, &at, mountain_hike_type.explore(env->model, &rng), &rng, &seen);
                digest_update(digest, &step.reward, sizeof step.reward);
                digest_update(digest, &seen, sizeof seen);
            }
            env_destroy(env);
        }
        char hex[DIGEST_SIZE];
        digest_finish(digest, hex);
        assert_string_equal(hex, "d557d79fb043e06a563797d34d1d67721e9bfda7a016e8153bc5d0a49bcf1ad5");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(altitudes_equal_the_authors),          cmocka_unit_test(transitions_equal_the_authors),
        cmocka_unit_test(episodes_equal_the_authors),           cmocka_unit_test(returns_equal_dynamic_programming),
        cmocka_unit_test(random_policy_earns_its_return),       cmocka_unit_test(the_bound_is_reached_with_the_state),
        cmocka_unit_test(permutations_are_all_there),           cmocka_unit_test(variants_are_uniform),
        cmocka_unit_test(states_are_told_as_they_are),          cmocka_unit_test(the_goal_holds),
        cmocka_unit_test(specifications_follow_the_parameters), cmocka_unit_test(grids_without_the_start_are_refused),
        cmocka_unit_test(beliefs_are_those_of_the_filters),     cmocka_unit_test(episodes_have_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
