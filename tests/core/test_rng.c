// Philox against the published known answers, and what the streams promise: own words for each name, any position at
// once, uniform numbers without bias.
#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kernels.h"
#include "core/philox.h"

// Known-answer vectors of Random123's distribution: philox 4x32, 10 rounds.
static void blocks_equal_the_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        philox4x32(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].expected, sizeof out);
    }
}

// Word n of stream (seed, role, index) is word n mod 4 of the block at counter (n / 4, index, role) under key seed.
static void a_stream_is_its_blocks_in_order(void **state) {
    (void)state;
    uint64_t seed = 0x0123456789abcdefu;
    Rng rng = rng_stream(seed, RNG_REPLAY, 77);
    const uint32_t key[2] = {0x89abcdefu, 0x01234567u};
    for (uint32_t n = 0; n < 40; n++) {
        const uint32_t counter[4] = {n / 4, 0, 77, RNG_REPLAY};
        uint32_t block[4];
        philox4x32(counter, key, block);
        assert_int_equal(rng_u32(&rng), block[n % 4]);
    }
    assert_int_equal(rng.drawn, 40);
}

static int compare_words(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// 64-bit words of 15 x 11 x 6 streams: a repetition has probability 3e-9, so any means that two streams share a block.
static void streams_share_no_draws(void **state) {
    (void)state;
    enum { SEEDS = 15, INDICES = 6, PAIRS = 64, ALL = SEEDS * RNG_ROLE_COUNT * INDICES * PAIRS };
    uint64_t *words = malloc(ALL * sizeof *words);
    size_t count = 0;
    for (int s = 0; s < SEEDS; s++) {
        uint64_t seed = s < 10 ? (uint64_t)s : (uint64_t)1 << (s * 4);    // also seeds that differ in the upper half only
        for (int role = 0; role < RNG_ROLE_COUNT; role++) {
            for (uint32_t index = 0; index < INDICES; index++) {
                Rng rng = rng_stream(seed, (RngRole)role, index);
                for (int i = 0; i < PAIRS; i++) {
                    uint64_t high = rng_u32(&rng);
                    words[count++] = (high << 32) | rng_u32(&rng);
                }
            }
        }
    }
    assert_int_equal(count, ALL);
    qsort(words, ALL, sizeof *words, compare_words);
    for (size_t i = 1; i < ALL; i++) assert_true(words[i - 1] != words[i]);
    free(words);
}

// Streams that stand anywhere in their blocks, with seeds, roles and indices of their own; each count of words, and streams by the few and by the many.
static void words_of_many_streams_are_the_same_words(void **state) {
    (void)state;
    enum { STREAMS = 75, MOST = 11 };
    for (size_t each = 1; each <= MOST; each++) {
        for (size_t aligned = 0; aligned < 2; aligned++) {
            for (size_t count = 1; count <= STREAMS; count += 37) {
                Rng rngs[STREAMS] = {0};
                uint32_t words[STREAMS * MOST];
                for (size_t i = 0; i < count; i++) {
                    rngs[i] = rng_stream(0x9876543210fedcbau * (i + 1), (RngRole)(i % RNG_ROLE_COUNT), i * 0xfedcba9871u);
                    rng_seek(&rngs[i], aligned ? 2 * i : 3 * i + 0x3fffffff0u * (i % 3));
                }
                Rng alone[STREAMS];
                memcpy(alone, rngs, sizeof rngs);
                for (int round = 0; round < 3; round++) {
                    rng_words_of_each(rngs, count, each, words);
                    for (size_t k = 0; k < count * each; k++) assert_int_equal(words[k], rng_u32(&alone[k / each]));
                }
                for (size_t i = 0; i < count; i++) {
                    assert_true(rngs[i].drawn == alone[i].drawn);
                    assert_int_equal(rng_u32(&rngs[i]), rng_u32(&alone[i]));
                }
            }
        }
    }
}

static void every_width_gives_the_same_blocks(void **state) {
    (void)state;
    static void (*const widths[KERNELS_PATHS])(PhiloxBlocks *) = {philox_v1, philox_v3, philox_v4};
    Rng rng = rng_stream(8, RNG_TEST, 0);
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        PhiloxBlocks blocks;
        rng_words(&rng, (uint32_t *)&blocks, sizeof blocks / 4);
        const PhiloxBlocks before = blocks;
        widths[path](&blocks);
        for (int b = 0; b < PHILOX_TOGETHER; b++) {
            uint32_t counter[4], key[2], expected[4];
            memcpy(counter, &before.low[b], 8), memcpy(counter + 2, &before.high[b], 8), memcpy(key, &before.key[b], 8);
            philox4x32(counter, key, expected);
            assert_memory_equal(&blocks.low[b], expected, 8);
            assert_memory_equal(&blocks.high[b], expected + 2, 8);
        }
    }
}

