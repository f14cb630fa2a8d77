// Template: the network of gated.c, fused. Accumulators and planes g, n.
#define GATED_GATES                                                                                                            \
    { .sums = 2, .planes = 2, .x_count = 2, .h_count = 2 }

static inline __attribute__((always_inline)) void gated_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *g = sum[0], *n = sum[1];
    lanes_logistic_each(rows, g);
    lanes_tanh_each(rows, n);
    for (int i = 0; i < rows; i++) {
        Lanes h = lanes_load(u[i].h_old);
        keep(u[i], 0, g[i]);
        keep(u[i], 1, n[i]);
        lanes_store(u[i].h_new, lanes_fma(g[i], n[i] - h, h));
    }
}

static void gated_forward(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)GATED_GATES, gated_point, step);
}

static inline __attribute__((always_inline)) void gated_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes g = kept(u, 0), n = kept(u, 1), written = dh * g;
    give(u, 0, through_logistic(g, dh * (n - lanes_load(u.h_old))), sum);
    give(u, 1, through_tanh(n, written), sum);
    lanes_store(u.carry_h, dh - written);
}

static void gated_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 2}, gated_point_back, step);
}
