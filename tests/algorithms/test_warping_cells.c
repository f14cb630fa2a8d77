// Cells for time warping (elman, leaky, gated) against scalar loops in double, closed forms, and each other in the limits where they agree.
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"
#include "algorithms/cells/sequence.h"
#include "tests/support.h"

enum { INPUT = 3, HIDDEN = 5, STEPS = 12 };

static const int alone[STEPS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

// A layer in double with all weights random, and a random sequence.
typedef struct Layer {
    const CellType *cell;
    Weights *weights;
    Tape *tape;
    double inputs[STEPS * INPUT];
    Matrix x, h;    // h [STEPS, HIDDEN]: after layer_run
} Layer;

static Layer *layer_create(const CellType *cell, double bound) {
    Layer *layer = memory_zeroed(1, sizeof *layer);
    Rng rng = rng_stream(4, RNG_TEST, 0), inputs = rng_stream(4, RNG_TEST, 1);    // the same inputs for all cells
    layer->cell = cell;
    layer->weights = weights_create(DTYPE_F64);
    cell->declare(layer->weights, "", INPUT, HIDDEN);
    weights_seal(layer->weights);
    for (int i = 0; i < weights_count(layer->weights); i++) weights_uniform(layer->weights, i, bound, &rng);
    for (int i = 0; i < STEPS * INPUT; i++) layer->inputs[i] = rng_between(&inputs, -2, 2);
    layer->x = matrix_view(DTYPE_F64, STEPS, INPUT, layer->inputs);
    layer->tape = tape_create(DTYPE_F64, linalg_portable());
    return layer;
}

static void layer_destroy(Layer *layer) {
    weights_destroy(layer->weights);
    tape_destroy(layer->tape);
    free(layer);
}

static void layer_run(Layer *layer) {
    tape_reset(layer->tape, false);
    Node **weights = tape_weights(layer->tape, layer->weights), *x = tape_constant(layer->tape, layer->x);
    layer->h = cell_sequence(layer->cell, layer->tape, weights, HIDDEN, x, STEPS, alone)->value;
}

static Matrix named(const Layer *layer, const char *name) {
    int index = weights_find(layer->weights, name);
    assert_true(index >= 0);
    return weights_value(layer->weights, index);
}

static void fill_row(Matrix m, double value) {
    for (int j = 0; j < HIDDEN; j++) matrix_set(m, 0, j, value);
}

// W x + U h + b of unit `col`, columns counted over all gates.
static double affine(const Layer *layer, int t, const double *h, int col) {
    double sum = matrix_get(named(layer, "bias"), 0, col);
    for (int k = 0; k < INPUT; k++) sum += matrix_get(layer->x, t, k) * matrix_get(named(layer, "input"), k, col);
    for (int k = 0; k < HIDDEN; k++) sum += h[k] * matrix_get(named(layer, "recurrent"), k, col);
    return sum;
}

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static double unit_of_elman(const Layer *layer, int t, const double *h, int j) {
    return tanh(affine(layer, t, h, j));
}

static double unit_of_leaky(const Layer *layer, int t, const double *h, int j) {
    double a = logistic(matrix_get(named(layer, "leak"), 0, j));
    return a * tanh(affine(layer, t, h, j)) + (1 - a) * h[j];
}

static double unit_of_gated(const Layer *layer, int t, const double *h, int j) {
    double g = logistic(affine(layer, t, h, j));
    return g * tanh(affine(layer, t, h, HIDDEN + j)) + (1 - g) * h[j];
}

static void cells_equal_their_equations(void **state) {
    (void)state;
    static const struct {
        const CellType *cell;
        double (*unit)(const Layer *layer, int t, const double *h, int j);
    } cases[] = {{&cell_elman, unit_of_elman}, {&cell_leaky, unit_of_leaky}, {&cell_gated, unit_of_gated}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Layer *layer = layer_create(cases[k].cell, 0.8);
        layer_run(layer);
        double h[HIDDEN] = {0}, next[HIDDEN];
        for (int t = 0; t < STEPS; t++) {
            for (int j = 0; j < HIDDEN; j++) {
                next[j] = cases[k].unit(layer, t, h, j);
                double found = matrix_get(layer->h, t, j);
                if (!(fabs(found - next[j]) < 1e-13)) fail_msg("%s, h[%d,%d]: %.15g", layer->cell->name, t, j, found);
            }
            memcpy(h, next, sizeof h);
        }
        layer_destroy(layer);
    }
}

// Without matrices, h_t = tanh(b) (1 - (1 - a)^t): a unit forgets with the time constant 1/a.
static void a_leaky_unit_relaxes(void **state) {
    (void)state;
    Layer *layer = layer_create(&cell_leaky, 1.5);
    matrix_zero(named(layer, "input"));
    matrix_zero(named(layer, "recurrent"));
    layer_run(layer);
    for (int j = 0; j < HIDDEN; j++) {
        double end = tanh(matrix_get(named(layer, "bias"), 0, j)), a = logistic(matrix_get(named(layer, "leak"), 0, j));
        for (int t = 0; t < STEPS; t++) assert_true(fabs(matrix_get(layer->h, t, j) - end * (1 - pow(1 - a, t + 1))) < 1e-13);
    }
    layer_destroy(layer);
}

static void expect_same_states(const Layer *a, const Layer *b, double tolerance) {
    for (int t = 0; t < STEPS; t++) {
        for (int j = 0; j < HIDDEN; j++) {
            double x = matrix_get(a->h, t, j), y = matrix_get(b->h, t, j);
            if (!(fabs(x - y) <= tolerance)) fail_msg("h[%d,%d]: %s %.17g, %s %.17g", t, j, a->cell->name, x, b->cell->name, y);
        }
    }
}

// A gate that does not look is a leak; a leak of 1 leaves a simple recurrent network; one of 0 leaves nothing.
static void cells_agree_in_their_limits(void **state) {
    (void)state;
    Layer *leaky = layer_create(&cell_leaky, 0.7), *gated = layer_create(&cell_gated, 0.7);
    Layer *elman = layer_create(&cell_elman, 0.7);
    static const char *const names[] = {"input", "recurrent", "bias"};
    for (int i = 0; i < 3; i++) {
        Matrix ours = named(leaky, names[i]), wide = named(gated, names[i]);
        matrix_copy(ours, named(elman, names[i]));
        matrix_copy(ours, matrix_cols(wide, HIDDEN, HIDDEN));
        matrix_zero(matrix_cols(wide, 0, HIDDEN));
    }
    matrix_copy(named(leaky, "leak"), matrix_cols(named(gated, "bias"), 0, HIDDEN));
    layer_run(leaky);
    layer_run(gated);
    expect_same_states(leaky, gated, 1e-15);
    layer_run(elman);
    fill_row(named(leaky, "leak"), 50);
    layer_run(leaky);
    expect_same_states(leaky, elman, 1e-14);
    fill_row(named(leaky, "leak"), -1000);
    layer_run(leaky);
    for (int t = 0; t < STEPS; t++) {
        for (int j = 0; j < HIDDEN; j++) assert_true(matrix_get(leaky->h, t, j) == 0);
    }
    layer_destroy(leaky);
    layer_destroy(gated);
    layer_destroy(elman);
}

// Why they are there (Tallec and Ollivier 2018): with its inputs stretched W times, a leaky network with leak a/W ends near where one with
// leak a ended, up to the size of a step; with its leak as before it does not.
static void a_leaky_network_follows_a_stretched_input(void **state) {
    (void)state;
    enum { WARP = 4, LONG = STEPS * WARP };
    Layer *quick = layer_create(&cell_leaky, 0.4);
    double leaks[2] = {log(0.08 / 0.92), log(0.02 / 0.98)}, stretched[LONG * INPUT];    // a = 0.08, 0.02
    int active[LONG];
    fill_row(named(quick, "leak"), leaks[0]);
    layer_run(quick);
    double last[HIDDEN];
    for (int j = 0; j < HIDDEN; j++) last[j] = matrix_get(quick->h, STEPS - 1, j);
    for (int t = 0; t < LONG; t++) {
        active[t] = 1;
        memcpy(stretched + t * INPUT, quick->inputs + t / WARP * INPUT, INPUT * sizeof(double));
    }
    for (int slow = 0; slow < 2; slow++) {
        fill_row(named(quick, "leak"), leaks[slow]);
        tape_reset(quick->tape, false);
        Node *x = tape_constant(quick->tape, matrix_view(DTYPE_F64, LONG, INPUT, stretched));
        Node *h = cell_sequence(&cell_leaky, quick->tape, tape_weights(quick->tape, quick->weights), HIDDEN, x, LONG, active);
        double distance = 0, size = 0;
        for (int j = 0; j < HIDDEN; j++) {
            distance = fmax(distance, fabs(matrix_get(h->value, LONG - 1, j) - last[j]));
            size = fmax(size, fabs(last[j]));
        }
        if (slow) assert_true(distance < 0.05 * size);
        else assert_true(distance > 0.2 * size);
    }
    layer_destroy(quick);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_equal_their_equations),
        cmocka_unit_test(a_leaky_unit_relaxes),
        cmocka_unit_test(cells_agree_in_their_limits),
        cmocka_unit_test(a_leaky_network_follows_a_stretched_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
