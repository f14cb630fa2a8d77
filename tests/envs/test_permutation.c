// Legacy permutations against the lists in the programs of two papers.
#include "envs/permutation.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/warmup/"

// How many of the rows whose `kind` is that one (NULL: of all) name another source than the permutation of n from `seed`.
static int differences(const CsvTable *table, const char *kind, const char *column, uint32_t seed, int n) {
    int *found = memory_zeroed((size_t)n, sizeof *found), rows = 0, wrong = 0;
    permutation_legacy(seed, n, found);
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (kind && strcmp(csv_text(table, row, csv_column(table, "kind")), kind) != 0) continue;
        int position = support_whole(table, row, "position");
        assert_int_equal(position, rows++);
        wrong += found[position] != support_whole(table, row, column);
    }
    assert_int_equal(rows, n);
    free(found);
    return wrong;
}

static void the_published_lists(void **state) {
    (void)state;
    CsvTable *warmup = support_table(GOLDEN "pmnist_permutation.csv"), *bistable = support_table(GOLDEN "brc_permutations.csv");
    int wrong = differences(warmup, NULL, "source_pixel", 42, 784);
    wrong += differences(bistable, "pixel784", "source", 1, 784) + differences(bistable, "row28", "source", 1, 28);
    print_message("worst deviation: %d of 1596 positions\n", wrong);
    assert_int_equal(wrong, 0);
    csv_destroy(warmup);
    csv_destroy(bistable);
}

// Every length, also those beyond one turn of the generator, which is 624 words.
static void permutations_hold_every_index_once(void **state) {
    (void)state;
    static const int lengths[] = {1, 2, 3, 4, 5, 14, 196, 3000};
    bool seen[3000];
    int found[3000];
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memset(seen, 0, sizeof seen);
        permutation_legacy(7, lengths[i], found);
        for (int k = 0; k < lengths[i]; k++) {
            assert_in_range(found[k], 0, (uintmax_t)lengths[i] - 1);
            assert_false(seen[found[k]]);
            seen[found[k]] = true;
        }
    }
}

static void seeds_tell(void **state) {
    (void)state;
    int a[196], b[196], again[196];
    permutation_legacy(42, 196, a);
    permutation_legacy(1, 196, b);
    permutation_legacy(42, 196, again);
    assert_memory_equal(a, again, sizeof a);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_lists),
        cmocka_unit_test(permutations_hold_every_index_once),
        cmocka_unit_test(seeds_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
