// Every operation of the tape, from one table of cases, the same ways: its vjp against central differences, its vjp
// against its jvp (the dot-product identity), float against double. Then what programs rely on: views, reuse,
// inference, bounded memory.
#include "core/tape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rng.h"

enum { INPUTS_MAX = 3, SIZE_MAX_INPUT = 64 };

static const int labels[] = {2, 0, 1, 2, 2};    // columns, for selections from [5,3]

typedef struct Case {
    const char *name;
    int shape[INPUTS_MAX][2];    // rows, cols; 0: no such input
    Node *(*build)(Tape *tape, Node **in);
} Case;

// ---- the cases ------------------------------------------------------------------------------------------------------

static Node *matmul(Tape *t, Node **x) {
    return tape_matmul(t, x[0], x[1]);
}
static Node *affine_relu(Tape *t, Node **x) {
    return tape_affine_relu(t, x[0], x[1], x[2]);
}
static Node *affine(Tape *t, Node **x) {
    return tape_affine(t, x[0], x[1], x[2]);
}
static Node *matmul_add(Tape *t, Node **x) {
    return tape_matmul_add(t, x[0], x[1], x[2]);
}
static Node *add(Tape *t, Node **x) {
    return tape_add(t, x[0], x[1]);
}
static Node *sub(Tape *t, Node **x) {
    return tape_sub(t, x[0], x[1]);
}
static Node *mul(Tape *t, Node **x) {
    return tape_mul(t, x[0], x[1]);
}
static Node *square(Tape *t, Node **x) {
    return tape_mul(t, x[0], x[0]);
}
static Node *shift(Tape *t, Node **x) {
    return tape_shift(t, x[0], 0.7);
}
static Node *scale(Tape *t, Node **x) {
    return tape_scale(t, x[0], -1.3);
}
static Node *add_row(Tape *t, Node **x) {
    return tape_add_row(t, x[0], x[1]);
}
static Node *mul_row(Tape *t, Node **x) {
    return tape_mul_row(t, x[0], x[1]);
}
static Node *logistic(Tape *t, Node **x) {
    return tape_logistic(t, x[0]);
}
static Node *tanh_of(Tape *t, Node **x) {
    return tape_tanh(t, x[0]);
}
static Node *relu(Tape *t, Node **x) {
    return tape_relu(t, x[0]);
}
static Node *blend(Tape *t, Node **x) {
    return tape_blend(t, x[0], x[1], x[2]);
}
static Node *blend_with_itself(Tape *t, Node **x) {
    return tape_blend(t, x[0], x[0], x[1]);
}
static Node *concat_rows(Tape *t, Node **x) {
    return tape_concat_rows(t, 4, (Node *[]){x[0], x[1], x[0], x[2]});
}
static Node *concat_cols(Tape *t, Node **x) {
    return tape_concat_cols(t, 4, (Node *[]){x[0], x[1], x[0], x[2]});
}
static Node *concat_with_constants(Tape *t, Node **x) {
    return tape_concat_cols(t, 3, (Node *[]){tape_zeros(t, 3, 2), x[0], tape_zeros(t, 3, 1)});
}
static Node *select_rows(Tape *t, Node **x) {
    return tape_select_rows(t, x[0], 4, (int[]){3, 0, 3, 1});    // one twice, one not at all
}
static Node *pick(Tape *t, Node **x) {
    return tape_pick(t, x[0], labels);
}
static Node *sum(Tape *t, Node **x) {
    return tape_sum(t, x[0]);
}
static Node *squared_error(Tape *t, Node **x) {
    return tape_mean_squared_error(t, x[0], x[1]);
}
static Node *cross_entropy(Tape *t, Node **x) {
    return tape_cross_entropy(t, x[0], labels);
}
static Node *rows_of(Tape *t, Node **x) {
    return tape_mul(t, tape_rows(t, x[0], 1, 3), tape_rows(t, x[0], 2, 3));    // they overlap
}
static Node *cols_of(Tape *t, Node **x) {
    return tape_mul(t, tape_cols(t, x[0], 0, 3), tape_cols(t, x[0], 2, 3));
}
static Node *views_of_views(Tape *t, Node **x) {
    Node *inner = tape_rows(t, tape_cols(t, tape_rows(t, x[0], 1, 4), 1, 3), 1, 2);    // rows 2..3, columns 1..3
    return tape_tanh(t, tape_matmul(t, inner, tape_cols(t, x[1], 1, 2)));
}
static Node *views_of_results(Tape *t, Node **x) {
    Node *product = tape_affine(t, x[0], x[1], x[2]);
    Node *gates = tape_logistic(t, tape_cols(t, product, 0, 4));
    return tape_blend(t, tape_cols(t, gates, 0, 2), tape_cols(t, product, 4, 2), tape_cols(t, gates, 2, 2));
}
static Node *strided_operands(Tape *t, Node **x) {
    Node *left = tape_cols(t, x[0], 1, 3), *right = tape_cols(t, x[1], 2, 3);
    Node *y = tape_add_row(t, tape_sub(t, tape_relu(t, left), tape_scale(t, right, 2)), tape_cols(t, x[2], 0, 3));
    return tape_add(t, tape_mul_row(t, y, tape_cols(t, x[2], 1, 3)), tape_shift(t, tape_tanh(t, right), 1));
}
static Node *several_consumers(Tape *t, Node **x) {
    Node *y = tape_tanh(t, x[0]);
    Node *both = tape_add(t, tape_mul(t, y, x[0]), tape_logistic(t, y));
    return tape_sub(t, both, tape_scale(t, tape_rows(t, tape_concat_rows(t, 2, (Node *[]){y, both}), 2, 3), 0.5));
}
static Node *recurrence(Tape *t, Node **x) {
    Node *h = tape_zeros(t, 2, 3);
    for (int step = 0; step < 4; step++) h = tape_tanh(t, tape_matmul_add(t, h, x[1], tape_rows(t, x[0], 2 * step, 2)));
    return h;
}

