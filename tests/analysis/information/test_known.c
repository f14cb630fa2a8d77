// Tasks of known information: the closed forms against golden numbers and against the mean logarithm of the density ratio, the generator
// against golden samples, bijections against their inverses.
#include "analysis/information/known.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>

#include "analysis/two_sample.h"
#include "tests/support.h"

typedef struct Sample {
    int n;
    Matrix x, y;
} Sample;

static Sample allocate(const KnownTask *task, int n, DType type) {
    void *x = memory_zeroed((size_t)n * (size_t)task->dx, dtype_size(type));
    void *y = memory_zeroed((size_t)n * (size_t)task->dy, dtype_size(type));
    return (Sample){n, matrix_view(type, n, task->dx, x), matrix_view(type, n, task->dy, y)};
}

static void release(Sample *sample) {
    free(sample->x.data);
    free(sample->y.data);
}

static Sample draw(const KnownTask *task, int n, DType type, uint64_t stream) {
    Sample sample = allocate(task, n, type);
    Rng rng = rng_stream(0, RNG_TEST, stream);
    known_draw(task, &rng, sample.x, sample.y);
    return sample;
}

static const KnownTask *find(const char *name) {
    Error error = {0};
    const KnownTask *task = known_find(name, &error);
    if (!task) fail_msg("%s", error.message);
    return task;
}

// ---- the truth -----------------------------------------------------------------------------------------------------------------

static void closed_forms_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table("tests/golden/analysis/mi/true_mi.csv");
    double worst = 0;
    int compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "kind")), "closed form") != 0) continue;
        const char *name = csv_text(table, row, csv_column(table, "task"));
        const KnownTask *task = find(name);
        assert_true(task == &known_tasks[compared]);
        assert_true(task->dx == support_whole(table, row, "dim_x") && task->dy == support_whole(table, row, "dim_y"));
        double golden = support_number(table, row, "true_mi"), deviation = fabs(known_information(task) / golden - 1);
        if (!(deviation <= 1e-11)) fail_msg("%s: %.12g, golden %.12g", name, known_information(task), golden);
        worst = fmax(worst, deviation);
        compared++;
    }
    csv_destroy(table);
    assert_int_equal(compared, 40);
    print_message("worst deviation: %.1e (relative) of %d tasks\n", worst, compared);
}

// log of a normal density whose variables have variance 1 and all correlate by c, without (2 pi)^(-k/2).
static double log_equicorrelated(double c, int k, double sum, double squares) {
    double determinant = pow(1 - c, k - 1) * (1 - c + c * k);
    double form = (squares - c / (1 - c + c * k) * sum * sum) / (1 - c);
    return -log(determinant) / 2 - form / 2;
}

static double log_student(double nu, int k, double squares) {
    return gsl_sf_lngamma((nu + k) / 2) - gsl_sf_lngamma(nu / 2) - k * log(nu * M_PI) / 2 - (nu + k) / 2 * log1p(squares / nu);
}

static double log_zero_inflated(double p, double x, int y) {
    double conditional = (1 - p) * exp(-x + y * log(x) - gsl_sf_lnfact((unsigned)y)) + (y == 0 ? p : 0);
    double marginal = (1 - p) * ldexp(1, -(y + 1)) + (y == 0 ? p : 0);
    return log(conditional / marginal);
}

// log p(x, y) / (p(x) p(y)) of a task without bijections.
static double log_ratio(const KnownTask *task, const double *x, const double *y) {
    double a = task->parameter, xs = 0, ys = 0, xx = 0, yy = 0;
    int dx = task->dx, dy = task->dy;
    for (int i = 0; i < dx; i++) xs += x[i], xx += x[i] * x[i];
    for (int i = 0; i < dy; i++) ys += y[i], yy += y[i] * y[i];
    switch (task->draw) {
    case DRAW_BIVARIATE: return log_equicorrelated(a, 2, xs + ys, xx + yy) + (xx + yy) / 2;
    case DRAW_DENSE:
        return log_equicorrelated(a, dx + dy, xs + ys, xx + yy) - log_equicorrelated(a, dx, xs, xx) -
               log_equicorrelated(a, dy, ys, yy);
    case DRAW_SPARSE:
        xs = 0;
        for (int i = 0; i < 2; i++) {
            double squares = x[i] * x[i] + y[i] * y[i];
            xs += log_equicorrelated(a * a / (1 + a * a), 2, x[i] + y[i], squares) + squares / 2;
        }
        return xs;
    case DRAW_STUDENT: return log_student(a, dx + dy, xx + yy) - log_student(a, dx, xx) - log_student(a, dy, yy);
    case DRAW_ADDITIVE:    // p(y) = the overlap of (y - a, y + a) and (0, 1) by 2 a
        return -log(fmin(1, *y + a) - fmax(0, *y - a));
    case DRAW_UNIFORM_MIXTURE:    // p(x) = 1 / (2 m) times the labels that reach x
        return log(a) - log((*x >= 1) + (*x < a) - (*x >= a + 1) - (*x < 0));
    case DRAW_NOISY_LABEL:    // all of x equally often
        return log(5 * (*x == *y ? 1 - 0.8 * a : 0.2 * a));
    case DRAW_ZERO_INFLATED: return log_zero_inflated(a, *x, (int)*y);
    }
    return NAN;
}

