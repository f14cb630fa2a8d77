#include "algorithms/networks/sequences.h"

#include <assert.h>
#include <stdlib.h>

#include "core/arena.h"

typedef struct Room {    // what a batch is kept in
    SequenceBatch batch;
    int most, longest;
    Matrix all, one;    // [most * longest, I] and, for reading, [longest, I]
} Room;

int sequence_piece(const SequenceSource *source, int64_t index, Rng *rng) {
    int steps = source->steps(source->context, index);
    return source->whole ? steps : 1 + (int)rng_below(rng, (uint32_t)steps);
}

SequenceBatch *sequence_batch_create(int most, int longest, int input, DType type) {
    Room *room = memory_zeroed(1, sizeof *room);
    size_t row_count = (size_t)most * (size_t)longest, size = dtype_size(type);
    room->most = most;
    room->longest = longest;
    room->all = matrix_view(type, (int)row_count, input, memory_zeroed(row_count * (size_t)input, size));
    room->one = matrix_view(type, longest, input, memory_zeroed((size_t)longest * (size_t)input, size));
    room->batch.order = memory_zeroed((size_t)most, sizeof(int));
    room->batch.active = memory_zeroed((size_t)longest, sizeof(int));
    return &room->batch;
}

void sequence_batch_destroy(SequenceBatch *batch) {
    if (!batch) return;
    Room *room = (Room *)batch;
    free(room->all.data);
    free(room->one.data);
    free(batch->order);
    free(batch->active);
    free(room);
}

// Longest first; equal lengths keep their order (insertion sort: batches are small).
static void sort_by_length(SequenceBatch *batch, const int *length) {
    for (int i = 0; i < batch->count; i++) {
        int j = i;
        for (; j > 0 && length[batch->order[j - 1]] < length[i]; j--) batch->order[j] = batch->order[j - 1];
        batch->order[j] = i;
    }
}

static void count_active(SequenceBatch *batch, const int *length) {
    batch->steps = length[batch->order[0]];
    batch->rows = 0;
    for (int t = 0, running = batch->count; t < batch->steps; t++) {
        while (length[batch->order[running - 1]] <= t) running--;
        batch->active[t] = running;
        batch->rows += running;
    }
}

void sequence_batch_load(SequenceBatch *batch, const SequenceSource *source, int count, const int64_t *index,
                         const int *length) {
    Room *room = (Room *)batch;
    assert(count > 0 && count <= room->most);
    batch->count = count;
    sort_by_length(batch, length);
    count_active(batch, length);
    batch->x = matrix_rows(room->all, 0, batch->rows);
    for (int i = 0; i < count; i++) {
        int which = batch->order[i], steps = length[which];
        assert(steps > 0 && steps <= room->longest);
        Matrix sequence = matrix_rows(room->one, 0, steps);
        source->read(source->context, index[which], steps, sequence);
        for (int t = 0, first = 0; t < steps; first += batch->active[t], t++)
            matrix_copy(matrix_rows(sequence, t, 1), matrix_rows(batch->x, first + i, 1));
    }
}
