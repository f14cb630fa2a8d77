#include "analysis/information/deep_set.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "analysis/information/deep_set_kernels.h"

// ---- weights ----------------------------------------------------------------------------------------------------------------------

void deep_set_declare(Weights *weights, const char *prefix, int size, int representation) {
    assert(size > 0 && size <= DEEP_SET_INPUT_MAX && representation > 0);
    static const char *const layers[] = {"phi1", "phi2", "phi3", "rho"};
    const int widths[] = {size, DEEP_SET_FIRST, DEEP_SET_SECOND, representation, representation};
    for (int layer = 0; layer < 4; layer++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s/weight", prefix, layers[layer]);
        weights_add(weights, name, widths[layer], widths[layer + 1]);
        snprintf(name, sizeof name, "%s%s/bias", prefix, layers[layer]);
        weights_add(weights, name, 1, widths[layer + 1]);
    }
}

void deep_set_initialise(Weights *weights, int first, Rng *rng) {
    for (int i = first; i < first + DEEP_SET_WEIGHTS; i += 2) {
        double bound = 1 / sqrt(weights_value(weights, i).rows);
        weights_uniform(weights, i, bound, rng);
        weights_uniform(weights, i + 1, bound, rng);
    }
}

// ---- the sum over particles of the second layer: one operation -----------------------------------------------------------------------

typedef struct Second {
    const DeepSetKernels *kernels;
    DeepSetPass pass;
} Second;

static const DeepSetKernels *kernels_like(const Tape *tape) {
    static const DeepSetKernels *const tables[KERNELS_PATHS][2] = {
        [KERNELS_SCALAR] = {&deep_set_f32_v1, &deep_set_f64_v1},
        [KERNELS_AVX2] = {&deep_set_f32_v3, &deep_set_f64_v3},
        [KERNELS_AVX512] = {&deep_set_f32_v4, &deep_set_f64_v4},
    };
    KernelsPath path = KERNELS_SCALAR;
    DType type = tape_type(tape);
    while (path + 1 < KERNELS_PATHS && kernels_of(type, path) != tape_kernels(tape)) path++;
    assert(kernels_of(type, path) == tape_kernels(tape));
    return tables[path][type == DTYPE_F64];
}

static void second_forward(Tape *tape, Node *node) {
    Second *second = node->context;
    DeepSetPass *pass = &second->pass;
    size_t words = (size_t)pass->count * (size_t)pass->particles;
    if (node->gradient.data) pass->active = tape_scratch(tape, words * sizeof *pass->active);
    pass->sums = node->value;
    second->kernels->forward(pass);
}

static void second_vjp(Tape *tape, Node *node) {
    (void)tape;
    const Second *second = node->context;
    DeepSetGradients gradients = {node->gradient, node->many[0]->gradient, node->many[1]->gradient, node->many[2]->gradient,
                                  node->many[3]->gradient};
    second->kernels->backward(&second->pass, &gradients);
}

// Sums of the second layer, set by set.
static Node *second_by_steps(Tape *tape, Node *const *weights, Matrix rows, int particles, const int *index, int count) {
    int size = weights[0]->value.rows;
    Node **sums = tape_scratch(tape, (size_t)count * sizeof *sums);
    Node *ones = tape_zeros(tape, 1, particles);
    for (int p = 0; p < particles; p++) matrix_set(ones->value, 0, p, 1);
    for (int s = 0; s < count; s++) {
        Matrix set = matrix_view(rows.type, particles, size, matrix_row(rows, index ? index[s] : s));
        Node *h1 = tape_affine_relu(tape, tape_constant(tape, set), weights[0], weights[1]);
        sums[s] = tape_matmul(tape, ones, tape_affine_relu(tape, h1, weights[2], weights[3]));
    }
    return tape_concat_rows(tape, count, sums);
}

// By the step program, on a tape of its own.
static void second_jvp(Tape *tape, Node *node) {
    const DeepSetPass *pass = &((const Second *)node->context)->pass;
    Tape *steps = tape_create(tape_type(tape), tape_linalg(tape));
    tape_reset(steps, false);
    Node *weights[4];
    for (int i = 0; i < 4; i++) weights[i] = tape_constant(steps, node->many[i]->value);
    Node *sums = second_by_steps(steps, weights, pass->rows, pass->particles, pass->index, pass->count);
    tape_tangents(steps);
    for (int i = 0; i < 4; i++) matrix_copy(node->many[i]->tangent, weights[i]->tangent);
    tape_forward_tangents(steps);
    matrix_copy(sums->tangent, node->tangent);
    tape_destroy(steps);
}

static const TapeOp second_op = {"deep_set", second_forward, second_vjp, second_jvp};

// ---- the representation ------------------------------------------------------------------------------------------------------------

// sum_p (W3 h_p + b3) = W3 sum_p h_p + N b3: what is linear is applied to sums.
static Node *of_sums(Tape *tape, Node *const *weights, Node *sums, int particles) {
    Node *phi = tape_affine(tape, sums, weights[4], tape_scale(tape, weights[5], particles));
    return tape_affine(tape, phi, weights[6], weights[7]);
}

Node *deep_set_of_rows(Tape *tape, Node *const *weights, Matrix rows, int particles, const int *index, int count) {
    assert(particles > 0 && rows.cols == particles * weights[0]->value.rows && rows.type == tape_type(tape));
    assert(weights[0]->value.cols == DEEP_SET_FIRST && weights[2]->value.cols == DEEP_SET_SECOND);
    Second *second = tape_scratch(tape, sizeof *second);
    *second = (Second){.kernels = kernels_like(tape),
                       .pass = {.count = count,
                                .particles = particles,
                                .size = weights[0]->value.rows,
                                .rows = rows,
                                .index = index,
                                .w1 = weights[0]->value,
                                .b1 = weights[1]->value,
                                .w2 = weights[2]->value,
                                .b2 = weights[3]->value}};
    Node *sums = tape_operation(tape, &second_op, count, DEEP_SET_SECOND, 4, weights, second);
    return of_sums(tape, weights, sums, particles);
}

Node *deep_set(Tape *tape, Node *const *weights, Matrix rows, int particles) {
    return deep_set_of_rows(tape, weights, rows, particles, NULL, rows.rows);
}

Node *deep_set_by_steps(Tape *tape, Node *const *weights, Matrix rows, int particles) {
    Node *sums = second_by_steps(tape, weights, rows, particles, NULL, rows.rows);
    return of_sums(tape, weights, sums, particles);
}
