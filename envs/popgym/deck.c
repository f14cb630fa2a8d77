#include "envs/popgym/deck.h"

void deck_shuffle(Rng *rng, int n, uint8_t *cards) {
    // Fisher and Yates, from the inside out.
    for (int i = 0, card = 0; i < n; i++, card = card + 1 < DECK_CARDS ? card + 1 : 0) {
        const uint32_t j = rng_below(rng, (uint32_t)i + 1);
        cards[i] = cards[j];
        cards[j] = (uint8_t)card;
    }
}

void deck_force(int n, const int *ids, uint8_t *cards) {
    for (int i = 0; i < n; i++) cards[i] = (uint8_t)(ids[i] % DECK_CARDS);
}

void deck_suits_left(int n, const uint8_t *cards, int dealt, double *out) {
    int count[DECK_SUITS] = {0};
    for (int j = 0; j < dealt; j++) count[deck_suit(cards[n - 1 - j])]++;
    const int each = n / DECK_SUITS;
    for (int s = 0; s < DECK_SUITS; s++) out[s] = (double)(float)(1 - (double)count[s] / each);
}

void deck_chances(int kinds, const int *left, float *out) {
    int all = 0;
    for (int k = 0; k < kinds; k++) all += left[k];
    for (int k = 0; k < kinds; k++) out[k] = all > 0 ? (float)left[k] / (float)all : 0;
}