// Information is the mean of log_ratio: of the pairs drawn, within 4.5 standard errors.
static void mean_log_ratio_is_the_information(void **state) {
    (void)state;
    enum { PAIRS = 20000 };
    double worst = 0;
    int compared = 0;
    for (size_t t = 0; t < known_task_count; t++) {
        const KnownTask *task = &known_tasks[t];
        if (task->maps[0] != MAP_NONE) continue;
        Sample sample = draw(task, PAIRS, DTYPE_F64, t);
        double sum = 0, squares = 0, truth = known_information(task);
        for (int i = 0; i < PAIRS; i++) {
            double value = log_ratio(task, matrix_row(sample.x, i), matrix_row(sample.y, i)) - truth;
            sum += value, squares += value * value;
        }
        double error = sqrt(squares - sum * sum / PAIRS) / PAIRS, deviation = fabs(sum / PAIRS) / error;
        if (!(deviation < 4.5)) fail_msg("%s: %.4f +- %.4f, truth %.4f", task->name, truth + sum / PAIRS, error, truth);
        worst = fmax(worst, deviation);
        compared++;
        release(&sample);
    }
    assert_int_equal(compared, 23);
    print_message("worst deviation: %.2f standard errors of %d tasks\n", worst, compared);
}

// What is published for the zero-inflated task is what one gets who is told which zeros were put in; without any the two agree.
static void zeros_that_look_alike_cost_information(void **state) {
    (void)state;
    KnownTask task = *find("zero-inflated-poisson-0.15");
    double told = 0.2560580573474312;
    assert_true(known_information(&task) < told - 0.02);
    task.parameter = 0;
    assert_true(fabs(known_information(&task) - told / 0.85) < 1e-12);
}

// ---- the generator -----------------------------------------------------------------------------------------------------------------

// Columns X... and Z... are ours of x, Y... and C of y.
static Sample read_golden(const KnownTask *task) {
    char *path = memory_format("tests/golden/analysis/mi/data/%s.csv", task->name);
    CsvTable *table = support_table(path);
    Sample sample = allocate(task, (int)csv_rows(table), DTYPE_F64);
    int to_x = 0, to_y = 0;
    for (int c = 0; c < csv_columns(table); c++) {
        const char *name = csv_name(table, c);
        bool y = name[0] == 'Y' || name[0] == 'C';
        Matrix column = matrix_cols(y ? sample.y : sample.x, y ? to_y++ : to_x++, 1);
        for (int i = 0; i < sample.n; i++) matrix_set(column, i, 0, support_number(table, (size_t)i, name));
    }
    assert_true(to_x == task->dx && to_y == task->dy);
    csv_destroy(table);
    free(path);
    return sample;
}

static double entry(const Sample *sample, int row, int column) {
    int dx = sample->x.cols;
    return column < dx ? matrix_get(sample->x, row, column) : matrix_get(sample->y, row, column - dx);
}

// p that column a, or the product of columns a and b, has one distribution in both.
static double same_distribution(const Sample *ours, const Sample *golden, int a, int b) {
    double *left = memory_alloc((size_t)ours->n * sizeof *left), *right = memory_alloc((size_t)golden->n * sizeof *right);
    for (int i = 0; i < ours->n; i++) left[i] = entry(ours, i, a) * (b < 0 ? 1 : entry(ours, i, b));
    for (int i = 0; i < golden->n; i++) right[i] = entry(golden, i, a) * (b < 0 ? 1 : entry(golden, i, b));
    double p = kolmogorov_smirnov(left, ours->n, right, golden->n).p;
    free(left);
    free(right);
    return p;
}

