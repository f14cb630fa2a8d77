// Pairs whose mutual information is known, to measure estimators with: the forty tasks of Czyż, Grabowski, Vogt, Beerenwinkel and Marx
// (2023), "Beyond Normal: on the evaluation of mutual information estimators", NeurIPS, and pairs of a vector and a label.
//
// Each is a draw whose information has a closed form, with bijections of x alone and of y alone behind it, which change nothing.
//
// Draws, with z standard normal:
//     bivariate r            two normals with correlation r:  I = -1/2 log(1 - r^2)
//     dense d x d            2 d normals, each pair with correlation c: |C_k| = (1 - c)^(k-1) (1 - c + c k),  I = 1/2 log(|C_d|^2 / |C_2d|)
//     sparse d x d           x_i and y_i correlate by s^2 / (1 + s^2) for i = 1, 2, all else is independent
//     student nu             z / sqrt(w / nu), one w ~ chi-square(nu) for all coordinates: I = h(dx) + h(dy) - h(dx + dy),
//                            h(k) = lnGamma(nu/2) - lnGamma((nu+k)/2) + k/2 log(nu pi) + (nu+k)/2 (psi((nu+k)/2) - psi(nu/2))
//     additive e             x ~ U(0, 1), y = x + U(-e, e):  I = e - log(2 e) for e <= 1/2, else 1 / (4 e)
//     uniform mixture m      y a label, uniform on 0..m-1, x ~ U(y, y + 2):  I = log m - (m-1)/m log 2
//     noisy label e         a label out of five, read as another one with probability 4/5 e: I = log 5 + (1-f) log(1-f) + f log(f/4), f = 4/5 e
//     zero-inflated p        x ~ Exp(1), y = 0 with probability p, else Poisson(x). With P = p + (1-p)/2, Euler's g and
//                            S = sum_k log(k) 2^-k:  I = -P log P + (1-p) (3/2 log 2 - g - S) - p/2 - p^2 log(p) / (2 (1-p))
//
// The uniform mixture and the last are of Gao, Kannan, Oh and Viswanath (2017), "Estimating mutual information for discrete-continuous mixtures", NeurIPS.
// For it they give (1-p) (2 log 2 - g - S): what a receiver would get who is told which zeros were put in. One who is not gets less
// (0.2298 in place of 0.2561 nats for p = 0.15), and so do estimators.
//
// Bijections: coordinate by coordinate the normal distribution function; x sqrt|x|; asinh; a wiggly line; the quantile functions of
// mixtures of two normals. A swiss roll winds a line up in the plane; a spiral turns two coordinates by an angle that
// grows with the length of the vector, which stays.
#pragma once

#include "core/error.h"
#include "core/matrix.h"
#include "core/rng.h"

typedef enum KnownFamily {
    KNOWN_LINE,       // one coordinate on each side (a swiss roll is one as well), light tails
    KNOWN_DENSE,      // normal, all coordinates correlate
    KNOWN_SPARSE,     // two pairs of coordinates hold everything: normal, and monotone maps of its coordinates
    KNOWN_SPIRAL,     // the same, wound up
    KNOWN_STUDENT,    // heavy tails
    KNOWN_ASINH,      // the same after asinh
    KNOWN_LABEL,      // y takes few values, and of a noisy label x as well
    KNOWN_FAMILY_COUNT
} KnownFamily;
extern const char *const known_families[KNOWN_FAMILY_COUNT];    // "line", "dense", ...

typedef enum KnownDraw {
    DRAW_BIVARIATE,
    DRAW_DENSE,
    DRAW_SPARSE,
    DRAW_STUDENT,
    DRAW_ADDITIVE,
    DRAW_UNIFORM_MIXTURE,
    DRAW_NOISY_LABEL,
    DRAW_ZERO_INFLATED
} KnownDraw;

typedef enum KnownMap {
    MAP_NONE,
    MAP_NORMAL_CDF,
    MAP_HALF_CUBE,
    MAP_ASINH,
    MAP_WIGGLY,
    MAP_BIMODAL,
    MAP_SWISS_ROLL,
    MAP_SPIRAL
} KnownMap;

enum { KNOWN_MAPS = 2 };

typedef struct KnownTask {
    const char *name;    // as published
    KnownFamily family;
    int dx, dy;
    KnownDraw draw;
    double parameter;             // r, c, s, nu, e, m or p
    KnownMap maps[KNOWN_MAPS];    // in this order
} KnownTask;

enum { KNOWN_SIZE_MAX = 50 };    // of dx and dy

// The forty first, in the order of the paper's appendix; then those with a label.
extern const KnownTask known_tasks[];
extern const size_t known_task_count;
// NULL with a message that names the nearest.
const KnownTask *known_find(const char *name, Error *error);

// I(x; y) in nats.
double known_information(const KnownTask *task);

// Fills x [n, dx] and y [n, dy], F32 or F64, with independent pairs. A pair takes as much of the stream as any other of its task, so that the
// first n do not depend on how many are asked for; tasks with the same draw get the same draws from equal streams. A label is a whole number
// in the only column of y. Goes through libm: not the same bits on every machine.
void known_draw(const KnownTask *task, Rng *rng, Matrix x, Matrix y);
