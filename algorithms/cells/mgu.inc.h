// Template: the MGU of mgu.c, fused, in two phases: the candidate's product needs f * h of all units. Accumulators and planes n, f.
#define MGU_GATES                                                                                                              \
    { .sums = 2, .planes = 2, .x_count = 2, .h_first = 1, .h_count = 1, .c = true }
#define MGU_PHASE                                                                                                              \
    { .sums = 1, .x_count = 1, .h_count = 1 }

static inline __attribute__((always_inline)) void mgu_point_gate(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *f = sum[0];
    lanes_logistic_each(rows, f);
    for (int i = 0; i < rows; i++) {
        keep(u[i], 1, f[i]);
        lanes_store(u[i].c_new, f[i] * lanes_load(u[i].h_old));
    }
}

static void mgu_forward_gate(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)MGU_PHASE, mgu_point_gate, step);
}

static inline __attribute__((always_inline)) void mgu_point_candidate(int rows, Lanes sum[][CHAIN_ROWS],
                                                                      const ForwardUnits *u) {
    Lanes *n = sum[0];
    lanes_tanh_each(rows, n);
    for (int i = 0; i < rows; i++) {
        Lanes h = lanes_load(u[i].h_old);
        keep(u[i], 0, n[i]);
        lanes_store(u[i].h_new, lanes_fma(lanes_load(u[i].kept + FUSED_BLOCK), n[i] - h, h));
    }
}

static void mgu_forward_candidate(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)MGU_PHASE, mgu_point_candidate, step);
}

// First what reaches n and, past the product with U, f and h ...
static inline __attribute__((always_inline)) void mgu_point_back_candidate(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes n = kept(u, 0), f = kept(u, 1), written = dh * f;
    give(u, 0, through_tanh(n, written), sum);
    lanes_store(u.d + u.padded, dh * (n - lanes_load(u.h_old)));
    lanes_store(u.carry_h, dh - written);
}

static void mgu_backward_candidate(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .carried = true, .sums = 1}, mgu_point_back_candidate, step);
}

// ... then, with d(f * h) = dn U', the rest.
static inline __attribute__((always_inline)) void mgu_point_back_gate(Lanes product, BackwardUnits u, Lanes *sum) {
    Lanes f = kept(u, 1), df = lanes_fma(product, lanes_load(u.h_old), lanes_load(u.d + u.padded));
    give(u, 1, through_logistic(f, df), sum);
    lanes_store(u.carry_h, lanes_fma(product, f, lanes_load(u.carry_h)));
}

static void mgu_backward_gate(const FusedBackward *step) {
    backward_step((Returns){.sums = 2}, mgu_point_back_gate, step);
}