static void samples_look_like_golden(void **state) {
    (void)state;
    static const char *const names[] = {
        "1v1-additive-0.75",
        "1v1-bimodal-0.75",
        "wiggly-1v1-normal-0.75",
        "half_cube-1v1-normal-0.75",
        "normal_cdf-1v1-normal-0.75",
        "swissroll_x-normal_cdf-1v1-normal-0.75",
        "student-identity-3-3-2",
        "asinh-student-identity-2-2-1",
        "multinormal-dense-5-5-0.5",
        "half_cube-multinormal-sparse-3-3-2-2.0",
        "spiral-multinormal-sparse-3-3-2-2.0",
        "spiral-normal_cdf-multinormal-sparse-3-3-2-2.0",
        "uniform-mixture-m5",
        "zero-inflated-poisson-0.15",
    };
    double least = 1;
    int compared = 0;
    for (size_t t = 0; t < sizeof names / sizeof *names; t++) {
        const KnownTask *task = find(names[t]);
        Sample ours = draw(task, 1000, DTYPE_F64, 100 + t), golden = read_golden(task);
        for (int a = 0; a < task->dx + task->dy; a++) {
            for (int b = -1; b < a; b++) {
                double p = same_distribution(&ours, &golden, a, b);
                if (!(p > 1e-4)) fail_msg("%s, columns %d and %d: p = %.2g", task->name, a, b, p);
                least = fmin(least, p);
                compared++;
            }
        }
        release(&ours);
        release(&golden);
    }
    print_message("worst deviation: p = %.2g of %d Kolmogorov-Smirnov tests\n", least, compared);
}

static double cube_root_squared(double v) {
    return copysign(pow(fabs(v), 2.0 / 3), v);
}

static double identity(double v) {
    return v;
}

// Turns back by the same angle: the length has stayed.
static void unwind(double *v, int size, int a, int b) {
    double squares = 0;
    for (int i = 0; i < size; i++) squares += v[i] * v[i];
    double angle = -squares / size, from_a = v[a], from_b = v[b];
    v[a] = from_a * cos(angle) - from_b * sin(angle);
    v[b] = from_a * sin(angle) + from_b * cos(angle);
}

// What the draw without bijections is, from equal streams.
static const char *base_of(const KnownTask *task) {
    const char *start = strstr(task->name, "1v1");
    if (!start) start = strstr(task->name, "multinormal");
    return start ? start : strstr(task->name, "student");
}

static void undo(KnownMap map, double *v, int size, int spiral) {
    static double (*const inverses[])(double) = {[MAP_NONE] = identity,
                                                 [MAP_NORMAL_CDF] = gsl_cdf_ugaussian_Pinv,
                                                 [MAP_HALF_CUBE] = cube_root_squared,
                                                 [MAP_ASINH] = sinh};
    if (map == MAP_SPIRAL) unwind(v, size, spiral, spiral + 1);
    for (int i = 0; i < size && map != MAP_SPIRAL; i++) v[i] = inverses[map](v[i]);
}

static double row_error(const Sample *mapped, const Sample *base, int row) {
    double error = 0;
    for (int j = 0; j < base->x.cols + base->y.cols; j++) {
        double expected = entry(base, row, j);
        error = fmax(error, fabs(entry(mapped, row, j) - expected) / fmax(1, fabs(expected)));
    }
    return error;
}

static void bijections_have_inverses(void **state) {
    (void)state;
    enum { PAIRS = 200 };
    double worst = 0;
    int compared = 0;
    for (size_t t = 0; t < known_task_count; t++) {
        const KnownTask *task = &known_tasks[t];
        if (task->maps[0] == MAP_NONE || task->maps[0] == MAP_WIGGLY || task->maps[0] == MAP_BIMODAL) continue;
        if (task->maps[1] == MAP_SWISS_ROLL) continue;
        Sample mapped = draw(task, PAIRS, DTYPE_F64, 7), base = draw(find(base_of(task)), PAIRS, DTYPE_F64, 7);
        for (int i = 0; i < PAIRS; i++) {
            for (int m = KNOWN_MAPS - 1; m >= 0; m--) {
                undo(task->maps[m], matrix_row(mapped.x, i), task->dx, 0);
                undo(task->maps[m], matrix_row(mapped.y, i), task->dy, 1);
            }
            double error = row_error(&mapped, &base, i);
            if (!(error < 1e-9)) fail_msg("%s, row %d: %g", task->name, i, error);
            worst = fmax(worst, error);
        }
        compared++;
        release(&mapped);
        release(&base);
    }
    assert_int_equal(compared, 18);
    print_message("worst deviation: %.1e of %d tasks\n", worst, compared);
}

