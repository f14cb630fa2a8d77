// Denoising: remember five marked numbers of a noisy sequence, and output them in order at the end.
//
// Source: Lambrechts, De Geeter, Vecoven, Ernst, Drion, "Warming up recurrent neural networks to maximise reachable multistability greatly
// improves learning", Neural Networks 166, 2023, as their released program has it; after Vecoven, Ernst, Drion, "A bio-inspired bistable
// recurrent cell allows for long-lasting memory", PLoS ONE 16(6), 2021, as their released programs of June 2020 and January 2021 have it.
//
// Input     two numbers per step: noise, standard normal, and a flag. The flag marks five distinct steps, uniform in {0..T-N-1} without
//           replacement, and calls for the answer. N is the padding: how many steps at the end are never marked.
// Asked     the noise of the marked steps, in the order of time
//
// The layouts differ in the flag and in the answer:
//   layout         steps   flag: marked, else   the call                                asked
//   warmup         T       +1, 0                -1 at step T-5, noise there as always   one at a time at the last five steps, T-5 .. T-1,
//                                                                                       from the very step of the call; N >= 5
//   bistable       T + 1   0, -1                (0, +1) at step T                       all five at once, at step T
//   bistable-2021  T + 4   +1, 0                (0, -1) at step T-1, then four (0, 0)   one at a time at the last five steps, T-1 .. T+3,
//                                                                                       from the very step of the call; N = 0 acts as N = 1
//
// Baseline  1: the variance. What is seen from the call on tells nothing of the marked numbers
#pragma once

#include "envs/task.h"

typedef enum DenoisingLayout {
    DENOISING_WARMUP,
    DENOISING_BISTABLE,
    DENOISING_BISTABLE_2021,
} DenoisingLayout;

enum { DENOISING_MARKS = 5 };

typedef struct DenoisingParams {
    int layout;     // a DenoisingLayout
    int length;     // T
    int padding;    // N
} DenoisingParams;

extern const TaskType denoising_task;

// What is asked of a sequence and when, from its steps and its input, which has five marks.
void denoising_ask(DenoisingLayout layout, TaskSequence *sample);
