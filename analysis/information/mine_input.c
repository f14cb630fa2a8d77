#include <stdlib.h>
#include <string.h>

#include "analysis/information/deep_set.h"
#include "analysis/information/mine_internal.h"
#include "core/arena.h"

// ---- parts and their columns ----------------------------------------------------------------------------------------

MineShape mine_shape(const InformationPairs *pairs) {
    MineShape shape = {.x = pairs->x.cols, .parts = pairs->parts, .representation = DEEP_SET_SIZE};
    for (int k = 0; k < pairs->parts; k++) {
        int particles = pairs->y[k].particles;
        assert(particles > 0 && pairs->y[k].rows.cols % particles == 0);
        shape.particles[k] = particles;
        shape.size[k] = pairs->y[k].rows.cols / particles;
    }
    return shape;
}

void mine_place_parts(Mine *mine, const MineShape *shape) {
    assert(shape->x > 0 && shape->parts > 0 && shape->parts <= INFORMATION_PARTS_MAX);
    mine->hidden_size = mine->input_size = shape->x;
    mine->parts = shape->parts;
    for (int k = 0; k < shape->parts; k++) {
        bool set = shape->particles[k] > 1;
        assert(shape->size[k] > 0);
        mine->part[k] = (MinePart){.particles = shape->particles[k],
                                   .size = shape->size[k],
                                   .column = mine->input_size,
                                   .width = set ? shape->representation : shape->size[k]};
        mine->input_size += mine->part[k].width;
        mine->sets = mine->sets || set;
    }
}

// ---- rows as they are -----------------------------------------------------------------------------------------------

// Rows are met in a random order, which the processor cannot foresee: they are called for a few rows ahead.
enum { ROWS_AHEAD = 6, CACHE_LINE = 64 };

static void call_for(Matrix m, int row) {
    const char *bytes = matrix_row(m, row);
    size_t size = (size_t)m.cols * dtype_size(m.type);
    for (size_t at = 0; at < size + CACHE_LINE - 1; at += CACHE_LINE) __builtin_prefetch(bytes + at);
}

// Rows from[first ...] into columns of the input from row `to` on; NULL stands for 0, 1, 2, ...
static void gather_columns(Mine *mine, Matrix rows, const int *from, int first, int count, int to, int column) {
    size_t size = dtype_size(mine->type), bytes = (size_t)rows.cols * size, at = (size_t)column * size;
    for (int i = first; i < first + count; i++) {
        if (from && i + ROWS_AHEAD < first + count) call_for(rows, from[i + ROWS_AHEAD]);
        memcpy((char *)matrix_row(mine->input, to + i - first) + at, matrix_row(rows, from ? from[i] : i), bytes);
    }
}

void mine_gather(Mine *mine, const InformationPairs *pairs, const int *hidden, const int *belief, int first, int count,
                 int to) {
    gather_columns(mine, pairs->x, hidden, first, count, to, 0);
    for (int k = 0; k < mine->parts; k++) {
        if (!mine_is_set(&mine->part[k]))
            gather_columns(mine, pairs->y[k].rows, belief, first, count, to, mine->part[k].column);
    }
}

void mine_gather_sets(Mine *mine, const int *slot, int first, int count, int to) {
    for (int k = 0; k < mine->parts; k++) {
        const MinePart *part = &mine->part[k];
        if (mine_is_set(part)) gather_columns(mine, mine->represented[k], slot, first, count, to, part->column);
    }
}

// ---- sets -----------------------------------------------------------------------------------------------------------

static void reserve_rows(Mine *mine, int count) {
    if (count <= mine->row_room) return;
    free(mine->distinct);
    free(mine->place);
    mine->distinct = memory_alloc((size_t)count * sizeof *mine->distinct);
    mine->place = memory_alloc((size_t)count * sizeof *mine->place);
    for (int i = 0; i < count; i++) mine->place[i] = -1;
    for (int k = 0; k < mine->parts; k++) {
        const MinePart *part = &mine->part[k];
        if (!mine_is_set(part)) continue;
        free(mine->represented[k].data);
        size_t size = (size_t)count * (size_t)part->width * dtype_size(mine->type);
        mine->represented[k] = matrix_view(mine->type, count, part->width, memory_alloc(size));
    }
    mine->row_room = count;
}

