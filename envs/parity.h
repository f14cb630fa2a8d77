// Streaming parity: has an odd number of ones come so far? One bit to remember, for ever, and to be changed at every one.
//
// Source: none in particular; the smallest task whose answer needs the whole past.
//
// Input     x_0 .. x_{T-1}, independent: 1 with probability p, else 0
// Asked     at every step t: (x_0 + .. + x_t) mod 2
// Baseline  The parity of the t bits before step t is odd with probability o_t = (1 - (1 - 2p)^t) / 2, whatever x_t is:
//             loss mean over t of H(o_t), accuracy mean over t of max(o_t, 1 - o_t), H the entropy of a coin.
//           At p = 1/2: (1 - 1/T) ln 2 and (1 + 1/T) / 2, where the 1/T is the first step, which shows all there is
#pragma once

#include "envs/task.h"

typedef struct ParityParams {
    int length;        // T
    double density;    // p
} ParityParams;

extern const TaskType parity_task;

// What is asked of a sequence and when, from its steps and its input.
void parity_ask(TaskSequence *sample);
