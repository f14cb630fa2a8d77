// Template: the LSTM of lstm.c, fused. Accumulators and planes i, f, g, o; plane 4: tanh c'; plane 5: c'.
#define LSTM_GATES                                                                                                             \
    { .sums = 4, .planes = 6, .x_count = 4, .h_count = 4 }

static inline __attribute__((always_inline)) void lstm_point(const Lanes *sum, ForwardUnits u) {
    Lanes i = lanes_logistic(sum[0]), f = lanes_logistic(sum[1]), g = lanes_tanh(sum[2]), o = lanes_logistic(sum[3]);
    Lanes c = lanes_fma(f, lanes_load(u.c_old), i * g);
    Lanes squashed = lanes_tanh(c);
    keep(u, 0, i);
    keep(u, 1, f);
    keep(u, 2, g);
    keep(u, 3, o);
    keep(u, 4, squashed);
    lanes_store(u.c_new, c);
    lanes_store(u.h_new, o * squashed);
}

static void lstm_forward(const FusedForward *step) {
    forward_step((FusedGates)LSTM_GATES, lstm_point, step);
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