static const Case cases[] = {
    {"matmul", {{4, 5}, {5, 3}}, matmul},
    {"matmul of one row", {{1, 5}, {5, 7}}, matmul},
    {"affine", {{4, 5}, {5, 3}, {1, 3}}, affine},
    {"affine_relu", {{4, 5}, {5, 3}, {1, 3}}, affine_relu},
    {"matmul_add", {{4, 5}, {5, 3}, {4, 3}}, matmul_add},
    {"add", {{3, 4}, {3, 4}}, add},
    {"sub", {{3, 4}, {3, 4}}, sub},
    {"mul", {{3, 4}, {3, 4}}, mul},
    {"square", {{3, 4}}, square},
    {"shift", {{3, 4}}, shift},
    {"scale", {{3, 4}}, scale},
    {"add_row", {{3, 4}, {1, 4}}, add_row},
    {"mul_row", {{3, 4}, {1, 4}}, mul_row},
    {"logistic", {{3, 17}}, logistic},
    {"tanh", {{3, 17}}, tanh_of},
    {"relu", {{3, 17}}, relu},
    {"blend", {{3, 5}, {3, 5}, {3, 5}}, blend},
    {"blend with itself", {{3, 5}, {3, 5}}, blend_with_itself},
    {"concat_rows", {{2, 3}, {1, 3}, {4, 3}}, concat_rows},
    {"concat_cols", {{3, 2}, {3, 1}, {3, 4}}, concat_cols},
    {"concat with constants", {{3, 2}}, concat_with_constants},
    {"pick", {{5, 3}}, pick},
    {"select_rows", {{5, 3}}, select_rows},
    {"sum", {{3, 19}}, sum},
    {"mean_squared_error", {{3, 5}, {3, 5}}, squared_error},
    {"cross_entropy", {{5, 3}}, cross_entropy},
    {"rows", {{6, 3}}, rows_of},
    {"cols", {{3, 6}}, cols_of},
    {"views of views", {{5, 5}, {3, 4}}, views_of_views},
    {"views of results", {{3, 4}, {4, 6}, {1, 6}}, views_of_results},
    {"strided operands", {{4, 6}, {4, 6}, {1, 5}}, strided_operands},
    {"several consumers", {{3, 4}}, several_consumers},
    {"recurrence", {{8, 3}, {3, 3}}, recurrence},
};
static const size_t case_count = sizeof cases / sizeof *cases;

