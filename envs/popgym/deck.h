// Decks of cards: what the card games of POPGym share.
//
// D decks are n = 52 D cards, ids 0..n-1. With m = id mod 52: rank m div 4 in 0..12 (ace, 2..10, jack, queen, king), suit m mod 4 (spade, diamond,
// club, heart), colour m mod 2 (black, red). A shuffle is a uniform permutation; dealing takes from its end.
#pragma once

#include <stdint.h>

#include "core/rng.h"

enum { DECK_CARDS = 52, DECK_SUITS = 4, DECK_RANKS = 13, DECK_COLOURS = 2 };

static inline int deck_suit(int card) {
    return card % DECK_SUITS;
}
static inline int deck_rank(int card) {
    return card / DECK_SUITS;
}
static inline int deck_colour(int card) {
    return card % DECK_COLOURS;
}

// The j-th card dealt of n, j = 0, 1, ...
static inline int deck_dealt(int n, const uint8_t *cards, int j) {
    return cards[n - 1 - j];
}

// The n cards of D decks in random order, each as its m: cards [n].
void deck_shuffle(Rng *rng, int n, uint8_t *cards);

// Permutations of ids, as upstream has them, for who forces an order.
void deck_force(int n, const int *ids, uint8_t *cards);

// The fraction of each suit that is not among the `dealt` last of n cards, in single precision as upstream has it: out [DECK_SUITS].
void deck_suits_left(int n, const uint8_t *cards, int dealt, double *out);

// Of cards of several kinds, `left` [kinds] of each, the probability that the next is of each: zeros when none is left.
void deck_chances(int kinds, const int *left, float *out);
