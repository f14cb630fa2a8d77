// oracle_state_dp of tests/golden/popgym/oracle_stats.csv: acts greedily on a dynamic programme over 161 angles, 121 velocities and 17 torques, with
// linear interpolation between. Too large for a policy's memory, so it is made once, for the test.
#pragma once

#include "envs/popgym/pendulum.h"
#include "tests/support.h"

enum { PLAN_ANGLES = 161, PLAN_SPINS = 121, PLAN_TORQUES = 17, PLAN_STEPS = 200, PLAN_STATES = PLAN_ANGLES * PLAN_SPINS };

typedef struct PendulumPlan {
    float value[PLAN_STEPS + 1][PLAN_STATES];    // least cost of so many steps
} PendulumPlan;

// Where a step leads: four corners of a cell and their shares.
typedef struct PlanCell {
    int corner;
    float right, up, cost;
} PlanCell;

static inline float plan_torque(int k) {
    return (float)(4.0 * k / (PLAN_TORQUES - 1) - 2);
}

static inline PlanCell plan_cell(double angle, double spin, float torque) {
    const double pi = 3.14159265358979324, moved = pendulum_spun(spin, sin(angle), torque);
    const double next = angle + pendulum_interval * moved, turns = next / (2 * pi) + 0.5;
    const double x = (turns - floor(turns)) * (PLAN_ANGLES - 1), y = (moved / pendulum_fastest + 1) / 2 * (PLAN_SPINS - 1);
    const int i = x < PLAN_ANGLES - 2 ? (int)x : PLAN_ANGLES - 2, j = y < PLAN_SPINS - 2 ? (int)y : PLAN_SPINS - 2;
    return (PlanCell){.corner = i * PLAN_SPINS + j,
                      .right = (float)(x - i),
                      .up = (float)(y - j),
                      .cost = (float)pendulum_cost(angle, spin, torque)};
}

static inline float plan_value(const PlanCell *cell, const float *value) {
    const float *left = value + cell->corner, *right = left + PLAN_SPINS;
    const float low = left[0] + cell->right * (right[0] - left[0]), high = left[1] + cell->right * (right[1] - left[1]);
    return cell->cost + low + cell->up * (high - low);
}

// To be freed.
static inline PendulumPlan *plan_make(void) {
    const double pi = 3.14159265358979324;
    PendulumPlan *plan = memory_zeroed(1, sizeof *plan);
    PlanCell *cells = memory_zeroed((size_t)PLAN_STATES * PLAN_TORQUES, sizeof *cells);
    for (int s = 0; s < PLAN_STATES; s++) {
        const int row = s / PLAN_SPINS, column = s % PLAN_SPINS;
        const double angle = 2 * pi * row / (PLAN_ANGLES - 1) - pi;
        const double spin = pendulum_fastest * (2.0 * column / (PLAN_SPINS - 1) - 1);
        for (int k = 0; k < PLAN_TORQUES; k++) cells[s * PLAN_TORQUES + k] = plan_cell(angle, spin, plan_torque(k));
    }
    for (int left = 1; left <= PLAN_STEPS; left++) {
        for (int s = 0; s < PLAN_STATES; s++) {
            float least = INFINITY;
            for (int k = 0; k < PLAN_TORQUES; k++) {
                const float value = plan_value(&cells[s * PLAN_TORQUES + k], plan->value[left - 1]);
                least = value < least ? value : least;
            }
            plan->value[left][s] = least;
        }
    }
    free(cells);
    return plan;
}

static inline float plan_act(const PendulumPlan *plan, const PendulumState *state, int left) {
    int best = 0;
    float least = INFINITY;
    for (int k = 0; k < PLAN_TORQUES; k++) {
        const PlanCell cell = plan_cell(state->angle, state->spin, plan_torque(k));
        const float value = plan_value(&cell, plan->value[left - 1]);
        if (value < least) least = value, best = k;
    }
    return plan_torque(best);
}
