// Copy first input: remember one number for T - 1 steps.
//
// Source: Lambrechts, De Geeter, Vecoven, Ernst, Drion, "Warming up recurrent neural networks to maximise reachable multistability greatly
// improves learning", Neural Networks 166, 2023, as their released program has it; after Vecoven, Ernst, Drion, "A bio-inspired bistable
// recurrent cell allows for long-lasting memory", PLoS ONE 16(6), 2021.
//
// Input     x_0 .. x_{T-1}, independent standard normal numbers
// Asked     x_0, at the last step, T-1
// Baseline  1: the variance. Nothing that is seen at the last step tells of x_0, unless T = 1
#pragma once

#include "envs/task.h"

typedef struct CopyFirstParams {
    int length;    // T
} CopyFirstParams;

extern const TaskType copy_first_task;
