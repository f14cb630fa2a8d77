// CountRecall: how often has the value asked for been shown?
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Decks        n = 52 / 104 / 208 cards (1, 2, 4 decks), of which the colour / suit / rank is seen: B = 2 / 4 / 13 kinds, m = n/B = 26 / 26 / 16 of each.
//              Values come from one such pile, queries from another, independently; a step deals a card of each
// Observation  (v_t, q_t), each one of B
// Action       a count, 0..m; in the version of the paper 0..m-1
// Reward       +1/(n-1) if it is how many of v_0..v_t (the one on show counts) are q_t, else -1/(n-1)
// End          terminated by step n - 1, which shows the last cards; never truncated
// Privileged   of each kind the values shown, then the queries shown, both divided by m (single precision); (v_t, q_t)
// Belief       exact, by parameters, and the history fixes it: four times B numbers. The values of each kind that were shown, divided by m; one-hot
//              of the query on show; the probabilities of the next value and of the next query (zeros after the last). The first two give the answer
// Returns      optimum 1; uniform actions 2/(m+1) - 1.
//              In the version of the paper the answer m cannot be given. It is right at time t if all m cards of the kind asked for are among the first
//              t + 1 values, with probability C(t+1, m) / C(n, m): on average over the n - 1 steps f = (n-m) / ((m+1)(n-1)). Hence the optimum is
//              1 - 2f, uniform actions give 2(1-f)/m - 1.
#pragma once

#include "envs/native.h"
#include "envs/popgym/deck.h"

enum { COUNT_RECALL_CARDS = 4 * DECK_CARDS, COUNT_RECALL_KINDS = DECK_RANKS };

typedef struct CountRecallModel {
    int cards;    // n
    int kinds;    // B
    int actions;
    double share;
    uint8_t kind[DECK_CARDS];    // of each card
} CountRecallModel;

typedef struct CountRecallState {
    int dealt;                                // of either pile
    uint8_t shown[COUNT_RECALL_KINDS];        // values of each kind
    uint8_t cards[2 * COUNT_RECALL_CARDS];    // [n] of the values, [n] of the queries
} CountRecallState;

typedef struct CountRecallBelief {
    int query;    // on show
    int values_left[COUNT_RECALL_KINDS], queries_left[COUNT_RECALL_KINDS];
} CountRecallBelief;
