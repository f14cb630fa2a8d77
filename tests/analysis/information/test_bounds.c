// Bounds from score matrices against golden values and gradients, finite differences, and scores that overflow where care is not taken.
#include "analysis/information/bounds.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/analysis/mine/"

enum { SIZE = 5, MATRICES = 3, BOUNDS = 8 };

static const char *const matrices[MATRICES] = {"small", "large", "independent"};
static const char *const bounds[BOUNDS] = {"donsker_varadhan", "infonce_rows",     "infonce_columns",  "nwj", "js",
                                           "smile_value_tau1", "smile_value_tau5", "smile_value_tau10"};

static Matrix square(double *data, int size) {
    return matrix_view(DTYPE_F64, size, size, data);
}

static double bound_at(int which, Matrix scores, Matrix gradient) {
    const Kernels *kernels = kernels_for(DTYPE_F64);
    switch (which) {
    case 0: return bound_donsker_varadhan(kernels, scores, gradient);
    case 1: return bound_infonce_rows(kernels, scores, gradient);
    case 2: return bound_infonce_columns(kernels, scores, gradient);
    case 3: return bound_nwj(kernels, scores, gradient);
    case 4: return bound_js(kernels, scores, gradient);
    default: return bound_smile(kernels, scores, which == 5 ? 1 : which == 6 ? 5 : 10, gradient);
    }
}

static int named(const CsvTable *table, size_t row, const char *column, const char *const *names, int count) {
    const char *text = csv_text(table, row, csv_column(table, column));
    for (int k = 0; k < count; k++) {
        if (strcmp(names[k], text) == 0) return k;
    }
    fail_msg("'%s' is unknown", text);
    return -1;
}

static void read_scores(double scores[MATRICES][SIZE * SIZE]) {
    CsvTable *table = support_table(GOLDEN "score_matrices.csv");
    assert_int_equal(csv_rows(table), MATRICES * SIZE * SIZE);
    for (size_t r = 0; r < csv_rows(table); r++) {
        int at = support_whole(table, r, "i") * SIZE + support_whole(table, r, "j");
        scores[named(table, r, "matrix", matrices, MATRICES)][at] = support_number(table, r, "value");
    }
    csv_destroy(table);
}

// Every row of bounds.csv or of bound_gradients.csv.
static void golden(const char *path, bool gradients, int expected) {
    double scores[MATRICES][SIZE * SIZE], gradient[SIZE * SIZE], worst = 0;
    read_scores(scores);
    CsvTable *table = support_table(path);
    for (size_t r = 0; r < csv_rows(table); r++) {
        int matrix = named(table, r, "matrix", matrices, MATRICES), bound = named(table, r, "bound", bounds, BOUNDS);
        double found = bound_at(bound, square(scores[matrix], SIZE), square(gradient, SIZE));
        if (gradients) found = gradient[support_whole(table, r, "i") * SIZE + support_whole(table, r, "j")];
        worst = fmax(worst, fabs(found - support_number(table, r, "value")));
    }
    print_message("worst deviation: %.2g, %d numbers\n", worst, (int)csv_rows(table));
    assert_true(worst < 1e-10);
    assert_int_equal(csv_rows(table), expected);
    csv_destroy(table);
}

static void golden_values(void **state) {
    (void)state;
    golden(GOLDEN "bounds.csv", false, MATRICES * BOUNDS);
}

static void golden_gradients(void **state) {
    (void)state;
    golden(GOLDEN "bound_gradients.csv", true, MATRICES * BOUNDS * SIZE * SIZE);
}

// A size that fills no vector, away from the golden one.
static void gradients_by_differences(void **state) {
    (void)state;
    enum { K = 11 };
    double scores[K * K], gradient[K * K], unused[K * K];
    Rng rng = rng_stream(0, RNG_TEST, 0);
    for (int i = 0; i < K * K; i++) scores[i] = rng_between(&rng, -4, 4);
    for (int bound = 0; bound < BOUNDS; bound++) {
        bound_at(bound, square(scores, K), square(gradient, K));
        for (int i = 0; i < K * K; i++) {
            double at = scores[i], step = 1e-5;
            scores[i] = at + step;
            double above = bound_at(bound, square(scores, K), square(unused, K));
            scores[i] = at - step;
            double below = bound_at(bound, square(scores, K), square(unused, K));
            scores[i] = at;
            if (fabs(fabs(at) - 1) < 2 * step) continue;    // SMILE's corner
            assert_true(fabs(gradient[i] - (above - below) / (2 * step)) < 1e-8);
        }
    }
}

