// Entropy and mutual information of discrete variables, in nats, from counts. Vectors become discrete by rounding: H(b)
// of the visited beliefs is the ceiling of any information that a hidden state can hold about them, I(h; b) <= H(b).
#pragma once

// Numbers the distinct rows of rows[n][d], coordinates rounded to `decimals` decimals (halves to even; 4 is the
// convention for beliefs), 0 <= decimals <= 9. labels[i] is the class of row i, classes in order of first
// appearance; returns their number. Rows must be finite, with |x| 10^decimals below 2^62.
int entropy_classes(const float *rows, int n, int d, int decimals, int *labels);

// Plug-in entropy of labels in 0..classes-1: -sum p log p with observed frequencies. n = 0: 0. Biased low by about
// (classes - 1) / (2 n).
double entropy_plug_in(const int *labels, int n, int classes);

typedef struct DiscreteInformation {
    double plug_in;         // sum p_ab log(p_ab / (p_a p_b)) = H(A) + H(B) - H(A, B)
    double miller_madow;    // minus its bias: + (K_a + K_b - K_ab - 1) / (2 n), K = occupied cells (Miller 1955)
    double p;               // of independence: G = 2 n I ~ chi-square with (K_a - 1)(K_b - 1) degrees; 1 when that is 0
} DiscreteInformation;

// Mutual information of two labellings of the same n > 0 samples.
DiscreteInformation entropy_information(const int *a, int classes_a, const int *b, int classes_b, int n);