static void other_streams_do_not_disturb(void **state) {
    (void)state;
    Rng alone = rng_stream(5, RNG_TRAINING_EXPLORATION, 1), mixed = alone, other = rng_stream(5, RNG_TRAINING_EXPLORATION, 2);
    for (int i = 0; i < 100; i++) {
        if (i % 3 == 0) rng_uniform(&other);
        assert_int_equal(rng_u32(&alone), rng_u32(&mixed));
    }
}

static void seeking_equals_drawing(void **state) {
    (void)state;
    static const uint64_t positions[] = {0, 1, 2, 3, 4, 5, 63, 64, 1000, 1001, 1002, 1003};
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        Rng drawn = rng_stream(9, RNG_TEST, 3), sought = rng_stream(9, RNG_TEST, 3);
        for (uint64_t k = 0; k < positions[i]; k++) rng_u32(&drawn);
        rng_u32(&sought);    // a stale block must not matter
        rng_seek(&sought, positions[i]);
        for (int k = 0; k < 9; k++) assert_int_equal(rng_u32(&sought), rng_u32(&drawn));
        assert_int_equal(sought.drawn, drawn.drawn);
    }
    // Beyond 2^34 words the block's number needs its upper half.
    Rng far = rng_stream(9, RNG_TEST, 3);
    rng_seek(&far, ((uint64_t)5 << 34) + 2);
    const uint32_t counter[4] = {0, 5, 3, RNG_TEST}, key[2] = {9, 0};
    uint32_t block[4];
    philox4x32(counter, key, block);
    assert_int_equal(rng_u32(&far), block[2]);
    // Indices beyond 32 bits are streams of their own.
    Rng high = rng_stream(9, RNG_TEST, ((uint64_t)3 << 32) + 1);
    philox4x32((uint32_t[]){0, 0, 1, (3u << 8) | RNG_TEST}, key, block);
    assert_int_equal(rng_u32(&high), block[0]);
}

// From any position, any number of words; also across the boundary where a block's number needs its upper half.
static void many_words_are_the_same_words(void **state) {
    (void)state;
    static const uint64_t positions[] = {0, 1, 2, 3, 4, 1001, ((uint64_t)1 << 34) - 13, ((uint64_t)7 << 34) + 2};
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        for (size_t count = 0; count < 150; count += 1 + count / 20) {
            Rng one = rng_stream(0x123456789abcdef0u, RNG_TEST, ((uint64_t)3 << 40) + 5), many = one;
            uint32_t words[150];
            rng_seek(&one, positions[i]);
            rng_seek(&many, positions[i]);
            rng_words(&many, words, count);
            for (size_t k = 0; k < count; k++) assert_int_equal(words[k], rng_u32(&one));
            assert_int_equal(many.drawn, one.drawn);
            assert_int_equal(rng_u32(&many), rng_u32(&one));
        }
    }
}

// Mean 1/2, variance 1/12, third central moment 0, no correlation between neighbours: each within 4.5 standard errors.
static void uniforms_have_their_moments(void **state) {
    (void)state;
    enum { COUNT = 400000 };
    Rng rng = rng_stream(1, RNG_TEST, 0), words = rng;
    double sum = 0, squares = 0, cubes = 0, products = 0, last = 0, smallest = 1, greatest = 0;
    for (int i = 0; i < COUNT; i++) {
        double u = rng_uniform(&rng), d = u - 0.5;
        uint64_t high = rng_u32(&words), low = rng_u32(&words);
        assert_true(u == ldexp((double)(((high << 32) | low) >> 11), -53));
        sum += d, squares += d * d, cubes += d * d * d, products += d * last;
        last = d;
        smallest = fmin(smallest, u), greatest = fmax(greatest, u);
    }
    double root = sqrt((double)COUNT);
    assert_true(smallest >= 0 && smallest < 1e-4 && greatest < 1 && greatest > 1 - 1e-4);
    assert_true(fabs(sum / COUNT) < 4.5 * sqrt(1.0 / 12) / root);
    assert_true(fabs(squares / COUNT - 1.0 / 12) < 4.5 * sqrt(1.0 / 180) / root);
    assert_true(fabs(cubes / COUNT) < 4.5 * sqrt(1.0 / 448) / root);
    assert_true(fabs(products / COUNT) < 4.5 * (1.0 / 12) / root);
}