// Scores beyond the range of exp: every value that is finite by its formula comes out finite, and a constant added to all scores moves
// Donsker-Varadhan and InfoNCE by nothing.
static void large_scores(void **state) {
    (void)state;
    double scores[9] = {3, 1, -2, 0, 2, 1, -1, 0, 2.5}, shifted[9], gradient[9];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < 9; i++) shifted[i] = scores[i] + sign * 4096;
        for (int bound = 0; bound < 3; bound++) {
            double near = bound_at(bound, square(scores, 3), square(gradient, 3));
            double far = bound_at(bound, square(shifted, 3), square(gradient, 3));
            assert_true(fabs(near - far) < 1e-9);
            assert_true(matrix_finite(square(gradient, 3)));
        }
        assert_true(isfinite(bound_at(4, square(shifted, 3), square(gradient, 3))));
        assert_true(matrix_finite(square(gradient, 3)));
        assert_true(isfinite(bound_at(6, square(shifted, 3), square(gradient, 3))));
        double nwj = bound_at(3, square(shifted, 3), square(gradient, 3));
        assert_true(sign > 0 ? nwj == -INFINITY : fabs(nwj - (2.5 - 4096)) < 1e-9);
    }
}

static void scores_that_are_not_finite(void **state) {
    (void)state;
    for (int bound = 0; bound < BOUNDS; bound++) {
        for (int at = 0; at < 2; at++) {
            double scores[9] = {3, 1, -2, 0, 2, 1, -1, 0, 2.5}, gradient[9];
            scores[at] = NAN;
            if (isfinite(bound_at(bound, square(scores, 3), square(gradient, 3)))) fail_msg("%s of a NaN", bounds[bound]);
        }
    }
}

static void infonce_is_at_most_log_k(void **state) {
    (void)state;
    double scores[49], gradient[49];
    for (int i = 0; i < 49; i++) scores[i] = i % 8 == 0 ? 1000 : -1000;
    for (int bound = 1; bound <= 2; bound++) {
        double value = bound_at(bound, square(scores, 7), square(gradient, 7));
        assert_true(value <= log(7) + 1e-15 && value > log(7) - 1e-12);
    }
}

static void assert_effective_size(double *scores, double tau, double expected) {
    double work[16];
    double found = bound_effective_size(kernels_for(DTYPE_F64), square(scores, 4), tau, square(work, 4));
    if (!(fabs(found - expected) < 1e-10)) fail_msg("found %.17g, expected %.17g", found, expected);
}

// Equal weights count in full; one large weight, row or column is as if there were little else.
static void effective_size(void **state) {
    (void)state;
    double scores[16] = {0}, w = exp(3);
    for (int i = 0; i < 4; i++) scores[5 * i] = 50;    // the diagonal does not matter
    assert_effective_size(scores, INFINITY, 4);
    scores[1] = 800;
    assert_effective_size(scores, INFINITY, 1);
    assert_effective_size(scores, 3, pow(w + 11, 2) / (pow(w + 2, 2) + 27));    // clipped
    for (int j = 1; j < 4; j++) scores[j] = 3;
    double expected = pow(3 * w + 9, 2) / (9 * w * w + 27);
    assert_effective_size(scores, INFINITY, expected);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
            double kept = scores[4 * i + j];
            scores[4 * i + j] = scores[4 * j + i], scores[4 * j + i] = kept;
        }
    }
    assert_effective_size(scores, INFINITY, expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_values),
        cmocka_unit_test(golden_gradients),
        cmocka_unit_test(gradients_by_differences),
        cmocka_unit_test(large_scores),
        cmocka_unit_test(scores_that_are_not_finite),
        cmocka_unit_test(infonce_is_at_most_log_k),
        cmocka_unit_test(effective_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
