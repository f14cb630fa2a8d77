// Deep Sets: the one operation against the program step by step, value and gradients; finite differences; the same bits on every path; order,
// repeated rows, input that is not finite.

#include "analysis/information/deep_set.h"
#include "tests/support.h"

typedef struct Shape {
    int sets, particles, size;
} Shape;

// Fewer particles than a tile, one more than a block of bits or of sums, and the study's own form.
static const Shape shapes[] = {{1, 1, 1},   {3, 5, 3},   {2, 33, 4},   {2, 49, 2},
                               {1, 32, 16}, {2, 100, 7}, {1, 1000, 3}, {1, 3, 64}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

// ---- one set of numbers, in either precision ----------------------------------------------------------------------------

typedef struct Problem {
    DType type;
    Shape shape;
    Weights *weights;
    Matrix rows;    // [sets, particles * size], without a byte beyond its end
    Matrix seed;    // [sets, 16]: gradient of the representation
} Problem;

static Matrix random_matrix(DType type, int rows, int cols, Rng *rng) {
    Matrix m = matrix_view(type, rows, cols, memory_alloc((size_t)rows * (size_t)cols * dtype_size(type)));
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < cols; j++) matrix_set(m, i, j, (float)rng_between(rng, -1, 1));
    }
    return m;
}

static Problem problem_create(DType type, Shape shape) {
    Rng rng = rng_stream(7, RNG_TEST, 0);
    Problem p = {.type = type, .shape = shape, .weights = weights_create(type)};
    deep_set_declare(p.weights, "", shape.size, DEEP_SET_SIZE);
    weights_seal(p.weights);
    deep_set_initialise(p.weights, 0, &rng);
    p.rows = random_matrix(type, shape.sets, shape.particles * shape.size, &rng);
    p.seed = random_matrix(type, shape.sets, DEEP_SET_SIZE, &rng);
    return p;
}

static void problem_destroy(Problem *p) {
    weights_destroy(p->weights);
    free(p->rows.data);
    free(p->seed.data);
}

typedef Node *Program(Tape *tape, Node *const *weights, Matrix rows, int particles);

// Value and gradients by one program: [1, sets * 16 + learned numbers], to be freed.
static Matrix run(const Problem *p, Program *program) {
    Tape *tape = tape_create(p->type, linalg_portable());
    tape_reset(tape, true);
    matrix_zero(weights_gradients(p->weights));
    Node *y = program(tape, tape_weights(tape, p->weights), p->rows, p->shape.particles);
    matrix_copy(p->seed, y->gradient);
    Matrix gradients = weights_gradients(p->weights);
    int values = p->shape.sets * DEEP_SET_SIZE, all = values + gradients.cols;
    Matrix results = matrix_view(p->type, 1, all, memory_alloc((size_t)all * dtype_size(p->type)));
    matrix_copy(matrix_view(p->type, 1, values, y->value.data), matrix_cols(results, 0, values));
    tape_backward_seeded(tape);
    matrix_copy(gradients, matrix_cols(results, values, gradients.cols));
    tape_destroy(tape);
    return results;
}

// ---- the same as the program step by step -------------------------------------------------------------------------------

static double worst_difference(const Problem *p) {
    Matrix fused = run(p, deep_set), steps = run(p, deep_set_by_steps);
    double worst = 0;
    for (int i = 0; i < fused.cols; i++) {
        double expected = matrix_get(steps, 0, i), difference = fabs(matrix_get(fused, 0, i) - expected);
        double scaled = difference / (p->shape.particles * 0.01 + 1 + fabs(expected));
        assert_true(isfinite(scaled));
        worst = scaled > worst ? scaled : worst;
    }
    free(fused.data);
    free(steps.data);
    return worst;
}

