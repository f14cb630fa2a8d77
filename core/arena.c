#include "core/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

typedef struct Block {
    struct Block *next;
    size_t capacity, used;
    unsigned char *bytes;
} Block;

// Blocks form a list in order of use; those after `current` are empty and wait for reuse.
struct Arena {
    Block *first, *current;
    size_t block_bytes;
    size_t peak;    // largest demand since the last reset, as far as releases have seen it
};

static void out_of_memory(size_t bytes) {
    fprintf(stderr, "engram: out of memory (%zu bytes asked for)\n", bytes);
    abort();
}

void *memory_alloc(size_t bytes) {
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory) out_of_memory(bytes);
    return memory;
}

static size_t round_up(size_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

// Large areas lie on huge pages where the system has them to give: products walk over many rows, thus pages, at once.
static void *huge_alloc(size_t bytes) {
    void *memory = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (memory) madvise(memory, bytes, MADV_HUGEPAGE);    // advice: nothing depends on its being taken
    return memory;
}

void *memory_aligned(size_t bytes) {
    void *memory = bytes >= 2 * HUGE_PAGE ? huge_alloc(bytes) : aligned_alloc(ALIGNMENT, round_up(bytes ? bytes : 1));
    if (!memory) out_of_memory(bytes);
    return memory;
}

void *memory_zeroed(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes ? bytes : 1);
    if (!memory) out_of_memory(count * bytes);
    return memory;
}

char *memory_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) out_of_memory(strlen(format));
    return text;
}

static Block *block_create(size_t capacity) {
    Block *block = memory_alloc(sizeof *block);
    *block = (Block){.capacity = round_up(capacity)};
    block->bytes = memory_aligned(block->capacity);
    return block;
}

Arena *arena_create(size_t block_bytes) {
    assert(block_bytes > 0);
    Arena *arena = memory_alloc(sizeof *arena);
    Block *block = block_create(block_bytes);
    *arena = (Arena){.first = block, .current = block, .block_bytes = block_bytes};
    return arena;
}

static void free_blocks(Block *block) {
    while (block) {
        Block *next = block->next;
        free(block->bytes);
        free(block);
        block = next;
    }
}

void arena_destroy(Arena *arena) {
    if (!arena) return;
    free_blocks(arena->first);
    free(arena);
}

void *arena_alloc(Arena *arena, size_t bytes) {
    bytes = round_up(bytes ? bytes : 1);
    // The next kept block may be too small for this request: a fitting one is put before it.
    while (arena->current->capacity - arena->current->used < bytes) {
        Block *next = arena->current->next;
        if (!next || next->capacity < bytes) {
            Block *fresh = block_create(bytes > arena->block_bytes ? bytes : arena->block_bytes);
            fresh->next = next;
            arena->current->next = fresh;
            next = fresh;
        }
        assert(next->used == 0);
        arena->current = next;
    }
    void *memory = arena->current->bytes + arena->current->used;
    arena->current->used += bytes;
    return memory;
}

ArenaMark arena_mark(const Arena *arena) {
    return (ArenaMark){arena->current, arena->current->used};
}

size_t arena_used(const Arena *arena) {
    size_t bytes = 0;
    for (const Block *block = arena->first; block; block = block->next) bytes += block->used;
    return bytes;
}

// A demand is largest just before something is given back.
static void note_peak(Arena *arena) {
    size_t demand = arena_used(arena);
    if (demand > arena->peak) arena->peak = demand;
}

void arena_release(Arena *arena, ArenaMark mark) {
    Block *block = mark.block;
    assert(block && mark.used <= block->used);
    note_peak(arena);
    for (Block *later = block->next; later; later = later->next) later->used = 0;
    block->used = mark.used;
    arena->current = block;
}

void arena_reset(Arena *arena) {
    if (arena->first->next) {
        note_peak(arena);
        free_blocks(arena->first);
        // Some room, so that slightly larger demands do not split it again.
        arena->first = block_create(arena->peak + arena->peak / 4);
    }
    arena->peak = 0;
    arena->first->used = 0;
    arena->current = arena->first;
}

size_t arena_capacity(const Arena *arena) {
    size_t bytes = 0;
    for (const Block *block = arena->first; block; block = block->next) bytes += block->capacity;
    return bytes;
}

size_t arena_block_count(const Arena *arena) {
    size_t count = 0;
    for (const Block *block = arena->first; block; block = block->next) count++;
    return count;
}
