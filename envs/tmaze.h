// T-Maze(L, lambda): the agent sees at the start which arm holds the goal and must remember it until the crossroad.
//
// Source: Lambrechts, Bolland, Ernst, "Recurrent networks, hidden states and beliefs in partially observable
// environments", TMLR 2022, as their released program has it; after Bakker, "Reinforcement learning with long
// short-term memory", NIPS 2001.
//
// State         goal g in {up, down}, probability 1/2 each, fixed for the episode; position p in {0..L+2}: 0 start,
//               1..L-1 corridor, L crossroad, L+1 upper arm, L+2 lower arm. At first p = 0. The arms are terminal.
// Action        0 right, 1 up, 2 left, 3 down. With probability lambda the effective action is drawn uniformly from all
//               four instead.
// Transition    p = 0: right to 1. Corridor: right to p+1, left to p-1. Crossroad: up to L+1, left to L-1, down to L+2.
//               Every other effective action is a bump: the position stays. Arms stay as they are.
// Observation   one-hot of 4, fixed by the state: at p = 0 index 0 (goal up) or 1 (goal down), corridor 2, crossroad
//               and arms 3.
// Reward        0 from an arm; else -0.1 for a bump; +4 into the arm of the goal, -0.1 into the other one; else 0.
// Discount      0.98.
// Horizon       ceil(L / ((1 - lambda) (1/2 - 1/6))) actions: infinite, and refused, at lambda = 1. Or as asked for: the program of
//               Lambrechts et al., Neural Networks 166, 2023 (lambda = 0) has 3L - 1, one action fewer.
// Exploration   right 1/2, up, left and down 1/6 each.
// Privileged    (1 if the goal is up else 0, position).
// Belief        probability of state (g, p) at index block (L+3) + p: block 0 goal up, block 1 goal down. Exact:
//               b'(s') ~ O(o'|s') sum_s T_a(s'|s) b(s),
//               T_a(s'|s) = sum_e ((1-lambda) 1{e=a} + lambda/4) 1{s' = move(s, e)}.
#pragma once

#include <stdint.h>

#include "envs/env.h"

typedef enum TMazeAction { TMAZE_RIGHT, TMAZE_UP, TMAZE_LEFT, TMAZE_DOWN, TMAZE_ACTIONS } TMazeAction;
typedef enum TMazeSight {
    TMAZE_GOAL_UP,
    TMAZE_GOAL_DOWN,
    TMAZE_CORRIDOR,
    TMAZE_CROSSROAD,
    TMAZE_OBSERVATIONS,
} TMazeSight;

typedef struct TMazeParams {
    int length;              // L
    double stochasticity;    // lambda
    int horizon;             // 0: by the formula
} TMazeParams;

typedef struct TMazeState {
    int32_t position;
    int32_t goal_up;    // 1 or 0
} TMazeState;

typedef struct TMazeModel {
    int length;
    double stochasticity;
    double chosen, other;    // probability that the chosen action is the effective one, and of each of the other three
} TMazeModel;

extern const EnvType tmaze_type;    // the model is a TMazeModel, the state a TMazeState

// The POMDP as functions, for tests and for exact recursions.
int tmaze_move(int length, int position, int effective);
double tmaze_effective(const TMazeModel *model, int chosen, int effective);    // probability of an effective action
double tmaze_reward(int length, int goal_up, int from, int to);
int tmaze_sight(int length, int goal_up, int position);    // index of the observation

typedef struct TMazeReturns {
    double discounted, plain;
} TMazeReturns;

// Expected returns, truncated at `horizon`, of a policy that draws every action from the same distribution, whatever it sees. `plain` is
// NaN where it would take minutes: with horizons of millions.
TMazeReturns tmaze_blind_returns(const TMazeModel *model, const double policy[TMAZE_ACTIONS], int horizon);
