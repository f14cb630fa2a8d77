#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>

#include "core/tape_internal.h"

enum { ARENA_BLOCK = 1 << 20, FIRST_NODES = 1024 };

Tape *tape_create(DType type, const Linalg *linalg) {
    assert(type == DTYPE_F32 || type == DTYPE_F64);
    Tape *tape = memory_alloc(sizeof *tape);
    *tape = (Tape){.type = type, .linalg = linalg, .kernels = kernels_for(type), .arena = arena_create(ARENA_BLOCK)};
    return tape;
}

void tape_destroy(Tape *tape) {
    if (!tape) return;
    arena_destroy(tape->arena);
    free(tape->nodes);
    free(tape);
}

void tape_reset(Tape *tape, bool gradients) {
    arena_reset(tape->arena);
    tape->count = 0;
    tape->gradients = gradients;
}

DType tape_type(const Tape *tape) {
    return tape->type;
}

const Linalg *tape_linalg(const Tape *tape) {
    return tape->linalg;
}

const Kernels *tape_kernels(const Tape *tape) {
    return tape->kernels;
}

size_t tape_memory(const Tape *tape) {
    return arena_capacity(tape->arena) + tape->capacity * sizeof *tape->nodes;
}

size_t tape_used(const Tape *tape) {
    return arena_used(tape->arena);
}

size_t tape_node_count(const Tape *tape) {
    return tape->count;
}

Node *tape_node(const Tape *tape, size_t index) {
    assert(index < tape->count);
    return tape->nodes[index];
}

void *tape_scratch(Tape *tape, size_t bytes) {
    return arena_alloc(tape->arena, bytes);
}

// ---- recording ---------------------------------------------------------------------------------------------------------------

Matrix tape_matrix(Tape *tape, int rows, int cols) {
    assert(rows >= 0 && cols > 0);
    return matrix_view(tape->type, rows, cols, arena_alloc(tape->arena, (size_t)rows * (size_t)cols * dtype_size(tape->type)));
}

Matrix tape_zero_matrix(Tape *tape, int rows, int cols) {
    Matrix m = tape_matrix(tape, rows, cols);
    matrix_zero(m);
    return m;
}

static Node *append(Tape *tape) {
    if (tape->count == tape->capacity) {
        size_t capacity = tape->capacity ? 2 * tape->capacity : FIRST_NODES;
        Node **grown = memory_alloc(capacity * sizeof *grown);
        if (tape->count) memcpy(grown, tape->nodes, tape->count * sizeof *grown);
        free(tape->nodes);
        tape->nodes = grown;
        tape->capacity = capacity;
    }
    Node *node = arena_alloc(tape->arena, sizeof *node);
    *node = (Node){0};
    tape->nodes[tape->count++] = node;
    return node;
}

Node *tape_record(Tape *tape, const TapeOp *op, int rows, int cols, Node *a, Node *b, Node *c) {
    Node *node = append(tape);
    node->op = op;
    node->in[0] = a, node->in[1] = b, node->in[2] = c;
    node->value = tape_matrix(tape, rows, cols);
    if (tape->gradients && (wanted(a) || wanted(b) || wanted(c))) node->gradient = tape_zero_matrix(tape, rows, cols);
    return node;
}

Node *tape_record_many(Tape *tape, const TapeOp *op, int rows, int cols, int count, Node *const *inputs) {
    assert(count > 0);
    Node *gradient_source = NULL;
    for (int i = 0; i < count; i++) {
        if (wanted(inputs[i])) gradient_source = inputs[i];
    }
    Node *node = tape_record(tape, op, rows, cols, gradient_source, NULL, NULL);
    node->many = arena_alloc(tape->arena, (size_t)count * sizeof(Node *));
    memcpy(node->many, inputs, (size_t)count * sizeof(Node *));
    node->count = count;
    return node;
}

Node *tape_operation(Tape *tape, const TapeOp *op, int rows, int cols, int count, Node *const *inputs, void *context) {
    Node *node = tape_record_many(tape, op, rows, cols, count, inputs);
    node->context = context;
    op->forward(tape, node);
    return node;
}

// ---- leaves ------------------------------------------------------------------------------------------------------------------

