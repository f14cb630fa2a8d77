// Neighbours and counts against plain loops, on both ways of searching; ties by the lowest index.
#include "analysis/information/neighbours.h"
#include "tests/analysis/information/pairs.h"

static double plain_distance(Matrix m, int i, int j, NeighbourMetric metric) {
    double sum = 0, largest = 0;
    for (int col = 0; col < m.cols; col++) {
        double difference = fabs(matrix_get(m, i, col) - matrix_get(m, j, col));
        sum += difference * difference;
        largest = fmax(largest, difference);
    }
    return metric == NEIGHBOUR_EUCLIDEAN ? sum : largest;
}

static void distances_are_those_of_plain_loops(void **state) {
    (void)state;
    const int sizes[] = {1, 2, 15, 16, 17, 50};
    for (int c = 0; c < 6 * 2; c++) {
        int n = sizes[c / 2];
        NeighbourMetric metric = c % 2 ? NEIGHBOUR_MAX : NEIGHBOUR_EUCLIDEAN;
        PairsSample sample = pairs_dense(n, 7, 1, 0.2, 1);
        Points *points = points_create(sample_x(&sample), metric);
        double *found = memory_alloc(sizeof(double) * (size_t)(POINTS_AT_ONCE * n));
        int count = n < POINTS_AT_ONCE ? n : POINTS_AT_ONCE;
        points_distances(points, n - count, count, found);
        for (int q = 0; q < count; q++) {
            for (int j = 0; j < n; j++) {
                assert_true(found[q * n + j] == plain_distance(sample_x(&sample), n - count + q, j, metric));
            }
        }
        assert_int_equal(distances_within(found, n, found[n / 2], true) - distances_within(found, n, found[n / 2], false), 1);
        free(found);
        points_destroy(points);
        pairs_sample_free(&sample);
    }
}

static void the_nearest_are_kept_whatever_the_order(void **state) {
    (void)state;
    const double distance[] = {3, 1, 2, 1, 0, 2, 3, 1};
    const int expected[] = {4, 1, 3, 7, 2};
    int order[8];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int trial = 0; trial < 50; trial++) {
        rng_permutation(&rng, 8, order);
        Nearest nearest = nearest_create(5);
        for (int i = 0; i < 8; i++) nearest_offer(&nearest, distance[order[i]], order[i]);
        assert_int_equal(nearest.held, 5);
        for (int i = 0; i < 5; i++) assert_int_equal(nearest.index[i], expected[i]);
        assert_true(nearest.distance[3] == 1 && nearest.distance[4] == 2);
        nearest_free(&nearest);
    }
}

static int plain_within(Matrix m, int i, double bound, bool closed) {
    int count = 0;
    for (int j = 0; j < m.rows; j++) {
        double distance = plain_distance(m, i, j, NEIGHBOUR_MAX);
        count += closed ? distance <= bound : distance < bound;
    }
    return count;
}

// Everything that a search says about point i, in the maximum norm.
static void expect_point(Neighbours *search, Matrix x, Matrix y, int i, int k) {
    Nearest nearest = nearest_create(k);
    int coincident = 0;
    for (int j = 0; j < x.rows; j++) {
        double joint = fmax(plain_distance(x, i, j, NEIGHBOUR_MAX), plain_distance(y, i, j, NEIGHBOUR_MAX));
        coincident += joint <= 0;
        if (j != i) nearest_offer(&nearest, joint, j);
    }
    double extent[2] = {0, 0};
    for (int neighbour = 0; neighbour < k; neighbour++) {
        extent[0] = fmax(extent[0], plain_distance(x, i, nearest.index[neighbour], NEIGHBOUR_MAX));
        extent[1] = fmax(extent[1], plain_distance(y, i, nearest.index[neighbour], NEIGHBOUR_MAX));
    }
    neighbours_move(search, i);
    double radius = neighbours_radius(search);
    assert_true(radius == nearest.distance[k - 1]);
    assert_int_equal(neighbours_coincident(search), coincident);
    for (int side = 0; side < 2; side++) {
        Matrix m = side == NEIGHBOUR_X ? x : y;
        assert_true(neighbours_extent(search, (NeighbourSide)side) == extent[side]);
        for (int closed = 0; closed < 2; closed++) {
            const double bounds[] = {radius, extent[side], 0, 1e9};
            for (int b = 0; b < 4; b++) {
                assert_int_equal(neighbours_within(search, (NeighbourSide)side, bounds[b], closed),
                                 plain_within(m, i, bounds[b], closed));
            }
        }
    }
    nearest_free(&nearest);
}

// One column each: sorted values. Two on a side: brute force. Rounded to tenths there are ties everywhere.
static void searches_agree_with_plain_loops(void **state) {
    (void)state;
    for (int c = 0; c < 16; c++) {
        int n = 101, dx = c & 1 ? 2 : 1, k = c & 2 ? 1 : 6;
        PairsSample sample = pairs_dense(n, dx, 1, 0.6, 2);
        for (int i = 0; c & 4 && i < n; i++) {
            for (int col = 0; col < dx; col++) sample.x[i * dx + col] = rint(4 * sample.x[i * dx + col]) / 4;
            sample.y[i] = rint(4 * sample.y[i]) / 4;
        }
        Neighbours *search = neighbours_create(sample_x(&sample), sample_y(&sample), NEIGHBOUR_MAX, k);
        for (int i = 0; i < n; i++) expect_point(search, sample_x(&sample), sample_y(&sample), c & 8 ? (i * 37) % n : i, k);
        neighbours_destroy(search);
        pairs_sample_free(&sample);
    }
}

static void digamma_is_that_of_harmonic_numbers(void **state) {
    (void)state;
    double *psi = neighbours_psi(1000), harmonic = 0;
    for (int i = 1; i <= 1000; i++) {
        pairs_close(psi[i], harmonic - 0.57721566490153286, 1e-13);
        harmonic += 1.0 / i;
    }
    assert_true(isinf(psi[0]));
    free(psi);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_plain_loops),
        cmocka_unit_test(the_nearest_are_kept_whatever_the_order),
        cmocka_unit_test(searches_agree_with_plain_loops),
        cmocka_unit_test(digamma_is_that_of_harmonic_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
