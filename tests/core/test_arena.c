// Arenas: aligned and disjoint memory, marks, and a steady state that no longer allocates.
#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_aligned_and_disjoint(void **state) {
    (void)state;
    enum { COUNT = 300 };
    Arena *arena = arena_create(1000);
    unsigned char *parts[COUNT];
    size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * 37 % 1500;    // none, small, larger than a block
        parts[i] = arena_alloc(arena, sizes[i]);
        assert_non_null(parts[i]);
        assert_int_equal((uintptr_t)parts[i] % 64, 0);
        memset(parts[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(parts[i][k], i % 251);
    }
    arena_destroy(arena);
    arena_destroy(NULL);
}

static void a_release_gives_back_what_came_later(void **state) {
    (void)state;
    Arena *arena = arena_create(512);
    char *kept = arena_alloc(arena, 100);
    memset(kept, 'k', 100);
    ArenaMark outer = arena_mark(arena);
    const void *first = arena_alloc(arena, 64);
    ArenaMark inner = arena_mark(arena);
    for (int i = 0; i < 20; i++) memset(arena_alloc(arena, 200), 'x', 200);
    arena_release(arena, inner);
    arena_release(arena, outer);
    assert_ptr_equal(arena_alloc(arena, 64), first);
    for (int i = 0; i < 100; i++) assert_int_equal(kept[i], 'k');
    arena_destroy(arena);
}

// One round of demands, larger than a block and of unequal sizes.
static void demand(Arena *arena, size_t scale) {
    for (size_t i = 1; i <= 30; i++) arena_alloc(arena, i * scale);
}

static void a_loop_settles_in_one_block(void **state) {
    (void)state;
    Arena *arena = arena_create(256);
    demand(arena, 100);
    assert_true(arena_block_count(arena) > 1);
    arena_reset(arena);
    assert_int_equal(arena_block_count(arena), 1);
    size_t capacity = arena_capacity(arena);
    for (int round = 0; round < 10; round++) {
        demand(arena, round % 2 ? 100 : 50);    // also after smaller demands
        assert_int_equal(arena_block_count(arena), 1);
        arena_reset(arena);
        assert_int_equal(arena_capacity(arena), capacity);
    }
    arena_destroy(arena);
}

// What was released before the reset counts too: else the loop would give its blocks back and ask for them again, for
// ever.
static void marks_and_resets_settle_together(void **state) {
    (void)state;
    Arena *arena = arena_create(256);
    for (int round = 0; round < 2; round++) {
        ArenaMark mark = arena_mark(arena);
        demand(arena, 100);
        arena_release(arena, mark);
        arena_reset(arena);
    }
    size_t capacity = arena_capacity(arena);
    for (int round = 0; round < 10; round++) {
        ArenaMark mark = arena_mark(arena);
        demand(arena, 100);
        assert_int_equal(arena_block_count(arena), 1);
        assert_int_equal(arena_capacity(arena), capacity);
        arena_release(arena, mark);
        arena_reset(arena);
    }
    arena_destroy(arena);
}

static void marks_alone_settle_too(void **state) {
    (void)state;
    Arena *arena = arena_create(256);
    arena_alloc(arena, 10);
    ArenaMark mark = arena_mark(arena);
    demand(arena, 100);
    arena_release(arena, mark);
    size_t capacity = arena_capacity(arena), blocks = arena_block_count(arena);
    for (int round = 0; round < 10; round++) {
        demand(arena, round % 2 ? 100 : 10);
        arena_release(arena, mark);
        if (round % 2 == 1) demand(arena, 100), arena_release(arena, mark);
    }
    size_t growth = arena_capacity(arena) - capacity;
    demand(arena, 100);
    arena_release(arena, mark);
    assert_int_equal(arena_capacity(arena) - capacity, growth);
    assert_true(arena_block_count(arena) >= blocks);
    arena_destroy(arena);
}

static void owned_memory(void **state) {
    (void)state;
    char *text = memory_format("%s-%03d", "run", 7);
    assert_string_equal(text, "run-007");
    free(text);
    free(memory_alloc(0));
    free(memory_zeroed(0, 0));
    void *aligned = memory_aligned(1);
    assert_int_equal((uintptr_t)aligned % 64, 0);
    free(aligned);
    unsigned char *zeros = memory_zeroed(100, 3);
    for (int i = 0; i < 300; i++) assert_int_equal(zeros[i], 0);
    free(zeros);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_disjoint), cmocka_unit_test(a_release_gives_back_what_came_later),
        cmocka_unit_test(a_loop_settles_in_one_block),    cmocka_unit_test(marks_and_resets_settle_together),
        cmocka_unit_test(marks_alone_settle_too),         cmocka_unit_test(owned_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