// ---- one case, evaluated --------------------------------------------------------------------------------------------

typedef struct Inputs {
    int count;
    double numbers[INPUTS_MAX][SIZE_MAX_INPUT];
} Inputs;

// Away from 0, where relu has no derivative.
static Inputs random_inputs(const Case *c, uint32_t index) {
    Inputs inputs = {0};
    Rng rng = rng_stream(1, RNG_TEST, index);
    for (; inputs.count < INPUTS_MAX && c->shape[inputs.count][0] > 0; inputs.count++) {
        int size = c->shape[inputs.count][0] * c->shape[inputs.count][1];
        assert_true(size <= SIZE_MAX_INPUT);
        for (int k = 0; k < size; k++) {
            double x = rng_between(&rng, -1.2, 1.2);
            inputs.numbers[inputs.count][k] = fabs(x) < 0.01 ? 0.3 : x;
        }
    }
    return inputs;
}

typedef struct Program {
    Tape *tape;
    Node *in[INPUTS_MAX], *out;
    double memory[INPUTS_MAX][SIZE_MAX_INPUT];    // the inputs in the tape's type
} Program;

static void record_case(Program *program, DType type, const Case *c, const Inputs *inputs, bool gradients) {
    if (!program->tape) program->tape = tape_create(type, linalg_portable());
    tape_reset(program->tape, gradients);
    for (int i = 0; i < inputs->count; i++) {
        Matrix value = matrix_view(type, c->shape[i][0], c->shape[i][1], program->memory[i]);
        for (int k = 0; k < value.rows * value.cols; k++)
            matrix_set(value, k / value.cols, k % value.cols, inputs->numbers[i][k]);
        program->in[i] = tape_variable(program->tape, value);
    }
    program->out = c->build(program->tape, program->in);
}

// The cotangent of element (i, j): any fixed numbers.
static double weight_of(int i, int j) {
    return cos(1.7 * i + 0.9 * j + 0.4);
}

static double weighted_sum(Matrix y) {
    double total = 0;
    for (int i = 0; i < y.rows; i++) {
        for (int j = 0; j < y.cols; j++) total += weight_of(i, j) * matrix_get(y, i, j);
    }
    return total;
}

static void backward(Program *program) {
    Matrix gradient = program->out->gradient;
    assert_non_null(gradient.data);
    for (int i = 0; i < gradient.rows; i++) {
        for (int j = 0; j < gradient.cols; j++) matrix_set(gradient, i, j, weight_of(i, j));
    }
    tape_backward_seeded(program->tape);
}

static double evaluate(Program *program, const Case *c, const Inputs *inputs) {
    record_case(program, DTYPE_F64, c, inputs, false);
    return weighted_sum(program->out->value);
}

// ---- the three tests of every operation -----------------------------------------------------------------------------

static void check_gradient(Program *shifted, const Case *c, Inputs *inputs, int input, Matrix gradient) {
    const double step = 1e-5;
    for (int e = 0; e < gradient.rows * gradient.cols; e++) {
        double *number = &inputs->numbers[input][e], kept = *number;
        *number = kept + step;
        double above = evaluate(shifted, c, inputs);
        *number = kept - step;
        double below = evaluate(shifted, c, inputs);
        *number = kept;
        double expected = (above - below) / (2 * step), found = matrix_get(gradient, e / gradient.cols, e % gradient.cols);
        if (!(fabs(found - expected) <= 2e-9 * fmax(1, fabs(expected)))) {
            fail_msg("%s, input %d, element %d: gradient %.12g, difference %.12g", c->name, input, e, found, expected);
        }
    }
}

