// Template: the MGU of mgu.c, fused, in two phases: the candidate's product needs f * h of all units. Accumulators and planes n, f; plane 2:
// f * h.
#define MGU_GATES                                                                                                              \
    { .sums = 2, .planes = 3, .x_count = 2, .h_first = 1, .h_count = 1 }

static inline __attribute__((always_inline)) void mgu_point_gate(const Lanes *sum, ForwardUnits u) {
    Lanes f = lanes_logistic(sum[1]);
    keep(u, 0, sum[0]);    // where the second phase begins
    keep(u, 1, f);
    keep(u, 2, f * lanes_load(u.h_old));
}

static void mgu_forward_gate(const FusedForward *step) {
    forward_step((FusedGates)MGU_GATES, mgu_point_gate, step);
}

static inline __attribute__((always_inline)) void mgu_point_candidate(const Lanes *sum, ForwardUnits u) {
    Lanes n = lanes_tanh(sum[0]), h = lanes_load(u.h_old);
    keep(u, 0, n);
    lanes_store(u.h_new, lanes_fma(lanes_load(u.kept + u.plane), n - h, h));
}

static void mgu_forward_candidate(const FusedForward *step) {
    forward_step((FusedGates){.sums = 1, .h_count = 1}, mgu_point_candidate, step);
}

// First what reaches n and, past the product with U, f and h ...
static inline __attribute__((always_inline)) void mgu_point_back_candidate(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes n = kept(u, 0), f = kept(u, 1), written = dh * f;
    give(u, 0, through_tanh(n, written), sum);
    lanes_store(u.d + u.plane, dh * (n - lanes_load(u.h_old)));
    lanes_store(u.carry_h, dh - written);
}

static void mgu_backward_candidate(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 1}, mgu_point_back_candidate, step);
}

// ... then, with d(f * h) = dn U', the rest.
static inline __attribute__((always_inline)) void mgu_point_back_gate(Lanes product, BackwardUnits u, Lanes *sum) {
    Lanes f = kept(u, 1), df = lanes_fma(product, lanes_load(u.h_old), lanes_load(u.d + u.plane));
    give(u, 1, through_logistic(f, df), sum);
    lanes_store(u.carry_h, lanes_fma(product, f, lanes_load(u.carry_h)));
}

static void mgu_backward_gate(const FusedBackward *step) {
    backward_step((Returns){.sums = 2}, mgu_point_back_gate, step);
}
