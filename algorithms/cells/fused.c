#include "algorithms/cells/fused.h"

#include <stdlib.h>
#include <string.h>

#include "algorithms/cells/fused_weights.h"
#include "algorithms/cells/sequence.h"
#include "core/arena.h"

// ---- one step, forwards ---------------------------------------------------------------------------------------------------------------

// The states, [rows, P], and what is kept of a step, [blocks * rows, planes * FUSED_BLOCK]. c: the second state of the LSTM, f * h of the MGU.
typedef struct Places {
    Matrix h_old, c_old, h_new, c_new, kept;
    bool streamed;    // whether the next step's follow
} Places;

static void step_forward(const FusedLayout *layout, const FusedWeights *packed, Matrix x, Places p) {
    int kind = (int)layout->fused->kind;
    bool two_phases = layout->kernels->forward[kind][1] != NULL;    // the MGU: first gate 1, then, with its result, gate 0
    Matrix bias = packed->bias;                                     // the same row for all
    bias.rows = x.rows, bias.stride = 0;
    FusedForward step = {
        .padded = layout->padded,
        .start = two_phases ? matrix_cols(bias, layout->padded, layout->padded) : bias,
        .x = x,
        .h = matrix_cols(p.h_old, 0, layout->hidden),
        .x_panels = packed->x,
        .x_gates = layout->gates.x_count,
        .x_gate = two_phases ? 1 : 0,
        .h_panels = packed->h,
        .vectors = packed->vectors,
        .h_old = p.h_old,
        .c_old = p.c_old,
        .h_new = p.h_new,
        .c_new = p.c_new,
        .kept = p.kept,
        .streamed = p.streamed,
    };
    layout->kernels->forward[kind][0](&step);
    if (!two_phases) return;
    step.start = matrix_cols(bias, 0, layout->padded);
    step.x_gate = 0;
    step.h = matrix_cols(p.c_new, 0, layout->hidden);
    step.h_panels = packed->second;
    layout->kernels->forward[kind][1](&step);
}

// ---- a whole sequence -------------------------------------------------------------------------------------------------------------------

// Inputs of the node: x, then the cell's weights.
typedef struct Sequence {
    const CellType *cell;
    FusedLayout layout;
    int steps;
    int *active;
    FusedWeights packed;
    bool all_kept;    // for a backward pass; otherwise of the latest step alone
    Matrix kept;      // [N or active[0] times the blocks, planes * FUSED_BLOCK]
    Matrix c;         // [N or active[0], P], where the cell has such numbers
    Matrix zeros;     // [active[0], P]: the states before the first step
} Sequence;

static int blocks(const FusedLayout *layout) {
    return layout->padded / FUSED_BLOCK;
}

// The states before step t and after it. `first` is the first row of step t, `before` of step t - 1.
static Places places(const Sequence *s, Matrix h, int t, int first, int before) {
    int rows = s->active[t], count = blocks(&s->layout);
    Places p = {
        .h_old = t ? matrix_rows(h, before, rows) : s->zeros,
        .h_new = matrix_rows(h, first, rows),
        .kept = matrix_rows(s->kept, s->all_kept ? first * count : 0, rows * count),
        .c_old = s->zeros,
        .c_new = s->zeros,
        .streamed = s->all_kept,
    };
    if (s->layout.gates.c) p.c_new = matrix_rows(s->c, s->all_kept ? first : 0, rows);
    if (s->layout.gates.c && t) p.c_old = matrix_rows(s->c, s->all_kept ? before : 0, rows);
    return p;
}

static void weight_matrices(const Node *node, bool gradients, Matrix *out) {
    for (int i = 1; i < node->count; i++) out[i - 1] = gradients ? node->many[i]->gradient : node->many[i]->value;
}

static Matrix scratch(Tape *tape, int rows, int cols, int stride, bool zero) {
    size_t bytes = (size_t)rows * (size_t)stride * dtype_size(tape_type(tape));
    void *data = tape_scratch(tape, bytes);
    if (zero) memset(data, 0, bytes);
    return (Matrix){tape_type(tape), rows, cols, stride, data};
}

