// Battleship: sink the fleet by naming cells; only whether a shot hit is seen.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Board        N = 8^2 / 10^2 / 12^2 cells; ships of 2, 3, 3 and 4 cells, which may touch. One after the other: row, column, axis and sign are
//              drawn uniformly until the segment that begins there and goes along its column (axis 0) or row (axis 1), onwards or back, is on
//              the board and free (envs/popgym/ship_belief.h)
// Observation  1 after the first shot at a cell of a ship, else 0; 0 at first. The cell is not echoed
// Action       row and column
// Reward       +1/12 for such a hit, else -1/(N-12): misses and repeated shots
// End          terminated when all ships are sunk; truncated by step N: both can be true
// Privileged   cells with ships, cells that were shot (row by row), the last observation
// Belief       exact, by parameters: for each cell the probability of a ship on it that has not been hit (0 on cells that were shot); then the cells
//              that were shot; then those that were hit. The last two fix the posterior. It is a sum over all placements, taken when the vector is
//              asked for: 4 / 14 / 40 ms while nothing or one cell has been hit, soon far less
// Returns      all ships known 1; uniform actions: E(hits)/12 - E(shots that are none)/(N-12), -0.45 / -0.42 / -0.40; always the likeliest
//              cell by the belief 0.639 / 0.650 / 0.662 (standard errors 0.006 to 0.009 over 300 / 200 / 150 episodes)
#pragma once

#include "envs/native.h"
#include "envs/popgym/ship_belief.h"

typedef struct BattleshipModel {
    int side;
    double hit, miss;    // rewards
    ShipTables tables;
} BattleshipModel;

typedef struct BattleshipState {
    int time;
    int left;    // cells of ships that have not been hit
    int observation;
    Cells ships, shots;
} BattleshipState;

// One attempt to place a ship.
typedef struct ShipDraw {
    int row, column;
    int axis;    // 0: along a column, 1: along a row
    int sign;    // 0: towards greater numbers, 1: towards smaller ones
} ShipDraw;
// False, and nothing has changed, where it is rejected. Ships have the numbers 0..SHIPS-1.
bool battleship_place(const BattleshipModel *model, BattleshipState *state, int ship, const ShipDraw *draw);