static int slot_of(Mine *mine, int row) {
    if (mine->place[row] < 0) {
        mine->place[row] = mine->distinct_count;
        mine->distinct[mine->distinct_count++] = row;
    }
    return mine->place[row];
}

void mine_find_distinct(Mine *mine, int all, const int *joint, const int *belief, int count) {
    reserve_rows(mine, all);
    mine->distinct_count = 0;
    for (int i = 0; i < count; i++) mine->slot[i] = slot_of(mine, joint ? joint[i] : i);
    for (int i = 0; i < count; i++) mine->slot[count + i] = slot_of(mine, belief ? belief[i] : i);
    for (int i = 0; i < mine->distinct_count; i++) mine->place[mine->distinct[i]] = -1;
}

static Node *represent(Mine *mine, const InformationPairs *pairs, int k, Node *const *weights) {
    const MinePart *part = &mine->part[k];
    return deep_set_of_rows(mine->tape, weights + part->weights, pairs->y[k].rows, part->particles, mine->distinct,
                            mine->distinct_count);
}

// Inputs of the operation: representations of the distinct rows, one node for each set; context: the estimator.
static void input_forward(Tape *tape, Node *node) {
    (void)tape;
    const Mine *mine = node->context;
    size_t size = dtype_size(mine->type);
    matrix_copy(matrix_rows(mine->input, 0, node->value.rows), node->value);
    for (int k = 0, set = 0; k < mine->parts; k++) {
        const MinePart *part = &mine->part[k];
        if (!mine_is_set(part)) continue;
        Matrix from = node->many[set++]->value, to = matrix_cols(node->value, part->column, part->width);
        for (int i = 0; i < to.rows; i++)
            memcpy(matrix_row(to, i), matrix_row(from, mine->slot[i]), (size_t)part->width * size);
    }
}

static void input_vjp(Tape *tape, Node *node) {
    const Mine *mine = node->context;
    for (int k = 0, set = 0; k < mine->parts; k++) {
        const MinePart *part = &mine->part[k];
        if (!mine_is_set(part)) continue;
        Matrix from = matrix_cols(node->gradient, part->column, part->width), to = node->many[set++]->gradient;
        for (int i = 0; i < from.rows; i++) {
            Matrix sum = matrix_rows(to, mine->slot[i], 1);
            tape_kernels(tape)->add(sum, matrix_rows(from, i, 1), sum);
        }
    }
}

// Never differentiated forwards: it is recorded and used in one place, below.
static const TapeOp input_op = {"mine_input", input_forward, input_vjp, NULL};

// The first `count` rows of the input as a node. With sets: their representations, which are trained with T, in their columns.
Node *mine_input_node(Mine *mine, const InformationPairs *pairs, Node *const *weights, int count) {
    if (!mine->sets) return tape_constant(mine->tape, matrix_rows(mine->input, 0, count));
    Node *sets[INFORMATION_PARTS_MAX];
    int set_count = 0;
    for (int k = 0; k < mine->parts; k++) {
        if (mine_is_set(&mine->part[k])) sets[set_count++] = represent(mine, pairs, k, weights);
    }
    return tape_operation(mine->tape, &input_op, count, mine->input_size, set_count, sets, mine);
}

// Representations of the distinct rows, without gradients.
void mine_represent_all(Mine *mine, const InformationPairs *pairs) {
    for (int k = 0; k < mine->parts; k++) {
        if (!mine_is_set(&mine->part[k])) continue;
        tape_reset(mine->tape, false);
        Node *node = represent(mine, pairs, k, tape_weights(mine->tape, mine->weights));
        matrix_copy(node->value, matrix_rows(mine->represented[k], 0, mine->distinct_count));
    }
}
