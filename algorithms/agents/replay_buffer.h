// ReplayBuffer memory of transitions with their full histories. The last `capacity` transitions can be sampled; the inputs that their histories
// need are kept for as long as they do: at most 2 * capacity + horizon + 2 of them, which bounds the memory.
#pragma once

#include "core/archive.h"
#include "core/rng.h"
#include "envs/env.h"

typedef struct ReplayBuffer ReplayBuffer;

typedef struct Transition {
    int64_t first;    // place of the history's first input; the history at t is places first .. first + time
    int time;         // t: the action was taken after reading t + 1 inputs
    int action;
    double reward;
    bool terminal;    // a terminal state was reached: no bootstrap
} Transition;

ReplayBuffer *buffer_create(const EnvSpec *spec, int capacity);
void buffer_destroy(ReplayBuffer *replay);

// An episode begins with o_0; each step adds what followed.
void buffer_begin(ReplayBuffer *replay, const float *observation);
void buffer_step(ReplayBuffer *replay, int action, double reward, bool terminal, const float *next_observation);

int buffer_count(const ReplayBuffer *replay);                    // transitions that can be sampled
Transition buffer_get(const ReplayBuffer *replay, int index);    // 0 is the oldest
// Input at a place: previous action (-1 at the start of an episode) and observation.
const float *buffer_input(const ReplayBuffer *replay, int64_t place, int *previous_action);

void buffer_archive(ReplayBuffer *replay, Archive *archive);
