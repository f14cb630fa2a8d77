// Template: the LSTM of lstm.c, fused. Accumulators and planes i, f, g, o; plane 4: tanh c'.
#define LSTM_GATES                                                                                                             \
    { .sums = 4, .planes = 5, .x_count = 4, .h_count = 4, .c = true }

static inline __attribute__((always_inline)) void lstm_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    Lanes *i = sum[0], *f = sum[1], *g = sum[2], *o = sum[3], squashed[CHAIN_ROWS];
    lanes_logistic_each(rows, i);
    lanes_logistic_each(rows, f);
    lanes_tanh_each(rows, g);
    lanes_logistic_each(rows, o);
    for (int r = 0; r < rows; r++) squashed[r] = lanes_fma(f[r], lanes_load(u[r].c_old), i[r] * g[r]);
    for (int r = 0; r < rows; r++) lanes_store(u[r].c_new, squashed[r]);
    lanes_tanh_each(rows, squashed);
    for (int r = 0; r < rows; r++) {
        keep(u[r], 0, i[r]);
        keep(u[r], 1, f[r]);
        keep(u[r], 2, g[r]);
        keep(u[r], 3, o[r]);
        keep(u[r], 4, squashed[r]);
        lanes_store(u[r].h_new, o[r] * squashed[r]);
    }
}

static void lstm_forward(const FusedForward *step) {
    forward_step(CHAIN_WIDE ? 4 : 2, (FusedGates)LSTM_GATES, lstm_point, step);
}

// dc' = dh' o (1 - tanh^2 c') + what came from the next step
static inline __attribute__((always_inline)) void lstm_point_back(Lanes dh, BackwardUnits u, Lanes *sum) {
    Lanes i = kept(u, 0), f = kept(u, 1), g = kept(u, 2), o = kept(u, 3), squashed = kept(u, 4);
    Lanes dc = through_tanh(squashed, dh * o) + lanes_load(u.carry_c);
    give(u, 0, through_logistic(i, dc * g), sum);
    give(u, 1, through_logistic(f, dc * lanes_load(u.c_old)), sum);
    give(u, 2, through_tanh(g, dc * i), sum);
    give(u, 3, through_logistic(o, dh * squashed), sum);
    lanes_store(u.carry_c, dc * f);
}

static void lstm_backward(const FusedBackward *step) {
    backward_step((Returns){.outer = true, .sums = 4}, lstm_point_back, step);
}
