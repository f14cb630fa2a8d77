// Template: the GRU of gru.c, fused. Accumulators: what the input gives to n, r, z, and what the hidden state gives to n (inside the
// reset). Planes: n, r, z, and the latter.
#define GRU_GATES                                                                                                              \
    { .sums = 4, .planes = 4, .x_count = 3, .h_first = 1, .h_count = 3 }

static inline __attribute__((always_inline)) void gru_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *n = sum[0], *r = sum[1], *z = sum[2], *inner = sum[3];
    lanes_logistic_each(rows, r);
    lanes_logistic_each(rows, z);
    for (int i = 0; i < rows; i++) n[i] = lanes_fma(r[i], inner[i], n[i]);
    lanes_tanh_each(rows, n);
    for (int i = 0; i < rows; i++) {
        keep(u[i], 0, n[i]);
        keep(u[i], 1, r[i]);
        keep(u[i], 2, z[i]);
        keep(u[i], 3, inner[i]);
        lanes_store(u[i].h_new, lanes_fma(z[i], lanes_load(u[i].h_old) - n[i], n[i]));
    }
}

static void gru_forward(const FusedForward *step) {
    forward_step(CHAIN_WIDE ? 4 : 2, (FusedGates)GRU_GATES, gru_point, step);
}

static inline __attribute__((always_inline)) void gru_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes n = kept(u, 0), r = kept(u, 1), z = kept(u, 2), inner = kept(u, 3);
    Lanes passed = dh * z, dn = through_tanh(n, dh - passed);
    give(u, 0, dn, sum);
    give(u, 1, through_logistic(r, dn * inner), sum);
    give(u, 2, through_logistic(z, dh * (lanes_load(u.h_old) - n)), sum);
    give(u, 3, dn * r, sum);
    lanes_store(u.carry_h, passed);
}

static void gru_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 4}, gru_point_back, step);
}
