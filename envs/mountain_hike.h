// Mountain Hike: climb to the summit along a ridge, feeling only the altitude of where one stands. In the varying one the compass is
// turned, and one must find out how.
//
// Source: Lambrechts, Bolland, Ernst, "Recurrent networks, hidden states and beliefs in partially observable environments", TMLR 2022, as
// their released program has it; after Igl, Zintgraf, Le, Wood, Whiteson, "Deep variational reinforcement learning for POMDPs", ICML 2018.
//
// State         position (x, y) in [-1, 1]^2, at first (-0.8, -0.8), and the displacement that each action stands for, fixed for the
//               episode. Positions less than 0.2 from (0.8, 0.8) are terminal.
// Displacement  0 right (0.1, 0), 1 up (0, 0.1), 2 left (-0.1, 0), 3 down (0, -0.1).
// Action        Without variation action a is displacement a. `rotations`: displacement (a - k) mod 4, k uniform on 0..3.
//               `permutations`: uniformly one of the 24 assignments of displacements to actions.
// Transition    x' = clamp(x + displacement + 0.05 N(0, I), -1, 1), coordinate by coordinate; terminal states stay as they are.
// Altitude      A(x, y) = -exp(-max(p1, p2, p3)) + 0.2 x + 0.2 y - 0.02, p1, p2, p3 the densities of independent normal x and y with
//               means (0, 0), (0, -0.8), (0, 0.8) and variances (0.005, 1), (1, 0.01), (1, 0.01). Negative on the whole square.
// Observation   A(x, y) + 0.1 N(0, 1), at the start and in terminal states as well.
// Reward        A at the new position; 0 from a terminal state.
// Discount      0.99.
// Horizon       80 actions; 160 with rotations, 240 with permutations.
// Exploration   uniform.
// Privileged    (x, y), and with variation the rotation k, or the permutation's place in alphabetical order.
// Belief        over (x, y, label): label l says that action a is displacement (a + l) mod 4, so that it means the rotation (4 - l) mod 4;
//               0 without variation. Particles as in the source (envs/hike_particles.h), or nearly exact on a grid (envs/hike_grid.h).
//               Permutations have no filter.
#pragma once

#include <stdint.h>

#include "envs/env.h"

enum { HIKE_RIGHT, HIKE_UP, HIKE_LEFT, HIKE_DOWN, HIKE_ACTIONS, HIKE_LABELS = 4, HIKE_PERMUTATION_COUNT = 24 };

typedef enum HikeVariation { HIKE_FIXED, HIKE_ROTATIONS, HIKE_PERMUTATIONS } HikeVariation;
typedef enum HikeResampling { HIKE_MULTINOMIAL, HIKE_SYSTEMATIC } HikeResampling;
typedef enum HikeFilter { HIKE_PARTICLES, HIKE_GRID } HikeFilter;

typedef struct MountainHikeParams {
    int variation;     // HikeVariation
    int particles;     // N
    int resampling;    // HikeResampling
    int filter;        // HikeFilter
    int grid;          // points along each axis of the grid filter
} MountainHikeParams;

typedef struct HikeState {
    double x, y;
    int32_t variant;                       // the rotation, or the permutation
    int32_t displacement[HIKE_ACTIONS];    // of each action
} HikeState;

extern const EnvType mountain_hike_type;    // the state is a HikeState

// The POMDP as functions and constants, for filters, tests and recursions.
static const double hike_start = -0.8;    // both coordinates
static const double hike_step = 0.1, hike_transition_noise = 0.05, hike_observation_noise = 0.1;
// log p1 = ridge_up - 100 x^2 - y^2 / 2; log max(p2, p3) = ridge_right - x^2 / 2 - 50 (|y| - 0.8)^2.
static const double hike_ridge_up = 0.8112816168646729, hike_ridge_right = 0.4647080265847003;

double hike_altitude(double x, double y);
bool hike_arrived(double x, double y);
void hike_displacement(int displacement, double *x, double *y);

void hike_begin(HikeState *state, HikeVariation variation, int variant);    // at the start; variant below 1, 4 or 24
// One transition with given standard normal noise; returns the reward.
double hike_move(HikeState *state, int action, double noise_x, double noise_y);
