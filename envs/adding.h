// Adding: remember two marked numbers of T, and output their sum at the end.
//
// Source: Tallec, Ollivier, "Can recurrent neural networks warp time?", ICLR 2018, and the thesis of Tallec, 2019; after Hochreiter,
// Schmidhuber, "Long short-term memory", 1997.
//
// Input     two numbers per step: u_t, uniform in [0, 1) and independent, and a mark: 1 at two steps, 0 elsewhere. One of the two is uniform
//           in the first half, {0..floor(T/2)-1}, the other in the second, {floor(T/2)..T-1}; T >= 2
// Asked     the sum of the two marked numbers, at the last step, T-1
// Baseline  1/6 - 1/(12 h), h = T - floor(T/2): the prediction 1 leaves the variance of both, 1/6, as the papers have it. Of these, the last
//           step itself is marked with probability 1/h, and then shows one of the two: 1/12 remains
#pragma once

#include "envs/task.h"

typedef struct AddingParams {
    int length;    // T
} AddingParams;

extern const TaskType adding_task;

// What is asked of a sequence and when, from its steps and its input.
void adding_ask(TaskSequence *sample);