static void sequence_forward(Tape *tape, Node *node) {
    Sequence *s = node->context;
    const FusedLayout *layout = &s->layout;
    Matrix values[CELL_WEIGHTS_MAX], x = node->many[0]->value;
    weight_matrices(node, false, values);
    s->packed = fused_weights_place(layout, tape_scratch(tape, fused_weights_bytes(layout)));
    fused_weights_load(layout, &s->packed, values);
    s->all_kept = node->gradient.data != NULL;
    int rows = s->all_kept ? x.rows : s->active[0], width = layout->gates.planes * FUSED_BLOCK;
    s->kept = scratch(tape, rows * blocks(layout), width, width, false);
    if (layout->gates.c) s->c = scratch(tape, rows, layout->padded, layout->padded, false);
    s->zeros = scratch(tape, s->active[0], layout->padded, layout->padded, true);
    for (int t = 0, first = 0, before = 0; t < s->steps; before = first, first += s->active[t], t++)
        step_forward(layout, &s->packed, matrix_rows(x, first, s->active[t]), places(s, node->value, t, first, before));
}

// ---- backwards --------------------------------------------------------------------------------------------------------------------------

// So many rows, or one step's, are collected before they go into the gradients of weights: as many as half a mebibyte holds, which stays in the
// second-level cache. They are part of the arithmetic: gradients are summed chunk after chunk, so other numbers give other bits.
enum { CHUNK_BYTES = 1 << 19, CHUNK_ROWS_MIN = 64, CHUNK_ROWS_MAX = 128 };

static int chunk_rows(const FusedLayout *layout) {
    size_t row = (size_t)(layout->gates.sums * layout->padded) * dtype_size(layout->type), rows = CHUNK_BYTES / row;
    return rows < CHUNK_ROWS_MIN ? CHUNK_ROWS_MIN : rows > CHUNK_ROWS_MAX ? CHUNK_ROWS_MAX : (int)rows;
}

// Rows of some consecutive steps, in the order of the sequence, at the end of the matrices: they are filled backwards.
typedef struct Chunk {
    Matrix d;    // gradients of accumulators [capacity, sums * P]
    Matrix h;    // the states before each step [capacity, P]
    int rows;
} Chunk;

typedef struct Backward {
    const Sequence *sequence;
    const FusedLayout *layout;
    const Node *node;
    FusedTransposed transposed;
    FusedGradients gradients;
    Matrix carry_h, carry_c;
    Chunk chunk, previous;    // `previous` holds step t+1 when t begins a chunk
    Matrix d_next;            // of step t+1: no rows after the last step
} Backward;

// Rows lie an odd number of cache lines apart: at a multiple of 4 KiB they would meet in the same places of the first-level cache.
static Chunk new_chunk(Tape *tape, const FusedLayout *layout, int capacity) {
    int width = layout->gates.sums * layout->padded;
    return (Chunk){scratch(tape, capacity, width, width + FUSED_BLOCK, false),
                   scratch(tape, capacity, layout->padded, layout->padded + FUSED_BLOCK, false), 0};
}

static Matrix h_gates(const FusedLayout *layout, Matrix d) {
    return matrix_cols(d, layout->gates.h_first * layout->padded, layout->gates.h_count * layout->padded);
}

// Gradients of the weights, and of x, of the steps that the chunk holds; their first row in the sequence is `first`.
static void finish_chunk(Tape *tape, Backward *b, int first) {
    const FusedLayout *layout = b->layout;
    const FusedGates *gates = &layout->gates;
    int rows = b->chunk.rows, padded = layout->padded, unused = b->chunk.d.rows - rows;
    Matrix d = matrix_rows(b->chunk.d, unused, rows), h = matrix_cols(matrix_rows(b->chunk.h, unused, rows), 0, layout->hidden);
    Matrix d_x = matrix_cols(d, gates->x_first * padded, gates->x_count * padded);
    const Kernels *kernels = tape_kernels(tape);
    const Node *x = b->node->many[0];
    kernels->product(true, false, matrix_rows(x->value, first, rows), d_x, true, b->gradients.x);
    if (gates->h_count) kernels->product(true, false, h, h_gates(layout, d), true, b->gradients.h);
    if (b->transposed.second) {
        Matrix product = matrix_cols(matrix_rows(b->sequence->c, first, rows), 0, layout->hidden);
        kernels->product(true, false, product, matrix_cols(d, 0, padded), true, b->gradients.second);
    }
    if (b->transposed.x.data) kernels->product(false, false, d_x, b->transposed.x, true, matrix_rows(x->gradient, first, rows));
    Chunk swap = b->previous;
    b->previous = b->chunk;
    b->chunk = swap;
    b->chunk.rows = 0;
}

