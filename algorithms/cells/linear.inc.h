// Template: y = x W + b, the head of a network that acts step by step. One accumulator, no state.
#define LINEAR_GATES                                                                                                           \
    { .sums = 1, .x_count = 1 }

static inline __attribute__((always_inline)) void linear_point(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u) {
    for (int i = 0; i < rows; i++) lanes_store(u[i].h_new, sum[0][i]);
}

static void linear_forward(const FusedForward *step) {
    forward_step(CHAIN_ROWS, (FusedGates)LINEAR_GATES, linear_point, step);
}
