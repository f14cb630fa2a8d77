// Template: the bistable cells of brc.c and nbrc.c, fused. Accumulators: candidate, c, a; planes: tanh of the candidate p, c, a - 1.
// The BRC's vectors are w_c, w_a.
#define BRC_GATES                                                                                                              \
    { .sums = 3, .planes = 3, .x_count = 3 }
#define NBRC_GATES                                                                                                             \
    { .sums = 3, .planes = 3, .x_count = 3, .h_first = 1, .h_count = 2 }

static inline __attribute__((always_inline)) void bistable_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *p = sum[0], *c = sum[1], *a = sum[2];
    lanes_logistic_each(rows, c);
    lanes_tanh_each(rows, a);
    for (int i = 0; i < rows; i++) {
        Lanes h = lanes_load(u[i].h_old);
        p[i] = lanes_fma(a[i], h, p[i] + h);
    }
    lanes_tanh_each(rows, p);
    for (int i = 0; i < rows; i++) {
        keep(u[i], 0, p[i]);
        keep(u[i], 1, c[i]);
        keep(u[i], 2, a[i]);
        lanes_store(u[i].h_new, lanes_fma(c[i], lanes_load(u[i].h_old) - p[i], p[i]));
    }
}

// Returns the gradient that reaches h without passing the gates; the gates' own gradients through *update and *feedback.
static inline __attribute__((always_inline)) Lanes bistable_back(Lanes dh, BackwardUnits u, Lanes *candidate, Lanes *update,
                                                                 Lanes *feedback) {
    Lanes p = kept(u, 0), c = kept(u, 1), a = kept(u, 2), h = lanes_load(u.h_old), passed = dh * c;
    *candidate = through_tanh(p, dh - passed);
    *update = through_logistic(c, dh * (h - p));
    *feedback = through_tanh(a, *candidate * h);
    return lanes_fma(*candidate, a, *candidate + passed);
}

static void nbrc_forward(const FusedForward *step) {
    forward_step(CHAIN_WIDE ? 8 : 4, (FusedGates)NBRC_GATES, bistable_point, step);
}

static inline __attribute__((always_inline)) void nbrc_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes candidate, update, feedback, passed = bistable_back(dh, u, &candidate, &update, &feedback);
    give(u, 0, candidate, sum);
    give(u, 1, update, sum);
    give(u, 2, feedback, sum);
    lanes_store(u.carry_h, passed);
}

static void nbrc_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 3}, nbrc_point_back, step);
}

static inline __attribute__((always_inline)) void brc_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    for (int i = 0; i < rows; i++) {
        Lanes h = lanes_load(u[i].h_old);
        sum[1][i] = lanes_fma(h, vector_of(u[i].vectors, 0, u[i].padded), sum[1][i]);
        sum[2][i] = lanes_fma(h, vector_of(u[i].vectors, 1, u[i].padded), sum[2][i]);
    }
    bistable_point(rows, sum, u);
}

static void brc_forward(const FusedForward *step) {
    forward_step(CHAIN_WIDE ? 8 : 4, (FusedGates)BRC_GATES, brc_point, step);
}

static inline __attribute__((always_inline)) void brc_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes candidate, update, feedback, h = lanes_load(u.h_old);
    Lanes passed = bistable_back(dh, u, &candidate, &update, &feedback);
    give(u, 0, candidate, sum);
    give(u, 1, update, sum);
    give(u, 2, feedback, sum);
    sum[3] = lanes_fma(update, h, sum[3]);
    sum[4] = lanes_fma(feedback, h, sum[4]);
    passed = lanes_fma(update, vector_of(u.vectors, 0, u.padded), passed);
    lanes_store(u.carry_h, lanes_fma(feedback, vector_of(u.vectors, 1, u.padded), passed));
}

static void brc_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 3, .vectors = 2}, brc_point_back, step);
}
