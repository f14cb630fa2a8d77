// Packed batches of sequences: order, who still runs, every number in its place; prefixes drawn uniformly.
#include "algorithms/networks/sequences.h"

#include "algorithms/cells/sequence.h"
#include "tests/support.h"

enum { INPUT = 2, LONGEST = 7, SEQUENCES = 5 };

// Sequence i has known_steps[i] inputs; number j of step t is 100 i + 10 t + j.
static const int known_steps[SEQUENCES] = {3, 7, 1, 4, 4};

typedef struct Reads {
    int count, steps[16];
} Reads;

static int steps_of(void *context, int64_t index) {
    (void)context;
    return known_steps[index];
}

static double number(int64_t index, int t, int j) {
    return 100.0 * (double)index + 10.0 * t + j;
}

static void read_sequence(void *context, int64_t index, int steps, Matrix out) {
    Reads *reads = context;
    assert_true(steps <= known_steps[index] && out.rows == steps && out.cols == INPUT);
    reads->steps[reads->count++] = steps;
    for (int t = 0; t < steps; t++) {
        for (int j = 0; j < INPUT; j++) matrix_set(out, t, j, number(index, t, j));
    }
}

static SequenceSource source_of(Reads *reads, bool whole) {
    return (SequenceSource){reads, LONGEST, whole, SEQUENCES, steps_of, read_sequence};
}

// Every sequence asked for is in the batch, once, at its rows.
static void expect_packed(const SequenceBatch *batch, int count, const int64_t *index, const int *length) {
    int longest = 0, rows = 0;
    bool seen[16] = {false};
    for (int i = 0; i < count; i++) longest = length[i] > longest ? length[i] : longest, rows += length[i];
    assert_true(batch->count == count && batch->steps == longest && batch->rows == rows);
    assert_true(batch->x.rows == rows && batch->x.cols == INPUT);
    assert_true(cell_packed(batch->rows, batch->steps, batch->active) && batch->active[0] == count);
    for (int i = 0; i < count; i++) {
        int which = batch->order[i];
        assert_true(which >= 0 && which < count && !seen[which]);
        seen[which] = true;
        // Longest first; equal ones as they were asked for.
        if (i) assert_true(length[batch->order[i - 1]] >= length[which]);
        if (i && length[batch->order[i - 1]] == length[which]) assert_true(batch->order[i - 1] < which);
        for (int t = 0, first = 0; t < batch->steps; first += batch->active[t], t++) {
            assert_int_equal(i < batch->active[t], t < length[which]);
            for (int j = 0; t < length[which] && j < INPUT; j++)
                assert_true(matrix_get(batch->x, first + i, j) == number(index[which], t, j));
        }
    }
}

static const struct {
    int count;
    int64_t index[6];
    int length[6];
} cases[] = {
    {5, {0, 1, 2, 3, 4}, {3, 7, 1, 4, 4}},          // as they are
    {1, {2}, {1}},                                  // after a larger batch, nothing of it is left
    {6, {1, 1, 1, 0, 1, 3}, {7, 2, 2, 2, 7, 1}},    // the same sequence several times; ties
    {3, {1, 3, 4}, {4, 4, 4}},                      // all of one length
    {4, {0, 3, 4, 1}, {1, 2, 3, 4}},                // shortest first
};

static void batches_are_packed(void **state) {
    (void)state;
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        SequenceBatch *batch = sequence_batch_create(6, LONGEST, INPUT, (DType)type);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            Reads reads = {0};
            SequenceSource source = source_of(&reads, true);
            sequence_batch_load(batch, &source, cases[k].count, cases[k].index, cases[k].length);
            assert_int_equal(batch->x.type, type);
            assert_int_equal(reads.count, cases[k].count);
            expect_packed(batch, cases[k].count, cases[k].index, cases[k].length);
        }
        sequence_batch_destroy(batch);
    }
    sequence_batch_destroy(NULL);
}

static void whole_sequences_need_no_draw(void **state) {
    (void)state;
    Reads reads = {0};
    SequenceSource source = source_of(&reads, true);
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int64_t i = 0; i < SEQUENCES; i++) assert_int_equal(sequence_piece(&source, i, &rng), known_steps[i]);
    assert_int_equal(rng.drawn, 0);
}

// Each prefix of 1..steps inputs is as likely as the others: within five standard errors.
static void prefixes_are_uniform(void **state) {
    (void)state;
    enum { DRAWS = 7000 };
    Reads reads = {0};
    SequenceSource source = source_of(&reads, false);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    for (int64_t i = 0; i < SEQUENCES; i++) {
        int counts[LONGEST + 1] = {0}, steps = known_steps[i];
        for (int d = 0; d < DRAWS; d++) {
            int piece = sequence_piece(&source, i, &rng);
            assert_in_range(piece, 1, steps);
            counts[piece]++;
        }
        double p = 1.0 / steps, error = sqrt(DRAWS * p * (1 - p));
        for (int n = 1; n <= steps; n++) assert_true(fabs(counts[n] - DRAWS * p) <= 5 * error);
    }
    assert_int_equal(reads.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_packed),
        cmocka_unit_test(whole_sequences_need_no_draw),
        cmocka_unit_test(prefixes_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
