// RepeatFirst: name the suit of the first card, again and again.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Deck         n = 52 / 416 / 832 cards (1, 8, 16 decks)
// Observation  suit of the latest card, one of 4; nothing marks the first
// Action       a suit
// Reward       +1/(n-1) if it is the first card's, else -1/(n-1)
// End          terminated by step n - 1, which shows the last card; never truncated
// Privileged   suit of the first card; the fraction of each suit that is not dealt yet, the card on show counting as dealt (single precision)
// Belief       exact, by parameters, and the history fixes it: one-hot of the first suit; then the probabilities of the next card's suit (zeros after
//              the last)
// Returns      optimum 1 (name what is shown first); uniform actions -1/2
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { REPEAT_FIRST_CARDS = 16 * DECK_CARDS };

typedef struct RepeatFirstModel {
    int cards;    // n
} RepeatFirstModel;

typedef struct RepeatFirstState {
    int dealt;    // cards on the table
    uint8_t cards[REPEAT_FIRST_CARDS];
} RepeatFirstState;

typedef struct RepeatFirstBelief {
    int first;
    int left[DECK_SUITS];    // cards that are not dealt yet
} RepeatFirstBelief;