static void gradients_equal_central_differences(void **state) {
    (void)state;
    for (size_t k = 0; k < case_count; k++) {
        const Case *c = &cases[k];
        Inputs inputs = random_inputs(c, (uint32_t)k);
        Program program = {0}, shifted = {0};
        record_case(&program, DTYPE_F64, c, &inputs, true);
        backward(&program);
        for (int i = 0; i < inputs.count; i++) {
            check_gradient(&shifted, c, &inputs, i, program.in[i]->gradient);
        }
        tape_destroy(program.tape);
        tape_destroy(shifted.tape);
    }
}

// w . (J u) = (J^T w) . u for random tangents u of the inputs.
static void tangents_and_gradients_are_transposes(void **state) {
    (void)state;
    for (size_t k = 0; k < case_count; k++) {
        const Case *c = &cases[k];
        Inputs inputs = random_inputs(c, (uint32_t)k);
        Program program = {0};
        record_case(&program, DTYPE_F64, c, &inputs, true);
        tape_tangents(program.tape);
        Rng rng = rng_stream(2, RNG_TEST, (uint32_t)k);
        for (int i = 0; i < inputs.count; i++) {
            Matrix tangent = program.in[i]->tangent;
            for (int e = 0; e < tangent.rows * tangent.cols; e++) {
                matrix_set(tangent, e / tangent.cols, e % tangent.cols, rng_between(&rng, -1, 1));
            }
        }
        tape_forward_tangents(program.tape);
        backward(&program);
        double forward = weighted_sum(program.out->tangent), reverse = 0, size = 0;
        for (int i = 0; i < inputs.count; i++) {
            Matrix tangent = program.in[i]->tangent, gradient = program.in[i]->gradient;
            for (int e = 0; e < tangent.rows * tangent.cols; e++) {
                int row = e / tangent.cols, col = e % tangent.cols;
                double term = matrix_get(tangent, row, col) * matrix_get(gradient, row, col);
                reverse += term, size += fabs(term);
            }
        }
        assert_true(size > 1e-3);    // not 0 = 0
        if (!(fabs(forward - reverse) <= 1e-13 * size)) fail_msg("%s: forward %.15g, reverse %.15g", c->name, forward, reverse);
        tape_destroy(program.tape);
    }
}

static void expect_close(const char *name, Matrix found, Matrix expected) {
    for (int i = 0; i < found.rows; i++) {
        for (int j = 0; j < found.cols; j++) {
            double x = matrix_get(found, i, j), y = matrix_get(expected, i, j);
            if (!(fabs(x - y) <= 5e-6 * fmax(1, fabs(y)))) fail_msg("%s at %d, %d: float %.9g, double %.9g", name, i, j, x, y);
        }
    }
}

static void float_follows_double(void **state) {
    (void)state;
    for (size_t k = 0; k < case_count; k++) {
        Inputs inputs = random_inputs(&cases[k], (uint32_t)k);
        Program single = {0}, twice = {0};
        record_case(&single, DTYPE_F32, &cases[k], &inputs, true);
        record_case(&twice, DTYPE_F64, &cases[k], &inputs, true);
        backward(&single);
        backward(&twice);
        assert_int_equal(single.out->value.type, DTYPE_F32);
        expect_close(cases[k].name, single.out->value, twice.out->value);
        for (int i = 0; i < inputs.count; i++) expect_close(cases[k].name, single.in[i]->gradient, twice.in[i]->gradient);
        tape_destroy(single.tape);
        tape_destroy(twice.tape);
    }
}

