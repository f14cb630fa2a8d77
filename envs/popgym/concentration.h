// Concentration: cards lie face down; turn them two at a time, pairs of one value stay face up.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Deck         n = 52 / 104 / 52 cards, position p holds the p-th; what counts is the colour / colour / rank, V = 2 / 2 / 13 values
// Observation  [n], V + 1 choices: the value of each card that is face up or in play, V where a card lies face down. A second card that does not
//              match is shown by the step that turns it, and by no later one. The action is not part of it
// Action       the position of the card to turn
// Reward       a card that is face up already: -1/L as the first of a turn, -2/L as the second, and the turn is over. Else the first of a turn 0;
//              the second 2/n if it is another card of the same value: both stay face up; or -2/L, the same card twice included
// End          terminated when all are face up; truncated by step L = 104 / 208 / 104; the last step can be both
// Privileged   the n values; which of them are face up for good (n flags); first and second position of the turn that the last step was in, V where
//              there is none yet, although that is a position too
// Belief       exact, by parameters: for each position the probabilities of its V values (known once seen; the values not seen yet are arranged
//              uniformly over the other positions); n flags: face up for good; n flags: first card of a turn that waits for its second
// Returns      optimum at most 1 (a player who sees the cards); uniform actions -0.1914 / -0.1853 / -0.8349
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { CONCENTRATION_CARDS = 2 * DECK_CARDS };

typedef struct ConcentrationModel {
    int cards, values, limit;    // n, V, L
} ConcentrationModel;

typedef struct ConcentrationState {
    uint8_t steps, matched;    // made so far; cards face up for good
    uint8_t waiting;           // 1: the card at turn[0] waits for the second of its turn
    uint8_t turn[2];           // positions of the turn that the last step was in; V: none
    uint8_t values[CONCENTRATION_CARDS];
    uint8_t row[CONCENTRATION_CARDS];    // what is to be seen on the table before the next step
} ConcentrationState;

typedef struct ConcentrationBelief {
    int left[DECK_RANKS];                  // cards of each value that were not seen yet
    int first;                             // position of a card that waits for the second of its turn; -1: none
    uint8_t known[CONCENTRATION_CARDS];    // value; V: not seen yet
    uint8_t up[CONCENTRATION_CARDS];
} ConcentrationBelief;
