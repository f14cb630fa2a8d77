// Copy: remember ten letters for T steps.
//
// Source: Tallec, Ollivier, "Can recurrent neural networks warp time?", ICLR 2018, and the thesis of Tallec, 2019; after Hochreiter,
// Schmidhuber, "Long short-term memory", 1997, and Arjovsky, Shah, Bengio, "Unitary evolution recurrent neural networks", ICML 2016.
//
// Input     one-hot of 10: letters 0..7, the dummy 8, the signal 9. T + 20 steps:
//           ten letters, uniform and independent; g - 1 dummies; the signal; dummies up to the end, ten of them where g = T.
//           g = T; variable: g uniform in {1..T}
// Asked     at every step: the dummy; at the ten steps behind the signal, g+10 .. g+19: the letters in their order. Classes are the letters
//           and the dummy: the signal is never asked
// Baseline  each of the ten letters costs ln 8, and nothing else costs anything, since the time step says when they are asked:
//             loss 10 ln 8 / (T + 20), accuracy (T + 10 + 10/8) / (T + 20).
//           Variable: at step t the input is a dummy in d_t of the T cases, d_t = T - 1{10 <= t <= T + 9}, from t = 10 on, and a letter is
//           asked in a_t of these, a_t = #{g : g + 10 <= t <= g + 19}. With p_t = a_t / d_t and H the entropy of a coin,
//             loss (10 ln 8 + sum_t (d_t / T) H(p_t)) / (T + 20),
//             accuracy (T + 20 - sum_t (d_t / T) (1 - max(1 - p_t, p_t / 8))) / (T + 20)
#pragma once

#include "envs/task.h"

enum {
    COPY_MEMORY_WORD = 10,      // letters to remember
    COPY_MEMORY_LETTERS = 8,    // different ones: 0..7
    COPY_MEMORY_DUMMY = 8,
    COPY_MEMORY_SIGNAL = 9,
    COPY_MEMORY_SYMBOLS = 10,
    COPY_MEMORY_CLASSES = 9,
};

typedef struct CopyMemoryParams {
    int length;    // T
    bool variable;
} CopyMemoryParams;

extern const TaskType copy_memory_task;

// The label of every step, from the symbols of a sequence that begins with ten letters and has ten steps behind its signal. Both arrays
// may be the same.
void copy_memory_labels(const int *symbol, int steps, int *label);
