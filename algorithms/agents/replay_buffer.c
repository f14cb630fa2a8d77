#include "algorithms/agents/replay_buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// Two rings. Inputs (previous action, observation) are numbered by `place` from the beginning of training; transition k was taken after the
// input at place_of[k]. An episode of n transitions takes n + 1 places, so `capacity` transitions and what an episode that is partly
// overwritten still needs lie within 2 * capacity + horizon + 2 places.
struct ReplayBuffer {
    int capacity, observation_size;
    int64_t input_capacity;
    int64_t places, transitions;    // given out so far
    // inputs, by place mod input_capacity
    int *previous_action, *time;
    float *observation;
    // transitions, by number mod capacity
    int64_t *place_of;
    int *action;
    float *reward;    // single precision, as the authors keep it
    unsigned char *terminal;
};

ReplayBuffer *buffer_create(const EnvSpec *spec, int capacity) {
    assert(capacity > 0);
    ReplayBuffer *replay = memory_zeroed(1, sizeof *replay);
    replay->capacity = capacity;
    replay->observation_size = spec->observation_size;
    replay->input_capacity = 2 * (int64_t)capacity + spec->horizon + 2;
    size_t inputs = (size_t)replay->input_capacity, transitions = (size_t)capacity;
    replay->previous_action = memory_zeroed(inputs, sizeof(int));
    replay->time = memory_zeroed(inputs, sizeof(int));
    replay->observation = memory_zeroed(inputs * (size_t)spec->observation_size, sizeof(float));
    replay->place_of = memory_zeroed(transitions, sizeof(int64_t));
    replay->action = memory_zeroed(transitions, sizeof(int));
    replay->reward = memory_zeroed(transitions, sizeof(float));
    replay->terminal = memory_zeroed(transitions, sizeof(unsigned char));
    return replay;
}

void buffer_destroy(ReplayBuffer *replay) {
    if (!replay) return;
    free(replay->previous_action);
    free(replay->time);
    free(replay->observation);
    free(replay->place_of);
    free(replay->action);
    free(replay->reward);
    free(replay->terminal);
    free(replay);
}

static void add_input(ReplayBuffer *replay, int previous_action, int time, const float *observation) {
    size_t at = (size_t)(replay->places++ % replay->input_capacity);
    size_t size = (size_t)replay->observation_size;
    replay->previous_action[at] = previous_action;
    replay->time[at] = time;
    memcpy(replay->observation + at * size, observation, size * sizeof(float));
}

void buffer_begin(ReplayBuffer *replay, const float *observation) {
    add_input(replay, -1, 0, observation);
}

void buffer_step(ReplayBuffer *replay, int action, double reward, bool terminal, const float *next_observation) {
    assert(replay->places > 0);
    int64_t place = replay->places - 1;
    size_t at = (size_t)(replay->transitions++ % replay->capacity);
    replay->place_of[at] = place;
    replay->action[at] = action;
    replay->reward[at] = (float)reward;
    replay->terminal[at] = terminal;
    add_input(replay, action, replay->time[place % replay->input_capacity] + 1, next_observation);
}

int buffer_count(const ReplayBuffer *replay) {
    return replay->transitions < replay->capacity ? (int)replay->transitions : replay->capacity;
}

Transition buffer_get(const ReplayBuffer *replay, int index) {
    int count = buffer_count(replay);
    assert(index >= 0 && index < count);
    size_t at = (size_t)((replay->transitions - count + index) % replay->capacity);
    int64_t place = replay->place_of[at];
    int time = replay->time[place % replay->input_capacity];
    assert(place - time >= replay->places - replay->input_capacity);
    return (Transition){place - time, time, replay->action[at], (double)replay->reward[at], replay->terminal[at] != 0};
}

const float *buffer_input(const ReplayBuffer *replay, int64_t place, int *previous_action) {
    size_t at = (size_t)(place % replay->input_capacity);
    *previous_action = replay->previous_action[at];
    return replay->observation + at * (size_t)replay->observation_size;
}

void buffer_archive(ReplayBuffer *replay, Archive *archive) {
    size_t inputs = (size_t)replay->input_capacity, transitions = (size_t)replay->capacity;
    archive_enter(archive, "replay");
    archive_i64(archive, "places", &replay->places);
    archive_i64(archive, "transitions", &replay->transitions);
    archive_array(archive, "previous_action", DTYPE_I32, 1, (size_t[]){inputs}, replay->previous_action);
    archive_array(archive, "time", DTYPE_I32, 1, (size_t[]){inputs}, replay->time);
    archive_array(archive, "observation", DTYPE_F32, 2, (size_t[]){inputs, (size_t)replay->observation_size},
                  replay->observation);
    archive_array(archive, "place_of", DTYPE_I64, 1, (size_t[]){transitions}, replay->place_of);
    archive_array(archive, "action", DTYPE_I32, 1, (size_t[]){transitions}, replay->action);
    archive_array(archive, "reward", DTYPE_F32, 1, (size_t[]){transitions}, replay->reward);
    archive_array(archive, "terminal", DTYPE_U8, 1, (size_t[]){transitions}, replay->terminal);
    if (replay->places < replay->transitions || replay->transitions < 0) {
        archive_reject(archive, "replay has %lld transitions but %lld inputs", (long long)replay->transitions,
                       (long long)replay->places);
    }
    archive_leave(archive);
}