static void bimodal_and_swiss_roll_solve_their_equations(void **state) {
    (void)state;
    enum { PAIRS = 300 };
    Sample base = draw(find("1v1-normal-0.75"), PAIRS, DTYPE_F64, 3),
           humps = draw(find("1v1-bimodal-0.75"), PAIRS, DTYPE_F64, 3);
    Sample roll = draw(find("swissroll_x-normal_cdf-1v1-normal-0.75"), PAIRS, DTYPE_F64, 3);
    for (int i = 0; i < PAIRS; i++) {
        double x = entry(&humps, i, 0), y = entry(&humps, i, 1), u = gsl_cdf_ugaussian_P(entry(&base, i, 0));
        double v = gsl_cdf_ugaussian_P(entry(&base, i, 1));
        assert_true(fabs(0.3 * gsl_cdf_ugaussian_P(x) + 0.7 * gsl_cdf_ugaussian_P(x - 5) - u) < 1e-11);
        assert_true(fabs(0.5 * gsl_cdf_ugaussian_P(y + 1) + 0.5 * gsl_cdf_ugaussian_P(y - 3) - v) < 1e-11);
        double a = entry(&roll, i, 0), b = entry(&roll, i, 1), t = 21 * hypot(a, b);
        assert_true(fabs(t - 1.5 * M_PI * (1 + 2 * u)) < 1e-11 && fabs(remainder(atan2(b, a) - t, 2 * M_PI)) < 1e-9);
        assert_true(fabs(entry(&roll, i, 2) - v) < 1e-15);
    }
    release(&base);
    release(&humps);
    release(&roll);
}

// A wiggly line rises everywhere, else it would not be a bijection.
static void wiggly_lines_keep_the_order(void **state) {
    (void)state;
    enum { PAIRS = 400 };
    Sample base = draw(find("1v1-normal-0.75"), PAIRS, DTYPE_F64, 4),
           line = draw(find("wiggly-1v1-normal-0.75"), PAIRS, DTYPE_F64, 4);
    for (int c = 0; c < 2; c++) {
        for (int i = 0; i < PAIRS; i++) {
            for (int j = 0; j < i; j++) {
                assert_true((entry(&base, i, c) < entry(&base, j, c)) == (entry(&line, i, c) < entry(&line, j, c)));
            }
        }
    }
    release(&base);
    release(&line);
}

// ---- streams -------------------------------------------------------------------------------------------------------------------------

static void pairs_do_not_depend_on_how_many(void **state) {
    (void)state;
    for (size_t t = 0; t < known_task_count; t++) {
        Sample few = draw(&known_tasks[t], 3, DTYPE_F32, 5), many = draw(&known_tasks[t], 9, DTYPE_F64, 5);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < few.x.cols + few.y.cols; j++) {
                assert_true((float)entry(&many, i, j) == (float)entry(&few, i, j));
            }
        }
        assert_true(matrix_finite(many.x) && matrix_finite(many.y));
        release(&few);
        release(&many);
    }
}

static void labels_are_few(void **state) {
    (void)state;
    int labels = 0;
    for (size_t t = 0; t < known_task_count; t++) {
        if (known_tasks[t].family != KNOWN_LABEL) continue;
        Sample sample = draw(&known_tasks[t], 2000, DTYPE_F64, 6);
        bool seen[64] = {false};
        int different = 0;
        for (int i = 0; i < sample.n; i++) {
            double y = matrix_get(sample.y, i, 0);
            assert_true(y >= 0 && y < 64 && y == rint(y));
            different += !seen[(int)y];
            seen[(int)y] = true;
        }
        switch (known_tasks[t].draw) {
        case DRAW_UNIFORM_MIXTURE: assert_int_equal(different, (int)known_tasks[t].parameter); break;
        case DRAW_NOISY_LABEL: assert_int_equal(different, 5); break;
        default: assert_true(different > 6 && different < 20);
        }
        release(&sample);
        labels++;
    }
    assert_int_equal(labels, 4);
}

static void unknown_names_are_answered(void **state) {
    (void)state;
    Error error = {0};
    assert_null(known_find("multinormal-dense-5-5-0.6", &error));
    support_assert_has(error.message, "nearest: multinormal-dense-5-5-0.5");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms_match_golden),
        cmocka_unit_test(mean_log_ratio_is_the_information),
        cmocka_unit_test(zeros_that_look_alike_cost_information),
        cmocka_unit_test(samples_look_like_golden),
        cmocka_unit_test(bijections_have_inverses),
        cmocka_unit_test(bimodal_and_swiss_roll_solve_their_equations),
        cmocka_unit_test(wiggly_lines_keep_the_order),
        cmocka_unit_test(pairs_do_not_depend_on_how_many),
        cmocka_unit_test(labels_are_few),
        cmocka_unit_test(unknown_names_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
