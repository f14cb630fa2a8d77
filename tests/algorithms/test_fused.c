// Fused cells against their step programs: values, every gradient or only some, forward mode and single steps; the same bits on every
// path; memory on long sequences; input that is not finite.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "algorithms/cells/fused.h"
#include "algorithms/cells/sequence.h"
#include "core/arena.h"
#include "core/rng.h"

typedef struct Problem {
    const CellType *cell;
    DType type;
    int input, hidden, steps;
    int active[64];
    Weights *weights;
    Matrix x, outer;    // [N, I], [N, H]: the gradient from above
    Tape *tape;
    Node *x_node, *h;
} Problem;

static Matrix random_matrix(DType type, int rows, int cols, Rng *rng) {
    Matrix m = matrix_view(type, rows, cols, memory_zeroed((size_t)rows * (size_t)cols + 1, dtype_size(type)));
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < cols; j++) matrix_set(m, i, j, rng_between(rng, -1, 1));
    }
    return m;
}

static Problem problem_create(const CellType *cell, DType type, int batch, int input, int hidden, int steps, bool ragged) {
    Problem p = {.cell = cell, .type = type, .input = input, .hidden = hidden, .steps = steps};
    Rng rng = rng_stream(7, RNG_TEST, (uint64_t)batch + 100 * (uint64_t)hidden);
    int rows = 0;
    for (int t = 0, now = batch; t < steps; t++) {
        if (ragged && t && now > 1 && rng_below(&rng, 3)) now -= (int)rng_below(&rng, (uint32_t)(now + 1) / 2 + 1);
        if (now < 1) now = 1;
        p.active[t] = now;
        rows += now;
    }
    p.weights = weights_create(type);
    cell->declare(p.weights, "", input, hidden);
    weights_seal(p.weights);
    cell->initialise(p.weights, 0, input, hidden, &rng);
    for (int i = 0; i < weights_count(p.weights); i++) {    // also those that begin alike
        Matrix value = weights_value(p.weights, i);
        for (int j = 0; j < value.cols; j++) matrix_set(value, 0, j, matrix_get(value, 0, j) + rng_between(&rng, -0.3, 0.3));
    }
    p.x = random_matrix(type, rows, input, &rng);
    p.outer = random_matrix(type, rows, hidden, &rng);
    p.tape = tape_create(type, linalg_portable());
    return p;
}

static void problem_destroy(Problem *p) {
    weights_destroy(p->weights);
    tape_destroy(p->tape);
    free(p->x.data);
    free(p->outer.data);
}

// Forward and backward; gradients are left in the weights and in x_node.
static void problem_run(Problem *p, bool fused) {
    matrix_zero(weights_gradients(p->weights));
    tape_reset(p->tape, true);
    Node **weights = tape_weights(p->tape, p->weights);
    p->x_node = tape_variable(p->tape, p->x);
    p->h = fused ? fused_sequence(p->cell, p->tape, weights, p->hidden, p->x_node, p->steps, p->active)
                 : cell_unroll(p->cell, p->tape, weights, p->hidden, p->x_node, p->steps, p->active);
    assert_int_equal(p->h->value.cols, p->hidden);
    matrix_copy(p->outer, p->h->gradient);
    tape_backward_seeded(p->tape);
}

static Matrix copy_of(Matrix m) {
    Matrix copy = matrix_view(m.type, m.rows, m.cols, memory_zeroed((size_t)m.rows * (size_t)m.cols + 1, dtype_size(m.type)));
    matrix_copy(m, copy);
    return copy;
}

// h, the gradients of all weights, the gradient of x.
typedef struct Results {
    Matrix part[3];
} Results;

static Results results_of(const Problem *p) {
    return (Results){{copy_of(p->h->value), copy_of(weights_gradients(p->weights)), copy_of(p->x_node->gradient)}};
}

static void results_free(Results *r) {
    for (int i = 0; i < 3; i++) free(r->part[i].data);
}

static double largest_number(Matrix m) {
    double largest = 0;
    for (int i = 0; i < m.rows; i++) {
        for (int j = 0; j < m.cols; j++) largest = fmax(largest, fabs(matrix_get(m, i, j)));
    }
    return largest;
}

