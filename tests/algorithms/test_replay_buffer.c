// The replay memory against a naive store that forgets nothing: whatever can be sampled has its whole history, however
// often the rings have gone round.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "algorithms/agents/replay_buffer.h"
#include "core/arena.h"

enum { HORIZON = 11, OBSERVATION = 2, STEPS = 1500 };

static const EnvSpec spec = {.observation_size = OBSERVATION, .action_count = 4, .horizon = HORIZON};

// Every input and transition ever seen.
typedef struct Book {
    int inputs, transitions;
    int previous_action[2 * STEPS + 2];
    float observation[2 * STEPS + 2][OBSERVATION];
    int start[STEPS], time[STEPS], action[STEPS];    // of each transition: where its episode's inputs begin
    double reward[STEPS];
    bool terminal[STEPS];
} Book;

static const float *note_input(Book *book, int previous_action) {
    float *observation = book->observation[book->inputs];
    observation[0] = (float)book->inputs;    // every input is told apart
    observation[1] = (float)previous_action;
    book->previous_action[book->inputs++] = previous_action;
    return observation;
}

static void expect_transition(const ReplayBuffer *replay, const Book *book, int index) {
    Transition found = buffer_get(replay, index);
    int k = book->transitions - buffer_count(replay) + index;
    assert_int_equal(found.time, book->time[k]);
    assert_int_equal(found.action, book->action[k]);
    assert_true(found.reward == (double)(float)book->reward[k]);
    assert_int_equal(found.terminal, book->terminal[k]);
    for (int t = 0; t <= found.time + 1; t++) {    // the history, and the input after it
        int previous_action, at = book->start[k] + t;
        const float *observation = buffer_input(replay, found.first + t, &previous_action);
        assert_int_equal(previous_action, book->previous_action[at]);
        assert_memory_equal(observation, book->observation[at], sizeof book->observation[at]);
        assert_int_equal(previous_action == -1, t == 0);
    }
}

static void expect_all(const ReplayBuffer *replay, const Book *book, int capacity) {
    assert_int_equal(buffer_count(replay), book->transitions < capacity ? book->transitions : capacity);
    for (int i = 0; i < buffer_count(replay); i++) expect_transition(replay, book, i);
}

// One episode of `length` steps, checked after every step.
static void play(ReplayBuffer *replay, Book *book, int length, int capacity, Rng *rng) {
    int start = book->inputs;
    buffer_begin(replay, note_input(book, -1));
    for (int t = 0; t < length; t++) {
        int k = book->transitions++, action = (int)rng_below(rng, 4);
        book->start[k] = start, book->time[k] = t, book->action[k] = action;
        book->reward[k] = rng_between(rng, -1, 4);
        book->terminal[k] = t == length - 1 && rng_below(rng, 2);
        buffer_step(replay, action, book->reward[k], book->terminal[k], note_input(book, action));
        expect_all(replay, book, capacity);
    }
}

// Lengths by style: all 1 (most inputs per transition), all as long as can be, or random.
static int length_of(int style, Rng *rng) {
    return style == 0 ? 1 : style == 1 ? HORIZON : (int)rng_below(rng, HORIZON) + 1;
}

static void histories_are_complete(void **state) {
    (void)state;
    static const int capacities[] = {1, 2, 7, 33};
    Book *book = memory_zeroed(1, sizeof *book);
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        for (int style = 0; style < 3; style++) {
            int capacity = capacities[c];
            Rng rng = rng_stream(1, RNG_TEST, (uint32_t)(c * 3 + (size_t)style));
            ReplayBuffer *replay = buffer_create(&spec, capacity);
            book->inputs = book->transitions = 0;
            assert_int_equal(buffer_count(replay), 0);
            while (book->transitions < 20 * capacity && book->transitions + HORIZON < STEPS) {
                play(replay, book, length_of(style, &rng), capacity, &rng);
            }
            buffer_destroy(replay);
        }
    }
    buffer_destroy(NULL);
    free(book);
}

static void move(MemoryArchive *memory, ArchiveMode mode, ReplayBuffer *replay) {
    Error error = {0};
    Archive *archive = memory_archive_open(memory, mode);
    buffer_archive(replay, archive);
    if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
}

// Saved in the middle of its life and loaded into another one, which goes on as the first would have.
static void an_archive_brings_it_back(void **state) {
    (void)state;
    enum { CAPACITY = 16 };
    Book *book = memory_zeroed(1, sizeof *book);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    ReplayBuffer *replay = buffer_create(&spec, CAPACITY), *loaded = buffer_create(&spec, CAPACITY);
    MemoryArchive *memory = memory_archive_create();
    for (int round = 0; round < 20; round++) {
        play(replay, book, length_of(2, &rng), CAPACITY, &rng);
        move(memory, ARCHIVE_SAVE, replay);
        move(memory, ARCHIVE_LOAD, loaded);
        expect_all(loaded, book, CAPACITY);
        play(loaded, book, length_of(2, &rng), CAPACITY, &rng);
        move(memory, ARCHIVE_SAVE, loaded);
        move(memory, ARCHIVE_LOAD, replay);
    }
    memory_archive_destroy(memory);
    buffer_destroy(replay);
    buffer_destroy(loaded);
    free(book);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_are_complete),
        cmocka_unit_test(an_archive_brings_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
