// Template: the network of leaky.c, fused. One accumulator, n; planes n, a. The vector is l.
#define LEAKY_GATES                                                                                                            \
    { .sums = 1, .planes = 2, .x_count = 1, .h_count = 1 }

static inline __attribute__((always_inline)) void leaky_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *n = sum[0], a = vector_of(u[0].vectors, 0, u[0].padded);    // the same in all rows
    lanes_logistic_each(1, &a);
    lanes_tanh_each(rows, n);
    for (int i = 0; i < rows; i++) {
        Lanes h = lanes_load(u[i].h_old);
        keep(u[i], 0, n[i]);
        keep(u[i], 1, a);
        lanes_store(u[i].h_new, lanes_fma(a, n[i] - h, h));
    }
}

static void leaky_forward(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)LEAKY_GATES, leaky_point, step);
}

static inline __attribute__((always_inline)) void leaky_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes n = kept(u, 0), a = kept(u, 1), written = dh * a;
    give(u, 0, through_tanh(n, written), sum);
    sum[1] += through_logistic(a, dh * (n - lanes_load(u.h_old)));
    lanes_store(u.carry_h, dh - written);
}

static void leaky_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 1, .vectors = 1}, leaky_point_back, step);
}