// Infinity where a number is NaN.
static double largest_difference(Matrix a, Matrix b) {
    double largest = 0;
    for (int i = 0; i < a.rows; i++) {
        for (int j = 0; j < a.cols; j++) {
            double difference = fabs(matrix_get(a, i, j) - matrix_get(b, i, j));
            if (!(difference <= largest)) largest = isnan(difference) ? INFINITY : difference;
        }
    }
    return largest;
}

static void expect_close(const Problem *p, const Results *a, const Results *b, double tolerance) {
    static const char *const names[] = {"h", "gradients of weights", "gradient of x"};
    for (int part = 0; part < 3; part++) {
        double difference = largest_difference(a->part[part], b->part[part]);
        if (!(difference <= tolerance * fmax(1, largest_number(a->part[part])))) {
            fail_msg("%s, H = %d, I = %d: %s differs from that of the steps by up to %g", p->cell->name, p->hidden, p->input,
                     names[part], difference);
        }
    }
}

static const struct {
    int batch, input, hidden, steps;
    bool ragged;
} shapes[] = {
    {1, 1, 1, 1, false},   {1, 3, 5, 4, false},  {2, 3, 16, 3, false},   {32, 10, 32, 12, false},
    {32, 8, 32, 40, true}, {7, 33, 33, 9, true}, {13, 48, 48, 20, true}, {40, 10, 20, 15, true},
    {3, 5, 17, 30, false}, {200, 4, 6, 3, true}, {17, 3, 200, 2, true},    // deep enough for partial sums
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void equals_the_step_program(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        for (size_t s = 0; cell_types[c]->fused && s < SHAPES; s++) {
            for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
                Problem p = problem_create(cell_types[c], (DType)type, shapes[s].batch, shapes[s].input, shapes[s].hidden,
                                           shapes[s].steps, shapes[s].ragged);
                problem_run(&p, false);
                Results steps = results_of(&p);
                problem_run(&p, true);
                Results fused = results_of(&p);
                expect_close(&p, &fused, &steps, type == DTYPE_F32 ? 2e-5 : 1e-13);
                results_free(&steps);
                results_free(&fused);
                problem_destroy(&p);
            }
        }
    }
}

static Results results_on(KernelsPath path, const CellType *cell, DType type, size_t shape) {
    setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
    Problem p = problem_create(cell, type, shapes[shape].batch, shapes[shape].input, shapes[shape].hidden, shapes[shape].steps,
                               shapes[shape].ragged);
    problem_run(&p, true);
    Results results = results_of(&p);
    problem_destroy(&p);
    unsetenv("ENGRAM_KERNELS");
    return results;
}

static void expect_same_bits(const CellType *cell, DType type, size_t shape) {
    Results expected = results_on(KERNELS_SCALAR, cell, type, shape);
    for (KernelsPath path = KERNELS_AVX2; path < KERNELS_PATHS && kernels_supported(path); path++) {
        Results found = results_on(path, cell, type, shape);
        for (int part = 0; part < 3; part++) {
            Matrix m = found.part[part];
            size_t bytes = (size_t)m.rows * (size_t)m.cols * dtype_size(m.type);
            if (memcmp(m.data, expected.part[part].data, bytes) != 0) {
                fail_msg("%s H = %d: scalar and %s differ in part %d", cell->name, shapes[shape].hidden,
                         kernels_path_names[path], part);
            }
        }
        results_free(&found);
    }
    results_free(&expected);
}

static void the_same_bits_on_every_path(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        for (size_t s = 0; cell_types[c]->fused && s < SHAPES; s++) {
            expect_same_bits(cell_types[c], DTYPE_F32, s);
            expect_same_bits(cell_types[c], DTYPE_F64, s);
        }
    }
}