// The table above covers every operation that the tape knows by name.
static void no_operation_is_left_out(void **state) {
    (void)state;
    static const char *const known[] = {
        "view",   "matmul", "affine",      "affine_relu", "matmul_add",         "add",          "sub",  "mul",
        "shift",  "scale",  "add_row",     "mul_row",     "logistic",           "tanh",         "relu", "blend",
        "concat", "pick",   "select_rows", "sum",         "mean_squared_error", "cross_entropy"};
    bool seen[sizeof known / sizeof *known] = {false};
    for (size_t k = 0; k < case_count; k++) {
        Inputs inputs = random_inputs(&cases[k], 0);
        Program program = {0};
        record_case(&program, DTYPE_F64, &cases[k], &inputs, false);
        for (size_t n = 0; n < tape_node_count(program.tape); n++) {
            const Node *node = tape_node(program.tape, n);
            bool found = !node->op;
            for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++) {
                if (strcmp(known[i], node->op->name) == 0) seen[i] = found = true;
            }
            if (!found) fail_msg("operation \"%s\" is not in the list", node->op->name);
        }
        tape_destroy(program.tape);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!seen[i]) fail_msg("operation \"%s\" has no case", known[i]);
    }
}

// ---- what programs rely on ------------------------------------------------------------------------------------------

static void values_by_hand(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_reset(tape, false);
    double numbers[] = {1, 2, 3, 4, 5, 6}, two[] = {10, 20}, logits[] = {0, 0, 1000, 0, 3, 3};
    Node *x = tape_constant(tape, matrix_view(DTYPE_F64, 3, 2, numbers)),
         *row = tape_constant(tape, matrix_view(DTYPE_F64, 1, 2, two));
    Node *y = tape_blend(tape, tape_shift(tape, tape_scale(tape, x, 0), 0.25), x, tape_add_row(tape, x, row));
    assert_true(matrix_get(y->value, 0, 0) == 1 + 2.5 && matrix_get(y->value, 2, 1) == 6 + 5);
    assert_true(matrix_get(tape_sum(tape, x)->value, 0, 0) == 21);
    Node *picked = tape_pick(tape, x, (int[]){1, 0, 1});
    assert_true(picked->value.cols == 1 && matrix_get(picked->value, 0, 0) == 2 && matrix_get(picked->value, 2, 0) == 6);
    // Rows of logits: even odds of two, certainty without overflow, even odds again.
    Node *loss = tape_cross_entropy(tape, tape_constant(tape, matrix_view(DTYPE_F64, 3, 2, logits)), (int[]){0, 0, 1});
    assert_true(fabs(matrix_get(loss->value, 0, 0) - 2 * log(2) / 3) < 1e-15);
    Node *wrong = tape_cross_entropy(tape, tape_constant(tape, matrix_view(DTYPE_F64, 3, 2, logits)), (int[]){0, 1, 1});
    assert_true(fabs(matrix_get(wrong->value, 0, 0) - (2 * log(2) + 1000) / 3) < 1e-12);
    tape_destroy(tape);
}

static void relu_at_zero(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F32, linalg_portable());
    tape_reset(tape, true);
    float numbers[] = {0, -0.0f, 1, -1, NAN};
    Node *x = tape_variable(tape, matrix_view(DTYPE_F32, 1, 5, numbers));
    Node *y = tape_relu(tape, x);
    tape_backward(tape, tape_sum(tape, y));
    static const double slopes[] = {0, 0, 1, 0};
    for (int j = 0; j < 4; j++) assert_true(matrix_get(x->gradient, 0, j) == slopes[j]);
    assert_true(isnan(matrix_get(y->value, 0, 4)));    // broken numbers must not look mended
    tape_destroy(tape);
}