static void step_backward(Backward *b, int t, int first, int before) {
    const FusedLayout *layout = b->layout;
    int rows = b->sequence->active[t], kind = (int)layout->fused->kind;
    Places p = places(b->sequence, b->node->value, t, first, before);
    b->chunk.rows += rows;
    Matrix d = matrix_rows(b->chunk.d, b->chunk.d.rows - b->chunk.rows, rows);
    Matrix h = matrix_rows(b->chunk.h, b->chunk.h.rows - b->chunk.rows, rows);
    if (layout->gates.h_count) matrix_copy(p.h_old, h);
    FusedBackward step = {
        .padded = layout->padded,
        .d_next = b->d_next,
        .panels = b->transposed.h,
        .outer = matrix_rows(b->node->gradient, first, rows),
        .carry_h = matrix_rows(b->carry_h, 0, rows),
        .carry_c = matrix_rows(b->carry_c, 0, rows),
        .kept = p.kept,
        .h_old = p.h_old,
        .c_old = p.c_old,
        .vectors = b->sequence->packed.vectors,
        .d = d,
        .sums = b->gradients.sums,
    };
    layout->kernels->backward[kind][0](&step);
    if (layout->kernels->backward[kind][1]) {
        step.d_next = matrix_cols(d, 0, layout->padded);
        step.panels = b->transposed.second;
        layout->kernels->backward[kind][1](&step);
    }
    b->d_next = h_gates(layout, d);
}

static void sequence_vjp(Tape *tape, Node *node) {
    const Sequence *s = node->context;
    const FusedLayout *layout = &s->layout;
    Matrix values[CELL_WEIGHTS_MAX], wanted[CELL_WEIGHTS_MAX];
    weight_matrices(node, false, values);
    weight_matrices(node, true, wanted);
    bool with_x = node->many[0]->gradient.data != NULL;
    int padded = layout->padded, batch = s->active[0];
    Backward b = {
        .sequence = s,
        .layout = layout,
        .node = node,
        .transposed = fused_transposed_load(layout, with_x, values, tape_scratch(tape, fused_transposed_bytes(layout, with_x))),
        .gradients = fused_gradients_place(layout, tape_scratch(tape, fused_gradients_bytes(layout))),
        .carry_h = scratch(tape, batch, padded, padded, true),
        .carry_c = scratch(tape, batch, padded, padded, true),
        .chunk = new_chunk(tape, layout, chunk_rows(layout) + batch),
        .previous = new_chunk(tape, layout, chunk_rows(layout) + batch),
    };
    b.d_next = matrix_rows(h_gates(layout, b.previous.d), 0, 0);
    for (int t = s->steps - 1, first = node->value.rows; t >= 0; t--) {
        first -= s->active[t];
        step_backward(&b, t, first, t ? first - s->active[t - 1] : 0);
        if (b.chunk.rows >= chunk_rows(layout) || t == 0) finish_chunk(tape, &b, first);
    }
    fused_gradients_add(layout, &b.gradients, wanted);
}

// ---- forward mode -----------------------------------------------------------------------------------------------------------------------

// By the step program, on a tape of its own.
static void sequence_jvp(Tape *tape, Node *node) {
    const Sequence *s = node->context;
    Tape *steps = tape_create(tape_type(tape), tape_linalg(tape));
    tape_reset(steps, false);
    Node *inputs[CELL_WEIGHTS_MAX + 1] = {0};
    for (int i = 0; i < node->count; i++) inputs[i] = tape_constant(steps, node->many[i]->value);
    Node *h = cell_unroll(s->cell, steps, inputs + 1, s->layout.hidden, inputs[0], s->steps, s->active);
    tape_tangents(steps);
    for (int i = 0; i < node->count; i++) matrix_copy(node->many[i]->tangent, inputs[i]->tangent);
    tape_forward_tangents(steps);
    matrix_zero(node->tangent);
    matrix_copy(h->tangent, matrix_cols(node->tangent, 0, s->layout.hidden));
    tape_destroy(steps);
}