// <vjp(outer), direction> = <outer, jvp(direction)>
static void forward_mode_is_the_transpose(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        if (!cell_types[c]->fused) continue;
        Problem p = problem_create(cell_types[c], DTYPE_F64, 3, 4, 5, 6, true);
        problem_run(&p, true);
        Rng rng = rng_stream(8, RNG_TEST, c);
        tape_tangents(p.tape);
        double backward = 0, forward = 0;
        for (size_t n = 0; n < tape_node_count(p.tape); n++) {
            Node *leaf = tape_node(p.tape, n);
            for (int i = 0; !leaf->op && i < leaf->value.rows; i++) {
                for (int j = 0; j < leaf->value.cols; j++) {
                    double direction = rng_between(&rng, -1, 1);
                    matrix_set(leaf->tangent, i, j, direction);
                    backward += direction * matrix_get(leaf->gradient, i, j);
                }
            }
        }
        tape_forward_tangents(p.tape);
        for (int i = 0; i < p.h->value.rows; i++) {
            for (int j = 0; j < p.hidden; j++) forward += matrix_get(p.outer, i, j) * matrix_get(p.h->tangent, i, j);
        }
        if (!(fabs(forward - backward) < 1e-11 * fmax(1, fabs(backward))))
            fail_msg("%s: %.15g forwards, %.15g backwards", p.cell->name, forward, backward);
        problem_destroy(&p);
    }
}

// Single steps give the bits of the whole sequence, and inference those of training.
static void steps_equal_the_sequence(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        if (!cell_types[c]->fused) continue;
        Problem p = problem_create(cell_types[c], DTYPE_F32, 6, 5, 19, 8, true);
        problem_run(&p, true);
        Matrix h = copy_of(p.h->value);
        tape_reset(p.tape, false);
        Node **weights = tape_weights(p.tape, p.weights);
        Node *inferred = fused_sequence(p.cell, p.tape, weights, p.hidden, tape_constant(p.tape, p.x), p.steps, p.active);
        FusedLayer *layer = fused_layer_create(p.cell->fused, p.type, p.input, p.hidden, 6);
        Matrix values[8];
        for (int i = 0; i < weights_count(p.weights); i++) values[i] = weights_value(p.weights, i);
        fused_layer_load(layer, values);
        for (int t = 0, first = 0; t < p.steps; first += p.active[t], t++) {
            Matrix one = fused_layer_step(layer, matrix_rows(p.x, first, p.active[t]));
            for (int i = 0; i < p.active[t]; i++) {
                size_t bytes = (size_t)p.hidden * sizeof(float);
                assert_memory_equal(matrix_row(one, i), matrix_row(h, first + i), bytes);
                assert_memory_equal(matrix_row(fused_layer_state(layer, 0), i), matrix_row(h, first + i), bytes);
                assert_memory_equal(matrix_row(inferred->value, first + i), matrix_row(h, first + i), bytes);
            }
        }
        fused_layer_destroy(layer);
        free(h.data);
        problem_destroy(&p);
    }
}

// The gradient of weight number `wanted`, or of the whole that x is columns 3 and following of (-1); all else is constant.
static Matrix only_gradient(Problem *p, Matrix whole, int wanted, bool fused) {
    tape_reset(p->tape, true);
    Node *weights[CELL_WEIGHTS_MAX], *all = wanted < 0 ? tape_variable(p->tape, whole) : tape_constant(p->tape, whole);
    for (int i = 0; i < weights_count(p->weights); i++) {
        Matrix value = weights_value(p->weights, i);
        weights[i] = i == wanted ? tape_variable(p->tape, value) : tape_constant(p->tape, value);
    }
    Node *x = tape_cols(p->tape, all, 3, p->input);
    Node *h = fused ? fused_sequence(p->cell, p->tape, weights, p->hidden, x, p->steps, p->active)
                    : cell_unroll(p->cell, p->tape, weights, p->hidden, x, p->steps, p->active);
    matrix_copy(p->outer, h->gradient);
    tape_backward_seeded(p->tape);
    return copy_of(wanted < 0 ? all->gradient : weights[wanted]->gradient);
}

static void gradients_of_one_input_alone(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        if (!cell_types[c]->fused) continue;
        Problem p = problem_create(cell_types[c], DTYPE_F64, 9, 4, 18, 5, true);
        Rng rng = rng_stream(9, RNG_TEST, c);
        Matrix whole = random_matrix(p.type, p.x.rows, 3 + p.input + 2, &rng);
        for (int wanted = -1; wanted < weights_count(p.weights); wanted++) {
            Matrix found = only_gradient(&p, whole, wanted, true), expected = only_gradient(&p, whole, wanted, false);
            if (!(largest_difference(found, expected) <= 1e-11)) fail_msg("%s, gradient of input %d", p.cell->name, wanted);
            free(found.data);
            free(expected.data);
        }
        free(whole.data);
        problem_destroy(&p);
    }
}

