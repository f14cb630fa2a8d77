// HigherLower: will the next card be higher or lower than the one on show?
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Deck         n = 52 / 104 / 156 cards (D = 1, 2, 3 decks); k_t is the rank of card t, the first being 0
// Observation  k_t, one of 13
// Action       0: higher, 1: lower
// Reward       for a_t: 0 if k_{t+1} = k_t; else +1/n if the bet is right, -1/n if it is wrong
// End          terminated by step n - 1, which shows the last card; never truncated
// Privileged   of each rank the fraction of its cards that are dealt, the card on show included (single precision)
// Belief       exact, by parameters, and the history fixes it: one-hot of the rank on show (13), on which the bet depends and which the privileged
//              state lacks; then the probabilities of the next card's rank (13; zeros after the last)
// Returns      uniform actions 0. With the next card known n-1 bets of 1/n, each off with probability (4D-1)/(n-1): 12/13.
//              Bets change nothing, so the optimum is to bet on the side with more cards left, and is computed exactly: 0.5276 / 0.5161 / 0.5115. When
//              R cards are left, H of them higher and L lower, the bet gains |H-L|/R on average. The rank on show is any of the 13, and the R cards are
//              any R of the other n-1. With M = H + L of them of other ranks the mean of |H-L| depends on M alone, so
//              n times the optimum = sum_{R=1..n-1} (1/R) sum_M P(M | R) mean over r of E|H-L| given (r, M),
//              and all probabilities are those of drawing without replacement.
//              Of policies without a memory the best is "higher" at ranks 0 to 6: 84/169 = 0.4970
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { HIGHER_LOWER_CARDS = 3 * DECK_CARDS };

typedef struct HigherLowerModel {
    int cards;    // n
    double share;
} HigherLowerModel;

typedef struct HigherLowerState {
    int dealt;    // cards on the table
    uint8_t cards[HIGHER_LOWER_CARDS];
} HigherLowerState;

typedef struct HigherLowerBelief {
    int now;                 // rank on show
    int left[DECK_RANKS];    // cards that are not dealt yet
} HigherLowerBelief;
