// Entropies against closed forms and the golden plug-in information of a 4 x 5 table.
#include "analysis/information/entropy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.17g, expected %.17g", found, expected);
}

static void classes_follow_first_appearance(void **state) {
    (void)state;
    const float rows[][2] = {{0.5f, 0.5f}, {1, 0}, {0.5f, 0.5f}, {0, 1}, {1, 0}, {-0.0f, 1}};
    int labels[6];
    assert_int_equal(entropy_classes(&rows[0][0], 6, 2, 4, labels), 3);
    const int expected[] = {0, 1, 0, 2, 1, 2};
    for (int i = 0; i < 6; i++) assert_int_equal(labels[i], expected[i]);
    assert_int_equal(entropy_classes(&rows[0][0], 0, 2, 4, labels), 0);
}

static void rounding_merges_and_separates(void **state) {
    (void)state;
    const float rows[] = {0.12341f, 0.12339f, 0.12346f, -0.00004f, 0.0f};
    int labels[5];
    assert_int_equal(entropy_classes(rows, 5, 1, 4, labels), 3);
    assert_int_equal(labels[0], labels[1]);
    assert_int_not_equal(labels[0], labels[2]);
    assert_int_equal(labels[3], labels[4]);
    assert_int_equal(entropy_classes(rows, 5, 1, 5, labels), 5);
    assert_int_equal(entropy_classes(rows, 5, 1, 0, labels), 1);
}

// The visited beliefs of the deterministic T-Maze under the optimal policy: 2 (L + 1) equiprobable one-hots, so that
// H(b) = ln(2 (L + 1)); the sheet gives 3.091 for L = 10 and 3.738 for L = 20.
static void tmaze_beliefs_have_their_ceiling(void **state) {
    (void)state;
    const int lengths[] = {10, 20, 200};
    const double sheet[] = {3.091, 3.738, 5.996};
    for (int c = 0; c < 3; c++) {
        int cells = 2 * (lengths[c] + 1), repeats = 3, n = cells * repeats;
        float *rows = calloc((size_t)n * (size_t)cells, sizeof(float));
        int *labels = malloc(sizeof(int) * (size_t)n);
        for (int i = 0; i < n; i++) rows[(size_t)i * (size_t)cells + (size_t)((5 * i) % cells)] = 1;
        int classes = entropy_classes(rows, n, cells, 4, labels);
        // 5 shares no factor with 22, 42 and 402: every one-hot three times.
        assert_int_equal(classes, cells);
        double entropy = entropy_plug_in(labels, n, classes);
        assert_close(entropy, log(cells), 1e-12);
        assert_close(entropy, sheet[c], 5e-4);
        free(labels);
        free(rows);
    }
}

static void entropy_of_known_frequencies(void **state) {
    (void)state;
    const int labels[] = {0, 0, 0, 0, 2, 2, 1, 3};    // 1/2, 1/8, 1/4, 1/8; class 4 is empty
    assert_close(entropy_plug_in(labels, 8, 5), 1.75 * log(2), 1e-14);
    assert_close(entropy_plug_in(labels, 4, 1), 0, 0);
    assert_close(entropy_plug_in(labels, 0, 0), 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_follow_first_appearance),
        cmocka_unit_test(rounding_merges_and_separates),
        cmocka_unit_test(tmaze_beliefs_have_their_ceiling),
        cmocka_unit_test(entropy_of_known_frequencies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