static void equals_the_step_program(void **state) {
    (void)state;
    const double tolerance[] = {2e-5, 1e-13};
    for (int wide = 0; wide < 2; wide++) {
        double worst = 0;
        for (int s = 0; s < SHAPES; s++) {
            Problem p = problem_create(wide ? DTYPE_F64 : DTYPE_F32, shapes[s]);
            double difference = worst_difference(&p);
            worst = difference > worst ? difference : worst;
            problem_destroy(&p);
        }
        print_message("worst deviation: %.2g (%s)\n", worst, wide ? "f64" : "f32");
        assert_true(worst <= tolerance[wide]);
    }
}

static void finite_differences(void **state) {
    (void)state;
    Problem p = problem_create(DTYPE_F64, (Shape){2, 7, 2});
    Matrix found = run(&p, deep_set), values = weights_values(p.weights);
    int outputs = p.shape.sets * DEEP_SET_SIZE;
    for (int i = 0; i < values.cols; i += 3) {
        double at = matrix_get(values, 0, i), step = 1e-6, slope = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
            matrix_set(values, 0, i, at + sign * step);
            Matrix moved = run(&p, deep_set);
            for (int k = 0; k < outputs; k++)
                slope += sign * matrix_get(moved, 0, k) * ((const double *)p.seed.data)[k] / (2 * step);
            free(moved.data);
        }
        matrix_set(values, 0, i, at);
        assert_true(fabs(slope - matrix_get(found, 0, outputs + i)) < 1e-7);
    }
    free(found.data);
    problem_destroy(&p);
}

// <seed, J t> = <J' seed, t>.
static void forward_mode(void **state) {
    (void)state;
    Problem p = problem_create(DTYPE_F64, (Shape){2, 9, 3});
    Matrix found = run(&p, deep_set);
    Tape *tape = tape_create(p.type, linalg_portable());
    tape_reset(tape, true);
    Node **weights = tape_weights(tape, p.weights), *y = deep_set(tape, weights, p.rows, p.shape.particles);
    tape_tangents(tape);
    Rng rng = rng_stream(8, RNG_TEST, 0);
    double back = 0, forth = 0;
    for (int w = 0, at = p.shape.sets * DEEP_SET_SIZE; w < DEEP_SET_WEIGHTS; w++) {
        Matrix tangent = weights[w]->tangent;
        for (int i = 0; i < tangent.rows * tangent.cols; i++) {
            double t = rng_between(&rng, -1, 1);
            ((double *)tangent.data)[i] = t;
            back += t * matrix_get(found, 0, at++);
        }
    }
    tape_forward_tangents(tape);
    for (int k = 0; k < p.shape.sets * DEEP_SET_SIZE; k++)
        forth += ((const double *)y->tangent.data)[k] * ((const double *)p.seed.data)[k];
    assert_true(fabs(forth - back) < 1e-10 * (1 + fabs(back)));
    tape_destroy(tape);
    free(found.data);
    problem_destroy(&p);
}

// ---- bits ---------------------------------------------------------------------------------------------------------------

static Matrix run_on(KernelsPath path, const Problem *p) {
    setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
    Matrix results = run(p, deep_set);
    unsetenv("ENGRAM_KERNELS");
    return results;
}

static void the_same_bits_on_every_path(void **state) {
    (void)state;
    for (int s = 0; s < 2 * SHAPES; s++) {
        Problem p = problem_create(s % 2 ? DTYPE_F64 : DTYPE_F32, shapes[s / 2]);
        Matrix expected = run_on(KERNELS_SCALAR, &p);
        for (KernelsPath path = KERNELS_AVX2; path < KERNELS_PATHS && kernels_supported(path); path++) {
            Matrix found = run_on(path, &p);
            assert_memory_equal(found.data, expected.data, (size_t)found.cols * dtype_size(p.type));
            free(found.data);
        }
        free(expected.data);
        problem_destroy(&p);
    }
}

// ---- sets ---------------------------------------------------------------------------------------------------------------

