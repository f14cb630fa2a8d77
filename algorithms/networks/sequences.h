// Batches of unequal sequences of inputs, packed as networks read them: time step after time step, one row for each sequence that still
// runs, longest first (algorithms/cells/sequence.h).
#pragma once

#include <stdbool.h>

#include "core/matrix.h"
#include "core/rng.h"

// Where sequences come from: the training data of a task, the histories in a replay memory. Who looks at a network (VAA, warmup) draws from
// here what to feed it.
typedef struct SequenceSource {
    void *context;
    int longest;      // steps of the longest sequence
    bool whole;       // sequences have lengths of their own and are used whole; otherwise prefixes of them are
    int64_t count;    // sequences 0..count-1
    int (*steps)(void *context, int64_t index);
    void (*read)(void *context, int64_t index, int steps, Matrix out);    // its first `steps` inputs: out [steps, I]
} SequenceSource;

// How long a piece of sequence `index` is used: all of it, or a prefix of 1..steps inputs drawn uniformly.
int sequence_piece(const SequenceSource *source, int64_t index, Rng *rng);

typedef struct SequenceBatch {
    int count, steps, rows;    // sequences, steps of the longest, rows of x in all
    int *order;                // [count] order[i]: which of the sequences asked for is sorted row i
    int *active;               // [steps] sequences that are still running at each step
    Matrix x;                  // [rows, I]
} SequenceBatch;

// Room for `most` sequences of `longest` steps.
SequenceBatch *sequence_batch_create(int most, int longest, int input, DType type);
void sequence_batch_destroy(SequenceBatch *batch);

// The first length[i] inputs of sequence index[i], for `count` of them.
void sequence_batch_load(SequenceBatch *batch, const SequenceSource *source, int count, const int64_t *index,
                         const int *length);
