#include "envs/popgym/mine_belief.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

void mine_board_init(MineBoard *board, int side, int mines) {
    assert(side > 1 && side <= MINE_SIDE_MAX && mines >= 0 && mines <= MINE_MINES_MAX && mines <= side * side);
    *board = (MineBoard){.side = side, .cells = side * side, .mines = mines};
    for (int cell = 0; cell < board->cells; cell++) {
        for (int other = 0; other < board->cells; other++) {
            const int rows = cell / side - other / side, columns = cell % side - other % side;
            if (abs(rows) <= 1 && abs(columns) <= 1) board->neighbourhood[cell] |= UINT64_C(1) << other;
        }
    }
}

static int first_of(uint64_t set) {
    return __builtin_ctzll(set);
}

static int last_of(uint64_t set) {
    return 63 - __builtin_clzll(set);
}

// n over k, exact for all that is asked here.
static uint64_t choose(int n, int k) {
    if (k < 0 || k > n) return 0;
    uint64_t ways = 1;
    for (int i = 0; i < k; i++) ways = ways * (uint64_t)(n - i) / (uint64_t)(i + 1);
    return ways;
}

// ---- what is to be counted -------------------------------------------------------------------------------------------------------

// A clue about cells that are not known.
typedef struct Open {
    uint64_t cells;
    int lacks;    // mines among them
    int slot;     // in the key, while it is begun and not finished
} Open;

typedef struct Problem {
    int mines;    // that are still to be placed
    uint64_t bound,
        unbound;    // unknown cells that a clue is about, and others; those that a clue shows to be clear are in neither
    int count;
    Open open[MINE_CELLS_MAX];
} Problem;

// False: no board fits.
static bool pose(const MineBoard *board, const MineClues *clues, Problem *problem) {
    const uint64_t all = UINT64_MAX >> (64 - board->cells);
    uint64_t unknown = all & ~clues->told;
    *problem = (Problem){.mines = board->mines - mine_count(clues->hit)};
    for (uint64_t left = clues->told; left; left &= left - 1) {
        const int cell = first_of(left);
        const uint64_t around = board->neighbourhood[cell];
        const int lacks = clues->clue[cell] - mine_count(around & clues->hit);
        if (lacks < 0) return false;
        if (lacks == 0) unknown &= ~around;
        if (lacks > 0) problem->open[problem->count++] = (Open){.cells = around, .lacks = lacks};
    }
    for (int i = 0; i < problem->count; i++) {
        Open *open = &problem->open[i];
        open->cells &= unknown;
        problem->bound |= open->cells;
        if (open->lacks > mine_count(open->cells)) return false;
    }
    problem->unbound = unknown & ~problem->bound;
    return problem->mines >= 0;
}

// ---- states ------------------------------------------------------------------------------------------------------------------------

// The key of a state: a slot of four bits for each clue that is begun and not finished, what it still lacks; and above them the mines used.
//
// There are slots enough on a board of side 8. After cell (i, j), clues that may be begun and not finished lie in row i (8), in row i + 1 up to
// column j + 1, and in row i - 1 from column j on: 10 in those two rows, for j < 7. A clue of row i + 1 is begun by a cell in row i up to column
// j, one of row i - 1 unfinished by a cell in row i after it. Such a cell is unknown, so no clue is in its place, and serves three of the 10: at
// least four clues of the 18 are missing, and 14 are left. After the last cell of a row there are 8 in row i + 1, three are missing of 16, and
// 13 are left.
enum { SLOTS = 15, SLOT_BITS = 4, USED_SHIFT = SLOTS * SLOT_BITS };
static const uint64_t NO_KEY = UINT64_MAX;

typedef struct State {
    uint64_t key;
    uint64_t before, after;    // ways to get here; ways to go on
    uint32_t next[2];          // the state after a clear cell and after a mine; 0 (the first state, where nothing leads): none
} State;

// All states, in layers: layer t after t cells, in ascending order of keys.
typedef struct States {
    State *states;
    uint32_t count, capacity;
    uint32_t start[MINE_CELLS_MAX + 2];    // of each layer, and the end of the last
} States;

static void reserve(States *all, uint32_t more) {
    if (all->count + more <= all->capacity) return;
    while (all->count + more > all->capacity) all->capacity *= 2;
    State *larger = memory_alloc(all->capacity * sizeof *larger);
    memcpy(larger, all->states, all->count * sizeof *larger);
    free(all->states);
    all->states = larger;
}

// What a cell does to keys, when it is clear (0) and when it holds a mine (1).
typedef struct Turn {
    int mines;                // in all
    int touched;              // clues that were begun before
    int shift[9], room[9];    // their slots, and how many of their cells are still to come
    bool allowed[2];          // by the clues that begin here
    uint64_t change[2];       // added to the key
} Turn;

