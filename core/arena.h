// Memory for things that live and die together. An arena hands out 64-byte aligned, uninitialised memory in order and
// takes it back all at once. Blocks are kept for reuse: once a loop has reached its largest demand, it no longer allocates.
#pragma once

#include <stddef.h>

typedef struct Arena Arena;

typedef struct ArenaMark {
    void *block;
    size_t used;
} ArenaMark;

Arena *arena_create(size_t block_bytes);
void arena_destroy(Arena *arena);

// Never returns NULL: running out of memory ends the program with a message (a run is resumable from its last checkpoint).
void *arena_alloc(Arena *arena, size_t bytes);

// Everything allocated after the mark is given back by the release; blocks stay with the arena.
ArenaMark arena_mark(const Arena *arena);
void arena_release(Arena *arena, ArenaMark mark);

// Gives back everything. When the demand since the last reset did not fit into one block, the blocks are replaced by one that is as large
// as all of it: so the memory held settles at the largest demand, in one piece.
void arena_reset(Arena *arena);

size_t arena_used(const Arena *arena);           // bytes handed out
size_t arena_capacity(const Arena *arena);       // bytes held from the system
size_t arena_block_count(const Arena *arena);    // grows only while the demand grows: tests use it to show a steady state

// malloc and calloc that cannot fail quietly; freed with free().
void *memory_alloc(size_t bytes);
void *memory_aligned(size_t bytes);    // on a boundary of 64 bytes
void *memory_zeroed(size_t count, size_t bytes);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));    // an owned string
