// Template: the network of elman.c, fused. One accumulator and plane: h'.
#define ELMAN_GATES                                                                                                            \
    { .sums = 1, .planes = 1, .x_count = 1, .h_count = 1 }

static inline __attribute__((always_inline)) void elman_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *h = sum[0];
    lanes_tanh_each(rows, h);
    for (int i = 0; i < rows; i++) {
        keep(u[i], 0, h[i]);
        lanes_store(u[i].h_new, h[i]);
    }
}

static void elman_forward(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)ELMAN_GATES, elman_point, step);
}

static inline __attribute__((always_inline)) void elman_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    give(u, 0, through_tanh(kept(u, 0), dh), sum);
}

static void elman_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .sums = 1}, elman_point_back, step);
}
