// Copy first input: remember one number for T - 1 steps.
//
// Source: Lambrechts, De Geeter, Vecoven, Ernst, Drion, "Warming up recurrent neural networks to maximise reachable multistability greatly
// improves learning", Neural Networks 166, 2023, as their released program has it; after Vecoven, Ernst, Drion, "A bio-inspired bistable
// recurrent cell allows for long-lasting memory", PLoS ONE 16(6), 2021, whose scripts of June 2020 have the sparse variant.
//
// Input     x_0 .. x_{T-1}, independent standard normal numbers.
//           Sparse: one standard normal number at a position uniform in {0..T-2}, 0 elsewhere; T >= 2
// Asked     x_0, at the last step, T-1. Sparse: the number
// Baseline  1: the variance. Nothing that is seen at the last step tells of the number, unless T = 1
#pragma once

#include "envs/task.h"

typedef struct CopyFirstParams {
    int length;    // T
    bool sparse;
} CopyFirstParams;

extern const TaskType copy_first_task;

// What is asked of a sequence and when, from its steps and its input.
void copy_first_ask(bool sparse, TaskSequence *sample);
