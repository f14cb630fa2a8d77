// Where the ships of Battleship are, given which shots hit: exact probabilities.
//
// Ships of 2, 3, 3 and 4 cells are placed in this order, each uniformly on the segments that are free by then (rejected draws of start and
// direction leave that: every segment comes from two of the draws). So a placement (s, a, b, f) has probability proportional to
//     1 / (n3(s) n3(s, a) n4(s, a, b)),    n3, n4: segments of three or four cells that meet none of the ships named,
// which is not the same for all placements.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SHIPS = 4, SHIP_CELLS = 12, SHIP_SIDE_MAX = 12, SHIP_BOARD_MAX = SHIP_SIDE_MAX * SHIP_SIDE_MAX, SHIP_WORDS = 3 };
extern const int ship_lengths[SHIPS];    // in the order of placement

// ---- sets of cells, row by row ---------------------------------------------------------------------------------------------------

typedef struct Cells {
    uint64_t word[SHIP_WORDS];
} Cells;

static inline bool cells_have(const Cells *set, int cell) {
    return set->word[cell >> 6] >> (cell & 63) & 1;
}
static inline void cells_add(Cells *set, int cell) {
    set->word[cell >> 6] |= (uint64_t)1 << (cell & 63);
}
static inline bool cells_meet(Cells a, Cells b) {
    return ((a.word[0] & b.word[0]) | (a.word[1] & b.word[1]) | (a.word[2] & b.word[2])) != 0;
}
static inline Cells cells_union(Cells a, Cells b) {
    return (Cells){{a.word[0] | b.word[0], a.word[1] | b.word[1], a.word[2] | b.word[2]}};
}
static inline Cells cells_common(Cells a, Cells b) {
    return (Cells){{a.word[0] & b.word[0], a.word[1] & b.word[1], a.word[2] & b.word[2]}};
}
static inline Cells cells_without(Cells a, Cells b) {
    return (Cells){{a.word[0] & ~b.word[0], a.word[1] & ~b.word[1], a.word[2] & ~b.word[2]}};
}
static inline bool cells_none(Cells a) {
    return (a.word[0] | a.word[1] | a.word[2]) == 0;
}
static inline bool cells_same(Cells a, Cells b) {
    return a.word[0] == b.word[0] && a.word[1] == b.word[1] && a.word[2] == b.word[2];
}

// ---- segments of a board: what is found once ------------------------------------------------------------------------------------

typedef enum ShipKind { SHIP_TWO, SHIP_THREE, SHIP_FOUR, SHIP_KINDS } ShipKind;    // by length
enum { SEGMENTS_MAX = 2 * SHIP_SIDE_MAX * (SHIP_SIDE_MAX - 1), CROSSING_MAX = 7 + 4 * 4 };

typedef struct Crossing {    // segments of a kind that meet a segment, itself included
    uint8_t count;
    uint16_t segment[CROSSING_MAX];
} Crossing;

typedef struct ShipTables {
    int side;
    int count[SHIP_KINDS];
    Cells cells[SHIP_KINDS][SEGMENTS_MAX];
    Crossing crossing[SHIP_KINDS][SHIP_KINDS][SEGMENTS_MAX];    // [kind of the segment][kind of those that meet it]
} ShipTables;

// A square board, 4 <= side <= SHIP_SIDE_MAX.
void ship_tables_fill(int side, ShipTables *tables);

// ---- belief ----------------------------------------------------------------------------------------------------------------------

// What is known: all shots, and which of them hit. It fixes the posterior.
typedef struct ShipBelief {
    Cells shots, hits;
} ShipBelief;

// Whether some placement has ships on all cells that were hit and none on the others that were shot.
bool ship_belief_possible(const ShipTables *tables, const ShipBelief *belief);

// out [side^2]: the probability that a ship lies on each cell, exact but for rounding: 1 or 0 on those that were shot. NaN if nothing is possible.
void ship_belief_chances(const ShipTables *tables, const ShipBelief *belief, double *out);
