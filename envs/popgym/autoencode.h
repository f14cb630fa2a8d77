// Autoencode: watch the cards of a deck, then name their suits from the last to the first.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Deck         n = 52 / 104 / 156 cards (1, 2, 3 decks); s_j is the suit of card j, the first being 0
// Observation  (mode, suit), mode 1 while watching, 0 while playing: (1, s_t) for t < n - 1, then (0, s_{n-1}), then always (0, 0)
// Action       a suit
// Reward       the first n - 1 actions: 0. Action i = 0..n-1 from there on: +1/n if it is s_{n-1-i}, else -1/n
// End          terminated by step 2n - 1, which takes the last card away; never truncated
// Privileged   the suits of the deck, the last to be dealt first; the mode; the fraction of cards held (single precision)
// Belief       exact, by parameters, and the history fixes it: n numbers, the cards held in the order in which they must be named (the last one shown
//              first), suit + 1 of each, zeros behind them; the mode; the probabilities of the suit of the next card (zeros when all were shown)
// Returns      optimum 1; uniform actions -1/2, and so do those that are always the same
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { AUTOENCODE_CARDS = 3 * DECK_CARDS };

typedef struct AutoencodeModel {
    int cards;    // n
    double share;
} AutoencodeModel;

typedef struct AutoencodeState {
    int16_t held;    // the first cards dealt
    bool watching;
    uint8_t cards[AUTOENCODE_CARDS];
} AutoencodeState;

typedef struct AutoencodeBelief {
    int held;
    bool watching;
    int left[DECK_SUITS];    // cards that are not dealt yet
    uint8_t suits[AUTOENCODE_CARDS];
} AutoencodeBelief;
