// Between analysis/information/mine.c (objective, training) and mine_input.c (what the statistic network sees).
#pragma once

#include "analysis/information/mine.h"
#include "core/kernels.h"
#include "core/optim.h"
#include "core/tape.h"

// A part of y in T's input: columns [column, column + width).
typedef struct MinePart {
    int particles, size;
    int column, width;
    int weights;    // of a set: the first of its Deep Set's
} MinePart;

struct Mine {
    MineParams params;
    int hidden_size, input_size, parts;
    MinePart part[INFORMATION_PARTS_MAX];
    bool sets;    // some part is one
    DType type;
    const Kernels *kernels;    // exp in double, the same bits on every machine
    Tape *tape;
    Weights *weights;
    Optim *optim;    // NULL until mine_initialise
    bool started;    // the moving average holds something
    double log_average;
    Matrix input;         // [max(2 batch, EVALUATION_ROWS), columns of all parts]
    Matrix best;          // [1, weights]: of the best epoch so far
    int *index;           // permutations, three of `index_room`
    double *statistic;    // T of joint and marginal pairs, and exp T of the latter: three of `statistic_room`
    int index_room, statistic_room;
    // Of one evaluation with sets: joint and marginal pairs share rows of y, whose representation is computed once.
    int *slot;        // [2 statistic_room]: for joint and marginal pairs, which of the distinct rows
    int *distinct;    // [row_room]
    int *place;       // [row_room]: of a row among the distinct ones, -1: it is not (yet) one of them
    int distinct_count, row_room;
    Matrix represented[INFORMATION_PARTS_MAX];    // [row_room, width]: without gradients, of the distinct rows
};

static inline bool mine_is_set(const MinePart *part) {
    return part->particles > 1;
}

void mine_place_parts(Mine *mine, const MineShape *shape);

// Rows from `to` of the input: hidden state of row hidden[i] beside the vectors of row belief[i], for i from `first` on; NULL stands for 0, 1,
// 2, ... The columns of sets stay as they are.
void mine_gather(Mine *mine, const InformationPairs *pairs, const int *hidden, const int *belief, int first, int count, int to);

// With sets. The distinct rows of y among joint pairs and marginal ones, in the order in which they are met; then either a node of T's input
// for the first `count` rows, whose Deep Sets are trained with T, or, without gradients, all representations at once, which the last fills in
// from slot[first] on.
void mine_find_distinct(Mine *mine, int all, const int *joint, const int *belief, int count);
Node *mine_input_node(Mine *mine, const InformationPairs *pairs, Node *const *weights, int count);
void mine_represent_all(Mine *mine, const InformationPairs *pairs);
void mine_gather_sets(Mine *mine, const int *slot, int first, int count, int to);