// A sequence with a NaN is NaN from there on, in every unit, and its neighbours do not notice.
static void nan_stays_in_its_sequence(void **state) {
    (void)state;
    enum { BATCH = 7, STEPS = 4, WHERE = 3 };
    for (size_t c = 0; c < cell_type_count; c++) {
        if (!cell_types[c]->fused) continue;
        Problem p = problem_create(cell_types[c], DTYPE_F32, BATCH, 3, 18, STEPS, false);
        problem_run(&p, true);
        Results clean = results_of(&p);
        matrix_set(p.x, BATCH + WHERE, 1, NAN);    // at step 1
        problem_run(&p, true);
        for (int row = 0; row < BATCH * STEPS; row++) {
            bool broken = row % BATCH == WHERE && row >= BATCH;
            for (int j = 0; j < p.hidden; j++) {
                double found = matrix_get(p.h->value, row, j);
                assert_true(broken ? isnan(found) : found == matrix_get(clean.part[0], row, j));
            }
            for (int j = 0; j < p.input && row % BATCH != WHERE; j++)
                assert_true(matrix_get(p.x_node->gradient, row, j) == matrix_get(clean.part[2], row, j));
        }
        results_free(&clean);
        problem_destroy(&p);
    }
}

// A long sequence costs what fused.h says for each row, whatever its length, and nothing else that grows.
static void memory_of_long_sequences(void **state) {
    (void)state;
    enum { BATCH = 8, HIDDEN = 32, STEPS = 2000, INPUTS = 3 };
    static const struct {
        const char *cell;
        int planes;
    } expected[] = {{"lstm", 6}, {"gru", 4}, {"mgu", 3}, {"brc", 3}, {"nbrc", 3}, {"elman", 1}, {"leaky", 2}, {"gated", 2}};
    static int active[STEPS];
    for (int t = 0; t < STEPS; t++) active[t] = BATCH;
    for (size_t e = 0; e < sizeof expected / sizeof *expected; e++) {
        const CellType *cell = NULL;
        for (size_t c = 0; c < cell_type_count; c++) {
            if (strcmp(cell_types[c]->name, expected[e].cell) == 0) cell = cell_types[c];
        }
        Problem p = problem_create(cell, DTYPE_F32, BATCH, INPUTS, HIDDEN, 1, false);
        size_t used[2];
        for (int k = 0; k < 2; k++) {
            int steps = k ? STEPS : STEPS / 2;
            Rng rng = rng_stream(9, RNG_TEST, 0);
            Matrix x = random_matrix(DTYPE_F32, steps * BATCH, INPUTS, &rng);
            for (int turn = 0; turn < 2; turn++) {    // the second finds memory in one piece
                tape_reset(p.tape, true);
                Node *h = fused_sequence(cell, p.tape, tape_weights(p.tape, p.weights), HIDDEN, tape_constant(p.tape, x), steps,
                                         active);
                tape_kernels(p.tape)->shift(1, h->gradient, h->gradient);
                tape_backward_seeded(p.tape);
            }
            used[k] = tape_used(p.tape);
            free(x.data);
        }
        assert_true(matrix_finite(weights_gradients(p.weights)));
        size_t numbers = (size_t)(STEPS / 2) * BATCH * HIDDEN * (size_t)(expected[e].planes + 2);
        size_t steps_list = (size_t)(STEPS / 2) * sizeof(int);
        assert_in_range(used[1] - used[0], numbers * sizeof(float), numbers * sizeof(float) + steps_list + 256);
        problem_destroy(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_step_program),       cmocka_unit_test(the_same_bits_on_every_path),
        cmocka_unit_test(forward_mode_is_the_transpose), cmocka_unit_test(steps_equal_the_sequence),
        cmocka_unit_test(gradients_of_one_input_alone),  cmocka_unit_test(nan_stays_in_its_sequence),
        cmocka_unit_test(memory_of_long_sequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