static void order_means_nothing(void **state) {
    (void)state;
    enum { PARTICLES = 50, SIZE = 3 };
    Problem p = problem_create(DTYPE_F64, (Shape){2, PARTICLES, SIZE});
    for (int i = 0; i < PARTICLES * SIZE; i++) {    // the second set: the first one backwards
        int particle = PARTICLES - 1 - i / SIZE;
        matrix_set(p.rows, 1, i, matrix_get(p.rows, 0, particle * SIZE + i % SIZE));
    }
    Matrix found = run(&p, deep_set);
    for (int k = 0; k < DEEP_SET_SIZE; k++)
        assert_true(fabs(matrix_get(found, 0, k) - matrix_get(found, 0, DEEP_SET_SIZE + k)) < 1e-12);
    free(found.data);
    problem_destroy(&p);
}

// Rows by index, one of them twice: each as if it were alone, and what both imply is added.
static void chosen_rows(void **state) {
    (void)state;
    Problem p = problem_create(DTYPE_F64, (Shape){3, 40, 3});
    const int index[] = {2, 0, 2};
    Matrix whole = run(&p, deep_set);
    Tape *tape = tape_create(p.type, linalg_portable());
    tape_reset(tape, true);
    matrix_zero(weights_gradients(p.weights));
    Node *y = deep_set_of_rows(tape, tape_weights(tape, p.weights), p.rows, p.shape.particles, index, 3);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < DEEP_SET_SIZE; k++)
            assert_true(matrix_get(y->value, i, k) == matrix_get(whole, 0, index[i] * DEEP_SET_SIZE + k));
        if (i > 0) matrix_copy(matrix_rows(p.seed, index[i], 1), matrix_rows(y->gradient, i, 1));
    }
    tape_backward_seeded(tape);
    // The first of the two copies has a gradient of zero, so rows 0 and 2 remain: all but row 1.
    matrix_zero(matrix_rows(p.seed, 1, 1));
    Matrix gradients = weights_gradients(p.weights), copy = random_matrix(p.type, 1, gradients.cols, &(Rng){0});
    matrix_copy(gradients, copy);
    Matrix expected = run(&p, deep_set);
    for (int i = 0; i < copy.cols; i++)
        assert_true(fabs(matrix_get(copy, 0, i) - matrix_get(expected, 0, 3 * DEEP_SET_SIZE + i)) < 1e-12);
    tape_destroy(tape);
    free(copy.data);
    free(whole.data);
    free(expected.data);
    problem_destroy(&p);
}

// A particle that is not finite spoils its own set, visibly, and no other.
static void not_finite(void **state) {
    (void)state;
    Problem p = problem_create(DTYPE_F32, (Shape){2, 60, 3});
    matrix_set(p.rows, 1, 55 * 3, NAN);
    Matrix found = run(&p, deep_set);
    for (int k = 0; k < DEEP_SET_SIZE; k++) {
        assert_true(isfinite(matrix_get(found, 0, k)));
        assert_true(isnan(matrix_get(found, 0, DEEP_SET_SIZE + k)));
    }
    free(found.data);
    problem_destroy(&p);
}

static void initialisation(void **state) {
    (void)state;
    Problem p = problem_create(DTYPE_F64, (Shape){1, 2, 3});
    assert_string_equal(weights_name(p.weights, 0), "phi1/weight");
    assert_string_equal(weights_name(p.weights, 7), "rho/bias");
    const double inputs[] = {3, DEEP_SET_FIRST, DEEP_SET_SECOND, DEEP_SET_SIZE};
    for (int i = 0; i < DEEP_SET_WEIGHTS; i++) {
        Matrix w = weights_value(p.weights, i);
        double bound = 1 / sqrt(inputs[i / 2]), most = 0;
        for (int k = 0; k < w.rows * w.cols; k++) most = fmax(most, fabs(((const double *)w.data)[k]));
        assert_true(most <= bound && most > 0.7 * bound);
    }
    problem_destroy(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_step_program),
        cmocka_unit_test(finite_differences),
        cmocka_unit_test(forward_mode),
        cmocka_unit_test(the_same_bits_on_every_path),
        cmocka_unit_test(order_means_nothing),
        cmocka_unit_test(chosen_rows),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(initialisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
