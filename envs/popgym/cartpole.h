// The pole on a cart, of which not all is seen: position-only, velocity-only and noisy CartPole.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h); the physics is Gymnasium's CartPole (Barto, Sutton, Anderson, "Neuronlike adaptive elements that can
// solve difficult learning control problems", IEEE Transactions on Systems, Man and Cybernetics 1983).
//
// State        position x and velocity x' of the cart, angle th (0: upright) and angular velocity th' of the pole; each begins uniform on
//              [-0.05, 0.05), independently
// Action       push to the left (0) or to the right (1): F = -10 or 10
// Step         with the cart's mass 1, the pole's m = 0.1, together M = 1.1, half the pole's length l = 0.5 and g = 9.8:
//                  q   = (F + m l th'^2 sin th) / M
//                  th" = (g sin th - q cos th) / (l (4/3 - m cos^2 th / M))        x" = q - m l th" cos th / M
//              then x, x', th, th' each grow by 0.02 times its old derivative
// Observation  position-only: x, th, within 4.8 and 0.41887903. velocity-only: x', th', but the first one after a reset is x, th, as upstream has it.
//              noisy: as position-only, with normal noise of standard deviation 0.1 / 0.2 / 0.3, then clipped (envs/popgym/noise.h)
// Reward       1/L at every step, the one on which the pole falls too; L = 200 / 400 / 600, noisy always 200
// End          terminated when |x| > 2.4 or |th| > 12 degrees; truncated by step L; both are possible. Upstream lets itself be stepped after the
//              fall and then pays -1; here that is refused
// Privileged   x, x', th, th' in single precision
// Belief       position-only, velocity-only: Gaussian, mean and covariance of x, x', th, th'. After the first observation the velocities have mean 0 and
//              variance 1/1200; from the second on the history fixes the state but for what single precision leaves (less than 1e-4), and the
//              covariance is 0. The mean inverts the dynamics.
//              noisy: particles x, x', th, th' of a regularised particle filter (envs/popgym/cloud.h); that an episode goes on tells it that the pole
//              had not fallen
// Returns      uniform actions 22.248 / L (the mean length of 400,000 episodes; standard error 0.019). Optimum 1 without noise: who acts on the mean of
//              the belief as on the state never lets the pole fall. With noise the optimum is not known; 1 is a bound.
#pragma once

#include "envs/native.h"
#include "envs/popgym/cloud.h"
#include "envs/popgym/noise.h"

typedef enum CartPoleSeen { CARTPOLE_POSITIONS, CARTPOLE_VELOCITIES } CartPoleSeen;

typedef struct CartPoleModel {
    CartPoleSeen seen;
    int limit;        // L
    double reward;    // 1 / L
    bool noisy;
    Noise noise;
    const Kernels *kernels;    // of double precision
} CartPoleModel;

typedef struct CartPolePhase {
    double x, velocity, angle, spin;    // x, x', th, th'
} CartPolePhase;
enum { CARTPOLE_NUMBERS = 4 };

typedef struct CartPoleState {
    CartPolePhase at;
    int64_t steps;
} CartPoleState;

// Where a push takes it.
CartPolePhase cartpole_moved(CartPolePhase at, int action);
// Many at once, to the bit the same: arrays [count]; `force` F of each.
void cartpole_move_many(const Kernels *kernels, int count, double *x, double *velocity, double *angle, double *spin,
                        const double *force);
static inline double cartpole_force(int action) {
    return 20.0 * action - 10.0;
}
bool cartpole_fallen(double x, double angle);
extern const double cartpole_interval;    // between two steps
extern const double cartpole_start;       // half the width of where each number begins

// What is seen of a state before noise, after a step: [2].
void cartpole_observe(const CartPoleModel *model, const CartPolePhase *at, float *observation);

// ---- beliefs (envs/popgym/cartpole_belief.c) -------------------------------------------------------------------------------------

// Without noise: the state that the history fixes.
typedef struct CartPoleEstimate {
    CartPolePhase at;
    int time;    // observations after the first one, but no more than 1
} CartPoleEstimate;

bool cartpole_estimate_reset(const void *context, void *memory, const void *observation, Rng *rng);
bool cartpole_estimate_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng);
void cartpole_estimate_vector(const void *context, const void *memory, float *out);

// With noise: a Cloud of x, x', th, th'.
bool cartpole_cloud_reset(const void *context, void *memory, const void *observation, Rng *rng);
bool cartpole_cloud_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng);
void cartpole_cloud_vector(const void *context, const void *memory, float *out);
