// Entropy of discrete variables, in nats, from counts. Vectors become discrete by rounding: H(b)
// of the visited beliefs is the ceiling of any information that a hidden state can hold about them, I(h; b) <= H(b).
#pragma once

// Vectors count as equal when they agree to so many decimals, unless something else is asked for.
enum { ENTROPY_DECIMALS = 4 };

// Numbers the distinct rows of rows[n][d], coordinates rounded to `decimals` decimals (halves to even; 4 is the
// convention for beliefs), 0 <= decimals <= 9. labels[i] is the class of row i, classes in order of first
// appearance; returns their number. Rows must be finite, with |x| 10^decimals below 2^62.
int entropy_classes(const float *rows, int n, int d, int decimals, int *labels);

// Plug-in entropy of labels in 0..classes-1: -sum p log p with observed frequencies. n = 0: 0. Biased low by about
// (classes - 1) / (2 n).
double entropy_plug_in(const int *labels, int n, int classes);
