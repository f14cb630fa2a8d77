// What tasks over symbols share: how symbols are shown, where they are asked, and the terms of their baselines.
#pragma once

#include "envs/task.h"

// input[t * size + i] = 1 where i is symbol[t], 0 elsewhere, for t = 0..steps-1. Every symbol is in {0..size-1}.
void symbols_show(const int *symbol, int steps, int size, float *input);

// Sets steps and scored to `steps`, and when[t] = t: something is asked at every step.
void symbols_ask_always(int steps, TaskSequence *sample);

// p ln(1/p), 0 at p = 0: an entropy is the sum of these. p in [0, 1].
double symbols_entropy_term(double p);