static const TapeOp sequence_op = {"sequence", sequence_forward, sequence_vjp, sequence_jvp};

Node *fused_sequence(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps,
                     const int *active) {
    assert(cell->weight_count <= CELL_WEIGHTS_MAX && cell_packed(x->value.rows, steps, active));
    Sequence *s = tape_scratch(tape, sizeof *s);
    *s = (Sequence){.cell = cell,
                    .layout = fused_layout(cell->fused, tape_kernels(tape), tape_type(tape), x->value.cols, hidden),
                    .steps = steps};
    s->active = tape_scratch(tape, (size_t)steps * sizeof(int));
    memcpy(s->active, active, (size_t)steps * sizeof(int));
    Node *inputs[CELL_WEIGHTS_MAX + 1] = {x};
    memcpy(inputs + 1, weights, (size_t)cell->weight_count * sizeof(Node *));
    Node *node = tape_operation(tape, &sequence_op, x->value.rows, s->layout.padded, cell->weight_count + 1, inputs, s);
    return s->layout.padded == hidden ? node : tape_cols(tape, node, 0, hidden);
}

// ---- single steps -----------------------------------------------------------------------------------------------------------------------

struct FusedLayer {
    FusedLayout layout;
    FusedWeights packed;
    Matrix h, h_new, c, kept;    // h and h_new change places with every step
    void *memory;
};

FusedLayer *fused_layer_create(const FusedCell *fused, DType type, int input, int hidden, int rows) {
    FusedLayer *layer = memory_alloc(sizeof *layer);
    *layer = (FusedLayer){.layout = fused_layout(fused, kernels_for(type), type, input, hidden)};
    const FusedLayout *layout = &layer->layout;
    int planes = layout->gates.planes > 0 ? layout->gates.planes : 1;
    size_t weights = fused_weights_bytes(layout), plane = (size_t)rows * (size_t)layout->padded * dtype_size(type);
    layer->memory = memory_aligned(weights + plane * (size_t)(planes + 3));
    layer->packed = fused_weights_place(layout, layer->memory);
    char *states = (char *)layer->memory + weights;
    memset(states, 0, 3 * plane);
    layer->h = matrix_view(type, rows, layout->padded, states);
    layer->h_new = matrix_view(type, rows, layout->padded, states + plane);
    layer->c = matrix_view(type, rows, layout->padded, states + 2 * plane);
    layer->kept = matrix_view(type, rows * blocks(layout), planes * FUSED_BLOCK, states + 3 * plane);
    return layer;
}

void fused_layer_destroy(FusedLayer *layer) {
    if (!layer) return;
    free(layer->memory);
    free(layer);
}

void fused_layer_load(FusedLayer *layer, const Matrix *values) {
    fused_weights_load(&layer->layout, &layer->packed, values);
}

Matrix fused_layer_state(const FusedLayer *layer, int which) {
    return matrix_cols(which == 0 ? layer->h : layer->c, 0, layer->layout.hidden);
}

Matrix fused_layer_step(FusedLayer *layer, Matrix x) {
    Matrix c = matrix_rows(layer->c, 0, x.rows);
    Places p = {.h_old = matrix_rows(layer->h, 0, x.rows),
                .h_new = matrix_rows(layer->h_new, 0, x.rows),
                .c_old = c,
                .c_new = c,
                .kept = matrix_rows(layer->kept, 0, x.rows * blocks(&layer->layout))};
    step_forward(&layer->layout, &layer->packed, x, p);
    Matrix swap = layer->h_new;
    layer->h_new = layer->h;
    layer->h = swap;
    return matrix_cols(p.h_new, 0, layer->layout.hidden);
}

const FusedCell fused_linear = {.kind = FUSED_LINEAR, .x = {{0, 0}}, .bias = {{{1, 0}, FUSED_NONE}}};
