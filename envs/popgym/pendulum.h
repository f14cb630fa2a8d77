// The pendulum that is to be swung up, of which only the angle is seen: position-only and noisy.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h); the physics is Gymnasium's Pendulum.
//
// State        angle th (0: upright), never wrapped, begins uniform on [-pi, pi); angular velocity w, uniform on [-1, 1)
// Action       torque u, any finite number, clipped to [-2, 2]
// Step         w grows by 0.05 (15 sin th + 3 u) and is clipped to [-8, 8]; then th by 0.05 w
// Observation  cos th, sin th in single precision; noisy: with normal noise of standard deviation 0.1 / 0.2 / 0.3, then clipped to [-1, 1]
//              (envs/popgym/noise.h)
// Reward       (1 - c / 8.1368022) / L with the cost c = th^2 + w^2 / 10 + u^2 / 1000 of the state before the step, th wrapped to [-pi, pi]:
//              within [-1, 1] / L; L = 200 / 150 / 100, noisy always 200
// End          truncated by step L; never terminated
// Privileged   cos th, sin th, w in single precision
// Belief       position-only: Gaussian, mean and covariance of cos th, sin th, w. After the first observation w has mean 0 and variance 1/3; the second
//              gives it, as the angle between two observations divided by 0.05, to what single precision leaves (less than 1e-5), and the covariance is 0.
//              noisy: particles cos th, sin th, w of a regularised particle filter over th and w (envs/popgym/cloud.h)
// Returns      uniform actions 0.2449 / 0.2434 / 0.2419 (1.5 million episodes each; standard error 0.00015). The best policy that sees the state 0.9158 /
//              0.8877 / 0.8315, to 0.0003 (dynamic programme over 961 angles, 721 velocities, 33 torques). The optimum is not known.
#pragma once

#include "envs/native.h"
#include "envs/popgym/cloud.h"
#include "envs/popgym/noise.h"

typedef struct PendulumModel {
    int limit;    // L
    bool noisy;
    Noise noise;
    const Kernels *kernels;    // of double precision
} PendulumModel;

typedef struct PendulumState {
    double angle, spin;     // th, w
    double sine, cosine;    // of the angle: what is seen now, and moves it next
    int64_t steps;
} PendulumState;

enum { PENDULUM_NUMBERS = 3 };    // cos th, sin th, w

extern const double pendulum_interval, pendulum_fastest;

// A state as after a reset.
PendulumState pendulum_at(double angle, double spin);
// w after a torque, and the cost of the state before it.
double pendulum_spun(double spin, double sine, float torque);
double pendulum_cost(double angle, double spin, float torque);

// ---- beliefs (envs/popgym/pendulum_belief.c) -------------------------------------------------------------------------------------

// Without noise.
typedef struct PendulumEstimate {
    double cosine, sine, spin;
    int time;    // observations after the first one, but no more than 1
} PendulumEstimate;

bool pendulum_estimate_reset(const void *context, void *memory, const void *observation, Rng *rng);
bool pendulum_estimate_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng);
void pendulum_estimate_vector(const void *context, const void *memory, float *out);

// With noise: a Cloud of th, w.
bool pendulum_cloud_reset(const void *context, void *memory, const void *observation, Rng *rng);
bool pendulum_cloud_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng);
void pendulum_cloud_vector(const void *context, const void *memory, float *out);