Node *tape_constant(Tape *tape, Matrix value) {
    assert(value.type == tape->type);
    Node *node = append(tape);
    node->value = value;
    return node;
}

Node *tape_zeros(Tape *tape, int rows, int cols) {
    return tape_constant(tape, tape_zero_matrix(tape, rows, cols));
}

Node *tape_variable(Tape *tape, Matrix value) {
    Node *node = tape_constant(tape, value);
    if (tape->gradients) node->gradient = tape_zero_matrix(tape, value.rows, value.cols);
    return node;
}

Node *tape_parameter(Tape *tape, Matrix value, Matrix gradient) {
    assert(value.rows == gradient.rows && value.cols == gradient.cols && gradient.type == tape->type);
    Node *node = tape_constant(tape, value);
    if (tape->gradients) node->gradient = gradient;
    return node;
}

Node **tape_weights(Tape *tape, const Weights *weights) {
    int count = weights_count(weights);
    Node **nodes = arena_alloc(tape->arena, (size_t)count * sizeof(Node *));
    for (int i = 0; i < count; i++) nodes[i] = tape_parameter(tape, weights_value(weights, i), weights_gradient(weights, i));
    return nodes;
}

// ---- views -------------------------------------------------------------------------------------------------------------------

static Matrix part(Matrix whole, const Node *view) {
    if (!whole.data) return whole;
    return matrix_cols(matrix_rows(whole, view->row, view->value.rows), view->col, view->value.cols);
}

// Forward and vjp of a view are nothing: it shares memory with its input.
static void shares_memory(Tape *tape, Node *node) {
    (void)tape, (void)node;
}

static const TapeOp view_op = {"view", shares_memory, shares_memory, shares_memory};

static Node *view(Tape *tape, Node *x, int row, int rows, int col, int cols) {
    Node *node = append(tape);
    node->op = &view_op;
    node->in[0] = x;
    node->row = row, node->col = col;
    node->value = matrix_cols(matrix_rows(x->value, row, rows), col, cols);
    node->gradient = part(x->gradient, node);
    return node;
}

Node *tape_rows(Tape *tape, Node *x, int first, int count) {
    return view(tape, x, first, count, 0, x->value.cols);
}

Node *tape_cols(Tape *tape, Node *x, int first, int count) {
    return view(tape, x, 0, x->value.rows, first, count);
}

// ---- passes ------------------------------------------------------------------------------------------------------------------

// Gradients that vanish over a long sequence end among the subnormal numbers and stay there, for rounding keeps the last of them from zero;
// many processors are a hundred times slower there. So on the way back subnormal operands and results are zero: these two bits of the
// register that governs all of SSE and AVX say so, and mean the same on every x86-64. Against any other gradient such numbers are nothing.
enum { SUBNORMAL_RESULTS_ZERO = 1 << 15, SUBNORMAL_OPERANDS_ZERO = 1 << 6 };

void tape_backward_seeded(Tape *tape) {
    assert(tape->gradients);
    unsigned control = _mm_getcsr();
    _mm_setcsr(control | SUBNORMAL_RESULTS_ZERO | SUBNORMAL_OPERANDS_ZERO);
    for (size_t i = tape->count; i-- > 0;) {
        Node *node = tape->nodes[i];
        if (node->op && node->gradient.data) node->op->vjp(tape, node);
    }
    _mm_setcsr(control);
}

void tape_backward(Tape *tape, Node *node) {
    assert(node->value.rows == 1 && node->value.cols == 1 && node->gradient.data);
    matrix_set(node->gradient, 0, 0, 1);
    tape_backward_seeded(tape);
}

void tape_tangents(Tape *tape) {
    for (size_t i = 0; i < tape->count; i++) {
        Node *node = tape->nodes[i];
        if (node->op == &view_op) node->tangent = part(node->in[0]->tangent, node);
        else node->tangent = tape_zero_matrix(tape, node->value.rows, node->value.cols);
    }
}

void tape_forward_tangents(Tape *tape) {
    for (size_t i = 0; i < tape->count; i++) {
        Node *node = tape->nodes[i];
        assert(node->tangent.data);
        if (node->op) node->op->jvp(tape, node);
    }
}