// A parameter's gradient belongs to the caller and is added to: two passes give twice the gradient.
static void parameters_accumulate(void **state) {
    (void)state;
    double w[] = {1, -2, 3}, slope[] = {0, 0, 0}, x[] = {2, 5, -1};
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    for (int pass = 1; pass <= 2; pass++) {
        tape_reset(tape, true);
        Node *weight = tape_parameter(tape, matrix_view(DTYPE_F64, 3, 1, w), matrix_view(DTYPE_F64, 3, 1, slope));
        Node *input = tape_constant(tape, matrix_view(DTYPE_F64, 1, 3, x));
        Node *y = tape_matmul(tape, input, weight);
        assert_true(matrix_get(y->value, 0, 0) == -11);
        tape_backward(tape, y);
        assert_null(input->gradient.data);
        for (int k = 0; k < 3; k++) assert_true(slope[k] == pass * x[k]);
    }
    tape_destroy(tape);
}

// A gradient that shrinks by a quarter each step: among the subnormal numbers it would stop at the smallest of them, as the same products do
// outside of the backward pass.
static void vanishing_gradients_become_zero(void **state) {
    (void)state;
    enum { STEPS = 600 };
    Tape *tape = tape_create(DTYPE_F32, linalg_portable());
    float one = 1, slope = 0;
    volatile float outside = 1;
    tape_reset(tape, true);
    Node *first = tape_variable(tape, matrix_view(DTYPE_F32, 1, 1, &one)), *last = first;
    Node *weight = tape_parameter(tape, matrix_view(DTYPE_F32, 1, 1, &one), matrix_view(DTYPE_F32, 1, 1, &slope));
    for (int t = 0; t < STEPS; t++) last = tape_scale(tape, last, 0.75), outside *= 0.75f;
    tape_backward(tape, tape_add(tape, last, weight));
    assert_true(matrix_get(first->gradient, 0, 0) == 0 && slope == 1);
    assert_true(outside > 0);
    int subnormal = 0;
    for (size_t n = 0; n < tape_node_count(tape); n++) {
        double gradient = matrix_get(tape_node(tape, n)->gradient, 0, 0);
        subnormal += gradient != 0 && gradient < 0x1p-126;
    }
    assert_int_equal(subnormal, 0);
    volatile float smallest = 0x1p-149f;    // and afterwards they count again
    assert_true(smallest * 0.75f > 0);
    tape_destroy(tape);
}

static void weights_become_parameters(void **state) {
    (void)state;
    Weights *weights = weights_create(DTYPE_F32);
    weights_add(weights, "a", 2, 3);
    weights_add(weights, "b", 1, 3);
    weights_seal(weights);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int i = 0; i < 2; i++) weights_uniform(weights, i, 1, &rng);
    Tape *tape = tape_create(DTYPE_F32, linalg_portable());
    tape_reset(tape, true);
    Node **nodes = tape_weights(tape, weights);
    Node *x = tape_zeros(tape, 4, 2);
    tape_backward(tape, tape_sum(tape, tape_affine(tape, x, nodes[0], nodes[1])));
    for (int j = 0; j < 3; j++) {
        assert_true(matrix_get(weights_gradient(weights, 1), 0, j) == 4);
        assert_true(matrix_get(weights_gradient(weights, 0), 1, j) == 0);
    }
    tape_destroy(tape);
    weights_destroy(weights);
}

static void inference_keeps_no_gradients(void **state) {
    (void)state;
    for (size_t k = 0; k < case_count; k++) {
        Inputs inputs = random_inputs(&cases[k], (uint32_t)k);
        Program program = {0}, training = {0};
        record_case(&program, DTYPE_F32, &cases[k], &inputs, false);
        for (size_t n = 0; n < tape_node_count(program.tape); n++) assert_null(tape_node(program.tape, n)->gradient.data);
        record_case(&training, DTYPE_F32, &cases[k], &inputs, true);
        Matrix a = program.out->value, b = training.out->value;    // and the same bits come out
        for (int i = 0; i < a.rows; i++)
            assert_memory_equal(matrix_row(a, i), matrix_row(b, i), (size_t)a.cols * sizeof(float));
        tape_destroy(program.tape);
        tape_destroy(training.tape);
    }
}

