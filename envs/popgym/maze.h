// Mazes: what LabyrinthEscape and LabyrinthExplore share. The generator, the window that the agent sees, its movement, and search for policies.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h), whose mazes are mazelib 0.9.16's hunt and kill with random hunting.
//
// Grid         S x S cells, S = 11 / 15 / 19, row by row. Rooms are the cells with odd row and column; a wall or an open cell lies between two.
// Generator    All walls. A room is drawn and carved. S S + 1 times: if the drawn room is carved, walk from it: go to a room not carved yet,
//              drawn among those two cells away, and carve it and the cell between, until there is none; then draw another room. Nothing
//              forces every room to be carved: 2 to 6 mazes in 100,000 lack one. The others are spanning trees with
//              49 / 97 / 161 free cells.
// Entrances    The start lies in an outer wall drawn among the four, at an odd coordinate, the end in the opposite wall at another.
// Movement     left, right, up, down by one cell; into a wall or out of the grid: stays.
// Window       3 x 3 cells. Quirk of the source: rows max(r-1, 0)..r+1 and columns max(c-1, 0)..c+1 are cut out, as far as there are any, and walls
//              are put below and to the right until there are nine. So in the top row and in the left column the agent is not in the middle.
#pragma once

#include "envs/native.h"

enum { MAZE_SIDE = 19, MAZE_CELLS = MAZE_SIDE * MAZE_SIDE };    // at most
enum {
    MAZE_WINDOW = 9,
    MAZE_OBSERVATION = MAZE_WINDOW + 1,
    MAZE_LIMIT = 1023,
    MAZE_COST = 1024
};    // a step costs 1 / MAZE_COST

typedef enum MazeCell { MAZE_FREE, MAZE_WALL, MAZE_START, MAZE_GOAL, MAZE_UNKNOWN, MAZE_KINDS } MazeCell;
enum { MAZE_KIND = 7, MAZE_VISITED = 8 };    // masks of a cell: what it is, and whether the agent has stood on it

typedef enum MazeAction { MAZE_LEFT, MAZE_RIGHT, MAZE_UP, MAZE_DOWN, MAZE_ACTIONS, MAZE_NO_ACTION = MAZE_ACTIONS } MazeAction;

typedef struct MazeModel {
    int side;    // S
} MazeModel;

typedef struct Maze {
    int16_t row, col;    // of the agent
    int16_t time;        // actions taken
    uint8_t cells[MAZE_CELLS];
} Maze;

typedef struct MazeEntrances {
    int start, end;    // cells
} MazeEntrances;

// Side of the grid and all of the spec but state_bytes and the returns.
void maze_prepare(const NativeParams *params, MazeModel *model, NativeSpec *spec);

// Free cells and walls, without entrances: cells [side * side].
void maze_generate(Rng *rng, int side, uint8_t *cells);
MazeEntrances maze_entrances(Rng *rng, int side);
// Marks the start and puts the agent there.
void maze_begin(Maze *maze, int side, int start);

// Moves the agent and the clock. True: it stands on a cell for the first time.
bool maze_move(Maze *maze, int side, int action);

// The window, then the action that led here (MAZE_NO_ACTION at the start): out [MAZE_OBSERVATION].
void maze_observe(const Maze *maze, int side, int action, int32_t *out);

// Of a MazeModel and a Maze: the cells, those that the agent has not stood on MAZE_UNKNOWN: out [side * side].
void maze_privileged(const void *context, const void *memory, double *out);

// The shortest path from the agent to a cell that is `wanted`, nearest first, ties in the order of actions.
typedef struct MazePath {
    int action;    // the first; MAZE_NO_ACTION: there is no such cell, or the agent stands on it
    int length;    // -1: there is none
} MazePath;
MazePath maze_search(const Maze *maze, int side, bool (*wanted)(int cell));
// Steps from the agent to the farthest cell that it can reach.
int maze_depth(const Maze *maze, int side);

// Policies of both.
void maze_always_0(const PolicyView *view, Rng *rng, void *action);
void maze_cycle_actions(const PolicyView *view, Rng *rng, void *action);
