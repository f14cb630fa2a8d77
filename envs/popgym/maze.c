#include "envs/popgym/maze.h"

#include <assert.h>
#include <string.h>

void maze_prepare(const NativeParams *params, MazeModel *model, NativeSpec *spec) {
    static const int sides[LEVEL_COUNT] = {11, 15, 19};
    model->side = sides[params->level];
    *spec = (NativeSpec){
        .observation = space_discrete(MAZE_OBSERVATION, MAZE_KINDS),
        .action = space_discrete(1, MAZE_ACTIONS),
        .limit = MAZE_LIMIT,
        .previous_action = true,
        .privileged_size = model->side * model->side,
    };
}

// ---- generator ------------------------------------------------------------------------------------------------------------------

// Walks from a carved room until it is stuck. Returns how many rooms it carved.
static int walk(Rng *rng, int side, uint8_t *cells, int room, int at) {
    const int rooms = side / 2;
    int row = room / rooms, col = room % rooms;
    for (int carved = 0;; carved++) {
        MazeAction open[MAZE_ACTIONS];
        uint32_t count = 0;
        if (col > 0 && cells[at - 2] == MAZE_WALL) open[count++] = MAZE_LEFT;
        if (col < rooms - 1 && cells[at + 2] == MAZE_WALL) open[count++] = MAZE_RIGHT;
        if (row > 0 && cells[at - 2 * side] == MAZE_WALL) open[count++] = MAZE_UP;
        if (row < rooms - 1 && cells[at + 2 * side] == MAZE_WALL) open[count++] = MAZE_DOWN;
        if (count == 0) return carved;
        const MazeAction way = open[count == 1 ? 0 : rng_below(rng, count)];
        const int right = (way == MAZE_RIGHT) - (way == MAZE_LEFT), down = (way == MAZE_DOWN) - (way == MAZE_UP);
        const int next = right + down * side;
        cells[at + next] = cells[at + 2 * next] = MAZE_FREE;
        at += 2 * next, row += down, col += right;
    }
}

// The hunts that are left when every room is carved change nothing, and are left out.
void maze_generate(Rng *rng, int side, uint8_t *cells) {
    const int rooms = side / 2, all = rooms * rooms;
    memset(cells, MAZE_WALL, (size_t)side * (size_t)side);
    int room = (int)rng_below(rng, (uint32_t)all), carved = 1;
    cells[(2 * (room / rooms) + 1) * side + 2 * (room % rooms) + 1] = MAZE_FREE;
    for (int hunt = 0; hunt <= side * side && carved < all; hunt++) {
        const int at = (2 * (room / rooms) + 1) * side + 2 * (room % rooms) + 1;
        if (cells[at] == MAZE_FREE) carved += walk(rng, side, cells, room, at);
        room = (int)rng_below(rng, (uint32_t)all);
    }
}

MazeEntrances maze_entrances(Rng *rng, int side) {
    const int last = side - 1;
    const uint32_t wall = rng_below(rng, 4);
    const int from = 2 * (int)rng_below(rng, (uint32_t)side / 2) + 1, to = 2 * (int)rng_below(rng, (uint32_t)side / 2) + 1;
    switch (wall) {
    case 0: return (MazeEntrances){from, last * side + to};
    case 1: return (MazeEntrances){last * side + from, to};
    case 2: return (MazeEntrances){from * side, to * side + last};
    default: return (MazeEntrances){from * side + last, to * side};
    }
}

void maze_begin(Maze *maze, int side, int start) {
    maze->cells[start] = MAZE_START | MAZE_VISITED;
    maze->row = (int16_t)(start / side);
    maze->col = (int16_t)(start % side);
    maze->time = 0;
}

// ---- the agent ------------------------------------------------------------------------------------------------------------------

// Where an action leads; out of the grid: the same place.
static int destination(int side, int row, int col, int action) {
    row += action == MAZE_DOWN && row < side - 1;
    row -= action == MAZE_UP && row > 0;
    col += action == MAZE_RIGHT && col < side - 1;
    col -= action == MAZE_LEFT && col > 0;
    return row * side + col;
}

bool maze_move(Maze *maze, int side, int action) {
    assert(action >= 0 && action < MAZE_ACTIONS);
    maze->time++;
    const int to = destination(side, maze->row, maze->col, action);
    if (maze->cells[to] == MAZE_WALL) return false;
    maze->row = (int16_t)(to / side);
    maze->col = (int16_t)(to % side);
    const bool first = !(maze->cells[to] & MAZE_VISITED);
    maze->cells[to] |= MAZE_VISITED;
    return first;
}

void maze_observe(const Maze *maze, int side, int action, int32_t *out) {
    const int top = maze->row > 0 ? maze->row - 1 : 0, bottom = maze->row < side - 1 ? maze->row + 1 : maze->row;
    const int left = maze->col > 0 ? maze->col - 1 : 0, right = maze->col < side - 1 ? maze->col + 1 : maze->col;
    const uint8_t *corner = maze->cells + top * side + left;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[3 * i + j] = top + i <= bottom && left + j <= right ? corner[i * side + j] & MAZE_KIND : MAZE_WALL;
    }
    out[MAZE_WINDOW] = action;
}

void maze_privileged(const void *context, const void *memory, double *out) {
    const MazeModel *model = context;
    const Maze *maze = memory;
    for (int i = 0; i < model->side * model->side; i++)
        out[i] = maze->cells[i] & MAZE_VISITED ? maze->cells[i] & MAZE_KIND : MAZE_UNKNOWN;
}

// ---- search -----------------------------------------------------------------------------------------------------------------------

// Breadth first, in the order of actions.
typedef struct Search {
    int queue[MAZE_CELLS], count;
    int16_t length[MAZE_CELLS];    // of the path to a cell; -1: not reached yet
    int8_t action[MAZE_CELLS];     // its first
} Search;

static void search_begin(Search *search, const Maze *maze, int side) {
    const int at = maze->row * side + maze->col;
    memset(search->length, -1, sizeof search->length);
    search->queue[0] = at, search->count = 1;
    search->length[at] = 0;
    search->action[at] = MAZE_NO_ACTION;
}

static void search_extend(Search *search, const Maze *maze, int side, int from) {
    for (int action = 0; action < MAZE_ACTIONS; action++) {
        const int to = destination(side, from / side, from % side, action);
        if (search->length[to] >= 0 || maze->cells[to] == MAZE_WALL) continue;
        search->length[to] = (int16_t)(search->length[from] + 1);
        search->action[to] = search->action[from] == MAZE_NO_ACTION ? (int8_t)action : search->action[from];
        search->queue[search->count++] = to;
    }
}

MazePath maze_search(const Maze *maze, int side, bool (*wanted)(int cell)) {
    Search search;
    search_begin(&search, maze, side);
    for (int i = 0; i < search.count; i++) {
        const int at = search.queue[i];
        if (wanted(maze->cells[at])) return (MazePath){search.action[at], search.length[at]};
        search_extend(&search, maze, side, at);
    }
    return (MazePath){MAZE_NO_ACTION, -1};
}

int maze_depth(const Maze *maze, int side) {
    Search search;
    search_begin(&search, maze, side);
    for (int i = 0; i < search.count; i++) search_extend(&search, maze, side, search.queue[i]);
    return search.length[search.queue[search.count - 1]];
}

// ---- policies by hand ---------------------------------------------------------------------------------------------------------------

void maze_always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

void maze_cycle_actions(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = view->time % MAZE_ACTIONS;
}