// What depends on constants only has no gradient, also in training.
static void constants_need_no_gradient(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_reset(tape, true);
    double numbers[4] = {1, 2, 3, 4};
    Node *c = tape_constant(tape, matrix_view(DTYPE_F64, 2, 2, numbers)),
         *v = tape_variable(tape, matrix_view(DTYPE_F64, 2, 2, numbers));
    assert_null(tape_tanh(tape, c)->gradient.data);
    assert_null(tape_rows(tape, c, 0, 1)->gradient.data);
    assert_null(tape_concat_rows(tape, 2, (Node *[]){c, c})->gradient.data);
    Node *mixed = tape_concat_rows(tape, 2, (Node *[]){c, v});
    assert_non_null(mixed->gradient.data);
    tape_backward(tape, tape_sum(tape, tape_mul(tape, mixed, tape_concat_rows(tape, 2, (Node *[]){v, c}))));
    for (int k = 0; k < 4; k++) assert_true(matrix_get(v->gradient, k / 2, k % 2) == 2 * numbers[k]);
    tape_destroy(tape);
}

static void stepping_for_ever_in_bounded_memory(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F32, linalg_portable());
    float w[64 * 64], h[64];
    Rng rng = rng_stream(4, RNG_TEST, 0);
    for (int k = 0; k < 64 * 64; k++) w[k] = (float)rng_between(&rng, -0.2, 0.2);
    for (int k = 0; k < 64; k++) h[k] = 0.5f;
    Matrix memory = matrix_view(DTYPE_F32, 1, 64, h);
    size_t held = 0;
    for (int step = 0; step < 20000; step++) {
        tape_reset(tape, false);
        Node *weight = tape_constant(tape, matrix_view(DTYPE_F32, 64, 64, w));
        Node *next = tape_tanh(tape, tape_matmul(tape, tape_constant(tape, memory), weight));
        matrix_copy(next->value, memory);
        assert_int_equal(tape_node_count(tape), 4);
        if (step == 0) held = tape_memory(tape);
    }
    assert_int_equal(tape_memory(tape), held);
    tape_destroy(tape);
}

// After the first rounds a training loop holds what it needs and asks for no more.
static void no_allocation_in_the_steady_state(void **state) {
    (void)state;
    static double numbers[200][32], w[32 * 32], slope[32 * 32];
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    size_t held = 0;
    for (int round = 0; round < 12; round++) {
        tape_reset(tape, true);
        Node *weight = tape_parameter(tape, matrix_view(DTYPE_F64, 32, 32, w), matrix_view(DTYPE_F64, 32, 32, slope));
        Node *h = tape_zeros(tape, 1, 32);
        int steps = round == 0 ? 200 : 200 - 10 * (round % 3);    // the longest sequence comes first
        for (int t = 0; t < steps; t++) {
            Node *x = tape_constant(tape, matrix_view(DTYPE_F64, 1, 32, numbers[t]));
            h = tape_tanh(tape, tape_matmul_add(tape, h, weight, x));
        }
        tape_backward(tape, tape_sum(tape, h));
        if (round == 1) held = tape_memory(tape);
        if (round > 1) assert_int_equal(tape_memory(tape), held);
    }
    tape_destroy(tape);
    tape_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_equal_central_differences),
        cmocka_unit_test(tangents_and_gradients_are_transposes),
        cmocka_unit_test(float_follows_double),
        cmocka_unit_test(no_operation_is_left_out),
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(relu_at_zero),
        cmocka_unit_test(parameters_accumulate),
        cmocka_unit_test(vanishing_gradients_become_zero),
        cmocka_unit_test(weights_become_parameters),
        cmocka_unit_test(inference_keeps_no_gradients),
        cmocka_unit_test(constants_need_no_gradient),
        cmocka_unit_test(stepping_for_ever_in_bounded_memory),
        cmocka_unit_test(no_allocation_in_the_steady_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
