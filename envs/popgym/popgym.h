// POPGym (Morad, Kortvelesy, Bettini, Liwicki, Prorok, "POPGym: Benchmarking Partially Observable Reinforcement Learning", ICLR 2023, arXiv
// 2303.01859), release 1.0.7, each environment in a file of its own: within an episode the same rules to the last quirk, with other random numbers.
// Stepping on after the end is refused (envs/vector.h), where upstream goes on: its CartPole then pays -1. `version: paper` is the code of the paper
// (2023), which differs in MineSweeper's limit and CountRecall's actions.
//
// Rewards are scaled so that returns lie in [-1, 1]. Levels are upstream's Easy, Medium, Hard.
#pragma once

#include "envs/native.h"

extern const NativeType repeat_first, repeat_previous, count_recall, autoencode, higher_lower, concentration, battleship,
    mine_sweeper, multiarmed_bandit;
extern const NativeType position_only_cartpole, velocity_only_cartpole, noisy_position_only_cartpole, position_only_pendulum,
    noisy_position_only_pendulum;
extern const NativeType labyrinth_escape, labyrinth_explore;