// `used` is the set of slots in use.
static Turn turn_at(Problem *problem, int cell, uint32_t *used) {
    const uint64_t later = cell == 63 ? 0 : UINT64_MAX << (cell + 1), bit = UINT64_C(1) << cell;
    Turn turn = {.mines = problem->mines, .allowed = {true, true}, .change = {0, UINT64_C(1) << USED_SHIFT}};
    for (int i = 0; i < problem->count; i++) {    // clues that were begun: finished ones give their slots back
        const Open *open = &problem->open[i];
        if (!(open->cells & bit) || first_of(open->cells) == cell) continue;
        const int shift = open->slot * SLOT_BITS, room = mine_count(open->cells & later);
        turn.shift[turn.touched] = shift, turn.room[turn.touched++] = room;
        turn.change[1] -= UINT64_C(1) << shift;
        if (room == 0) *used &= ~(UINT32_C(1) << open->slot);
    }
    for (int i = 0; i < problem->count; i++) {
        Open *open = &problem->open[i];
        if (!open->cells || first_of(open->cells) != cell) continue;
        const int room = mine_count(open->cells & later);
        for (int mine = 0; mine < 2; mine++) turn.allowed[mine] &= open->lacks - mine <= room;
        if (last_of(open->cells) == cell) continue;
        open->slot = __builtin_ctz(~*used);
        assert(open->slot < SLOTS);
        *used |= UINT32_C(1) << open->slot;
        for (int mine = 0; mine < 2; mine++) turn.change[mine] += (uint64_t)(open->lacks - mine) << (open->slot * SLOT_BITS);
    }
    return turn;
}

static uint64_t key_after(const Turn *turn, uint64_t key, int mine) {
    if (!turn->allowed[mine] || (int)(key >> USED_SHIFT) + mine > turn->mines) return NO_KEY;
    for (int i = 0; i < turn->touched; i++) {
        const int lacks = (int)(key >> turn->shift[i] & 15) - mine;
        if (lacks < 0 || lacks > turn->room[i]) return NO_KEY;
    }
    return key + turn->change[mine];
}

// ---- forward and backward --------------------------------------------------------------------------------------------------------

// The next layer. What a cell does to a key is to add a number that is the same for all keys that allow it, so both lists of children are in
// ascending order already, and one pass merges them.
static void spread(States *all, int layer, const Turn *turn) {
    const uint32_t end = all->count;
    reserve(all, 2 * (end - all->start[layer]));
    State *states = all->states;
    uint32_t at[2] = {all->start[layer], all->start[layer]};
    for (;;) {
        uint64_t key[2] = {NO_KEY, NO_KEY};
        for (int mine = 0; mine < 2; mine++) {
            while (at[mine] < end && (key[mine] = key_after(turn, states[at[mine]].key, mine)) == NO_KEY) at[mine]++;
        }
        const uint64_t least = key[0] < key[1] ? key[0] : key[1];
        if (least == NO_KEY) break;
        State *child = &states[all->count];
        *child = (State){.key = least};
        for (int mine = 0; mine < 2; mine++) {
            if (key[mine] != least) continue;
            child->before += states[at[mine]].before;
            states[at[mine]++].next[mine] = all->count;
        }
        all->count++;
    }
    all->start[layer + 1] = end;
    all->start[layer + 2] = all->count;
}

// Ways to go on from each state of a layer; returns the boards that have a mine in its cell.
static uint64_t gather(const States *all, int layer) {
    uint64_t boards = 0;
    for (uint32_t i = all->start[layer]; i < all->start[layer + 1]; i++) {
        State *state = &all->states[i];
        for (int mine = 0; mine < 2; mine++) {
            if (state->next[mine] == 0) continue;
            const uint64_t after = all->states[state->next[mine]].after;
            state->after += after;
            if (mine) boards += state->before * after;
        }
    }
    return boards;
}

// The last layer: the other mines are spread over the cells that no clue is about. Returns the boards that have a mine in a certain one of these.
static uint64_t close_off(const States *all, int layer, const Problem *problem) {
    const int cells = mine_count(problem->unbound);
    uint64_t boards = 0;
    for (uint32_t i = all->start[layer]; i < all->start[layer + 1]; i++) {
        State *state = &all->states[i];
        const int left = problem->mines - (int)(state->key >> USED_SHIFT);
        state->after = choose(cells, left);
        if (cells > 0) boards += state->before * choose(cells - 1, left - 1);
    }
    return boards;
}

uint64_t mine_belief(const MineBoard *board, const MineClues *clues, double *chance) {
    enum { STATES = 1024 };
    Problem problem;
    if (!pose(board, clues, &problem)) return 0;
    States all = {.states = memory_alloc(STATES * sizeof(State)), .count = 1, .capacity = STATES, .start = {0, 1}};
    all.states[0] = (State){.before = 1};
    int layers = 0, cells[MINE_CELLS_MAX];
    uint32_t used = 0;
    for (uint64_t left = problem.bound; left; left &= left - 1) {
        const int cell = cells[layers] = first_of(left);
        const Turn turn = turn_at(&problem, cell, &used);
        spread(&all, layers++, &turn);
    }
    uint64_t with[MINE_CELLS_MAX] = {0};    // boards that have a mine in each cell
    const uint64_t each = close_off(&all, layers, &problem);
    for (int t = layers - 1; t >= 0; t--) with[cells[t]] = gather(&all, t);
    const uint64_t boards = all.states[0].after;
    free(all.states);
    for (int i = 0; i < board->cells && boards > 0; i++) {
        if (problem.unbound >> i & 1) with[i] = each;
        if (clues->hit >> i & 1) with[i] = boards;
        chance[i] = (double)with[i] / (double)boards;
    }
    return boards;
}