static void between_stays_between(void **state) {
    (void)state;
    Rng rng = rng_stream(2, RNG_TEST, 0), same = rng;
    for (int i = 0; i < 1000; i++) {
        double x = rng_between(&rng, -3, 5);
        assert_true(x >= -3 && x < 5);
        assert_true(x == -3 + 8 * rng_uniform(&same));
    }
}

// Chi-square with k - 1 degrees of freedom has mean k - 1 and variance 2 (k - 1): 5 standard deviations.
static void expect_even(const int *count, int k, int total) {
    double expected = (double)total / k, chi_square = 0;
    for (int i = 0; i < k; i++) chi_square += (count[i] - expected) * (count[i] - expected) / expected;
    double deviation = sqrt(2.0 * (k - 1));
    if (chi_square > k - 1 + 5 * deviation || (k > 3 && chi_square < k - 1 - 5 * deviation)) {
        fail_msg("chi-square %g with %d degrees of freedom", chi_square, k - 1);
    }
}

static void whole_numbers_are_even(void **state) {
    (void)state;
    static const int bounds[] = {2, 3, 6, 7, 10, 97, 1000};
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        int count[1000] = {0};
        Rng rng = rng_stream(3, RNG_TEST, (uint32_t)b);
        for (int i = 0; i < 100000; i++) {
            uint32_t value = rng_below(&rng, (uint32_t)bounds[b]);
            assert_true(value < (uint32_t)bounds[b]);
            count[value]++;
        }
        expect_even(count, bounds[b], 100000);
    }
    Rng rng = rng_stream(3, RNG_TEST, 99);
    for (int i = 0; i < 100; i++) assert_int_equal(rng_below(&rng, 1), 0);
}

// With bound 3 2^30 the plain product or remainder of one word would give some values twice as often as others; the
// three thirds and the remainders mod 3 show it. A quarter of the words must be refused.
static void large_bounds_have_no_bias(void **state) {
    (void)state;
    enum { COUNT = 60000 };
    Rng rng = rng_stream(4, RNG_TEST, 0);
    int third[3] = {0}, remainder[3] = {0};
    for (int i = 0; i < COUNT; i++) {
        uint32_t value = rng_below(&rng, 0xC0000000u);
        third[value >> 30]++;
        remainder[value % 3]++;
    }
    expect_even(third, 3, COUNT);
    expect_even(remainder, 3, COUNT);
    double refused = 1 - COUNT / (double)rng.drawn;
    assert_true(fabs(refused - 0.25) < 0.01);
    Rng half = rng_stream(4, RNG_TEST, 1);
    int upper = 0;
    for (int i = 0; i < COUNT; i++) {
        uint32_t value = rng_below(&half, 0x80000001u);
        assert_true(value <= 0x80000000u);
        upper += value >= 0x40000000u;
    }
    assert_true(fabs(upper - COUNT / 2.0) < 5 * sqrt(COUNT / 4.0));
}

static void permutations_are_uniform(void **state) {
    (void)state;
    Rng rng = rng_stream(6, RNG_TEST, 0);
    int large[1000];
    rng_permutation(&rng, 1000, large);
    bool seen[1000] = {false};
    for (int i = 0; i < 1000; i++) {
        assert_in_range(large[i], 0, 999);
        assert_false(seen[large[i]]);
        seen[large[i]] = true;
    }
    int count[256] = {0}, cells[24] = {0}, kinds = 0;    // all 24 orders of four things
    for (int i = 0; i < 24000; i++) {
        int p[4];
        rng_permutation(&rng, 4, p);
        count[(p[0] << 6) | (p[1] << 4) | (p[2] << 2) | p[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (count[i]) {
            assert_true(kinds < 24);
            cells[kinds++] = count[i];
        }
    }
    assert_int_equal(kinds, 24);
    expect_even(cells, 24, 24000);
    uint64_t drawn = rng.drawn;
    rng_permutation(&rng, 0, large);
    assert_int_equal(rng.drawn, drawn);
    rng_permutation(&rng, 1, large);
    assert_int_equal(large[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_equal_the_known_answers),
        cmocka_unit_test(a_stream_is_its_blocks_in_order),
        cmocka_unit_test(streams_share_no_draws),
        cmocka_unit_test(words_of_many_streams_are_the_same_words),
        cmocka_unit_test(every_width_gives_the_same_blocks),
        cmocka_unit_test(other_streams_do_not_disturb),
        cmocka_unit_test(many_words_are_the_same_words),
        cmocka_unit_test(seeking_equals_drawing),
        cmocka_unit_test(uniforms_have_their_moments),
        cmocka_unit_test(between_stays_between),
        cmocka_unit_test(whole_numbers_are_even),
        cmocka_unit_test(large_bounds_have_no_bias),
        cmocka_unit_test(permutations_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
