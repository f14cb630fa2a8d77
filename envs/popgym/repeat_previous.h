// RepeatPrevious: name the suit that was shown k - 1 observations ago.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Deck         n = 52 / 104 / 156 cards (1, 2, 3 decks), k = 4 / 32 / 64; s_t is the suit of card t, the first being 0
// Observation  s_t, one of 4
// Action       a suit
// Reward       for a_t, while t + 1 < k: 0; then +1/(n-k) if it is s_{t+1-k}, else -1/(n-k). The names count from the card that comes next: k cards
//              before that one, and so k - 1 before the one on show
// End          terminated by step n - 1, which shows the last card; never truncated
// Privileged   the last k suits, the oldest first, zeros (which is a suit as well) before them while fewer are out; the fraction of each suit that is
//              not dealt yet, the card on show counting as dealt (single precision)
// Belief       exact, by parameters, and the history fixes it: k rows of 4, row i one-hot of s_{t+1-k+i}, so that row 0 is the answer; zeros in rows
//              before the first card. Then the probabilities of the next card's suit (zeros after the last)
// Returns      optimum 1; uniform actions -1/2
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { REPEAT_PREVIOUS_CARDS = 3 * DECK_CARDS, REPEAT_PREVIOUS_LAG = 64 };

typedef struct RepeatPreviousModel {
    int cards;    // n
    int lag;      // k
    double share;
} RepeatPreviousModel;

typedef struct RepeatPreviousState {
    int dealt;    // cards on the table
    uint8_t cards[REPEAT_PREVIOUS_CARDS];
} RepeatPreviousState;

typedef struct RepeatPreviousBelief {
    int dealt;
    int left[DECK_SUITS];                  // cards that are not dealt yet
    uint8_t suits[REPEAT_PREVIOUS_LAG];    // of card j, if it is one of the last k: at j mod k
} RepeatPreviousBelief;
