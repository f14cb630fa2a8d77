// Template: the GRU of gru.c, fused. Accumulators: what the input gives to n, r, z, and what the hidden state gives to n (inside the
// reset). Planes: n, r, z, and the latter.
#define GRU_GATES                                                                                                              \
    { .sums = 4, .planes = 4, .x_count = 3, .h_first = 1, .h_count = 3 }

static inline __attribute__((always_inline)) void gru_point(const Lanes *sum, ForwardUnits u) {
    Lanes r = lanes_logistic(sum[1]), z = lanes_logistic(sum[2]), n = lanes_tanh(lanes_fma(r, sum[3], sum[0]));
    keep(u, 0, n);
    keep(u, 1, r);
    keep(u, 2, z);
    keep(u, 3, sum[3]);
    lanes_store(u.h_new, lanes_fma(z, lanes_load(u.h_old) - n, n));
}

static void gru_forward(const FusedForward *step) {
    forward_step((FusedGates)GRU_GATES, gru_point, step);
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
